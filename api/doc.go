// Package api is the HTTP interface: projects, tickets, conflicts, sessions, the
// audit log, webhook intake and health. [New] makes the handler over its ports
// ([Deps]); [Run] serves it until told to stop. The JSON shapes are in package v1,
// and package client speaks them.
//
// The engine decides; a handler reads the request, calls it and shows the outcome.
// Every error becomes a problem (RFC 9457) in one place, see problem.go. Whoever may
// call has the admin token; only health, the description and webhooks, which are
// signed, need none.
//
// openapi.json beside this file is the description that [Description] generates from
// the handlers.
package api

//go:generate go run ./generate
