// Package killtest proves on the real stack that killing workers neither loses nor
// doubles anything. Its tests push local tickets to a simulated GitHub over HTTP,
// with Postgres, Temporal and the product's worker in processes of their own, while
// the worker is ended by SIGKILL again and again at random moments, replies of GitHub
// are lost after the write took effect, and people edit on both sides.
//
// `make kill-test` runs it at full size; `go test ./...` runs a smaller one. The seed
// is printed and taken from EXTSYNC_SEED; it fixes the moments of the kills and what is
// edited, not how the processes race.
package killtest
