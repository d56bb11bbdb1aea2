package markup

// nester walks runs and says where marks begin and end so that they nest.
type nester interface {
	open(m style, before, in []inline)
	close(m style, in, after []inline)
	leaf(all []inline, i int)
}

// nest opens at each place the mark that lasts longest. all is the whole line;
// from and to bound what is walked, have is what is open around it.
func nest(w nester, all []inline, from, to int, have style) {
	for i := from; i < to; {
		m, n := longest(all[i:to], have)
		if n == 0 {
			w.leaf(all, i)
			i++
			continue
		}
		w.open(m, all[:i], all[i:])
		in := have
		in.bits |= m.bits
		if m.href != "" {
			in.href, in.title = m.href, m.title
		}
		nest(w, all, i, i+n, in)
		w.close(m, all[:i+n], all[i+n:])
		i += n
	}
}

// longest returns the mark of the first run, beyond those open, that the most runs
// share. The code mark is the business of the leaf.
func longest(runs []inline, have style) (best style, n int) {
	first := runs[0].style
	try := func(m style, has func(style) bool) {
		k := 0
		for k < len(runs) && runs[k].what != brk && has(runs[k].style) {
			k++
		}
		if k > n {
			best, n = m, k
		}
	}
	if first.href != "" && first.href != have.href && !runs[0].isAuto() {
		try(style{href: first.href, title: first.title}, func(s style) bool { return s.href == first.href && s.title == first.title })
	}
	for b := strong; b <= sup; b <<= 1 {
		if first.bits&b != 0 && have.bits&b == 0 {
			try(style{bits: b}, func(s style) bool { return s.bits&b != 0 })
		}
	}
	return best, n
}
