package markup

import "strings"

// wikiDocument is a text of wiki markup with the blocks that it shows.
type wikiDocument struct {
	raw   string
	units []wikiUnit
	shown []block
	seen  *seen
	p     *printer
}

func openWiki(raw string, p *printer) *wikiDocument {
	d := &wikiDocument{raw: raw, seen: newSeen(), p: p}
	s := wikiScanner{src: raw, seen: d.seen}
	d.units = s.units(0)
	for _, u := range d.units {
		d.shown = append(d.shown, u.b)
	}
	return d
}

func (d *wikiDocument) blocks() []block { return d.shown }

// write puts new blocks into the text. Between blocks that stayed neighbours the
// white space stays too.
func (d *wikiDocument) write(blocks []block) string {
	if len(blocks) == 0 {
		return ""
	}
	newline := "\n"
	if strings.Contains(d.raw, "\r\n") {
		newline = "\r\n"
	}
	w := &wikiWriter{d.seen}
	fresh := func(b *block) string { return strings.ReplaceAll(w.block(b), "\n", newline) }
	pieces := d.p.put(d.shown, blocks, fresh, func(_ int, b *block) string { return fresh(b) })
	var b strings.Builder
	for i, p := range pieces {
		switch {
		case i == 0 && p.at == 0:
			b.WriteString(d.raw[:d.units[0].start])
		case i > 0 && pieces[i-1].at >= 0 && p.at == pieces[i-1].at+1:
			b.WriteString(d.raw[d.units[p.at-1].end:d.units[p.at].start])
		case i > 0:
			b.WriteString(newline + newline)
		}
		if !p.kept {
			b.WriteString(p.fresh)
			continue
		}
		b.WriteString(d.raw[d.units[p.at].start:d.units[p.at].end])
	}
	if last := len(d.units) - 1; last >= 0 && pieces[len(pieces)-1].at == last {
		b.WriteString(d.raw[d.units[last].end:])
	}
	return b.String()
}

// losses names what in a block wiki markup cannot hold.
func (d *wikiDocument) losses(b *block) []string {
	var l lossSet
	d.walk(&l, b)
	return l
}

func (d *wikiDocument) walk(l *lossSet, b *block) {
	lossOfHTML(l, b)
	switch {
	case b.kind == details && !titleHolds(b.info):
		l.add("summary that the title of a panel cannot hold")
	case b.kind == list && b.ordered && b.level != 1:
		l.add("list that does not start at 1")
	case b.kind == heading && len(b.line) == 0:
		l.add("empty heading")
	case b.kind == item:
		itemLosses(l, b)
	case b.kind == code && strings.Contains(b.text, "{code") && (b.info != "" || strings.Contains(b.text, "{noformat}")):
		l.add("code that contains {code}")
	}
	for i := range b.kids {
		k := &b.kids[i]
		if isBoxed(b.kind, k.kind) {
			l.add(nestedIn(k.kind, b.kind))
		}
		d.walk(l, k)
	}
	for i := range b.line {
		in := &b.line[i]
		if in.what == image && !isWeb(in.url) {
			l.add("image without a web address")
		}
		d.seen.losses(l, b, in)
	}
}

// itemLosses names what a list item cannot hold: it is a line, with code and then
// lists under it.
func itemLosses(l *lossSet, b *block) {
	for i := range b.kids {
		switch k := b.kids[i].kind; {
		case k == paragraph && i > 0:
			l.add("several paragraphs in a list item")
		case k == code && b.kids[i-min(i, 1)].kind == list:
			l.add("code after a nested list")
		case k != paragraph && k != list && k != code:
			l.add(nestedIn(k, item))
		}
	}
	if len(b.kids) == 0 || b.kids[0].kind != paragraph {
		l.add("list item that does not begin with text")
	}
}

// isBoxed reports whether one macro would stand inside another that may not hold it:
// quotes and panels end where the first inside ends.
func isBoxed(outer, inner kind) bool {
	switch outer {
	case quote, alert:
		return inner == quote || inner == alert || inner == details
	case details:
		return inner == alert || inner == details
	}
	return false
}
