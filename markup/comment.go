package markup

import (
	stdhtml "html"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// token is a part of raw HTML.
type token struct {
	kind tokenKind
	text string
}

type tokenKind uint8

const (
	htmlText tokenKind = iota
	htmlTag            // also what only looks like one
	htmlComment
	htmlOpen // a comment that does not end
)

// tokens cuts raw HTML. What could be a tag and does not end is one to its end, so
// that nothing inside is taken for text.
func tokens(s string) []token {
	var out []token
	for s != "" {
		at := strings.IndexByte(s, '<')
		if at != 0 {
			if at < 0 {
				at = len(s)
			}
			out, s = append(out, token{htmlText, s[:at]}), s[at:]
			continue
		}
		kind, n := markupAt(s)
		out, s = append(out, token{kind, s[:n]}), s[n:]
	}
	return out
}

// markupAt tells what begins with the < that s begins with, and its length.
func markupAt(s string) (kind tokenKind, n int) {
	for _, empty := range []string{"<!-->", "<!--->"} {
		if strings.HasPrefix(s, empty) {
			return htmlComment, len(empty)
		}
	}
	switch {
	case strings.HasPrefix(s, "<!--"):
		if end := strings.Index(s, "-->"); end > 0 {
			return htmlComment, end + 3
		}
		return htmlOpen, len(s)
	case len(s) > 1 && (isLetter(s[1]) || strings.IndexByte("/!?", s[1]) >= 0):
		return htmlTag, tagEnd(s)
	}
	return htmlText, 1
}

// tagEnd is where a tag ends: at the first > outside of quotes.
func tagEnd(s string) int {
	quote := byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(s)
}

// htmlBlock is a block of raw HTML, or what it says where that can be held. Comments
// say nothing. ok is false for a block of comments alone. One that does not end hides
// all that follows: at the top level that is the rest of the block, inside others
// nobody can tell, and it is left to be reported.
func (c *converter) htmlBlock(n *ast.HTMLBlock, depth int) (b block, ok bool) {
	s := strings.TrimRight(c.raw(n)+c.closure(n), "\n")
	if !strings.Contains(s, "<!--") {
		return htmlBlock(s), true
	}
	parts := tokens(s)
	open := parts[len(parts)-1].kind == htmlOpen
	switch n.HTMLBlockType {
	case ast.HTMLBlockType2:
		if open && depth == 0 && !strings.Contains(s, "-->") {
			return block{}, false
		}
		return afterComment(s, parts)
	case ast.HTMLBlockType6, ast.HTMLBlockType7:
		if !open {
			return htmlBlock(uncomment(parts)), true
		}
	}
	return block{kind: html, text: s}, true
}

// afterComment is what stands in a block that begins with a comment. GitHub shows it
// as HTML: no Markdown means anything there. Tags that are no marks leave the block
// as it is, since without its comment it would be read as Markdown.
func afterComment(s string, parts []token) (b block, ok bool) {
	rest := strings.TrimSpace(uncomment(parts))
	if b = htmlBlock(rest); b.kind != html || openDetails.MatchString(rest) || closeDetails.MatchString(rest) {
		return b, true
	}
	b = block{kind: paragraph, line: canon(foldTags(rawLine(parts)))}
	for _, in := range b.line {
		if in.what == rawHTML {
			return block{kind: html, text: s}, true
		}
	}
	return b, len(b.line) > 0
}

// uncomment joins all but the comments. A line that held nothing else goes with
// them: left empty it would end the block.
func uncomment(parts []token) string {
	var b strings.Builder
	for _, p := range parts {
		if p.kind != htmlComment {
			b.WriteString(p.text)
		} else {
			b.WriteByte(0) // no clean text holds it
		}
	}
	lines := strings.Split(b.String(), "\n")
	out := lines[:0]
	for _, l := range lines {
		bare := strings.ReplaceAll(l, "\x00", "")
		if bare == l || strings.TrimSpace(bare) != "" {
			out = append(out, bare)
		}
	}
	return strings.Join(out, "\n")
}

// rawLine is the text that follows a comment on its line, which GitHub shows as
// HTML: no Markdown means anything there.
func rawLine(parts []token) []inline {
	var out []inline
	for _, p := range parts {
		switch p.kind {
		case htmlText:
			out = append(out, inline{what: text, text: blanks(clean(stdhtml.UnescapeString(p.text)), endsBlank(out))})
		case htmlTag, htmlOpen:
			out = append(out, inline{what: rawHTML, text: p.text})
		case htmlComment:
		}
	}
	return out
}

// blanks makes each run of white space one blank, none at the start if one stands
// before.
func blanks(s string, before bool) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(" \t\n", r) {
			if !before {
				b.WriteByte(' ')
			}
			before = true
			continue
		}
		b.WriteRune(r)
		before = false
	}
	return b.String()
}

// endsBlank reports whether text that follows begins a line or stands behind a
// blank.
func endsBlank(in []inline) bool {
	if len(in) == 0 {
		return true
	}
	last := in[len(in)-1]
	return last.what == brk || last.what == text && last.style.bits&mono == 0 && strings.TrimRight(last.text, " \t") != last.text
}
