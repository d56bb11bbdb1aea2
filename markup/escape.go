package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes text mean itself in Markdown. start and end say whether it stands at
// the start and end of a line.
func escape(s string, start, end, inHeading bool) string {
	var b strings.Builder
	for i := range len(s) {
		if needsEscape(s, i, inHeading) || start && opensBlock(s, i) || !end && i == len(s)-1 && s[i] == '!' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func needsEscape(s string, i int, inHeading bool) bool {
	switch s[i] {
	case '\\', '`', '[', ']':
		return true
	case '*', '~': // alone between blanks they mean nothing
		return i == 0 || i+1 == len(s) || s[i-1] != ' ' || s[i+1] != ' '
	case '#':
		return inHeading
	case '_':
		return !wordBefore(s, i) || !wordAfter(s, i+1)
	case '<':
		return i+1 == len(s) || s[i+1] == '/' || s[i+1] == '!' || s[i+1] == '?' || isLetter(s[i+1])
	case '&':
		return i+1 == len(s) || s[i+1] == '#' || isLetter(s[i+1])
	}
	return false
}

// opensBlock reports whether the byte at i would begin a block, or a row under a
// table's header, where s begins a line.
func opensBlock(s string, i int) bool {
	switch s[i] {
	case '#', '>', '+', '-', '=', '|', ':':
		return i == 0
	case '.', ')':
		return i > 0 && strings.Trim(s[:i], "0123456789") == ""
	}
	return false
}

// escapeAll makes text mean itself anywhere inside a line, as a label.
func escapeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("\\`*_[]~<>&!", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordBefore reports whether a letter or digit stands before s[i].
func wordBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return i > 0 && isWord(r)
}

// wordAfter reports whether a letter or digit stands at s[i].
func wordAfter(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return i < len(s) && isWord(r)
}

// linkTail spells the target and the title of a link.
func linkTail(href, title string) string {
	dest := href
	if href == "" || strings.ContainsAny(href, " \t\n<>()\\") || href[0] == '<' || hasControl(href) {
		dest = "<" + escapeIn(strings.ReplaceAll(href, "\n", "%0A"), `\<>`) + ">"
	} else {
		dest = escapeIn(dest, "")
	}
	if title != "" {
		dest += ` "` + escapeIn(title, `\"`) + `"`
	}
	return "(" + dest + ")"
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// escapeIn escapes the characters of a set, and what would read as an entity.
func escapeIn(s, set string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) >= 0 || s[i] == '&' && entity(s[i:]) > 1 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
