package outbound

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
)

// loneTag matches a tag that has a line of its own, as CommonMark spells them.
var loneTag = regexp.MustCompile(`^ {0,3}<(?:/[a-zA-Z][a-zA-Z0-9-]*|[a-zA-Z][a-zA-Z0-9-]*` +
	`(?:\s+[a-zA-Z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>` + "`" + `]+|'[^']*'|"[^"]*"))?)*\s*/?)\s*>\s*$`)

// htmlParser is the parser of HTML that Markdown has, but for a tag that stands alone: it begins HTML also
// behind a row of a table, and behind the text of a quote or of a list's item that its line is no part of.
// GitHub's parser has it so, against CommonMark; what looks like a fence below is none then.
type htmlParser struct {
	parser.BlockParser
	last *ast.Paragraph // which is no table up to
	upTo int            // so many lines
}

// Open begins HTML where the line does.
func (h *htmlParser) Open(parent ast.Node, reader gmtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	if node, state := h.BlockParser.Open(parent, reader, pc); node != nil {
		return node, state
	}
	line, segment := reader.PeekLine()
	if p, goesOn := pc.LastOpenedBlock().Node.(*ast.Paragraph); !loneTag.Match(line) ||
		goesOn && p.Parent() == parent && !h.isTable(p, reader, pc) {
		return nil, parser.NoChildren
	}
	node := ast.NewHTMLBlock(ast.HTMLBlockType7)
	node.Lines().Append(segment)
	reader.AdvanceToEOL()
	return node, parser.NoChildren
}

// isTable reports whether the lines of a paragraph so far make a table. Those that did not before are not
// looked at again, for there may be a tag on each.
func (h *htmlParser) isTable(p *ast.Paragraph, reader gmtext.Reader, pc parser.Context) bool {
	if p != h.last {
		h.last, h.upTo = p, 0
	}
	draft, doc := ast.NewParagraph(), ast.NewDocument()
	for n := max(h.upTo-1, 0); n < p.Lines().Len(); n++ { // the line before may be its head
		draft.Lines().Append(p.Lines().At(n))
	}
	h.upTo = p.Lines().Len()
	doc.AppendChild(doc, draft)
	extension.NewTableParagraphTransformer().Transform(draft, reader, pc)
	return doc.LastChild() != ast.Node(draft)
}
