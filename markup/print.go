package markup

import (
	stdhtml "html"
	"slices"
	"strconv"
	"strings"
)

// blocks writes blocks with an empty line between them.
func (p *printer) blocks(in []block, guard bool) string {
	var b strings.Builder
	lists := bullets{next: '-'}
	for i := range in {
		s := p.blockWith(&in[i], guard && b.Len() == 0, b.Len() == 0, &lists)
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(s)
	}
	return b.String()
}

// bullets alternates the bullet of lists of one kind that follow each other, which
// would otherwise be one list.
type bullets struct {
	next    byte
	ordered bool // the kind of the list before
}

func (l *bullets) take(b *block) byte {
	if b.kind == list && b.ordered == l.ordered && l.next == '+' {
		l.next = '-'
		return '+'
	}
	l.next, l.ordered = '+', b.ordered
	return '-'
}

func (p *printer) blockWith(b *block, guard, first bool, lists *bullets) string {
	switch b.kind {
	case list:
		return p.list(b, lists.take(b))
	case hidden:
		return ""
	}
	lists.next = '-'
	return p.block(b, guard, first)
}

// key is the Markdown of a block on its own; it is what blocks are compared by.
func (p *printer) key(b *block) string { return p.block(b, false, true) }

// block writes one block without its last newline; "" for one that shows nothing.
// first says that it begins an item, where --- would be a rule of its own.
func (p *printer) block(b *block, guard, first bool) string {
	switch b.kind {
	case paragraph:
		return p.line(b.line, place{kind: paragraph, guard: guard})
	case heading:
		return strings.TrimRight(strings.Repeat("#", b.level)+" "+p.line(b.line, place{kind: heading}), " ")
	case code:
		return fence(b)
	case rule:
		if first {
			return "***"
		}
		return "---"
	case quote:
		return prefixed(p.blocks(b.kids, true), "> ", "> ")
	case alert:
		return prefixed("[!"+b.info+"]\n"+p.inAlert(b), "> ", "> ")
	case details:
		return detailsText(b.info, p.blocks(b.kids, false))
	case list:
		return p.list(b, '-')
	case item:
		return p.item(b, "- ")
	case table:
		return p.table(b)
	case row:
		return p.row(b, len(b.kids))
	case cell:
		return p.line(b.line, place{kind: cell})
	case html:
		return b.text
	}
	return ""
}

// inAlert keeps what is no text apart from the line that makes the alert.
func (p *printer) inAlert(b *block) string {
	kids := visible(b.kids)
	if len(kids) > 0 && kids[0].kind == paragraph {
		return p.blocks(kids, true)
	}
	return "\n" + p.blocks(kids, false)
}

func fence(b *block) string {
	ticks := strings.Repeat("`", max(3, longestRun(b.text, '`')+1))
	if b.text == "" {
		return ticks + b.info + "\n" + ticks
	}
	return ticks + b.info + "\n" + b.text + "\n" + ticks
}

func detailsText(summary, inside string) string {
	if inside != "" {
		inside += "\n\n"
	}
	return "<details>\n<summary>" + stdhtml.EscapeString(summary) + "</summary>\n\n" + inside + "</details>"
}

// prefixed puts a prefix before each line, without white space at its end where the
// line is empty.
func prefixed(s, first, rest string) string {
	var b strings.Builder
	prefix := first
	for {
		line, after, more := strings.Cut(s, "\n")
		if line == "" {
			b.WriteString(strings.TrimRight(prefix, " "))
		} else {
			b.WriteString(prefix)
			b.WriteString(line)
		}
		if !more {
			return b.String()
		}
		b.WriteByte('\n')
		s, prefix = after, rest
	}
}

func (p *printer) list(b *block, bullet byte) string {
	var out strings.Builder
	for i := range b.kids {
		if i > 0 {
			out.WriteByte('\n')
		}
		marker := string(bullet) + " "
		if b.ordered {
			end := "."
			if bullet == '+' {
				end = ")"
			}
			marker = strconv.Itoa(min(b.level+i, maxNumber)) + end + " "
		}
		out.WriteString(p.item(&b.kids[i], marker))
	}
	return out.String()
}

func (p *printer) item(b *block, marker string) string {
	var in strings.Builder
	if b.task != 0 {
		in.WriteString("[" + string(b.task) + "] ")
	}
	lists, last := bullets{next: '-'}, kind(0)
	for i := range b.kids {
		k := &b.kids[i]
		s := p.blockWith(k, last == 0 && b.task == 0, last == 0, &lists)
		if s == "" {
			continue
		}
		switch {
		case last == 0:
		case last == paragraph && tightAfter(k):
			in.WriteByte('\n')
		default:
			in.WriteString("\n\n")
		}
		in.WriteString(s)
		last = k.kind
	}
	if in.Len() == 0 {
		return strings.TrimRight(marker, " ")
	}
	return prefixed(in.String(), marker, strings.Repeat(" ", len(marker)))
}

// tightAfter reports whether a block can follow a paragraph without an empty line.
func tightAfter(b *block) bool {
	if b.kind != list {
		return b.kind == code
	}
	first := visible(b.kids[0].kids)
	return (!b.ordered || b.level == 1) && len(first) > 0 && first[0].kind == paragraph
}

func (p *printer) table(b *block) string {
	width := 0
	for i := range b.kids {
		width = max(width, len(b.kids[i].kids))
	}
	rows, out := b.kids, strings.Builder{}
	if b.header {
		out.WriteString(p.row(&rows[0], width))
		rows = rows[1:]
	} else {
		out.WriteString(p.row(&block{}, width))
	}
	out.WriteString("\n|" + strings.Repeat(" --- |", width))
	for i := range rows {
		out.WriteString("\n" + p.row(&rows[i], width))
	}
	return out.String()
}

func (p *printer) row(b *block, width int) string {
	var out strings.Builder
	out.WriteByte('|')
	for i := range width {
		s := ""
		if i < len(b.kids) {
			s = p.block(&b.kids[i], false, false)
		}
		if s != "" {
			out.WriteString(" " + s)
		}
		out.WriteString(" |")
	}
	return out.String()
}

// maxNumber is the largest number that Markdown takes for that of a list item.
const maxNumber = 999_999_999

// visible drops the blocks that show nothing.
func visible(in []block) []block {
	return slices.DeleteFunc(slices.Clone(in), func(b block) bool { return b.kind == hidden })
}
