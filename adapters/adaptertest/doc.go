// Package adaptertest is the suite that every adapter passes. [Run] takes a [Harness]
// that can open fresh projects on the system's simulator and act there as a person;
// the laws are steered by the adapter's capabilities, never by its name. A law that
// needs more than a [Site] must do asks for it ([Permitted], [Caller], [Mover],
// [Scribe], [Distant]).
//
// [Bent] tries the suite itself: it bends the adapter against each law and wants to see
// the law fail.
package adaptertest
