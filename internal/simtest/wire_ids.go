package simtest

import "strconv"

// ids names the UUIDs in what leaves by the order in which they first did. An adapter may
// draw one for itself, by chance (the id of a new label): two runs of a seed differ in
// those and in nothing else.
type ids map[string]int

const uuidLen = 36

// named returns a text with its UUIDs named.
func (n ids) named(s string) string {
	var out []byte
	from := 0
	for at := 0; at+uuidLen <= len(s); at++ {
		if s[at+8] != '-' || !isUUID(s[at:at+uuidLen]) {
			continue
		}
		id := s[at : at+uuidLen]
		if n[id] == 0 {
			n[id] = len(n) + 1
		}
		out = append(append(append(out, s[from:at]...), '#'), strconv.Itoa(n[id])...)
		from = at + uuidLen
		at = from - 1
	}
	if from == 0 {
		return s
	}
	return string(append(out, s[from:]...))
}

func isUUID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
		default:
			return false
		}
	}
	return true
}
