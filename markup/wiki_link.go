package markup

import (
	"regexp"
	"strings"
)

var (
	targetForm = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*:|//|/|#|\?|\.)`)
	fileForm   = regexp.MustCompile(`^[^!|\n]{1,200}\.[A-Za-z0-9]{2,5}(\|[^!\n]*)?$`)
	urlForm    = regexp.MustCompile("^(?:https?|ftp)://[^\\s<>\"|{}\\[\\]\\\\^`!*]+|^mailto:[^\\s<>\"|{}\\[\\]\\\\^`!*]+")
)

// link reads [text|target|title], [target], [~user] and [^attachment].
func (t *wikiText) link(i int) int {
	if t.st.href != "" || i < t.dead["["] {
		return 0
	}
	n := bracketed(t.s[i:])
	if n == 0 {
		if !strings.Contains(t.s[i+1:], "]") {
			t.dead["["] = len(t.s)
		}
		return 0
	}
	raw := t.s[i : i+n]
	parts := splitBars(raw[1 : n-1])
	target := wikiUnescape(strings.TrimSpace(parts[min(1, len(parts)-1)]))
	switch {
	case strings.HasPrefix(target, "~"):
		t.atom(raw, userLabel(target[1:]))
		return n
	case strings.HasPrefix(target, "^"):
		t.atom(raw, target[1:])
		return n
	case len(parts) == 1 && !targetForm.MatchString(target), target == "", len(parts) > 3:
		return 0
	}
	st := t.st
	st.href = cleanURL(target)
	t.flush()
	if len(parts) == 1 {
		t.out = append(t.out, inline{what: text, text: strings.TrimPrefix(st.href, "mailto:"), style: st})
		return n
	}
	if len(parts) == 3 {
		if st.title = oneLine(wikiUnescape(parts[2])); st.title == "smart-link" {
			st.title = ""
			t.seen.cards[st.href] = raw
		}
	}
	t.read(parts[0], st, t.depth+1)
	return n
}

// userLabel shows a user by name. An account id does not show.
func userLabel(name string) string {
	if strings.HasPrefix(name, "accountid:") || strings.ContainsAny(name, ":") {
		return "@user"
	}
	return "@" + name
}

// splitBars cuts at the bars that no backslash escapes, outside images.
func splitBars(s string) []string {
	var out []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '!':
			if n := bracketed(s[i:]); n > 0 {
				i += n - 1
			}
		case '|':
			out, from = append(out, s[from:i]), i+1
		}
	}
	return append(out, s[from:])
}

// image reads !target! and !target|alt=text!. An attachment, and an image with other
// properties, is a placeholder.
func (t *wikiText) image(i int) int {
	if i < t.dead["!"] {
		return 0
	}
	n := bracketed(t.s[i:])
	if n == 0 {
		if !strings.Contains(t.s[i+1:], "!") {
			t.dead["!"] = len(t.s)
		}
		return 0
	}
	raw := t.s[i : i+n]
	target, params, _ := strings.Cut(raw[1:n-1], "|")
	url := cleanURL(wikiUnescape(target))
	alt, isAlt := strings.CutPrefix(params, "alt=")
	switch {
	case isWeb(url) && !strings.ContainsAny(target, " \t") && (params == "" || isAlt && !strings.ContainsAny(alt, ",|")):
		t.flush()
		t.out = append(t.out, inline{what: image, text: oneLine(wikiUnescape(alt)), style: t.st, url: url})
	case fileForm.MatchString(raw[1 : n-1]):
		t.atom(raw, url)
	default:
		return 0
	}
	return n
}

// url reads a bare URL as the link that Jira makes of it.
func (t *wikiText) url(i int) int {
	rest := t.s[i:]
	if t.st.href != "" || !strings.HasPrefix(rest, "http") && !strings.HasPrefix(rest, "ftp:") && !strings.HasPrefix(rest, "mailto:") || wordBefore(t.s, i) {
		return 0
	}
	m := urlForm.FindString(t.s[i:min(len(t.s), i+2048)])
	m = strings.TrimRight(m, ".,;:?'\")_-+~")
	if len(m) < len("mailto:a") {
		return 0
	}
	t.flush()
	st := t.st
	st.href = m
	t.out = append(t.out, inline{what: text, text: strings.TrimPrefix(m, "mailto:"), style: st})
	return len(m)
}
