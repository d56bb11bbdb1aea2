package adf

import (
	"fmt"
	"strings"
)

// Wiki writes a document as the wiki markup that REST v2 and webhooks show. It covers what people write; what wiki markup cannot say
// is reduced to its text.
func Wiki(n *Node) string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(blocks(n.Content, "", "\n\n"))
}

// FromWiki makes a document of wiki markup. It knows paragraphs, headings, bullets and numbers of one level and {code} blocks;
// marks inside a line stay as they were typed.
func FromWiki(s string) *Node {
	doc := &Node{Type: "doc", Version: 1}
	for _, b := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if b = strings.Trim(b, "\n"); b != "" {
			doc.Content = append(doc.Content, blockOf(b))
		}
	}
	doc.canonical(new(int))
	return doc
}

func blocks(list []*Node, prefix, between string) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, n.block(prefix))
	}
	return strings.Join(parts, between)
}

func (n *Node) block(prefix string) string {
	switch n.Type {
	case "heading":
		return fmt.Sprintf("h%v. %s", n.Attrs["level"], inline(n.Content))
	case "bulletList":
		return n.items(prefix + "*")
	case "orderedList":
		return n.items(prefix + "#")
	case "taskList", "decisionList":
		return n.items(prefix + "*")
	case "codeBlock":
		lang, _ := n.Attrs["language"].(string)
		if lang != "" {
			lang = ":" + lang
		}
		return "{code" + lang + "}\n" + inline(n.Content) + "\n{code}"
	case "blockquote":
		return "{quote}" + blocks(n.Content, "", "\n\n") + "{quote}"
	case "panel":
		return "{panel}\n" + blocks(n.Content, "", "\n\n") + "\n{panel}"
	case "rule":
		return "----"
	case "table":
		return blocks(n.Content, "", "\n")
	case "tableRow":
		return n.row()
	case "paragraph":
		return inline(n.Content)
	}
	return blocks(n.Content, prefix, "\n\n")
}

func (n *Node) row() string {
	out, mark := "", "|"
	for _, c := range n.Content {
		mark = "|"
		if c.Type == "tableHeader" {
			mark = "||"
		}
		out += mark + blocks(c.Content, "", "\n")
	}
	return out + mark
}

func (n *Node) items(prefix string) string {
	var lines []string
	for _, item := range n.Content {
		if item.Type == "taskItem" || item.Type == "decisionItem" {
			lines = append(lines, prefix+" "+inline(item.Content))
			continue
		}
		for k, c := range item.Content {
			switch {
			case c.Type == "bulletList" || c.Type == "orderedList":
				lines = append(lines, c.block(prefix))
			case k == 0:
				lines = append(lines, prefix+" "+c.block(prefix))
			default:
				lines = append(lines, c.block(prefix))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func inline(list []*Node) string {
	var b strings.Builder
	for _, n := range list {
		switch n.Type {
		case "text":
			b.WriteString(marked(n))
		case "hardBreak":
			b.WriteString("\n")
		case "mention":
			fmt.Fprintf(&b, "[~accountid:%v]", n.Attrs["id"])
		case "emoji":
			fmt.Fprint(&b, n.Attrs["shortName"])
		case "inlineCard":
			fmt.Fprintf(&b, "[%v]", n.Attrs["url"])
		case "status":
			fmt.Fprint(&b, n.Attrs["text"])
		}
	}
	return b.String()
}

func marked(n *Node) string {
	s := n.Text
	for _, m := range n.Marks {
		switch m.Type {
		case "strong":
			s = "*" + s + "*"
		case "em":
			s = "_" + s + "_"
		case "strike":
			s = "-" + s + "-"
		case "underline":
			s = "+" + s + "+"
		case "code":
			s = "{{" + s + "}}"
		}
	}
	for _, m := range n.Marks { // outermost
		if m.Type == "link" {
			s = fmt.Sprintf("[%s|%v]", s, m.Attrs["href"])
		}
	}
	return s
}

func blockOf(s string) *Node {
	lines := strings.Split(s, "\n")
	if rest, isCode := strings.CutPrefix(s, "{code"); isCode && strings.HasSuffix(s, "{code}") {
		if lang, body, closed := strings.Cut(strings.TrimSuffix(rest, "{code}"), "}"); closed {
			n := &Node{Type: "codeBlock", Content: text(strings.Trim(body, "\n"))}
			if l := strings.TrimPrefix(lang, ":"); l != "" {
				n.Attrs = map[string]any{"language": l}
			}
			return n
		}
	}
	if len(s) > 4 && s[0] == 'h' && s[1] >= '1' && s[1] <= '6' && s[2:4] == ". " && len(lines) == 1 {
		return &Node{Type: "heading", Attrs: map[string]any{"level": float64(s[1] - '0')}, Content: text(s[4:])}
	}
	if n := listOf(lines, "* ", "bulletList"); n != nil {
		return n
	}
	if n := listOf(lines, "# ", "orderedList"); n != nil {
		return n
	}
	p := &Node{Type: "paragraph"}
	for k, l := range lines {
		if k > 0 {
			p.Content = append(p.Content, &Node{Type: "hardBreak"})
		}
		p.Content = append(p.Content, text(l)...)
	}
	return p
}

func listOf(lines []string, mark, list string) *Node {
	n := &Node{Type: list}
	for _, l := range lines {
		item, isItem := strings.CutPrefix(l, mark)
		if !isItem {
			return nil
		}
		n.Content = append(n.Content, &Node{Type: "listItem", Content: []*Node{{Type: "paragraph", Content: text(item)}}})
	}
	return n
}

func text(s string) []*Node {
	if s == "" {
		return nil
	}
	return []*Node{{Type: "text", Text: s}}
}
