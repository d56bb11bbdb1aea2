package adaptertest

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// blindProbe finds nothing missing.
func blindProbe() bend { return &hooks{probe: func(i *external.Identity) { i.Missing = nil }} }

// misnamed calls failures of a kind by another name.
func misnamed(kind external.ErrorKind) bend {
	return &hooks{err: func(err error) error {
		if external.KindOf(err) == kind {
			return &external.Error{Kind: external.Conflict, Op: "bent", Message: err.Error(), Err: errors.New("bent")}
		}
		return err
	}}
}

// marked shows every text with a mark at its end.
func marked() bend { return &hooks{items: markItems} }

func markItems(items []external.Item) {
	for i := range items {
		f := external.Fields{}
		for name, v := range items[i].Fields {
			if f[name] = v; !v.IsSet() && !v.IsEmpty() && !strings.HasSuffix(name, external.SidecarSuffix) {
				f[name] = ticket.Text(v.Text() + "!")
			}
		}
		items[i].Fields = f
	}
}

// growing says that every text becomes longer.
func growing() bend {
	return &hooks{normalize: func(f external.Fields) {
		for n, v := range f {
			if !v.IsSet() {
				f[n] = ticket.Text(v.Text() + ".")
			}
		}
	}}
}

// noPeople shows nobody when an item is read: no system calls people by another word.
func noPeople() bend {
	return &hooks{read: func(items []external.Item) {
		for i := range items {
			f := external.Fields{}
			for name, v := range items[i].Fields {
				if !strings.HasPrefix(name, "assignee") {
					f[name] = v
				}
			}
			items[i].Fields = f
		}
	}}
}

// shiftedSidecars shows another raw form each time.
func shiftedSidecars() bend {
	n := 0
	return &hooks{items: func(items []external.Item) {
		for i := range items {
			f := external.Fields{}
			for name, v := range items[i].Fields {
				if f[name] = v; strings.HasSuffix(name, external.SidecarSuffix) {
					n++
					f[name] = ticket.Text(v.Text() + strings.Repeat(" ", n))
				}
			}
			items[i].Fields = f
		}
	}}
}

// dropsLast leaves the last item out of every page.
func dropsLast() bend {
	return &hooks{page: func(p *external.Page) {
		if n := len(p.Items); n > 0 {
			p.Items = p.Items[:n-1]
		}
	}}
}

// exclusive leaves out what has the stamp of the lower bound or is little newer.
func exclusive() bend {
	var lo external.Window
	return &hooks{
		window: func(w *external.Window) { lo = *w },
		page: func(p *external.Page) {
			kept := p.Items[:0:0]
			for _, i := range p.Items {
				if lo.Lo.IsZero() || i.UpdatedAt.Sub(lo.Lo) > 0 {
					kept = append(kept, i)
				}
			}
			p.Items = kept
		},
	}
}

// undead shows what is gone as if it were there.
func undead() bend {
	return &hooks{items: func(items []external.Item) {
		for i := range items {
			items[i].Gone = false
		}
	}}
}

// keyed takes every key for one of ours.
func keyed() bend {
	return &hooks{items: func(items []external.Item) {
		for i := range items {
			items[i].CreateKey = key(0)
		}
	}}
}

// refusing calls every failure a refusal of the content.
func refusing() bend {
	return &hooks{err: func(err error) error {
		return &external.Error{Kind: external.Invalid, Op: "bent", Message: err.Error()}
	}}
}

// shrunk reads sets without one of their elements.
func shrunk() bend {
	return &hooks{read: func(items []external.Item) {
		for i := range items {
			f := external.Fields{}
			for name, v := range items[i].Fields {
				if f[name] = v; v.IsSet() && v.Len() > 1 {
					f[name] = ticket.Set(v.Elements()[1:]...)
				}
			}
			items[i].Fields = f
		}
	}}
}

// crossed answers each reading with what the one before asked for.
func crossed() bend {
	var mu sync.Mutex
	var before []external.Item
	return &hooks{read: func(items []external.Item) {
		mu.Lock()
		defer mu.Unlock()
		kept := slices.Clone(items)
		copy(items, before)
		before = kept
	}}
}

// spoiling says something else each time.
func spoiling() bend {
	n := 0
	return &hooks{normalize: func(f external.Fields) {
		for name, v := range f {
			if !v.IsSet() {
				n++
				f[name] = ticket.Text(v.Text() + strings.Repeat("x", n))
			}
		}
	}}
}
