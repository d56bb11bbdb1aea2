package markup

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// wikiInline reads the text of one block. It tries each mark once per line: a
// search for its end that failed fails for the rest of the line.
type wikiInline struct {
	seen *seen
	out  []inline
}

// wikiText is a stretch of text in one style, with the searches that failed in it.
type wikiText struct {
	*wikiInline
	s     string
	st    style
	depth int
	plain strings.Builder
	dead  map[string]int // up to where a mark has no end
}

func wikiLine(s *seen, text string) []inline {
	w := &wikiInline{seen: s}
	w.read(clean(text), style{}, 0)
	return canon(w.out)
}

const maxWikiDepth = 16

func (w *wikiInline) read(s string, st style, depth int) {
	t := &wikiText{wikiInline: w, s: s, st: st, depth: depth, dead: map[string]int{}}
	for i := 0; i < len(s); {
		n := 0
		if depth < maxWikiDepth {
			n = t.special(i)
		}
		if n == 0 {
			t.plain.WriteByte(s[i])
			n = 1
		}
		i += n
	}
	t.flush()
}

func (t *wikiText) flush() {
	t.out = lines(t.out, t.plain.String(), t.st)
	t.plain.Reset()
}

// special reads what is not plain text at i and returns its length, 0 for none.
func (t *wikiText) special(i int) int {
	switch c := t.s[i]; c {
	case '\\':
		return t.backslash(i)
	case '&':
		return t.numeric(i)
	case '{':
		return t.brace(i)
	case '[':
		return t.link(i)
	case '!':
		return t.image(i)
	case '*', '_', '-', '+', '^', '~':
		return t.marker(i, c)
	case 'h', 'f', 'm':
		return t.url(i)
	}
	return 0
}

func (t *wikiText) backslash(i int) int {
	switch {
	case i+1 == len(t.s):
		return 0
	case t.s[i+1] == '\\':
		t.flush()
		t.out = append(t.out, inline{what: brk})
		return 2
	case isPunct(t.s[i+1]):
		t.plain.WriteByte(t.s[i+1])
		return 2
	}
	return 0
}

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !isLetter(c) && (c < '0' || c > '9')
}

var numericForm = regexp.MustCompile(`^&#([0-9]{1,7});`)

func (t *wikiText) numeric(i int) int {
	m := numericForm.FindStringSubmatch(t.s[i:min(len(t.s), i+12)])
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 || n > unicode.MaxRune || !utf8.ValidRune(rune(n)) || n == '\n' || n == '\r' {
		return 0
	}
	t.plain.WriteString(clean(string(rune(n))))
	return len(m[0])
}

// wikiBit is the mark of a marker.
func wikiBit(c byte) bits {
	switch c {
	case '*':
		return strong
	case '_':
		return em
	case '-':
		return strike
	case '+':
		return under
	case '^':
		return sup
	case '~':
		return sub
	}
	return 0
}

// marker reads a phrase between two markers at the edges of words.
func (t *wikiText) marker(i int, c byte) int {
	if t.st.bits&wikiBit(c) != 0 || wordBefore(t.s, i) || i+1 >= len(t.s) || t.s[i+1] == c || isBlank(t.s[i+1]) || i > 0 && t.s[i-1] == c || i < t.dead[string(c)] {
		return 0
	}
	j := i + 1
	for ; j < len(t.s) && t.s[j] != '\n'; j++ {
		switch {
		case t.s[j] == '\\':
			j++
		case t.s[j] == c && j > i+1 && !isBlank(t.s[j-1]) && !wordAfter(t.s, j+1) && t.s[j-1] != c && (j+1 == len(t.s) || t.s[j+1] != c):
			t.inside(t.s[i+1:j], bits(0)|wikiBit(c))
			return j + 1 - i
		}
	}
	t.dead[string(c)] = j
	return 0
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func (t *wikiText) inside(s string, b bits) {
	t.flush()
	st := t.st
	st.bits |= b
	t.read(s, st, t.depth+1)
}

// find looks for the end of what began, in the same line.
func (t *wikiText) find(from int, end string) int {
	if from < t.dead[end] {
		return -1
	}
	for j := from; j < len(t.s) && t.s[j] != '\n'; j++ {
		if t.s[j] == '\\' {
			j++
		} else if j > from && strings.HasPrefix(t.s[j:], end) {
			return j
		}
	}
	t.dead[end] = from + len(t.s[from:])
	if k := strings.IndexByte(t.s[from:], '\n'); k >= 0 {
		t.dead[end] = from + k
	}
	return -1
}

var (
	colorForm  = regexp.MustCompile(`^\{color:[^}\n]{1,40}\}`)
	inlineForm = regexp.MustCompile(`^\{([a-zA-Z][a-zA-Z0-9-]*)(:[^}\n]*)\}|^\{(toc|anchor|children|attachments|gallery|loremipsum)\}`)
)

func (t *wikiText) brace(i int) int {
	rest := t.s[i:min(len(t.s), i+maxMacro)]
	switch {
	case strings.HasPrefix(rest, "{{"):
		return t.mono(i)
	case len(rest) > 2 && rest[2] == '}' && wikiBit(rest[1]) != 0:
		end := t.find(i+3, rest[:3])
		if end < 0 || t.st.bits&wikiBit(rest[1]) != 0 {
			return 0
		}
		t.inside(t.s[i+3:end], wikiBit(rest[1]))
		return end + 3 - i
	case strings.HasPrefix(rest, "{color:"):
		return t.color(i, colorForm.FindString(rest))
	}
	m := inlineForm.FindStringSubmatch(rest)
	if m == nil {
		return 0
	}
	t.atom(m[0], strings.Trim(m[0], "{}"))
	return len(m[0])
}

func (t *wikiText) color(i int, open string) int {
	end := -1
	if open != "" && t.st.href == "" {
		end = t.find(i+len(open), "{color}")
	}
	if end < 0 {
		return 0
	}
	href := placeholder + digest(open)
	t.seen.originals[href] = original{open: open, close: "{color}"}
	t.flush()
	st := t.st
	st.href = href
	t.read(t.s[i+len(open):end], st, t.depth+1)
	return end + len("{color}") - i
}

func (t *wikiText) mono(i int) int {
	end := t.find(i+2, "}}")
	if end < 0 {
		return 0
	}
	for end+2 < len(t.s) && t.s[end+2] == '}' {
		end++
	}
	t.flush()
	st := t.st
	st.bits |= mono
	t.out = append(t.out, inline{what: text, text: wikiUnescape(t.s[i+2 : end]), style: st})
	return end + 2 - i
}

// wikiUnescape resolves escapes where nothing else means anything.
func wikiUnescape(s string) string {
	t := &wikiText{wikiInline: &wikiInline{}, s: s}
	for i := 0; i < len(s); {
		n := 0
		switch {
		case s[i] == '&':
			n = t.numeric(i)
		case s[i] == '\\' && i+1 < len(s) && isPunct(s[i+1]):
			t.plain.WriteByte(s[i+1])
			n = 2
		}
		if n == 0 {
			t.plain.WriteByte(s[i])
			n = 1
		}
		i += n
	}
	return t.plain.String()
}

// atom adds the placeholder of something that stands in a line. A link around it
// gives way.
func (t *wikiText) atom(raw, label string) {
	t.flush()
	t.out = append(t.out, wikiAtom(t.seen, raw, label, false))
}

func wikiAtom(s *seen, raw, label string, isBlock bool) inline {
	if label = oneLine(clean(label)); label == "" {
		label = "Jira"
	}
	href := placeholder + digest(raw)
	s.originals[href] = original{raw: raw, label: label, isBlock: isBlock}
	return inline{what: text, text: label, style: style{href: href}}
}
