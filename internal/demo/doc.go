// Package demo plays the main job before an audience: a simulated GitHub is connected
// through the API as a user would connect the real one, its issues come in, local
// tickets go out, one field edited on both sides becomes a conflict that is decided,
// and one more synchronisation finds nothing to write.
//
// [NewGitHub] makes the simulated GitHub and [Play] the story. What the service needs
// (Postgres, Temporal, worker and API) is brought up by the caller.
package demo
