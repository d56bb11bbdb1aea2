// Package stage is what every simulator stands on, whatever vendor it plays: the way in without sockets ([Transport]) or with them
// ([Serve]), answers that are sent whole or cut in half ([Answer]), calls that are counted and kept ([Counters], [Log]), faults that
// hit them ([Faults], [Plan]), webhooks on their way out ([Post]), and controls under /_sim/ ([Controls]). It knows no vendor:
// statuses, limits, payloads and rights stay in the package that plays one.
//
// A simulator is an http.Handler; begin with [Transport] and [Serve], and with [ControlsOf] for all that is switched and asked from
// outside.
package stage
