package markup

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	gmtext "github.com/yuin/goldmark/text"
)

// withComments adds the comments that stood inside a block of ours to what replaces
// it: at the end of its text, or behind it; not where norm would see them.
func (k *keeper) withComments(fresh, was string) string {
	if k.nested && !k.items || !strings.Contains(was, "<!--") {
		return fresh
	}
	all := commentsIn(clean(was))
	for i, c := range all {
		all[i] = strings.ReplaceAll(c, "\n", k.newline)
	}
	want := k.norm(fresh)
	fresh = k.hide(fresh, want, all)
	tail := ""
	for _, c := range all {
		if !strings.Contains(fresh, c) {
			tail += " " + c
		}
	}
	if tail == "" {
		return fresh
	}
	if !strings.HasSuffix(fresh, "|") && k.norm(fresh+tail) == want { // behind a row it would be a cell
		return fresh + tail
	}
	if behind := fresh + k.newline + k.newline + tail[1:]; !k.nested && k.norm(behind) == want {
		return behind
	}
	return fresh
}

// hide makes comments again of what a system shows as text because it has none:
// our readers did not see it before.
func (k *keeper) hide(fresh, want string, comments []string) string {
	for _, shows := range []*strings.Replacer{strings.NewReplacer("<!--", `\<!--`), strings.NewReplacer("<!--", `\<!--`, "-->", `--\>`)} {
		hidden := fresh
		for _, c := range comments {
			hidden = strings.Replace(hidden, shows.Replace(c), c, 1)
		}
		if hidden != fresh && k.norm(hidden) == want {
			fresh = hidden
		}
	}
	return fresh
}

// commentsIn returns the comments of a block that are in its text or stand alone.
func commentsIn(md string) []string {
	src := []byte(md)
	if tangled(md) {
		return nil
	}
	c := converter{src: src}
	var out []string
	visit := func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		s := ""
		switch n := n.(type) {
		case *ast.RawHTML:
			s = string(n.Segments.Value(src))
		case *ast.HTMLBlock:
			s = strings.TrimSpace(c.raw(n) + c.closure(n))
		}
		if t := tokens(s); entering && len(t) == 1 && t[0].kind == htmlComment {
			out = append(out, s)
		}
		return ast.WalkContinue, nil
	}
	if err := ast.Walk(newParser().p.Parse(gmtext.NewReader(src)), visit); err != nil {
		return nil
	}
	return out
}
