// Package demo plays the main job before an audience: a simulated GitHub is connected
// through the API as a user would connect the real one, its issues come in, local
// tickets go out, one field edited on both sides becomes a conflict that is decided. A
// simulated Jira and a simulated Linear follow, under a rule each that passes tickets of
// GitHub on; edits made in one system reach the others, and one more synchronisation of
// all finds nothing to write.
//
// [NewWorld] makes the simulated systems and [Play] the story. What the service needs
// (Postgres, Temporal, worker and API) is brought up by the caller.
package demo
