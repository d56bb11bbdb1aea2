package markup

import (
	"regexp"
	"strings"
)

// wikiUnit is one block of wiki markup and where it stands in the raw text.
type wikiUnit struct {
	start, end int // without the last newline
	b          block
}

// wikiScanner cuts wiki markup into blocks, line by line.
type wikiScanner struct {
	src  string
	pos  int
	seen *seen
	dead map[string]bool // macros that have no end from here on
}

var (
	wikiHeading = regexp.MustCompile(`^h([1-6])\.[ \t]+(.*)$`)
	wikiRule    = regexp.MustCompile(`^-{4,}$`)
	wikiList    = regexp.MustCompile(`^([*#]+|-+|[*#-]*[*#])[ \t]+(.*)$`)
	wikiMacro   = regexp.MustCompile(`^\{([a-zA-Z][a-zA-Z0-9-]*)(:[^}\n]*)?\}`)
)

// line returns the line at pos without its end and white space, and where the next
// begins.
func (s *wikiScanner) line(pos int) (text string, next int) {
	end := strings.IndexByte(s.src[pos:], '\n')
	if end < 0 {
		return trimmed(s.src[pos:]), len(s.src)
	}
	return trimmed(s.src[pos : pos+end]), pos + end + 1
}

// units reads all blocks from pos to the end.
func (s *wikiScanner) units(depth int) []wikiUnit {
	var out []wikiUnit
	for s.pos < len(s.src) {
		text, next := s.line(s.pos)
		if text == "" {
			s.pos = next
			continue
		}
		start := s.pos + strings.Index(s.src[s.pos:], text[:1])
		b := s.block(text, next, depth)
		end := start + len(strings.TrimRight(s.src[start:s.pos], " \t\r\n"))
		out = append(out, wikiUnit{start, end, b})
	}
	return out
}

// block reads the block that begins with this line and moves behind it.
func (s *wikiScanner) block(line string, next, depth int) block {
	if m := wikiHeading.FindStringSubmatch(line); m != nil {
		s.pos = next
		return block{kind: heading, level: int(m[1][0] - '0'), line: wikiLine(s.seen, m[2])}
	}
	switch {
	case wikiRule.MatchString(line):
		s.pos = next
		return block{kind: rule}
	case strings.HasPrefix(line, "bq. "):
		s.pos = next
		return quoteOf([]block{textBlock(wikiLine(s.seen, line[4:]))})
	case isListLine(line):
		return s.list()
	case line[0] == '|':
		return s.table()
	}
	if b, ok := s.macro(s.pos+strings.Index(s.src[s.pos:], line[:1]), depth); ok {
		return b
	}
	return s.paragraph()
}

func quoteOf(kids []block) block {
	for i := range kids {
		if kids[i].kind != hidden {
			return block{kind: quote, kids: kids}
		}
	}
	return block{kind: hidden}
}

// textBlock is a paragraph, or nothing.
func textBlock(line []inline) block {
	if len(line) == 0 {
		return block{kind: hidden}
	}
	return block{kind: paragraph, line: line}
}

func isListLine(line string) bool {
	return wikiList.MatchString(line) && !strings.HasPrefix(line, "--")
}

// paragraph reads lines until an empty one, or one that begins another block.
func (s *wikiScanner) paragraph() block {
	var text []string
	for s.pos < len(s.src) {
		line, next := s.line(s.pos)
		if line == "" || len(text) > 0 && s.begins(line) {
			break
		}
		text, s.pos = append(text, line), next
	}
	return textBlock(wikiLine(s.seen, strings.Join(text, "\n")))
}

// begins reports whether a line begins a block other than a paragraph.
func (s *wikiScanner) begins(line string) bool {
	if wikiHeading.MatchString(line) || wikiRule.MatchString(line) || strings.HasPrefix(line, "bq. ") || isListLine(line) || line[0] == '|' {
		return true
	}
	m := wikiMacro.FindStringSubmatch(line)
	return m != nil && isBlockMacro(m[1])
}

// isBlockMacro tells the macros that hold blocks or preformatted text.
func isBlockMacro(name string) bool {
	switch strings.ToLower(name) {
	case "code", "noformat", "quote", "panel", "info", "note", "tip", "warning", "expand", "html", "csv", "column", "section", "excerpt":
		return true
	}
	return false
}

// macro reads a macro with a body that begins at a position; ok is false when none
// does or it has no end.
func (s *wikiScanner) macro(at, depth int) (b block, ok bool) {
	m := wikiMacro.FindStringSubmatch(s.src[at:min(len(s.src), at+maxMacro)])
	if m == nil || !isBlockMacro(m[1]) {
		return block{}, false
	}
	name := strings.ToLower(m[1])
	from := at + len(m[0])
	to, after, ok := s.closing(from, name)
	if !ok {
		return block{}, false
	}
	inside, params := s.src[from:to], strings.TrimPrefix(m[2], ":")
	s.pos = after
	if rest, next := s.line(after); rest == "" {
		s.pos = next
	}
	switch {
	case name == "code":
		return block{kind: code, info: codeLanguage(params), text: codeText(clean(inside))}, true
	case name == "noformat":
		return block{kind: code, text: codeText(clean(inside))}, true
	case name == "quote" && depth < maxDepth/2:
		return quoteOf(s.inner(inside, depth)), true
	case name == "panel" && depth < maxDepth/2 && alertTitle(params) != "":
		if q := quoteOf(s.inner(inside, depth)); q.kind == quote {
			return block{kind: alert, info: alertTitle(params), kids: q.kids}, true
		}
		return block{kind: hidden}, true
	case name == "panel" && depth < maxDepth/2 && sectionTitle(params) != "":
		return block{kind: details, info: sectionTitle(params), kids: s.inner(inside, depth)}, true
	}
	return block{kind: paragraph, line: []inline{wikiAtom(s.seen, s.src[at:after], "Jira "+name+": "+cutText(oneLine(inside)), true)}}, true
}

// closing finds the end of a macro: where its closing braces stand, and what is
// behind them.
func (s *wikiScanner) closing(from int, name string) (to, after int, ok bool) {
	end := "{" + name + "}"
	if s.dead[name] {
		return 0, 0, false
	}
	i := strings.Index(s.src[from:], end)
	if i < 0 {
		if s.dead == nil {
			s.dead = map[string]bool{}
		}
		s.dead[name] = true
		return 0, 0, false
	}
	return from + i, from + i + len(end), true
}

// maxMacro bounds the opening of a macro.
const maxMacro = 500

func (s *wikiScanner) inner(src string, depth int) []block {
	in := wikiScanner{src: src, seen: s.seen}
	var kids []block
	for _, u := range in.units(depth + 1) {
		kids = append(kids, u.b)
	}
	return kids
}

// codeText is the text between the braces, without the newlines next to them.
func codeText(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 && strings.TrimSpace(s[:i]) == "" {
		s = s[i+1:]
	}
	return strings.TrimSuffix(s, "\n")
}

// codeLanguage finds the language among the parameters of {code}.
func codeLanguage(params string) string {
	for p := range strings.SplitSeq(params, "|") {
		if name, value, named := strings.Cut(p, "="); !named {
			return language(p)
		} else if name == "lang" || name == "language" {
			return language(value)
		}
	}
	return ""
}

// alertTitle is the alert that a panel with one of our titles is.
func alertTitle(params string) string {
	title := strings.TrimPrefix(params, "title=")
	switch up := strings.ToUpper(title); up {
	case "NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION":
		if title != params && title == titleOf(up) {
			return up
		}
	}
	return ""
}

// titleOf is the title of the panel that holds an alert.
func titleOf(alert string) string { return alert[:1] + strings.ToLower(alert[1:]) }

// sectionMark begins the title of a panel that holds a collapsible section, which
// wiki markup has no word for.
const sectionMark = "▸ "

// sectionTitle is the summary of the section that a panel holds.
func sectionTitle(params string) string {
	title, ok := strings.CutPrefix(params, "title="+sectionMark)
	if !ok || !titleHolds(title) {
		return ""
	}
	return title
}

// titleHolds reports whether the title of a panel can be a text.
func titleHolds(s string) bool {
	return s != "" && len(s) < maxMacro/2 && s == oneLine(clean(s)) && !strings.ContainsAny(s, `{}|\`)
}

// trimmed is a line without the blanks around it; a space that does not break is none of them, and Jira
// keeps it.
func trimmed(line string) string { return strings.Trim(line, " \t\r\n\v\f") }
