package markup

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mdParser reads Markdown into blocks: CommonMark with the tables, strikethrough and
// bare links of GitHub. It serves one call.
type mdParser struct {
	p     parser.Parser
	known map[string][]inline // what spellings of a line read as
}

func newParser() *mdParser {
	return &mdParser{parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithInlineParsers(util.Prioritized(extension.NewStrikethroughParser(), 500), util.Prioritized(extension.NewLinkifyParser(), 999)),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	), map[string][]inline{}}
}

// maxUnclosed bounds the links that begin and do not end: each costs the parser a
// walk over those before it.
const maxUnclosed = 2000

// unclosed counts the places where a link's target begins and does not end before
// the next does.
func unclosed(md string) int {
	n := 0
	for {
		_, after, found := strings.Cut(md, "](")
		if !found {
			return n
		}
		next := strings.Index(after, "](")
		if next < 0 {
			next = len(after)
		}
		if strings.IndexByte(after[:next], ')') < 0 {
			n++
		}
		md = after
	}
}

// maxMarkers bounds the quotes and items that begin on one line: each costs the parser a walk over
// those around it. So many nest too deep anyway.
const maxMarkers = 1000

// markers counts the quotes and items that begin on the line that begins most of them.
func markers(md string) (most int) {
	for line := range strings.Lines(md) {
		n := 0
		for {
			line = strings.TrimLeft(line, " \t")
			mark := marker.FindString(line)
			if mark == "" {
				break
			}
			n, line = n+1, line[len(mark):]
		}
		most = max(most, n)
	}
	return most
}

// tangled tells of a text that is not parsed, as that might take minutes.
func tangled(md string) bool { return unclosed(md) > maxUnclosed || markers(md) > maxMarkers }

var marker = regexp.MustCompile(`^(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])`)

// parse returns the blocks of a clean text; ok is false when they nest too deep, or
// too many links never close.
func (m *mdParser) parse(md string) (blocks []block, ok bool) {
	if tangled(md) {
		return nil, false
	}
	src := []byte(md)
	c := converter{src: src}
	blocks = c.blocks(m.p.Parse(gmtext.NewReader(src)), 0)
	return blocks, !c.tooDeep
}

type converter struct {
	src       []byte
	tooDeep   bool
	commented bool // a comment was dropped just before
}

func (c *converter) blocks(parent ast.Node, depth int) []block {
	if depth > maxDepth {
		c.tooDeep = true
		return nil
	}
	var out []block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if b, ok := c.block(n, depth); ok {
			out = append(out, b)
		}
	}
	return foldDetails(out)
}

// block converts one node; ok is false for one that shows nothing.
func (c *converter) block(n ast.Node, depth int) (b block, ok bool) {
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		b = block{kind: paragraph, line: c.line(n)}
		return b, len(b.line) > 0
	case *ast.Heading:
		return block{kind: heading, level: n.Level, line: c.line(n)}, true
	case *ast.ThematicBreak:
		return block{kind: rule}, true
	case *ast.CodeBlock:
		return block{kind: code, text: c.raw(n)}, true
	case *ast.FencedCodeBlock:
		return block{kind: code, info: language(unescape(string(n.Language(c.src)))), text: c.raw(n)}, true
	case *ast.Blockquote:
		return c.quote(n, depth), true
	case *ast.List:
		return c.list(n, depth), true
	case *ast.HTMLBlock:
		return c.htmlBlock(n, depth)
	case *extast.Table:
		return c.table(n), true
	case *ast.LinkReferenceDefinition:
		if strings.HasPrefix(string(n.Label), "^") {
			return block{kind: html, text: "[" + string(n.Label) + "]: " + string(n.Destination)}, true
		}
	}
	return block{}, false
}

// raw returns the lines of a block without the last newline.
func (c *converter) raw(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		b.Write(s.Value(c.src))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (c *converter) closure(n *ast.HTMLBlock) string {
	if !n.HasClosure() {
		return ""
	}
	end := strings.TrimSuffix(string(n.ClosureLine.Value(c.src)), "\n")
	if n.Lines().Len() == 0 {
		return end
	}
	return "\n" + end
}

var languageForm = regexp.MustCompile(`^[A-Za-z0-9+#._-]+$`)

// language is the language of a code block as all notations can say it.
func language(s string) string {
	if !languageForm.MatchString(s) {
		return ""
	}
	return s
}

var alertForm = regexp.MustCompile(`(?i)^\[!(note|tip|important|warning|caution)\][ \t]*\n?$`)

func (c *converter) quote(n *ast.Blockquote, depth int) block {
	b := block{kind: quote, kids: c.blocks(n, depth+1)}
	first, ok := n.FirstChild().(*ast.Paragraph)
	if !ok || len(b.kids) == 0 || b.kids[0].kind != paragraph {
		return b
	}
	opening := first.Lines().At(0)
	m := alertForm.FindSubmatch(opening.Value(c.src))
	if m == nil {
		return b
	}
	kids := b.kids
	if line := kids[0].line; len(line) > 1 {
		kids[0].line = canon(line[1:])
	} else {
		kids = kids[1:]
	}
	if len(kids) == 0 {
		return b
	}
	return block{kind: alert, info: strings.ToUpper(string(m[1])), kids: kids}
}

func (c *converter) list(n *ast.List, depth int) block {
	b := block{kind: list, ordered: n.IsOrdered()}
	if b.ordered {
		b.level = n.Start
	}
	for li := n.FirstChild(); li != nil; li = li.NextSibling() {
		it := block{kind: item, kids: c.blocks(li, depth+1)}
		if len(it.kids) > 0 && it.kids[0].kind == paragraph && c.boxed(li.FirstChild()) {
			it.task, it.kids[0].line = cutBox(it.kids[0].line)
		}
		b.kids = append(b.kids, it)
	}
	return b
}

// boxed reports whether the source of a text begins with a check box, as GitHub
// sees it: followed by white space.
func (c *converter) boxed(n ast.Node) bool {
	if n.Lines().Len() == 0 {
		return false
	}
	first := n.Lines().At(0)
	return startsBox(string(first.Value(c.src)))
}

func (c *converter) table(n *extast.Table) block {
	b := block{kind: table, header: true}
	empty := true
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		rw := block{kind: row}
		for x := r.FirstChild(); x != nil; x = x.NextSibling() {
			rw.kids = append(rw.kids, block{kind: cell, line: c.line(x)})
			if len(b.kids) == 0 && len(rw.kids[len(rw.kids)-1].line) > 0 {
				empty = false
			}
		}
		b.kids = append(b.kids, rw)
	}
	if empty && len(b.kids) > 1 { // Markdown has no table without a header: an empty one says so
		b.header, b.kids = false, b.kids[1:]
	}
	return b
}
