package model

import (
	"regexp"
	"strconv"
	"strings"
)

// Canonical is Markdown as Linear gives it back. Linear keeps texts as ProseMirror documents and writes Markdown from them, so that
// what is read differs from what was written in spelling, not in meaning. The rules here are our reading, fixed so that they can be
// tested against; Linear's own are not published:
//
//   - CR LF becomes LF, spaces at the end of lines and blank lines at both ends go, several blank lines become one
//   - bullets become "*", task items "- [ ]" and "- [x]"
//   - numbered lists count up from their first number
//   - underlined headings become "#" and "##" ones, closing "#" go; rules become "---"
//   - "~~~" fences become "```"; what is inside is left alone
//   - "__bold__" becomes "**bold**"
//   - an asterisk between spaces is escaped, and so is an HTML comment, which people then see as text
//
// The rules apply until nothing changes, so that it is idempotent.
func Canonical(markdown string) string {
	for range 8 { // two passes nearly always do
		next := rewrite(markdown)
		if next == markdown {
			break
		}
		markdown = next
	}
	return markdown
}

func rewrite(markdown string) string {
	r := rewriter{}
	for line := range strings.SplitSeq(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		r.line(line)
	}
	return strings.TrimRight(strings.Join(r.out, "\n"), "\n")
}

// rewriter holds what earlier lines decide about the next one.
type rewriter struct {
	out     []string
	fence   string      // closes the code block we are in
	numbers map[int]int // by indentation: the last number of the list there
}

var (
	bullet    = regexp.MustCompile(`^(\s*)[-+*] +(\S.*)$`)
	numbered  = regexp.MustCompile(`^(\s*)(\d{1,9})[.)] +(\S.*)$`)
	task      = regexp.MustCompile(`^\[([ xX])\] +(\S.*)$`)
	heading   = regexp.MustCompile(`^(#{1,6}) +(.*?)(?: +#+)?$`)
	rule      = regexp.MustCompile(`^ {0,3}(?:(?:\* *){3,}|(?:_ *){3,}|(?:- *){3,})$`)
	underline = regexp.MustCompile(`^(=+|-+)$`)
	opening   = regexp.MustCompile("^(\\s*)(`{3,}|~{3,})(.*)$")
	bold      = regexp.MustCompile(`__([^_\s](?:[^_]*[^_\s])?)__`)
	lone      = regexp.MustCompile(`(^|[^\\\s*]) \* `)
	comment   = regexp.MustCompile(`(^|[^\\])<!--`)
	commented = regexp.MustCompile(`(^|[^\\-])-->`)
	code      = regexp.MustCompile("`[^`]*`")
)

func (r *rewriter) line(line string) {
	if r.fence != "" {
		r.inCode(line)
		return
	}
	line = strings.TrimRight(line, " \t\r")
	switch m := opening.FindStringSubmatch(line); {
	case m != nil:
		r.fence = m[2]
		r.out = append(r.out, m[1]+strings.Repeat("`", len(m[2]))+strings.TrimSpace(m[3]))
	case line == "":
		r.blank()
	case r.isHeadingAbove(line):
		level := map[byte]string{'=': "# ", '-': "## "}[line[0]]
		r.out[len(r.out)-1] = level + r.out[len(r.out)-1]
	case rule.MatchString(line):
		r.numbers = nil
		r.blank() // else it would underline what is above
		r.out = append(r.out, "---")
	default:
		r.out = append(r.out, r.text(line))
	}
}

// inCode copies a line of a code block, and ends the block at its fence.
func (r *rewriter) inCode(line string) {
	if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, r.fence) && strings.Trim(trimmed, r.fence[:1]) == "" {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		r.out, r.fence = append(r.out, indent+strings.Repeat("`", len(r.fence))), ""
		return
	}
	r.out = append(r.out, strings.TrimRight(line, "\r"))
}

func (r *rewriter) blank() {
	if len(r.out) > 0 && r.out[len(r.out)-1] != "" {
		r.out = append(r.out, "")
	}
}

// isHeadingAbove says that the line underlines a paragraph of one line.
func (r *rewriter) isHeadingAbove(line string) bool {
	n := len(r.out)
	if n == 0 || !underline.MatchString(line) || (n > 1 && r.out[n-2] != "") {
		return false
	}
	above := r.out[n-1]
	plain := above != "" && !strings.HasPrefix(above, "#") && !strings.HasPrefix(above, ">") && !strings.HasPrefix(above, "    ") &&
		!strings.HasPrefix(strings.TrimSpace(above), "```") && above != "---"
	return plain && !bullet.MatchString(above) && !numbered.MatchString(above)
}

func (r *rewriter) text(line string) string {
	if m := numbered.FindStringSubmatch(line); m != nil {
		return m[1] + r.next(len(m[1]), m[2]) + ". " + inline(m[3])
	}
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	for at := range r.numbers {
		if at >= indent { // a line ends the lists that are not to its left
			delete(r.numbers, at)
		}
	}
	if m := bullet.FindStringSubmatch(line); m != nil {
		if t := task.FindStringSubmatch(m[2]); t != nil {
			return m[1] + "- [" + strings.ToLower(t[1]) + "] " + inline(t[2])
		}
		return m[1] + "* " + inline(m[2])
	}
	if m := heading.FindStringSubmatch(line); m != nil {
		return strings.TrimRight(m[1]+" "+inline(m[2]), " ")
	}
	return inline(line)
}

// next counts up in the list at an indentation, starting with the number written.
func (r *rewriter) next(indent int, written string) string {
	if r.numbers == nil {
		r.numbers = map[int]int{}
	}
	for at := range r.numbers {
		if at > indent {
			delete(r.numbers, at)
		}
	}
	n, inList := r.numbers[indent]
	if inList {
		n++
	} else {
		n, _ = strconv.Atoi(written) // at most nine digits, says the pattern
	}
	r.numbers[indent] = n
	return strconv.Itoa(n)
}

// inline rewrites a line's text outside of code spans.
func inline(s string) string {
	var b strings.Builder
	at := 0
	for _, span := range code.FindAllStringIndex(s, -1) {
		b.WriteString(prose(s[at:span[0]]))
		b.WriteString(s[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(prose(s[at:]))
	return b.String()
}

func prose(s string) string {
	s = bold.ReplaceAllString(s, "**$1**")
	s = comment.ReplaceAllString(s, `$1\<!--`)
	s = commented.ReplaceAllString(s, `$1--\>`)
	return lone.ReplaceAllString(s, `$1 \* `)
}
