package markup

import (
	"slices"
	"strings"
)

// losses names what in a block ADF cannot hold. Which node may stand in which is
// the schema: https://unpkg.com/@atlaskit/adf-schema/dist/json-schema/v1/full.json
func (d *adfDocument) losses(b *block) []string {
	var l lossSet
	d.walk(&l, b)
	return l
}

func (d *adfDocument) walk(l *lossSet, b *block) {
	lossOfHTML(l, b)
	for i := range b.kids {
		k := &b.kids[i]
		if k.kind != hidden && !adfHolds(b.kind, k.kind) {
			l.add(nestedIn(k.kind, b.kind))
		}
		d.walk(l, k)
	}
	for i := range b.line {
		d.inline(l, b, i)
	}
}

// adfHolds says which blocks may stand inside another.
func adfHolds(outer, inner kind) bool {
	switch outer {
	case quote, item:
		return slices.Contains([]kind{paragraph, list, code}, inner)
	case alert:
		return slices.Contains([]kind{paragraph, heading, list, code, rule}, inner)
	case details:
		return inner != details
	}
	return true
}

func (d *adfDocument) inline(l *lossSet, b *block, i int) {
	in := &b.line[i]
	alone := len(b.line) == 1 && (b.kind == paragraph || b.kind == cell)
	switch {
	case in.what == image && !isWeb(in.url):
		l.add("image without a web address")
	case in.what == image && !alone && in.style.title != "":
		l.add("image inside text, in a link with a title")
	case in.style.bits&mono != 0 && in.style.bits != mono:
		l.add("marks on code")
	case in.style.bits&sub != 0 && in.style.bits&sup != 0:
		l.add("text both raised and lowered")
	}
	d.writer.seen.losses(l, b, in)
}

// nestedIn names a block where it may not stand.
func nestedIn(inner, outer kind) string {
	if outer == alert {
		return inner.String() + " inside an alert"
	}
	return inner.String() + " inside a " + outer.String()
}

func isWeb(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// lossOfHTML names the raw HTML of a block, which neither format can hold.
func lossOfHTML(l *lossSet, b *block) {
	if b.kind == html {
		l.add(htmlKind(b.text))
	}
	for i := range b.line {
		if b.line[i].what == rawHTML {
			l.add(htmlKind(b.line[i].text))
		}
	}
}

func htmlKind(s string) string {
	switch t := strings.TrimSpace(s); {
	case strings.Contains(t, "<!--") && tokens(t)[len(tokens(t))-1].kind == htmlOpen:
		return "HTML comment that does not end"
	case strings.HasPrefix(t, "[^"):
		return "footnote"
	case strings.HasPrefix(t, "["):
		return "link without a text or a target"
	}
	return "raw HTML"
}
