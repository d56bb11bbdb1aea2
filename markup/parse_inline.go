package markup

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// line returns the text inside a block.
func (c *converter) line(n ast.Node) []inline {
	return canon(foldTags(c.inlines(nil, n, style{}, 0)))
}

// inlines adds what is inside n in the style around it.
func (c *converter) inlines(out []inline, parent ast.Node, st style, depth int) []inline {
	if depth > 4*maxDepth {
		c.tooDeep = true
		return out
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		in := st
		switch n := n.(type) {
		case *ast.Text:
			out = c.text(out, n, st)
		case *ast.String:
			out = lines(out, string(n.Value), st)
		case *ast.CodeSpan:
			in.bits |= mono
			out = append(out, inline{what: text, text: c.code(n), style: in})
		case *ast.Emphasis:
			in.bits |= em
			if n.Level == 2 {
				in.bits = st.bits | strong
			}
			out = c.inlines(out, n, in, depth+1)
		case *extast.Strikethrough:
			in.bits |= strike
			out = c.inlines(out, n, in, depth+1)
		case *ast.Link:
			in.href, in.title = unescape(string(n.Destination)), oneLine(unescape(string(n.Title)))
			out = c.link(out, n, in, depth)
		case *ast.AutoLink:
			out = append(out, c.autoLink(n, st))
		case *ast.Image:
			alt := plain(canon(untagged(c.inlines(nil, n, style{}, depth+1))))
			out = append(out, inline{what: image, text: alt, style: st, url: unescape(string(n.Destination))})
		case *ast.RawHTML:
			out = c.tag(out, string(n.Segments.Value(c.src)), st)
		}
	}
	return out
}

// tag adds a tag. A comment shows nothing; what only looks like a tag is meant as text.
func (c *converter) tag(out []inline, s string, st style) []inline {
	if c.commented = strings.HasPrefix(s, "<!--"); c.commented {
		return out
	}
	if isMistaken(s) {
		return append(out, inline{what: text, text: s, style: st})
	}
	return append(out, inline{what: rawHTML, text: s, style: st})
}

// link adds a link. One without a text or a target has nothing that could carry the mark.
func (c *converter) link(out []inline, n *ast.Link, in style, depth int) []inline {
	c.commented = false
	inside := c.inlines(nil, n, in, depth+1)
	if said := canon(inside); in.href == "" || len(said) == 0 {
		spelled := "[" + escapeAll(plain(said)) + "]" + linkTail(in.href, in.title)
		return append(out, inline{what: rawHTML, text: spelled, style: style{bits: in.bits}})
	}
	return append(out, inside...)
}

func (c *converter) text(out []inline, n *ast.Text, st style) []inline {
	s := string(n.Value(c.src))
	if !n.IsRaw() {
		s = unescape(s)
	}
	if c.commented && endsBlank(out) { // two blanks show as one
		s = strings.TrimLeft(s, " \t")
	}
	c.commented = false
	out = lines(out, s, st)
	if n.SoftLineBreak() || n.HardLineBreak() {
		out = append(out, inline{what: brk})
	}
	return out
}

func (c *converter) code(n ast.Node) string {
	var b strings.Builder
	for t := n.FirstChild(); t != nil; t = t.NextSibling() {
		if t, ok := t.(*ast.Text); ok {
			b.Write(t.Value(c.src))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

func (c *converter) autoLink(n *ast.AutoLink, st style) inline {
	st.href, st.title = string(n.URL(c.src)), ""
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(st.href), "mailto:") {
		st.href = "mailto:" + st.href
	}
	return inline{what: text, text: string(n.Label(c.src)), style: st}
}

// untagged drops tags, which the text of an image does not show.
func untagged(in []inline) []inline {
	return slices.DeleteFunc(in, func(p inline) bool { return p.what == rawHTML })
}

// plain is the text without its marks.
func plain(in []inline) string {
	var b strings.Builder
	for _, p := range in {
		switch p.what {
		case brk:
			b.WriteByte(' ')
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// unescape resolves backslash escapes and entities.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			b.WriteByte(s[i])
		case s[i] == '&':
			n := entity(s[i:])
			b.WriteString(resolve(s[i : i+n]))
			i += n - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// entity returns the length of the entity that s begins with, 1 where it is a
// lone ampersand.
func entity(s string) int {
	end := strings.IndexByte(s[:min(len(s), 40)], ';')
	if end < 2 {
		return 1
	}
	for i := 1; i < end; i++ {
		if !util.IsAlphaNumeric(s[i]) && (i != 1 || s[i] != '#') {
			return 1
		}
	}
	return end + 1
}

func resolve(s string) string {
	if len(s) == 1 {
		return s
	}
	r := util.ResolveEntityNames(util.ResolveNumericReferences([]byte(s)))
	return clean(string(r))
}
