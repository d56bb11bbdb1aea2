package markup

import "strings"

// kind is the kind of a block. The document model is what all three notations
// have in common; each is read into it and written from it.
type kind uint8

const (
	paragraph kind = iota + 1
	heading
	code
	rule
	quote
	alert   // a quote that GitHub shows as a box, a panel in Jira
	details // a collapsible section, an expand in Jira
	list
	item
	table
	row
	cell
	html   // raw HTML, which Jira cannot hold
	hidden // what has no Markdown: an empty paragraph
)

// String names the kind as losses do.
func (k kind) String() string {
	names := [...]string{"", "paragraph", "heading", "code block", "rule", "quote", "alert", "collapsible section", "list", "list item", "table", "table row", "table cell", "raw HTML", "empty block"}
	return names[k]
}

// block is one block, with blocks or a line of text inside.
type block struct {
	kind    kind
	level   int    // of a heading; the first number of an ordered list
	ordered bool   // of a list
	task    byte   // of an item: ' ' or 'x', 0 for none
	header  bool   // of a table: the first row is its header
	info    string // language of code, kind of alert, summary of details
	text    string // of code and HTML, without the last newline
	line    []inline
	kids    []block
}

// sameHead reports whether two blocks differ in what they contain at most.
func (b *block) sameHead(c *block) bool {
	return b.kind == c.kind && b.level == c.level && b.ordered == c.ordered && b.task == c.task && b.header == c.header && b.info == c.info
}

// what is the kind of an inline.
type what uint8

const (
	text    what = iota + 1
	brk          // a line break; it has no style
	image        // text is the alternative
	rawHTML      // text is the tag or comment
)

// bits are the marks without parameters.
type bits uint8

const (
	strong bits = 1 << iota
	em
	strike
	under
	sub
	sup
	mono
)

// style is the set of marks of a run.
type style struct {
	bits  bits
	href  string // of the link around it; see placeholder
	title string
}

// inline is a run of text with one style, or an atom.
type inline struct {
	what  what
	text  string
	style style
	url   string // of an image
}

// placeholder begins the target of a link that stands for something that Markdown
// has no word for.
const placeholder = "#jira-"

func isPlaceholder(href string) bool {
	return len(href) == len(placeholder)+digestLen && strings.HasPrefix(href, placeholder)
}

// isAuto reports whether a run is a link that shows its own target.
func (in *inline) isAuto() bool {
	s, t := in.style, in.text
	return in.what == text && s.href != "" && s.title == "" && s.bits&mono == 0 &&
		(s.href == t || s.href == "http://"+t || s.href == "mailto:"+t)
}

// maxDepth is how deep blocks may nest.
const maxDepth = 64

// clean makes any input a text that the parsers agree on: valid UTF-8 without NUL,
// lines ended by a newline alone.
func clean(s string) string {
	if !strings.ContainsAny(s, "\x00\r\v\f") {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.NewReplacer("\x00", "\uFFFD", "\r\n", "\n", "\r", "\n", "\v", " ", "\f", " ").Replace(strings.ToValidUTF8(s, "\uFFFD"))
}
