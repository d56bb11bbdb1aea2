// Package chaos runs the whole product on real servers while everything goes wrong, and
// then holds the outcome against the oracle of package simtest: Postgres and Temporal
// are killed and started again, workers are killed, paused beyond their heartbeat and
// doubled, the network is cut and slowed (toxiproxy), the four simulated vendors lose
// requests and replies, answer nonsense, are limited and lock us out, their clocks are
// minutes apart, and webhooks are lost, doubled, late, early and forged. People edit
// at five places meanwhile, through the API and in the vendors' own pages.
//
// [Run] does one run: a storm, then a quiet phase without faults, edits and webhooks, in
// which all sides must come into step within [QuietRounds] rounds. `make chaos` runs it
// for as long as asked; `go test ./...` runs a short one.
//
// The seed fixes what is drawn: who edits what, which fault comes next. It does not fix
// how processes race: a failure is told by the story of what happened, not by its seed
// alone.
package chaos
