package markup

import "strings"

// list reads the lines of one list. A line that begins no other block goes on with
// the item before; so do {code} and {quote}.
func (s *wikiScanner) list() block {
	root := block{kind: list}
	stack := []*block{&root} // the open list of each level
	for s.pos < len(s.src) {
		line, next := s.line(s.pos)
		if line == "" {
			break
		}
		if isListLine(line) {
			m := wikiList.FindStringSubmatch(line)
			if len(stack) == 1 && len(root.kids) > 0 && ordered(m[1][0]) != root.ordered {
				break // another list
			}
			s.pos = next
			stack = s.item(stack, m[1], m[2])
			continue
		}
		if !s.goOn(stack[len(stack)-1], line, next) {
			break
		}
	}
	return root
}

func ordered(marker byte) bool { return marker == '#' }

// item adds an item below the lists that its markers name, and returns the lists
// that are open then.
func (s *wikiScanner) item(stack []*block, markers, text string) []*block {
	depth := min(len(markers), maxDepth/2)
	if len(stack[0].kids) == 0 {
		setOrdered(stack[0], markers[0])
	}
	stack = stack[:min(len(stack), depth)]
	for len(stack) < depth {
		stack = append(stack, sublist(stack[len(stack)-1], markers[len(stack)]))
	}
	if top := stack[depth-1]; depth > 1 && top.ordered != ordered(markers[depth-1]) {
		stack[depth-1] = sublist(stack[depth-2], markers[depth-1])
	}
	it := block{kind: item, kids: []block{}}
	if b := textBlock(wikiLine(s.seen, text)); b.kind == paragraph {
		it.task, b.line = cutBox(b.line)
		it.kids = append(it.kids, b)
	}
	top := stack[depth-1]
	top.kids = append(top.kids, it)
	return stack
}

func setOrdered(l *block, marker byte) {
	if l.ordered = ordered(marker); l.ordered {
		l.level = 1
	}
}

// sublist opens a list inside the last item of another.
func sublist(in *block, marker byte) *block {
	if len(in.kids) == 0 {
		in.kids = append(in.kids, block{kind: item})
	}
	last := &in.kids[len(in.kids)-1]
	l := block{kind: list}
	setOrdered(&l, marker)
	last.kids = append(last.kids, l)
	return &last.kids[len(last.kids)-1]
}

// goOn adds a line, or a macro that begins with it, to the last item of a list.
func (s *wikiScanner) goOn(l *block, line string, next int) bool {
	last := &l.kids[len(l.kids)-1]
	if s.begins(line) {
		if line[0] != '{' {
			return false
		}
		b, ok := s.macro(s.pos+strings.Index(s.src[s.pos:], "{"), 1)
		if ok {
			last.kids = append(last.kids, b)
		}
		return ok
	}
	s.pos = next
	more := wikiLine(s.seen, line)
	if n := len(last.kids); n > 0 && last.kids[n-1].kind == paragraph {
		p := &last.kids[n-1]
		p.line = canon(append(append(p.line[:len(p.line):len(p.line)], inline{what: brk}), more...))
	} else if b := textBlock(more); b.kind == paragraph {
		last.kids = append(last.kids, b)
	}
	return true
}

// table reads the lines of one table.
func (s *wikiScanner) table() block {
	b := block{kind: table}
	for s.pos < len(s.src) {
		line, next := s.line(s.pos)
		if line == "" || line[0] != '|' {
			break
		}
		for next < len(s.src) && !strings.HasSuffix(line, "|") { // a cell goes on in the next line
			more, after := s.line(next)
			if more == "" || more[0] == '|' {
				break
			}
			line, next = line+"\n"+more, after
		}
		s.pos = next
		rw, headers := s.row(line)
		if len(b.kids) == 0 {
			b.header = headers == len(rw.kids)
		}
		b.kids = append(b.kids, rw)
	}
	return b
}

// row cuts a line at its bars, outside links, macros and escapes.
func (s *wikiScanner) row(line string) (rw block, headers int) {
	rw.kind = row
	for line != "" {
		header := strings.HasPrefix(line, "||")
		line = strings.TrimPrefix(line[1:], "|")
		if line == "" {
			break
		}
		end := cellEnd(line)
		rw.kids = append(rw.kids, block{kind: cell, line: wikiLine(s.seen, trimmed(line[:end]))})
		if header {
			headers++
		}
		line = line[end:]
	}
	if len(rw.kids) == 0 {
		rw.kids = []block{{kind: cell}}
	}
	return rw, headers
}

// cellEnd is the position of the bar that ends a cell.
func cellEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			return i
		case '[', '!':
			if n := bracketed(s[i:]); n > 0 {
				i += n - 1
			}
		case '{':
			if m := wikiMacro.FindString(s[i:min(len(s), i+maxMacro)]); m != "" {
				i += len(m) - 1
			}
		}
	}
	return len(s)
}

// bracketed is the length of the link or image that s begins with; 0 for none.
func bracketed(s string) int {
	closer := byte(']')
	if s[0] == '!' {
		closer = '!'
	}
	for i := 1; i < min(len(s), maxMacro*8); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			return 0
		case closer:
			if i == 1 || closer == '!' && strings.ContainsAny(s[1:2], " !|") {
				return 0
			}
			return i + 1
		}
	}
	return 0
}
