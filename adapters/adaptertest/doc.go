// Package adaptertest is the suite that every adapter passes. [Run] takes a [Harness]
// that can open fresh projects on the system's simulator and act there as a person;
// the laws are steered by the adapter's capabilities, never by its name.
package adaptertest
