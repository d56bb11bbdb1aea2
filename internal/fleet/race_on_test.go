//go:build race

package fleet_test

// underRace: the race detector makes everything an order of magnitude slower, and a fleet
// works in one goroutine.
const underRace = true
