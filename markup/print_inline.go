package markup

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// place is where a line of text stands, which decides what must be escaped.
type place struct {
	kind  kind // paragraph, heading or cell
	guard bool // at the start of an item or quote, where [ ] and [!NOTE] mean something
}

// spelling is one way to spell a line, in the order in which they are tried.
type spelling int

const (
	bare    spelling = iota // nothing escaped
	careful                 // what could mean something escaped
	escaped                 // the same, with URLs in brackets
	tagged                  // the same, with tags for the marks
)

// printer writes blocks as Markdown.
type printer struct{ p *mdParser }

// line spells a line so that it reads back as it is: the plainest spelling
// that does.
func (p *printer) line(line []inline, at place) string {
	if len(line) == 1 && isPlain(line[0]) {
		return line[0].text
	}
	first := bare
	if showsTag(line) {
		first = careful
	}
	for s := first; s <= tagged; s++ {
		out := spell(line, at, s)
		got := p.read(out, at)
		if slices.Equal(line, got) {
			return out
		}
		if sameLine(line, got) {
			return p.exactly(got, at, first)
		}
	}
	return spell(line, at, tagged)
}

// exactly spells a line that was read: that of its own that reads back without any
// difference.
func (p *printer) exactly(line []inline, at place, first spelling) string {
	for s := first; s < tagged; s++ {
		if out := spell(line, at, s); slices.Equal(line, p.read(out, at)) {
			return out
		}
	}
	return spell(line, at, tagged)
}

// isPlain reports whether a run is text that needs no check.
func isPlain(in inline) bool {
	return in.what == text && in.style == (style{}) && plainLine(in.text)
}

// plainLine reports whether a line begins with a letter and holds only letters,
// digits, blanks and punctuation that means nothing there.
func plainLine(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := isLetter(c) || c >= 0x80
		if !letter && (i == 0 || (c < '0' || c > '9') && strings.IndexByte(" ,.'\"?;:%$/(){}=+-", c) < 0) {
			return false
		}
	}
	return s != "" && s[len(s)-1] != ' ' && !strings.Contains(s, "www.") && !strings.Contains(s, "://")
}

// allPlain reports whether a text is paragraphs of plain lines, spelled as they are
// printed.
func allPlain(md string) bool {
	blank := true // the line before
	for line := range strings.SplitSeq(md, "\n") {
		if line == "" && blank || line != "" && !plainLine(line) {
			return false
		}
		blank = line == ""
	}
	return !blank && utf8.ValidString(md)
}

// read returns the line that a spelling reads back as; nil when it is something
// else. Nobody changes what it returns.
func (p *printer) read(s string, at place) []inline {
	if at.guard && guarded(s) {
		return nil
	}
	before, after := "", ""
	switch at.kind {
	case cell:
		before, after = "|", "|\n|-|"
	case heading:
		before = "# "
	}
	key := before + s + after
	line, known := p.p.known[key]
	if !known {
		line = p.readNew(key, at.kind)
		p.p.known[key] = line
	}
	return line
}

func (p *printer) readNew(md string, want kind) []inline {
	blocks, ok := p.p.parse(md)
	if !ok || len(blocks) != 1 {
		return nil
	}
	b := blocks[0]
	if want == cell && b.kind == table && len(b.kids) == 1 && len(b.kids[0].kids) == 1 {
		b = b.kids[0].kids[0]
	}
	if b.kind != want {
		return nil
	}
	return b.line
}

// guarded reports whether a text at the start of an item or a quote would be a
// check box or an alert, or with what stands before it a rule, a heading or a
// table.
func guarded(s string) bool {
	if first, _, _ := strings.Cut(s, "\n"); strings.Trim(first, "-*_=|: \t") == "" {
		return true
	}
	return strings.HasPrefix(s, "[!") || startsBox(s)
}

// startsBox reports whether a text begins with a check box, as GitHub sees it.
func startsBox(s string) bool {
	return len(s) > 3 && s[0] == '[' && strings.IndexByte(" xX", s[1]) >= 0 && s[2] == ']' && (s[3] == ' ' || s[3] == '\t')
}

// sameLine compares what was meant with what was read. A text that shows a URL may
// read as a link to it, because that says the same; a link must stay one.
func sameLine(want, got []inline) bool {
	return len(got) > 0 && slices.Equal(demote(want), demote(got)) && contains(autos(got), autos(want))
}

func demote(in []inline) []inline {
	out := slices.Clone(in)
	for i := range out {
		if out[i].isAuto() {
			out[i].style.href = ""
		}
	}
	return merge(out)
}

type span struct {
	from, to int
	href     string
}

// autos returns where a line has links that show their target.
func autos(in []inline) []span {
	var out []span
	at := 0
	for i := range in {
		n := len(in[i].text) + 1
		if in[i].what == text {
			n--
		}
		if in[i].isAuto() {
			out = append(out, span{at, at + n, in[i].style.href})
		}
		at += n
	}
	return out
}

func contains(all, some []span) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// mdLine is the nester that spells a line.
type mdLine struct {
	strings.Builder
	at  place
	how spelling
}

func spell(line []inline, at place, how spelling) string {
	w := &mdLine{at: at, how: how}
	nest(w, line, 0, len(line), style{})
	out := w.String()
	if at.kind == cell {
		out = strings.ReplaceAll(out, "|", `\|`)
	}
	return out
}

func (w *mdLine) mark(b bits, slash string) string {
	switch {
	case b == strong && w.how < tagged:
		return "**"
	case b == em && w.how < tagged:
		return "*"
	case b == strike && w.how < tagged:
		return "~~"
	}
	return "<" + slash + map[bits]string{strong: "strong", em: "em", strike: "del", under: "u", sub: "sub", sup: "sup"}[b] + ">"
}

func (w *mdLine) open(m style, _, _ []inline) {
	if m.href != "" {
		w.WriteByte('[')
		return
	}
	w.WriteString(w.mark(m.bits, ""))
}

func (w *mdLine) close(m style, _, _ []inline) {
	if m.href != "" {
		w.WriteString("]" + linkTail(m.href, m.title))
		return
	}
	w.WriteString(w.mark(m.bits, "/"))
}

func (w *mdLine) leaf(all []inline, i int) {
	in := all[i]
	switch {
	case in.what == brk:
		w.lineBreak(all, i)
	case in.what == image:
		w.WriteString("![" + escapeAll(in.text) + "]" + linkTail(in.url, ""))
	case in.what == rawHTML:
		w.WriteString(in.text)
	case in.style.bits&mono != 0:
		w.WriteString(codeSpan(in.text))
	case in.isAuto():
		w.auto(in)
	case w.how == bare:
		w.WriteString(in.text)
	default:
		start := i == 0 || all[i-1].what == brk
		end := i+1 == len(all) || all[i+1].what == brk
		w.WriteString(escape(in.text, start, end, w.at.kind == heading))
	}
}

// lineBreak spells a break. Of several in a row only the last is a newline: an
// empty line would end the paragraph.
func (w *mdLine) lineBreak(all []inline, i int) {
	if w.at.kind != paragraph || i+1 < len(all) && all[i+1].what == brk {
		w.WriteString("<br>")
		return
	}
	w.WriteByte('\n')
}

func (w *mdLine) auto(in inline) {
	switch {
	case w.how <= careful:
		w.WriteString(in.text)
	case w.how == escaped && in.style.href != "http://"+in.text:
		w.WriteString("<" + in.text + ">")
	default:
		w.WriteString("[" + escapeAll(in.text) + "]" + linkTail(in.style.href, ""))
	}
}

// codeSpan fences code by more backticks than any run inside.
func codeSpan(s string) string {
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' && strings.Trim(s, " ") != "" {
		s = " " + s + " "
	}
	return fence + s + fence
}

func longestRun(s string, c byte) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}
