package simtest

import "strconv"

// ids names the UUIDs in what leaves by the order in which they first did, with hyphens
// or without. An adapter may draw one for itself, by chance (of a new label, of a
// delivery): two runs of a seed differ in those and in nothing else.
type ids map[string]int

const (
	uuidLen = 36
	hexLen  = 32
)

// named returns a text with its UUIDs named.
func (n ids) named(s string) string {
	var out []byte
	from := 0
	for at := 0; at+hexLen <= len(s); at++ {
		length := idAt(s[at:])
		if length == 0 {
			continue
		}
		id := s[at : at+length]
		if n[id] == 0 {
			n[id] = len(n) + 1
		}
		out = append(append(append(out, s[from:at]...), '#'), strconv.Itoa(n[id])...)
		from = at + length
		at = from - 1
	}
	if from == 0 {
		return s
	}
	return string(append(out, s[from:]...))
}

// idAt is how long the UUID is that a text begins with; 0: it begins with none.
func idAt(s string) int {
	if s[8] != '-' {
		if isHex(s[:hexLen]) {
			return hexLen
		}
		return 0
	}
	if len(s) < uuidLen || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return 0
	}
	if isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:uuidLen]) {
		return uuidLen
	}
	return 0
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
