package markup

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	gmtext "github.com/yuin/goldmark/text"
)

// rewrite spells a unit of theirs that replaces one of ours: with the items or lines
// of ours that did not change, and with its comments.
func (k *keeper) rewrite(at, theirs int, how effort) string {
	fresh := k.fresh(theirs)
	if how.inside {
		if got := k.inside(at, theirs); got != "" && k.norm(got) == k.norm(fresh) {
			fresh = got
		}
	}
	return k.withComments(fresh, k.ours.text(at))
}

// fresh is a unit of theirs with the line ends of ours, and as an item of a list with
// the bullet of ours.
func (k *keeper) fresh(theirs int) string {
	s := k.theirs.text(theirs)
	if k.items {
		s = likeItem(s, k.ours.text(0))
	}
	if k.newline == "\n" {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", k.newline)
}

// inside keeps what did not change inside a unit: items of a list, lines of any other
// block. They are told by the normal form, where it has as many; "" where not.
func (k *keeper) inside(at, theirs int) string {
	was, is := &k.ours.units[at], &k.theirs.units[theirs]
	if k.nested || was.kind != is.kind || len(was.parts) != 1 || len(is.parts) != 1 {
		return ""
	}
	isList := was.kind == ast.KindList
	in := keeper{norm: k.norm, newline: k.newline, nested: true, items: isList}
	in.ours, in.theirs = pieces(k.ours.text(at), isList), pieces(k.theirs.text(theirs), isList)
	if !in.ours.label(pieces(was.parts[0], isList), isList) || !in.theirs.label(pieces(is.parts[0], isList), isList) {
		return ""
	}
	in.pairs = align(in.ours.parts(), in.theirs.parts())
	return in.weave(effort{})
}

// pieces cuts a block into its items or lines; no piece where it is no list.
func pieces(src string, isList bool) spelled {
	if isList {
		return cutItems(src)
	}
	var begins []begin
	for line := range strings.Count(clean(src), "\n") + 1 {
		begins = append(begins, begin{line: line})
	}
	return cutAt(src, begins)
}

func cutItems(src string) spelled {
	md := clean(src)
	if tangled(md) {
		return spelled{src: src}
	}
	doc := newParser().p.Parse(gmtext.NewReader([]byte(md)))
	list := doc.FirstChild()
	if list == nil || list.Kind() != ast.KindList || list.NextSibling() != nil {
		return spelled{src: src}
	}
	return cutNodes(src, md, list)
}

// label gives each piece its normal form; false where their numbers differ.
func (s *spelled) label(normal spelled, isList bool) bool {
	if len(s.units) != len(normal.units) || len(s.units) == 0 {
		return false
	}
	for i := range s.units {
		part := normal.text(i)
		if isList {
			part = bareItem(part)
		}
		s.units[i].parts = []string{part}
	}
	return true
}

var itemForm = regexp.MustCompile(`^( *)(?:([-+*])|([0-9]{1,9})([.)]))( |$)`)

// bareItem is an item without its marker, so that it is the same under another
// number.
func bareItem(s string) string {
	width := len(itemForm.FindString(s))
	lines := strings.Split(s, "\n")
	lines[0] = lines[0][width:]
	for i, l := range lines[1:] {
		lines[i+1] = l[min(width, len(l)-len(strings.TrimLeft(l, " "))):]
	}
	return strings.Join(lines, "\n")
}

// likeItem gives an item the indentation and the kind of marker of another, without
// which it would begin a list of its own.
func likeItem(s, other string) string {
	is, like := itemForm.FindStringSubmatchIndex(s), itemForm.FindStringSubmatch(other)
	if is == nil || like == nil {
		return s
	}
	switch {
	case is[4] >= 0 && like[2] != "":
		s = s[:is[4]] + like[2] + s[is[5]:]
	case is[8] >= 0 && like[4] != "":
		s = s[:is[8]] + like[4] + s[is[9]:]
	}
	return prefixed(s, like[1], like[1])
}
