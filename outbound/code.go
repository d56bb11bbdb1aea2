package outbound

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// piece is a part of a text, by its bytes.
type piece struct{ from, to int }

// maxTargets bounds the places where the target of a link may begin: where they do not end, each costs
// the parser a walk over those before it.
const maxTargets = 2000

// deep matches a line in more quotes and lists than are followed, each of which costs the parser a walk
// over those that it stands in.
var deep = regexp.MustCompile(`(?m)^(?:[ \t]*(?:>|(?:[-*+]|\d+[.)])[ \t])){65}`)

// codeIn returns what of a Markdown text is code in a fence, line by line, or between backticks in one
// line, in order, as CommonMark has it with the tables and bare links of GitHub, and its HTML. It is left alive, so
// that in doubt nothing is code: a joiner in code harms less.
func codeIn(md string) []piece {
	if !strings.Contains(md, "`") && !strings.Contains(md, "~~~") || strings.Count(md, "](") > maxTargets || deep.MatchString(md) {
		return nil
	}
	p := parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithBlockParsers(util.Prioritized(&htmlParser{BlockParser: parser.NewHTMLBlockParser()}, 890)), // before the one that it stands on
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithInlineParsers(util.Prioritized(extension.NewLinkifyParser(), 999)),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
	)
	var code []piece
	add := func(s gmtext.Segment) { code = append(code, piece{s.Start, s.Stop}) }
	visit := func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			for at := range n.Lines().Len() {
				add(n.Lines().At(at))
			}
		case *ast.CodeSpan:
			if t, is := n.FirstChild().(*ast.Text); is && n.ChildCount() == 1 {
				add(t.Segment)
			}
		default:
			return ast.WalkContinue, nil
		}
		return ast.WalkSkipChildren, nil
	}
	if err := ast.Walk(p.Parse(gmtext.NewReader([]byte(newLines(md)))), visit); err != nil {
		return nil // visit returns none
	}
	slices.SortFunc(code, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	return code
}

// outsideCode changes what of a line is no code: each part gets changed by f, which is told whether
// it is the line's first. from is where the line begins in the text of which code are the pieces that
// are left, and those behind the line are returned.
func outsideCode(line string, from int, code []piece, f func(part string, first bool) string) (string, []piece) {
	var b strings.Builder
	done := 0
	for ; len(code) > 0 && code[0].from < from+len(line); code = code[1:] {
		start, end := max(code[0].from-from, done), min(code[0].to-from, len(line))
		if end <= start {
			continue
		}
		b.WriteString(f(line[done:start], done == 0))
		b.WriteString(line[start:end])
		done = end
	}
	b.WriteString(f(line[done:], done == 0))
	return b.String(), code
}

// newLines has every line end with "\n", in its place: a parser of ours knows no lone "\r".
func newLines(md string) string { return strings.NewReplacer("\r\n", " \n", "\r", "\n").Replace(md) }
