package markup

import (
	"regexp"
	"strings"
)

var wikiLineStart = regexp.MustCompile(`^(?:[*#-]+[ \t]|\||h[1-6]\.|bq\.)`)

// wikiEscape makes text mean itself in wiki markup. start and end say whether it
// stands at the start and end of a line.
func wikiEscape(s string, at wikiPlace, start, end bool) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\\':
			b.WriteString(wikiBackslash(s, i))
			continue
		case c == '&' && numericForm.MatchString(s[i:min(len(s), i+12)]):
			b.WriteString("&#38;")
			continue
		case c == '.' && start && wikiLineStart.MatchString(s) && strings.IndexByte(s, '.') == i && isLetter(s[0]):
			b.WriteString("&#46;")
			continue
		case c == ':' && at.unlinked && strings.HasPrefix(s[i:], "://"):
			b.WriteString("&#58;")
			continue
		case wikiNeeds(s, i, at, end) || i == 0 && start && !isLetter(c) && wikiLineStart.MatchString(s[:min(len(s), 100)]):
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// wikiBackslash spells a backslash, which would escape what follows or break the
// line.
func wikiBackslash(s string, i int) string {
	if i+1 == len(s) || isPunct(s[i+1]) || isBlank(s[i+1]) {
		return "&#92;"
	}
	return `\`
}

// wikiNeeds reports whether the byte at i could mean something in Jira.
func wikiNeeds(s string, i int, at wikiPlace, end bool) bool {
	if !isPunct(s[i]) {
		return false
	}
	last := i+1 == len(s)
	switch c := s[i]; c {
	case '{', '[':
		return true
	case ']', '|':
		return at.cell
	case '}':
		return last || s[i+1] == '}' || i > 0 && s[i-1] == '}'
	case '!':
		return !last && !isBlank(s[i+1]) || last && !end
	case '*', '_', '-', '+', '^', '~':
		return wikiDash(s, i) || !wordBefore(s, i) && (!last && !isBlank(s[i+1]) || last && !end)
	}
	return emoticon.MatchString(s[i:min(len(s), i+9)])
}

// emoticon is what Jira draws as a picture, or takes for a citation.
var emoticon = regexp.MustCompile(`^\?\?|^[:;][)(PDp|]|^\((?:[yni/x!+?-]|on|off|\*[rgby]?|flag|flagoff)\)`)

// wikiDash reports whether the byte is part of what Jira draws as a long dash.
func wikiDash(s string, i int) bool {
	return s[i] == '-' && (i > 0 && s[i-1] == '-' || i+1 < len(s) && s[i+1] == '-')
}
