//go:build !race

package simtest

// raceDetector says that the tests run under it, which makes them ten times slower.
const raceDetector = false
