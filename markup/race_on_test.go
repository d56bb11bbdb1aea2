//go:build race

package markup

// smaller is by how much the large texts shrink under the race detector, which
// takes ten times as long.
const smaller = 16
