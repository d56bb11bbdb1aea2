package markup

import (
	"strings"
	"unicode"
)

// canon brings a line into its one form: neighbours of one style are one run, white
// space at the edge of a mark is outside it, lines have no white space around them,
// and there is no break at either end.
func canon(in []inline) []inline {
	var out []inline
	start := 0
	for i := 0; i <= len(in); i++ {
		if i < len(in) && in[i].what != brk {
			continue
		}
		out = append(out, canonLine(in[start:i])...)
		if i < len(in) {
			out = append(out, inline{what: brk})
		}
		start = i + 1
	}
	for len(out) > 0 && out[0].what == brk {
		out = out[1:]
	}
	for len(out) > 0 && out[len(out)-1].what == brk {
		out = out[:len(out)-1]
	}
	return out
}

func canonLine(in []inline) []inline {
	pieces := split(in)
	for i := 0; i < len(pieces); {
		end := i
		for end < len(pieces) && pieces[end].isSpace() {
			end++
		}
		if end == i {
			i++
			continue
		}
		s := meet(pieces, i, end)
		for ; i < end; i++ {
			pieces[i].style = s
		}
	}
	return trim(merge(pieces))
}

// meet is the style that the white space pieces[i:end] has in common with itself
// and with what is around it.
func meet(pieces []inline, i, end int) style {
	if i == 0 || end == len(pieces) {
		return style{}
	}
	s := pieces[i-1].style
	for _, p := range pieces[i : end+1] {
		s.bits &= p.style.bits
		if s.href != p.style.href || s.title != p.style.title {
			s.href, s.title = "", ""
		}
	}
	s.bits &^= mono
	return s
}

func (in *inline) isSpace() bool {
	return in.what == text && in.style.bits&mono == 0 && strings.TrimSpace(in.text) == ""
}

// split cuts the white space at the edges of runs into pieces of their own, and
// drops what is empty.
func split(in []inline) []inline {
	out := make([]inline, 0, len(in))
	add := func(p inline, t string) {
		if t != "" {
			p.text = t
			out = append(out, p)
		}
	}
	for _, p := range in {
		if p.what != text {
			p.style.bits = 0
			out = append(out, p)
			continue
		}
		if p.style.bits&mono != 0 && strings.TrimSpace(p.text) != "" {
			add(p, p.text)
			continue
		}
		p.style.bits &^= mono
		rest := strings.TrimLeftFunc(p.text, unicode.IsSpace)
		core := strings.TrimRightFunc(rest, unicode.IsSpace)
		add(p, p.text[:len(p.text)-len(rest)])
		add(p, core)
		add(p, rest[len(core):])
	}
	return out
}

func merge(in []inline) []inline {
	out := in[:0]
	for i := 0; i < len(in); {
		end := i + 1
		for in[i].what == text && end < len(in) && in[end].what == text && in[end].style == in[i].style {
			end++
		}
		p := in[i]
		if end > i+1 {
			var b strings.Builder
			for _, q := range in[i:end] {
				b.WriteString(q.text)
			}
			p.text = b.String()
		}
		out, i = append(out, p), end
	}
	return out
}

// trim drops blanks and tabs at both ends of a line. Other white space stays: it
// shows.
func trim(in []inline) []inline {
	if len(in) > 0 && in[0].what == text && in[0].style.bits&mono == 0 {
		if in[0].text = strings.TrimLeft(in[0].text, " \t"); in[0].text == "" {
			in = in[1:]
		}
	}
	if n := len(in) - 1; n >= 0 && in[n].what == text && in[n].style.bits&mono == 0 {
		if in[n].text = strings.TrimRight(in[n].text, " \t"); in[n].text == "" {
			in = in[:n]
		}
	}
	return in
}

// lines cuts text at its newlines and adds it as runs of one style.
func lines(out []inline, s string, st style) []inline {
	for i := 0; ; i++ {
		before, after, more := strings.Cut(s, "\n")
		if i > 0 {
			out = append(out, inline{what: brk})
		}
		if before != "" {
			out = append(out, inline{what: text, text: before, style: st})
		}
		if !more {
			return out
		}
		s = after
	}
}
