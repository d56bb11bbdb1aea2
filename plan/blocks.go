package plan

import "strings"

// Blocks splits prose into the pieces by which it is merged: a paragraph, an item of a
// list with the lines that go on after its first, a heading, a fenced piece of code with
// its fences, a run of blank lines. It reads lines and no grammar, so that it is total:
// joining the blocks gives the text back byte for byte, and each but the last ends a line.
func Blocks(text string) []string {
	var s splitter
	for line := range strings.SplitAfterSeq(text, "\n") {
		if line != "" {
			s.add(line)
		}
	}
	return s.blocks
}

// splitter makes blocks of lines.
type splitter struct {
	blocks []string
	kind   blockKind // of the last block, as far as it may go on
	fence  string    // that closes the last block
}

type blockKind int

const (
	closed blockKind = iota // it cannot go on
	blank
	text // a paragraph or an item
	code
)

func (s *splitter) add(line string) {
	trimmed := strings.TrimSpace(line)
	switch {
	case s.kind == code:
		s.extend(line)
		if strings.HasPrefix(trimmed, s.fence) && strings.Trim(trimmed, s.fence[:1]) == "" {
			s.kind = closed
		}
	case trimmed == "" && s.kind == blank, trimmed != "" && s.kind == text && !begins(trimmed):
		s.extend(line)
	case trimmed == "":
		s.begin(line, blank)
	case isHeading(trimmed):
		s.begin(line, closed)
	default:
		s.begin(line, text)
		if s.fence = fenceOf(trimmed); s.fence != "" {
			s.kind = code
		}
	}
}

func (s *splitter) begin(line string, kind blockKind) {
	s.blocks, s.kind = append(s.blocks, line), kind
}

func (s *splitter) extend(line string) { s.blocks[len(s.blocks)-1] += line }

// begins reports whether a line begins a block though none ended before it.
func begins(line string) bool { return isHeading(line) || isItem(line) || fenceOf(line) != "" }

// isHeading recognises one to six "#" before a blank or the end.
func isHeading(line string) bool {
	rest := strings.TrimLeft(line, "#")
	n := len(line) - len(rest)
	return n > 0 && n <= 6 && endsWord(rest)
}

// isItem recognises "-", "*", "+", "1." and "1)" before a blank or the end.
func isItem(line string) bool {
	if strings.ContainsAny(line[:1], "-*+") {
		return endsWord(line[1:])
	}
	rest := strings.TrimLeft(line, "0123456789")
	n := len(line) - len(rest)
	return n > 0 && n <= 9 && rest != "" && strings.ContainsAny(rest[:1], ".)") && endsWord(rest[1:])
}

func endsWord(rest string) bool { return rest == "" || rest[0] == ' ' || rest[0] == '\t' }

// fenceOf returns the three or more backticks or tildes that a line opens code with.
func fenceOf(line string) string {
	for _, mark := range []string{"`", "~"} {
		rest := strings.TrimLeft(line, mark)
		if n := len(line) - len(rest); n >= 3 && (mark == "~" || !strings.Contains(rest, mark)) {
			return line[:n]
		}
	}
	return ""
}

// isBlank reports whether a block is a run of blank lines.
func isBlank(block string) bool { return strings.TrimSpace(block) == "" }
