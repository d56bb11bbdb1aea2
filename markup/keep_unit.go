package markup

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	gmtext "github.com/yuin/goldmark/text"
)

// spelled is a text cut into units.
type spelled struct {
	src   string
	units []unit
}

// unit is a run of whole lines of a text: a block that stands on its own.
type unit struct {
	start, end int // without the last newline
	kind       ast.NodeKind
	parts      []string // the normal forms of its blocks; none when it shows nothing
}

func (s *spelled) text(i int) string { return s.src[s.units[i].start:s.units[i].end] }

// parts are those of all units, in order.
func (s *spelled) parts() []string {
	var out []string
	for i := range s.units {
		out = append(out, s.units[i].parts...)
	}
	return out
}

// between is what stands before unit i, and behind the one before it.
func (s *spelled) between(i int) string {
	start, end := 0, len(s.src)
	if i > 0 {
		start = s.units[i-1].end
	}
	if i < len(s.units) {
		end = s.units[i].start
	}
	return s.src[start:end]
}

// spelling cuts a text and finds the normal form of each unit. Out of its context a
// unit may read otherwise, as a reference to a link does; so the units are told from
// the normal form of the whole text, when their numbers agree.
func (k *keeper) spelling(src, normal string) spelled {
	s := cutUnits(src)
	if src == normal {
		for i := range s.units {
			s.units[i].parts = []string{s.text(i)}
		}
		return s
	}
	n := 0
	for i := range s.units {
		s.units[i].parts = texts(cutUnits(k.norm(s.text(i))))
		n += len(s.units[i].parts)
	}
	whole := texts(cutUnits(normal))
	if n != len(whole) {
		return s
	}
	for i := range s.units {
		n = len(s.units[i].parts)
		s.units[i].parts, whole = whole[:n:n], whole[n:]
	}
	return s
}

func texts(s spelled) []string {
	out := make([]string, len(s.units))
	for i := range s.units {
		out[i] = s.text(i)
	}
	return out
}

// cutUnits cuts a text where its top-level blocks begin. One that cannot be followed
// is one unit.
func cutUnits(src string) spelled {
	md := clean(src)
	if tangled(md) {
		return cutAt(src, []begin{{}})
	}
	return cutNodes(src, md, newParser().p.Parse(gmtext.NewReader([]byte(md))))
}

// cutNodes cuts a text where the children of a node begin. md is the clean text.
func cutNodes(src, md string, parent ast.Node) spelled {
	var begins []begin
	line, at := 0, 0
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		pos := n.Pos()
		if pos < at || pos > len(md) {
			return cutAt(src, []begin{{}})
		}
		line, at = line+strings.Count(md[at:pos], "\n"), pos
		begins = append(begins, begin{line, n.Kind()})
	}
	return cutAt(src, begins)
}

// begin is the line at which a unit of some kind begins.
type begin struct {
	line int
	kind ast.NodeKind
}

// cutAt cuts a text at lines, which are ended in any way that Markdown knows. Empty
// lines belong to no unit.
func cutAt(src string, begins []begin) spelled {
	s := spelled{src: src}
	line := 0
	for at := 0; at < len(src); line++ {
		end, next := lineEnd(src, at)
		switch n := len(s.units); {
		case len(begins) > 0 && begins[0].line <= line:
			s.units = append(s.units, unit{start: at, end: end, kind: begins[0].kind})
			for len(begins) > 0 && begins[0].line <= line {
				begins = begins[1:]
			}
		case n > 0 && strings.TrimSpace(src[at:end]) != "":
			s.units[n-1].end = end
		}
		at = next
	}
	return s
}

// lineEnd returns where the line at a position ends, and where the next begins.
func lineEnd(s string, at int) (end, next int) {
	i := strings.IndexAny(s[at:], "\r\n")
	if i < 0 {
		return len(s), len(s)
	}
	end = at + i
	if strings.HasPrefix(s[end:], "\r\n") {
		return end, end + 2
	}
	return end, end + 1
}
