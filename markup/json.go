package markup

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is a JSON value and where it stands in its text.
type node struct {
	src        string // the whole text
	start, end int
	members    []member // of an object
	elements   []*node  // of an array
}

type member struct {
	name  string
	value *node
}

// maxNesting bounds the brackets of a document: an ADF node brings an object and an
// array, and its attributes a few more.
const maxNesting = 2*maxDepth + 16

// parseJSON reads a JSON text. Duplicate members keep the last.
func parseJSON(src string) (*node, error) {
	if deep := nesting(src); deep > maxNesting {
		return nil, fmt.Errorf("%w: about %d levels of nodes, and %d are followed; flatten the text in Jira", ErrTooDeep, deep/2, maxDepth)
	}
	if !json.Valid([]byte(src)) {
		return nil, fmt.Errorf("%w: the JSON does not parse; read the field again", ErrMalformed)
	}
	s := jsonScanner{src: src}
	return s.value(), nil
}

// nesting is the deepest nesting of brackets outside strings.
func nesting(src string) int {
	deepest, depth, inString := 0, 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// jsonScanner walks a text that is known to be valid.
type jsonScanner struct {
	src string
	pos int
}

func (s *jsonScanner) space() {
	for s.pos < len(s.src) && strings.IndexByte(" \t\r\n,:", s.src[s.pos]) >= 0 {
		s.pos++
	}
}

func (s *jsonScanner) value() *node {
	s.space()
	n := &node{src: s.src, start: s.pos}
	switch s.src[s.pos] {
	case '{':
		s.pos++
		for s.space(); s.src[s.pos] != '}'; s.space() {
			name := s.value().text()
			n.members = append(n.members, member{name, s.value()})
		}
		s.pos++
	case '[':
		s.pos++
		for s.space(); s.src[s.pos] != ']'; s.space() {
			n.elements = append(n.elements, s.value())
		}
		s.pos++
	case '"':
		for s.pos++; s.src[s.pos] != '"'; s.pos++ {
			if s.src[s.pos] == '\\' {
				s.pos++
			}
		}
		s.pos++
	default:
		for s.pos < len(s.src) && strings.IndexByte(" \t\r\n,:]}", s.src[s.pos]) < 0 {
			s.pos++
		}
	}
	n.end = s.pos
	return n
}

// raw is the value as it stands in its text; "" for nil.
func (n *node) raw() string {
	if n == nil {
		return ""
	}
	return n.src[n.start:n.end]
}

func (n *node) is(first byte) bool { return n != nil && n.src[n.start] == first }

// text is the value of a string, and "" for anything else.
func (n *node) text() string {
	if !n.is('"') {
		return ""
	}
	raw := n.raw()
	if s := raw[1 : len(raw)-1]; strings.IndexByte(s, '\\') < 0 && utf8.ValidString(s) {
		return s
	}
	var s string
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return "" // cannot be: the whole text is valid
	}
	return s
}

// number is the value of a number, and zero for anything else.
func (n *node) number() float64 {
	f, err := strconv.ParseFloat(n.raw(), 64)
	if err != nil {
		return 0 // no number is no number here
	}
	return f
}

// get returns a member, or nil.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].name == name {
			return n.members[i].value
		}
	}
	return nil
}

// digestLen is the length of a placeholder's digest in characters.
const digestLen = 10

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:digestLen]
}

// digest identifies a value whatever its spacing, the order of its members and its
// localId, which Jira may give anew.
func (n *node) digest() string {
	h := sha256.New()
	n.hash(h)
	return hex.EncodeToString(h.Sum(nil))[:digestLen]
}

func (n *node) hash(h hash.Hash) {
	switch {
	case n.is('{'):
		fmt.Fprint(h, "{")
		sorted := slices.Clone(n.members)
		slices.SortStableFunc(sorted, func(a, b member) int { return cmp.Compare(a.name, b.name) })
		for _, m := range sorted {
			if m.name != "localId" {
				fmt.Fprintf(h, "%q:", m.name)
				m.value.hash(h)
			}
		}
	case n.is('['):
		fmt.Fprint(h, "[")
		for _, e := range n.elements {
			e.hash(h)
		}
		fmt.Fprint(h, "]")
	case n.is('"'):
		fmt.Fprintf(h, "%q,", n.text())
	default:
		fmt.Fprint(h, n.raw(), ",")
	}
}

// quoteJSON spells a string in JSON.
func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
