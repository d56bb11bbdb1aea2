// Package fleet links one local side to several simulated systems at once, and is what
// tests and measurements across systems are built on. The production engine works over
// a store in memory and a virtual clock, with the real adapters over the simulators'
// in-process transports: nothing is replaced but time, sockets and Postgres.
//
// Make one with [New]. A [Site] is one simulated project with the people who use it:
// [Fleet.GitHub], [Fleet.Jira], [Fleet.Linear] and [Fleet.Webhook] make them.
// [Fleet.Connect] links a site as a person would. [Fleet.Session] runs one session,
// [Fleet.Settle] lets everything come to rest. The same seed and the same calls repeat
// a run exactly.
package fleet
