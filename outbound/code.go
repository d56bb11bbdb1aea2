package outbound

import (
	"regexp"
	"strings"
)

// opening matches a line that begins fenced code, in a quote or an item of a list as well: what
// stands before the fence, the fence, and what it says about the code.
var opening = regexp.MustCompile(`^((?:[ \t>]|[-*+][ \t]+|\d{1,9}[.)][ \t]+)*)(\x60{3,}|~{3,})(.*)$`)

// fence follows fenced code from line to line, as CommonMark has it. What it takes for code is
// left alive, so that in doubt it takes nothing for code: a joiner in code harms less.
type fence struct {
	mark   string // that begins it, and at least as long ends it; empty: no code
	quotes int    // it ends with the quotes that it stands in,
	indent int    // and with the item of a list whose first line it is
}

// holds reports whether a line is fenced code, its fences included.
func (f *fence) holds(line string) bool {
	if f.mark != "" && f.goesOn(line) {
		if end := strings.Trim(line, "> \t\r"); len(end) >= len(f.mark) && strings.Trim(end, f.mark[:1]) == "" {
			f.mark = ""
		}
		return true
	}
	f.mark = ""
	m := opening.FindStringSubmatch(line)
	if m == nil || m[2][0] == '`' && strings.Contains(m[3], "`") { // three backticks in a sentence
		return false
	}
	f.mark, f.quotes, f.indent = m[2], strings.Count(m[1], ">"), 0
	if within := m[1][strings.LastIndex(m[1], ">")+1:]; strings.Trim(within, " \t") != "" {
		f.indent = len(within)
	}
	return true
}

// goesOn reports whether a line still stands in the quotes and the item that the code stands in.
func (f *fence) goesOn(line string) bool {
	for range f.quotes {
		after, quoted := strings.CutPrefix(strings.TrimLeft(line, " \t"), ">")
		if !quoted {
			return false
		}
		line = after
	}
	rest := strings.TrimLeft(line, " \t")
	return strings.TrimSpace(rest) == "" || len(line)-len(rest) >= f.indent
}

// outsideCode changes what of a line is no code between backticks. f gets each part, and whether it
// is the line's first.
func outsideCode(line string, f func(part string, first bool) string) string {
	var b strings.Builder
	from := 0
	for at := 0; at < len(line); {
		switch {
		case line[at] == '\\':
			at += 2 // a backtick behind it is a sign like any other
		case line[at] != '`':
			at++
		default:
			run := backticks(line[at:])
			end := closes(line[at+run:], run)
			if end >= 0 {
				b.WriteString(f(line[from:at], from == 0))
				from = at + run + end
				b.WriteString(line[at:from])
				run += end
			}
			at += run
		}
	}
	b.WriteString(f(line[from:], from == 0))
	return b.String()
}

// backticks counts those that a text begins with.
func backticks(s string) int { return len(s) - len(strings.TrimLeft(s, "`")) }

// closes returns where code ends that so many backticks began, behind as many; -1: nowhere.
func closes(s string, run int) int {
	for at := 0; at < len(s); {
		n := backticks(s[at:])
		switch {
		case n == run:
			return at + n
		case n > 0:
			at += n
		default:
			at++
		}
	}
	return -1
}
