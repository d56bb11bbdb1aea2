// Package archtest holds the house to its design: which package may import
// which, what the pure packages may see, and how large a file may grow. It has
// no entry point but its tests; the tables in arrows.go are the part to read, and
// to change when the design does.
//
// Test files are free to import what they need.
package archtest
