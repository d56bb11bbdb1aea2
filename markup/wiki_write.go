package markup

import (
	"slices"
	"strings"
)

// wikiWriter spells blocks as wiki markup.
type wikiWriter struct{ seen *seen }

func (w *wikiWriter) blocks(in []block) string {
	var out []string
	for i := range in {
		if in[i].kind != hidden {
			out = append(out, w.block(&in[i]))
		}
	}
	return strings.Join(out, "\n\n")
}

func (w *wikiWriter) block(b *block) string {
	switch b.kind {
	case heading:
		return "h" + string(rune('0'+b.level)) + ". " + w.line(b.line, wikiPlace{oneLine: true})
	case code, html:
		return wikiCode(b)
	case rule:
		return "----"
	case quote:
		return "{quote}\n" + w.blocks(b.kids) + "\n{quote}"
	case alert:
		return "{panel:title=" + titleOf(b.info) + "}\n" + w.blocks(b.kids) + "\n{panel}"
	case details:
		return "{panel:title=" + sectionMark + b.info + "}\n" + w.blocks(b.kids) + "\n{panel}"
	case list:
		var out strings.Builder
		w.list(&out, b, "")
		return strings.TrimSuffix(out.String(), "\n")
	case table:
		return w.table(b)
	}
	if len(b.line) == 1 {
		if o := w.seen.originals[b.line[0].style.href]; o.isBlock {
			return o.raw
		}
	}
	return w.line(b.line, wikiPlace{})
}

func wikiCode(b *block) string {
	open, end := "{code}", "{code}"
	if b.info != "" {
		open = "{code:" + b.info + "}"
	}
	if strings.Contains(b.text, "{code") {
		open, end = "{noformat}", "{noformat}"
	}
	if b.text == "" {
		return open + "\n" + end
	}
	return open + "\n" + b.text + "\n" + end
}

func (w *wikiWriter) list(out *strings.Builder, b *block, markers string) {
	if b.ordered {
		markers += "#"
	} else {
		markers += "*"
	}
	for i := range b.kids {
		out.WriteString(markers + " ")
		kids := boxed(&b.kids[i])
		if len(kids) == 0 || kids[0].kind != paragraph {
			out.WriteByte('\n')
		}
		for j := range kids {
			switch k := &kids[j]; k.kind {
			case list:
				w.list(out, k, markers)
			case paragraph:
				out.WriteString(w.line(k.line, wikiPlace{oneLine: true}) + "\n")
			default:
				out.WriteString(w.block(k) + "\n")
			}
		}
	}
}

func (w *wikiWriter) table(b *block) string {
	width := 0
	for i := range b.kids {
		width = max(width, len(b.kids[i].kids))
	}
	var rows []string
	for i := range b.kids {
		bar := "|"
		if b.header && i == 0 {
			bar = "||"
		}
		r := bar
		for j := range width {
			s := " "
			if j < len(b.kids[i].kids) && len(b.kids[i].kids[j].line) > 0 {
				s = w.line(b.kids[i].kids[j].line, wikiPlace{oneLine: true, cell: true})
			}
			r += s + bar
		}
		rows = append(rows, r)
	}
	return strings.Join(rows, "\n")
}

// wikiPlace is where a line of text stands.
type wikiPlace struct {
	oneLine bool // a break may not be a newline
	cell    bool // a bar would end the cell
	// how to spell it
	braces   bool // marks as {*}
	unlinked bool // a URL that is no link so that it does not become one
}

// line spells text, in the plainest of the ways that read back as it: markers at
// the edges of words, marks in braces, URLs kept from being links.
func (w *wikiWriter) line(line []inline, at wikiPlace) string {
	best := ""
	for i := range 4 {
		at.braces, at.unlinked = i%2 == 1, i >= 2
		out := w.spell(line, at)
		got := wikiLine(newSeen(), out)
		if slices.Equal(line, got) {
			return out
		}
		if best == "" && sameLine(line, got) {
			best = out
		}
		if i == 1 && !strings.Contains(out, "://") {
			break
		}
	}
	if best != "" {
		return best
	}
	at.braces, at.unlinked = true, false
	return w.spell(line, at)
}

// wikiSpeller is the nester that spells a line of wiki markup. The text of each
// open mark is put between its markers when it ends.
type wikiSpeller struct {
	seen  *seen
	at    wikiPlace
	buf   []byte
	opens []int
	links int // links open
}

func (w *wikiWriter) spell(line []inline, at wikiPlace) string {
	s := &wikiSpeller{seen: w.seen, at: at}
	nest(s, line, 0, len(line), style{})
	return string(s.buf)
}

func (s *wikiSpeller) open(m style, _, _ []inline) {
	if m.href != "" {
		s.links++
	}
	s.opens = append(s.opens, len(s.buf))
}

func (s *wikiSpeller) close(m style, in, after []inline) {
	at := s.opens[len(s.opens)-1]
	s.opens = s.opens[:len(s.opens)-1]
	inner := string(s.buf[at:])
	s.buf = s.buf[:at]
	if m.href == "" {
		marker := wikiMarker(m.bits)
		if s.at.braces || wordBefore(string(s.buf[max(0, at-4):at]), min(4, at)) || startsWord(after) {
			marker = "{" + marker + "}"
		}
		s.buf = append(s.buf, marker+inner+marker...)
		return
	}
	s.links--
	switch o, ok := s.seen.originals[m.href]; {
	case ok && o.open != "":
		s.buf = append(s.buf, o.open+inner+o.close...)
	case ok:
		for range max(1, strings.Count(in[len(in)-1].text, o.label)) {
			s.buf = append(s.buf, o.raw...)
		}
	default:
		s.buf = append(s.buf, "["+inner+"|"+wikiTarget(m.href)...)
		if m.title != "" {
			s.buf = append(s.buf, "|"+wikiEscape(m.title, wikiPlace{cell: true}, false, true)...)
		}
		s.buf = append(s.buf, ']')
	}
}

// wikiTarget spells the target of a link.
func wikiTarget(href string) string {
	return strings.NewReplacer(`\`, `&#92;`, `|`, `\|`, `]`, `\]`, `[`, `\[`, `!`, `\!`).Replace(href)
}

func wikiMarker(b bits) string {
	for c := range strings.SplitSeq("*_-+^~", "") {
		if wikiBit(c[0]) == b {
			return c
		}
	}
	return ""
}

func startsWord(after []inline) bool {
	return len(after) > 0 && after[0].what == text && after[0].style.bits&mono == 0 && wordAfter(after[0].text, 0)
}

func (s *wikiSpeller) leaf(all []inline, i int) {
	in := all[i]
	at := s.at
	at.cell = at.cell || s.links > 0
	switch {
	case in.what == brk && (at.oneLine || i+1 < len(all) && all[i+1].what == brk):
		s.buf = append(s.buf, `\\`...)
	case in.what == brk:
		s.buf = append(s.buf, '\n')
	case in.what == image:
		s.buf = append(s.buf, wikiImage(in)...)
	case in.style.bits&mono != 0:
		s.buf = append(s.buf, "{{"+wikiEscape(in.text, at, false, true)+"}}"...)
	case in.isAuto():
		s.buf = append(s.buf, s.auto(in)...)
	default:
		start := i == 0 || all[i-1].what == brk
		s.buf = append(s.buf, wikiEscape(in.text, at, start, i+1 == len(all) || all[i+1].what == brk)...)
	}
}

func (s *wikiSpeller) auto(in inline) string {
	if card := s.seen.cards[in.style.href]; card != "" {
		return card
	}
	shows := strings.TrimPrefix(in.style.href, "mailto:") == in.text
	switch {
	case shows && !s.at.braces && urlForm.FindString(in.style.href) == in.style.href:
		return in.style.href
	case shows:
		return "[" + wikiTarget(in.style.href) + "]"
	}
	return "[" + wikiEscape(in.text, wikiPlace{cell: true}, false, true) + "|" + wikiTarget(in.style.href) + "]"
}

func wikiImage(in inline) string {
	if in.text == "" {
		return "!" + wikiTarget(in.url) + "!"
	}
	alt := strings.NewReplacer(",", "&#44;", "|", "&#124;", "!", "&#33;", `\`, "&#92;", "&", "&#38;", "]", "&#93;", "[", "&#91;").Replace(in.text)
	return "!" + wikiTarget(in.url) + "|alt=" + alt + "!"
}
