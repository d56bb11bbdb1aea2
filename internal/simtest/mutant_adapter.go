package simtest

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// bent is an adapter with one bad habit.
type bent struct {
	adapters.Adapter
	w *world
	p *peer

	identity, keyless, trusting, forgetful, exclusive, shortSighted, numbered bool
	bare                                                                      bool // raw forms of texts are dropped
	nameless                                                                  bool // that an item's id is ours goes unnoticed
	unscrolled                                                                bool // comments that come with their tickets are dropped
	astray                                                                    bool // references name another ticket
	arrived                                                                   bool // a state on the way is taken for the one that was asked for
	shifted                                                                   bool // the items of a batch go to their neighbours
	gossiping                                                                 bool // a notice quotes what it stands for
	unaware                                                                   bool // that only some may see an item goes unnoticed
	last                                                                      string
}

func wrap(habit func(*bent)) func(*world, *peer, adapters.Adapter) adapters.Adapter {
	return func(w *world, p *peer, inner adapters.Adapter) adapters.Adapter {
		a := &bent{Adapter: inner, w: w, p: p}
		habit(a)
		return a
	}
}

// Normalize leaves values as they are: the comparison believes they come back so.
func (a *bent) Normalize(f external.Fields) external.Fields {
	if a.identity {
		return f
	}
	return a.Adapter.Normalize(f)
}

// History remembers nothing of what it promises.
func (a *bent) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	if a.forgetful {
		return make([][]external.Revision, len(q)), nil
	}
	return a.Adapter.History(ctx, q)
}

// Changes lists from the wrong place, by the wrong pages, or without the keys.
func (a *bent) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	caps := a.Capabilities()
	if !w.Lo.IsZero() {
		switch {
		case a.exclusive:
			w.Lo = w.Lo.Add(caps.Lag + 2*caps.Precision)
		case a.shortSighted:
			w.Lo = w.Lo.Add(caps.Lag + caps.Precision)
		}
	}
	if a.numbered {
		return a.numberedPage(ctx, s, w, page)
	}
	out, err := a.Adapter.Changes(ctx, s, w, page, version)
	if a.keyless {
		for i := range out.Items {
			out.Items[i].CreateKey = ""
		}
	}
	out.Items = a.spoil(out.Items)
	return out, err
}

// numberedPage asks for the n-th page of the list as it is at this moment.
func (a *bent) numberedPage(ctx context.Context, s external.Stream, w external.Window, page string) (external.Page, error) {
	n, size := len(page), a.Capabilities().PageSize // the token is n strokes
	var all []external.Item
	for next := ""; ; {
		got, err := a.Adapter.Changes(ctx, s, w, next, "")
		if err != nil {
			return got, err
		}
		all = append(all, got.Items...)
		if next = got.Next; next == "" {
			break
		}
	}
	from, to := min(n*size, len(all)), min((n+1)*size, len(all))
	out := external.Page{Items: all[from:to]}
	if to < len(all) {
		out.Next = page + "I"
	}
	return out, nil
}

// Read believes the last webhook about an item instead of asking.
func (a *bent) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out, err := a.Adapter.Read(ctx, refs)
	for i := range out {
		a.spoilOne(&out[i])
		if a.keyless {
			out[i].CreateKey = ""
		}
		if told, ok := a.p.told[out[i].ID]; ok && a.trusting && !out[i].Gone {
			told.CreateKey = out[i].CreateKey
			out[i] = told
			delete(a.p.told, told.ID)
		}
	}
	return out, err
}

func trustPayload(_ *world, p *peer, it external.Item) { p.told[it.ID] = it }
