//go:build !race

package markup

const smaller = 1
