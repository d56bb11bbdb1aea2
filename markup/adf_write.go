package markup

import (
	"fmt"
	"strconv"
	"strings"
)

// adfWriter spells blocks as ADF that the schema allows. Originals are restored
// from what was seen in the raw document.
type adfWriter struct {
	seen *seen
	p    *printer
}

func (w *adfWriter) blocks(in []block) []string {
	var out []string
	for i := range in {
		if in[i].kind != hidden {
			out = append(out, w.block(&in[i]))
		}
	}
	return out
}

// element spells a node. attrs is JSON, or "" for none.
func element(typ, attrs string, content []string) string {
	s := `{"type":"` + typ + `"`
	if attrs != "" {
		s += `,"attrs":` + attrs
	}
	return s + `,"content":[` + strings.Join(content, ",") + `]}`
}

func (w *adfWriter) block(b *block) string {
	switch b.kind {
	case heading:
		return element("heading", `{"level":`+strconv.Itoa(b.level)+`}`, w.line(b.line))
	case code:
		attrs := ""
		if b.info != "" {
			attrs = `{"language":` + quoteJSON(b.info) + `}`
		}
		return element("codeBlock", attrs, plainText(b.text))
	case rule:
		return `{"type":"rule"}`
	case quote:
		return element("blockquote", "", atLeast(w.blocks(b.kids)))
	case alert:
		return element("panel", `{"panelType":"`+panelOf(b.info)+`"}`, atLeast(w.blocks(b.kids)))
	case details:
		return element("expand", `{"title":`+quoteJSON(b.info)+`}`, atLeast(w.blocks(b.kids)))
	case list:
		return w.list(b)
	case item:
		return w.item(b)
	case table:
		return w.table(b)
	case row:
		return w.row(b, false)
	case html:
		return element("codeBlock", "", plainText(b.text))
	}
	return w.paragraph(b.line)
}

const emptyParagraph = `{"type":"paragraph","content":[]}`

// atLeast gives a container that may not be empty something to contain.
func atLeast(content []string) []string {
	if len(content) == 0 {
		return []string{emptyParagraph}
	}
	return content
}

// plainText is the content of a code block. ADF has no empty text nodes.
func plainText(s string) []string {
	if s == "" {
		return nil
	}
	return []string{`{"type":"text","text":` + quoteJSON(s) + `}`}
}

// panelOf is the panel of a new alert.
func panelOf(alert string) string {
	switch alert {
	case "IMPORTANT":
		return "note"
	case "TIP":
		return "success"
	case "WARNING":
		return "warning"
	case "CAUTION":
		return "error"
	}
	return "info"
}

// paragraph spells a paragraph, or the block that it stands for.
func (w *adfWriter) paragraph(line []inline) string {
	if len(line) == 1 {
		if line[0].what == image {
			return mediaSingle(line[0])
		}
		if o := w.seen.originals[line[0].style.href]; o.isBlock {
			return o.raw
		}
	}
	return element("paragraph", "", w.line(line))
}

// mediaSingle shows an image by its address.
func mediaSingle(in inline) string {
	attrs := `{"type":"external","url":` + quoteJSON(in.url)
	if in.text != "" {
		attrs += `,"alt":` + quoteJSON(in.text)
	}
	marks := ""
	if in.style.href != "" {
		marks = `,"marks":[` + linkMark(in.style) + `]`
	}
	return `{"type":"mediaSingle","attrs":{"layout":"center"},"content":[{"type":"media","attrs":` + attrs + `}` + marks + `}]}`
}

func linkMark(st style) string {
	attrs := `{"href":` + quoteJSON(st.href)
	if st.title != "" {
		attrs += `,"title":` + quoteJSON(st.title)
	}
	return `{"type":"link","attrs":` + attrs + `}}`
}

func (w *adfWriter) list(b *block) string {
	typ, attrs := "bulletList", ""
	if b.ordered {
		typ = "orderedList"
		if b.level != 1 {
			attrs = `{"order":` + strconv.Itoa(b.level) + `}`
		}
	}
	return element(typ, attrs, w.blocks(b.kids))
}

// item spells a list item, whose first child must be a paragraph.
func (w *adfWriter) item(b *block) string {
	kids := w.blocks(boxed(b))
	if len(kids) == 0 || !strings.HasPrefix(kids[0], `{"type":"paragraph"`) {
		kids = append([]string{emptyParagraph}, kids...)
	}
	return element("listItem", "", kids)
}

// boxed returns the blocks of an item with its check box as text.
func boxed(b *block) []block {
	if b.task == 0 {
		return b.kids
	}
	kids := append([]block(nil), b.kids...)
	box := inline{what: text, text: fmt.Sprintf("[%c] ", b.task)}
	kids[0].line = canon(append([]inline{box}, kids[0].line...))
	return kids
}

func (w *adfWriter) table(b *block) string {
	width := 0
	for i := range b.kids {
		width = max(width, len(b.kids[i].kids))
	}
	var rows []string
	for i := range b.kids {
		r := b.kids[i]
		for len(r.kids) < width {
			r.kids = append(r.kids[:len(r.kids):len(r.kids)], block{kind: cell})
		}
		rows = append(rows, w.row(&r, b.header && i == 0))
	}
	return element("table", `{"isNumberColumnEnabled":false,"layout":"default"}`, rows)
}

func (w *adfWriter) row(b *block, header bool) string {
	typ := "tableCell"
	if header {
		typ = "tableHeader"
	}
	var cells []string
	for i := range b.kids {
		cells = append(cells, element(typ, "{}", []string{w.paragraph(b.kids[i].line)}))
	}
	return element("tableRow", "", cells)
}

// line spells the text of a block.
func (w *adfWriter) line(line []inline) []string {
	var out []string
	for i := 0; i < len(line); i++ {
		in := line[i]
		o := w.seen.originals[in.style.href]
		switch {
		case in.what == brk:
			out = append(out, `{"type":"hardBreak"}`)
		case in.what == image:
			out = append(out, imageLink(in))
		case in.what == rawHTML:
			out = append(out, textNode(in.text, style{}, nil))
		case o.raw != "":
			for range max(1, strings.Count(in.text, o.label)) {
				out = append(out, o.raw)
			}
		case o.marks != nil:
			in.style.href = ""
			out = append(out, textNode(in.text, in.style, o.marks))
		case in.isAuto() && in.style.bits == 0 && w.seen.cards[in.style.href] != "":
			out = append(out, w.seen.cards[in.style.href])
		case in.style == style{}:
			out = w.withEmoji(out, in.text)
		default:
			out = append(out, textNode(in.text, in.style, nil))
		}
	}
	return out
}

// withEmoji spells plain text, with the emoji that Jira has as nodes.
func (w *adfWriter) withEmoji(out []string, s string) []string {
	for s != "" {
		at, found := len(s), ""
		for e := range w.seen.emoji {
			if i := strings.Index(s, e); e != "" && i >= 0 && (i < at || i == at && len(e) > len(found)) {
				at, found = i, e
			}
		}
		if at > 0 {
			out = append(out, textNode(s[:at], style{}, nil))
		}
		if found != "" {
			out = append(out, w.seen.emoji[found])
		}
		s = s[at+len(found):]
	}
	return out
}

// textNode spells a run with its marks in the order in which Jira writes them.
func textNode(s string, st style, more []string) string {
	var marks []string
	if st.href != "" {
		marks = append(marks, linkMark(st))
	}
	simple := []struct {
		bit  bits
		mark string
	}{
		{mono, `{"type":"code"}`}, {em, `{"type":"em"}`}, {strong, `{"type":"strong"}`}, {strike, `{"type":"strike"}`}, {under, `{"type":"underline"}`},
		{sub, `{"type":"subsup","attrs":{"type":"sub"}}`}, {sup, `{"type":"subsup","attrs":{"type":"sup"}}`},
	}
	for _, m := range simple {
		if st.bits&m.bit != 0 && (st.bits&mono == 0 || m.bit == mono) && (m.bit != sup || st.bits&sub == 0) {
			marks = append(marks, m.mark)
		}
	}
	marks = append(marks, more...)
	n := `{"type":"text","text":` + quoteJSON(s)
	if len(marks) > 0 {
		n += `,"marks":[` + strings.Join(marks, ",") + `]`
	}
	return n + `}`
}
