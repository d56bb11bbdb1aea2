package linear

import (
	"regexp"
	"strconv"
	"strings"
)

// canonical is Markdown as Linear gives it back. Linear keeps a document and writes
// Markdown from it, so that spelling changes and meaning does not. Its rules are not
// published; these are our reading of what its texts look like. Where they are wrong
// nothing is lost: what is compared in the end is what Linear answered.
func canonical(s string) string {
	for range 8 { // what was rewritten may make another rule apply; two passes nearly always do
		next := rewritten(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// rewritten applies every rule once.
func rewritten(s string) string {
	d := document{counts: map[int]int{}}
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		d.add(line)
	}
	return strings.TrimRight(strings.Join(d.lines, "\n"), "\n")
}

// document is the text written so far.
type document struct {
	lines  []string
	fence  string      // what ends the block of code that is open
	counts map[int]int // the last number of the list at an indentation
}

const blanks = " \t\n\f\r"

func (d *document) add(line string) {
	if d.fence != "" {
		d.addCode(line)
		return
	}
	line = strings.TrimRight(line, " \t\r")
	indent, rest := indented(line)
	switch marks := fenceOf(rest); {
	case marks != "":
		d.fence = marks
		d.lines = append(d.lines, indent+ticks(marks)+strings.TrimSpace(rest[len(marks):]))
	case line == "":
		d.blank()
	case d.underlines(line):
		prefix := "# "
		if line[0] == '-' {
			prefix = "## "
		}
		d.lines[len(d.lines)-1] = prefix + d.lines[len(d.lines)-1]
	case isRule(line):
		clear(d.counts)
		d.blank() // else it would make what is above a heading
		d.lines = append(d.lines, "---")
	default:
		d.lines = append(d.lines, d.block(indent, rest))
	}
}

// blank adds an empty line, never the second one in a row nor the first of all.
func (d *document) blank() {
	if n := len(d.lines); n > 0 && d.lines[n-1] != "" {
		d.lines = append(d.lines, "")
	}
}

// addCode keeps a line of code, and ends the block at its own fence.
func (d *document) addCode(line string) {
	bare := strings.TrimSpace(line)
	if !strings.HasPrefix(bare, d.fence) || strings.Trim(bare, d.fence[:1]) != "" {
		d.lines = append(d.lines, strings.TrimRight(line, "\r"))
		return
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	d.lines, d.fence = append(d.lines, indent+ticks(d.fence)), ""
}

func ticks(fence string) string { return strings.Repeat("`", len(fence)) }

// indented takes the blanks off the start of a line.
func indented(line string) (indent, rest string) {
	rest = strings.TrimLeft(line, blanks)
	return line[:len(line)-len(rest)], rest
}

// fenceOf returns the three or more equal marks that open a block of code.
func fenceOf(rest string) string {
	for _, mark := range []string{"`", "~"} {
		if n := len(rest) - len(strings.TrimLeft(rest, mark)); n >= 3 {
			return rest[:n]
		}
	}
	return ""
}

// underlines reports whether a line makes the paragraph above, of one line, a heading.
func (d *document) underlines(line string) bool {
	n := len(d.lines)
	if n == 0 || strings.Trim(line, "=") != "" && strings.Trim(line, "-") != "" || n > 1 && d.lines[n-2] != "" {
		return false
	}
	above := d.lines[n-1]
	for _, start := range []string{"#", ">", "    "} {
		if strings.HasPrefix(above, start) {
			return false
		}
	}
	_, rest := indented(above)
	_, bullet := bulletOf(rest)
	number, _ := numberOf(rest)
	return above != "" && above != "---" && !strings.HasPrefix(strings.TrimSpace(above), "```") && !bullet && number == ""
}

// isRule reports whether a line is three or more of *, _ or -, with spaces between them.
func isRule(line string) bool {
	rest := strings.TrimLeft(line, " ")
	if len(line)-len(rest) > 3 {
		return false
	}
	for _, mark := range []string{"*", "_", "-"} {
		if strings.HasPrefix(rest, mark) && strings.Trim(rest, mark+" ") == "" && strings.Count(rest, mark) >= 3 {
			return true
		}
	}
	return false
}

// bulletOf returns what stands behind a bullet.
func bulletOf(rest string) (string, bool) {
	if rest == "" || !strings.Contains("-+*", rest[:1]) {
		return "", false
	}
	return spaced(rest[1:])
}

// spaced returns the text behind one or more spaces; it must begin there.
func spaced(s string) (string, bool) {
	text := strings.TrimLeft(s, " ")
	return text, len(text) < len(s) && text != "" && !strings.Contains(blanks, text[:1])
}

// numberOf returns the number of a list's line, and what stands behind it.
func numberOf(rest string) (number, text string) {
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || digits > 9 || digits == len(rest) || !strings.Contains(".)", rest[digits:digits+1]) {
		return "", ""
	}
	text, ok := spaced(rest[digits+1:])
	if !ok {
		return "", ""
	}
	return rest[:digits], text
}

// block writes a line of a list, a heading or a paragraph.
func (d *document) block(indent, rest string) string {
	if number, text := numberOf(rest); number != "" {
		return indent + d.count(len(indent), number) + ". " + inline(text)
	}
	at := len(indent) - len(strings.TrimLeft(indent, " \t"))
	for n := range d.counts {
		if n >= at { // a line ends the lists that are not to its left
			delete(d.counts, n)
		}
	}
	if text, ok := bulletOf(rest); ok {
		return indent + item(text)
	}
	return heading(indent, rest)
}

// item is a line of a list without numbers: a task, or any other.
func item(text string) string {
	for _, box := range []string{"[ ]", "[x]", "[X]"} {
		after, found := strings.CutPrefix(text, box)
		if todo, ok := spaced(after); found && ok {
			return "- " + strings.ToLower(box) + " " + inline(todo)
		}
	}
	return "* " + inline(text)
}

// heading is a line with one to six # before it and maybe some behind it; any other line
// stays.
func heading(indent, rest string) string {
	text := strings.TrimLeft(rest, "#")
	level := len(rest) - len(text)
	behind := strings.TrimLeft(text, " ")
	if indent != "" || level == 0 || level > 6 || len(behind) == len(text) {
		return inline(indent + rest)
	}
	if bare := strings.TrimRight(behind, "#"); len(bare) < len(behind) && strings.HasSuffix(bare, " ") {
		behind = strings.TrimRight(bare, " ")
	}
	return strings.TrimRight(rest[:level]+" "+inline(behind), " ")
}

// count numbers on in the list at an indentation, from the number that it began with.
func (d *document) count(indent int, written string) string {
	for n := range d.counts {
		if n > indent {
			delete(d.counts, n)
		}
	}
	last, goes := d.counts[indent]
	if !goes {
		n, _ := strconv.Atoi(written) // at most nine digits
		last = n - 1
	}
	d.counts[indent] = last + 1
	return strconv.Itoa(last + 1)
}

// inline rewrites the text of a line outside of code.
func inline(s string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "`")
		code, after, closed := strings.Cut(rest, "`")
		if !found || !closed {
			out.WriteString(words(s))
			return out.String()
		}
		out.WriteString(words(before) + "`" + code + "`")
		s = after
	}
}

var (
	underscored = regexp.MustCompile(`__([^_\s](?:[^_]*[^_\s])?)__`)
	opens       = regexp.MustCompile(`(^|[^\\])<!--`)
	closes      = regexp.MustCompile(`(^|[^\\-])-->`)
	star        = regexp.MustCompile(`(^|[^\\\s*]) \* `)
)

// words writes bold text with asterisks, and escapes what would read as an HTML comment
// or as a bullet: Linear shows comments as text.
func words(s string) string {
	s = underscored.ReplaceAllString(s, "**$1**")
	s = opens.ReplaceAllString(s, `$1\<!--`)
	s = closes.ReplaceAllString(s, `$1--\>`)
	return star.ReplaceAllString(s, `$1 \* `)
}
