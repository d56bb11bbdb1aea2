package markup

import "strings"

// adfDocument is a document of ADF with the blocks that it shows.
type adfDocument struct {
	raw    string
	doc    adfDoc
	shown  []block
	writer *adfWriter
}

func openADF(raw string, p *printer) (document, error) {
	doc, err := parseADF(raw)
	if err != nil {
		return nil, err
	}
	s := newSeen()
	return &adfDocument{raw, doc, adfReader{s}.blocks(doc.nodes), &adfWriter{s, p}}, nil
}

func (d *adfDocument) blocks() []block { return d.shown }

// write puts new blocks into the document; none make it empty.
func (d *adfDocument) write(blocks []block) string {
	if len(blocks) == 0 {
		return ""
	}
	w := d.writer
	content := d.doc.root.get("content")
	if content == nil || !content.is('[') {
		return `{"type":"doc","version":1,"content":[` + strings.Join(w.blocks(blocks), ",") + `]}`
	}
	return d.raw[:content.start] + join(content, w.p.put(d.shown, blocks, w.block, func(i int, b *block) string { return w.rewrite(content.elements[i], &d.shown[i], b) })) + d.raw[content.end:]
}

// join spells a content array with the bytes between neighbours that stayed
// neighbours.
func join(content *node, pieces []piece) string {
	old := content.elements
	if len(pieces) == 0 {
		return "[]"
	}
	var b strings.Builder
	src := content.src
	head, tail := "[", "]"
	if len(old) > 0 {
		head, tail = src[content.start:old[0].start], src[old[len(old)-1].end:content.end]
	}
	b.WriteString(head)
	for i, p := range pieces {
		if i > 0 {
			if before := pieces[i-1].at; before >= 0 && p.at == before+1 {
				b.WriteString(src[old[before].end:old[p.at].start])
			} else {
				b.WriteByte(',')
			}
		}
		if p.kept {
			b.WriteString(old[p.at].raw())
		} else {
			b.WriteString(p.fresh)
		}
	}
	b.WriteString(tail)
	return b.String()
}

// rewrite puts a changed block into its old node, so that what Markdown does not
// show (an alignment, a width, a colour of a cell) stays.
func (w *adfWriter) rewrite(n *node, was, is *block) string {
	content := n.get("content")
	if !was.sameHead(is) || !content.is('[') {
		return w.block(is)
	}
	inside := func(fresh func(*block) string, rewrite func(*node, *block, *block) string) string {
		return splice(n, content, join(content, w.p.put(was.kids, is.kids, fresh, func(i int, b *block) string {
			return rewrite(content.elements[i], &was.kids[i], b)
		})))
	}
	switch n.typ() {
	case "paragraph", "heading":
		if is.kind != paragraph || !w.standsForBlock(is.line) {
			return splice(n, content, "["+strings.Join(w.line(is.line), ",")+"]")
		}
	case "codeBlock":
		return splice(n, content, "["+strings.Join(plainText(is.text), ",")+"]")
	case "blockquote", "panel", "expand", "nestedExpand", "bulletList", "orderedList":
		return inside(w.block, w.rewrite)
	case "listItem":
		if len(is.kids) > 0 && is.kids[0].kind == paragraph && !w.standsForBlock(is.kids[0].line) {
			before, after := *was, *is
			before.kids, after.kids = boxed(was), boxed(is)
			was, is = &before, &after
			return inside(w.block, w.rewrite)
		}
	case "taskList":
		if simpleTasks(is) {
			return inside(w.taskItem, w.retask)
		}
	case "table":
		return w.retable(n, was, is)
	case "tableRow":
		return w.rerow(n, was, is)
	}
	return w.block(is)
}

// standsForBlock reports whether a paragraph is spelled as another kind of node.
func (w *adfWriter) standsForBlock(line []inline) bool {
	return len(line) == 1 && (line[0].what == image || w.seen.originals[line[0].style.href].isBlock)
}

// splice replaces a part of a node.
func splice(n, part *node, by string) string {
	return n.src[n.start:part.start] + by + n.src[part.end:n.end]
}

// simpleTasks reports whether a list can stay a taskList: its items hold a line
// each.
func simpleTasks(b *block) bool {
	for i := range b.kids {
		it := &b.kids[i]
		if it.task == 0 || len(it.kids) != 1 || it.kids[0].kind != paragraph {
			return false
		}
	}
	return !b.ordered
}

func (w *adfWriter) taskItem(b *block) string { return w.retask(nil, nil, b) }

// retask spells an item of a taskList under the id it had.
func (w *adfWriter) retask(n *node, _, b *block) string {
	id, state := n.attr("localId").text(), "TODO"
	if b.task == 'x' {
		state = "DONE"
	}
	return element("taskItem", `{"localId":`+quoteJSON(id)+`,"state":"`+state+`"}`, w.line(b.kids[0].line))
}

// retable rewrites a table row by row; its header stays on top.
func (w *adfWriter) retable(n *node, was, is *block) string {
	content := n.get("content")
	head := func(b *block) int {
		if b.header {
			return 1
		}
		return 0
	}(is)
	fresh := func(b *block) string { return w.row(b, false) }
	rest := w.p.put(was.kids[head:], is.kids[head:], fresh, func(i int, b *block) string {
		return w.rerow(content.elements[head+i], &was.kids[head+i], b)
	})
	for i := range rest {
		if rest[i].at >= 0 {
			rest[i].at += head
		}
	}
	if head == 1 {
		top := piece{at: 0, kept: true}
		if w.p.key(&was.kids[0]) != w.p.key(&is.kids[0]) {
			top = piece{at: 0, fresh: w.rerow(content.elements[0], &was.kids[0], &is.kids[0])}
		}
		rest = append([]piece{top}, rest...)
	}
	return splice(n, content, join(content, rest))
}

// rerow rewrites the cells that changed.
func (w *adfWriter) rerow(n *node, was, is *block) string {
	content := n.get("content")
	if len(was.kids) != len(is.kids) {
		return w.row(is, len(was.kids) > 0 && len(content.children()) > 0 && content.elements[0].typ() == "tableHeader")
	}
	pieces := make([]piece, len(is.kids))
	for i := range is.kids {
		pieces[i] = piece{at: i, kept: true}
		if inner := content.elements[i].get("content"); w.p.key(&was.kids[i]) != w.p.key(&is.kids[i]) && inner != nil {
			pieces[i] = piece{at: i, fresh: splice(content.elements[i], inner, "["+w.paragraph(is.kids[i].line)+"]")}
		}
	}
	return splice(n, content, join(content, pieces))
}
