package memory

import "github.com/extsync/extsync/external"

// Look returns all items of a kind as Read would show them, oldest first, the deleted
// ones as they last were with Gone set. It is for checks and is no call: nothing is
// counted or refused.
func (a *Adapter) Look(kind external.Kind) []external.Item {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.feed(kind).all
	out := make([]external.Item, len(all))
	for i, it := range all {
		out[i] = a.item(it.face)
		out[i].Gone = it.gone
	}
	return out
}

// Peek is Look for one item; it reports false for one that was never there.
func (a *Adapter) Peek(id string) (external.Item, bool) {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	it := a.t.byID[id]
	if it == nil {
		return external.Item{}, false
	}
	out := a.item(it.face)
	out.Gone = it.gone
	return out, true
}
