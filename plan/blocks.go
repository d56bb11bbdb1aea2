package plan

import "strings"

// Blocks splits prose into the pieces by which it is merged: a paragraph, an item of a
// list with the lines that go on after its first, a heading, a fenced piece of code with
// its fences, a comment of several lines, which hides what it holds, a run of blank lines. It reads lines and no grammar, so that it is total:
// joining the blocks gives the text back byte for byte, and each but the last ends a line.
func Blocks(text string) []string {
	var s splitter
	var blocks []string
	start, at := 0, 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		if line == "" {
			continue
		}
		if !s.goesOn(line) && at > start {
			blocks, start = append(blocks, text[start:at]), at
		}
		at += len(line)
	}
	if at > start {
		blocks = append(blocks, text[start:at])
	}
	return blocks
}

// splitter tells whether lines go on with the block before them.
type splitter struct {
	kind  blockKind // of the last block, as far as it may go on
	fence string    // that closes the last block
}

type blockKind int

const (
	closed blockKind = iota // it cannot go on
	blank
	text // a paragraph or an item
	code
	comment
)

// goesOn reports whether a line belongs to the block of the line before it.
func (s *splitter) goesOn(line string) bool {
	trimmed := strings.TrimSpace(line)
	switch {
	case s.kind == code:
		if strings.HasPrefix(trimmed, s.fence) && strings.Trim(trimmed, s.fence[:1]) == "" {
			s.kind = closed
		}
		return true
	case s.kind == comment:
		if strings.Contains(line, commentEnd) {
			s.kind = closed
		}
		return true
	case trimmed == "" && s.kind == blank, trimmed != "" && s.kind == text && !begins(trimmed):
		return true
	case trimmed == "":
		s.kind = blank
	case isHeading(trimmed):
		s.kind = closed
	case hides(trimmed):
		s.kind = comment
	default:
		s.kind = text
		if s.fence = fenceOf(trimmed); s.fence != "" {
			s.kind = code
		}
	}
	return false
}

// begins reports whether a line begins a block though none ended before it.
func begins(line string) bool {
	return isHeading(line) || isItem(line) || fenceOf(line) != "" || hides(line)
}

const commentEnd = "-->"

// hides reports whether a line begins a comment that goes on behind it.
func hides(line string) bool {
	return strings.HasPrefix(line, "<!--") && !strings.Contains(line, commentEnd)
}

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
