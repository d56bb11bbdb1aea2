package markup

import (
	"fmt"
	"strings"
)

// adfReader reads ADF nodes into blocks and notes what it shows by other words.
type adfReader struct{ seen *seen }

// adfDoc is a parsed document and its top-level nodes.
type adfDoc struct {
	root  *node
	nodes []*node
}

func parseADF(raw string) (adfDoc, error) {
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" || trimmed == "null" {
		return adfDoc{}, nil
	}
	root, err := parseJSON(raw)
	if err != nil {
		return adfDoc{}, fmt.Errorf("adf: %w", err)
	}
	if root.get("type").text() != "doc" {
		return adfDoc{}, fmt.Errorf("adf: %w: the root is not a node of type doc; is the field one of rich text?", ErrMalformed)
	}
	return adfDoc{root, root.get("content").children()}, nil
}

func (n *node) children() []*node {
	if n == nil {
		return nil
	}
	return n.elements
}

func (n *node) typ() string            { return n.get("type").text() }
func (n *node) attr(name string) *node { return n.get("attrs").get(name) }
func (n *node) content() []*node       { return n.get("content").children() }

// blocks reads one block from each node.
func (r adfReader) blocks(nodes []*node) []block {
	out := make([]block, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, r.block(n))
	}
	return out
}

// block reads one node. What the model has no word for becomes a placeholder.
func (r adfReader) block(n *node) block {
	switch n.typ() {
	case "paragraph":
		return r.paragraph(n)
	case "heading":
		level := min(max(int(n.attr("level").number()), 1), 6)
		return block{kind: heading, level: level, line: r.line(n)}
	case "codeBlock":
		return block{kind: code, info: language(n.attr("language").text()), text: r.codeText(n)}
	case "rule":
		return block{kind: rule}
	case "blockquote":
		return r.container(block{kind: quote}, n)
	case "panel":
		return r.container(block{kind: alert, info: alertOf(n.attr("panelType").text())}, n)
	case "expand", "nestedExpand":
		return block{kind: details, info: oneLine(clean(n.attr("title").text())), kids: r.blocks(n.content())}
	case "bulletList", "orderedList", "taskList":
		return r.list(n)
	case "listItem":
		return r.item(n)
	case "taskItem":
		return r.taskItem(n)
	case "table":
		return r.table(n)
	case "blockCard", "embedCard":
		if url := n.attr("url").text(); url != "" {
			return block{kind: paragraph, line: canon([]inline{cardLink(url)})}
		}
	case "mediaSingle":
		if in, ok := externalImage(n); ok {
			return block{kind: paragraph, line: []inline{in}}
		}
	}
	return block{kind: paragraph, line: canon([]inline{r.atom(n, blockLabel(n), true)})}
}

func (r adfReader) paragraph(n *node) block {
	b := block{kind: paragraph, line: r.line(n)}
	if len(b.line) == 0 {
		return block{kind: hidden}
	}
	return b
}

// container reads a block that shows nothing when nothing in it shows.
func (r adfReader) container(b block, n *node) block {
	b.kids = r.blocks(n.content())
	for i := range b.kids {
		if b.kids[i].kind != hidden {
			return b
		}
	}
	return block{kind: hidden}
}

func (r adfReader) codeText(n *node) string {
	var b strings.Builder
	for _, c := range n.content() {
		b.WriteString(c.get("text").text())
	}
	return clean(b.String())
}

// alertOf returns the alert that shows a panel. All five that GitHub has come back
// as the panel they came from; see panelOf.
func alertOf(panel string) string {
	switch panel {
	case "note":
		return "IMPORTANT"
	case "success", "tip":
		return "TIP"
	case "warning":
		return "WARNING"
	case "error":
		return "CAUTION"
	}
	return "NOTE"
}

func (r adfReader) list(n *node) block {
	b := block{kind: list, ordered: n.typ() == "orderedList"}
	if b.ordered {
		b.level = 1
		if order := n.attr("order"); order != nil {
			b.level = min(max(int(order.number()), 0), maxNumber)
		}
	}
	for _, c := range n.content() {
		it := r.block(c)
		if it.kind != item {
			it = block{kind: item, kids: []block{it}}
		}
		b.kids = append(b.kids, it)
	}
	if len(b.kids) == 0 {
		return block{kind: hidden}
	}
	return b
}

// item reads a list item. One whose text begins with a check box is a task: that is
// how New writes them.
func (r adfReader) item(n *node) block {
	b := block{kind: item, kids: r.blocks(n.content())}
	if len(b.kids) > 0 && b.kids[0].kind == paragraph {
		b.task, b.kids[0].line = cutBox(b.kids[0].line)
	}
	return b
}

// cutBox takes a check box off the beginning of a line.
func cutBox(line []inline) (byte, []inline) {
	first := line[0]
	if first.what != text || first.style != (style{}) || !startsBox(first.text) {
		return 0, line
	}
	task := first.text[1] | 0x20 // a blank, or x in lower case
	first.text = first.text[4:]
	rest := canon(append([]inline{first}, line[1:]...))
	if len(rest) == 0 {
		return 0, line
	}
	return task, rest
}

func (r adfReader) taskItem(n *node) block {
	b := block{kind: item, task: ' ', kids: []block{{kind: paragraph, line: r.line(n)}}}
	if n.attr("state").text() == "DONE" {
		b.task = 'x'
	}
	if len(b.kids[0].line) == 0 {
		b.task, b.kids = 0, nil
	}
	return b
}

// table reads a table; one with merged cells or blocks in cells is a placeholder.
func (r adfReader) table(n *node) block {
	b := block{kind: table}
	for i, rn := range n.content() {
		rw, headers := block{kind: row}, 0
		for _, cn := range rn.content() {
			c, ok := r.cell(cn)
			if !ok {
				return block{kind: paragraph, line: canon([]inline{r.atom(n, blockLabel(n), true)})}
			}
			if cn.typ() == "tableHeader" {
				headers++
			}
			rw.kids = append(rw.kids, c)
		}
		if i == 0 {
			b.header = headers == len(rw.kids)
		}
		b.kids = append(b.kids, rw)
	}
	if len(b.kids) == 0 || len(b.kids[0].kids) == 0 {
		return block{kind: hidden}
	}
	return b
}

func (r adfReader) cell(n *node) (block, bool) {
	if n.attr("colspan").number() > 1 || n.attr("rowspan").number() > 1 || n.typ() != "tableCell" && n.typ() != "tableHeader" {
		return block{}, false
	}
	var line []inline
	for _, p := range n.content() {
		b := r.block(p)
		if b.kind == hidden {
			continue
		}
		if b.kind != paragraph {
			return block{}, false
		}
		if len(line) > 0 {
			line = append(line, inline{what: brk}, inline{what: brk})
		}
		line = append(line, b.line...)
	}
	return block{kind: cell, line: canon(line)}, true
}
