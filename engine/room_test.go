package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// TestNoRoomForMoreLabels: the mapping has two labels go out. Those which stand outside stay when others are put on
// here that come before them, whoever put them there, and the first one that is taken off makes room for the next.
func TestNoRoomForMoreLabels(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Labels).Max = 2 })
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Labels: ticket.Set("x")}, ticket.Public)
	w.sync(p.ID)
	ref := w.outside(p.ID, id).ID
	for _, step := range []struct {
		reason      string
		do          func()
		here, there ticket.Value
	}{
		{"two come before the one that stands there", func() { w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("a", "b", "x")}) },
			ticket.Set("a", "b", "x"), ticket.Set("a", "x")},
		{"bob puts another one beside them", func() { w.must(w.trackers[p.ID].AddLabel("bob", ref, "bobs")) },
			ticket.Set("a", "b", "bobs", "x"), ticket.Set("a", "bobs", "x")},
		{"one more is put on here", func() { w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("a", "aa", "b", "bobs", "x")}) },
			ticket.Set("a", "aa", "b", "bobs", "x"), ticket.Set("a", "bobs", "x")},
		{"one that stands there is taken off here", func() { w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("aa", "b", "bobs", "x")}) },
			ticket.Set("aa", "b", "bobs", "x"), ticket.Set("bobs", "x")},
		{"bob takes his off", func() { w.must(w.trackers[p.ID].RemoveLabel("bob", ref, "bobs")) },
			ticket.Set("aa", "b", "x"), ticket.Set("aa", "x")},
	} {
		step.do()
		w.syncs(p.ID, 2)
		if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(step.here) {
			t.Errorf("%s: here stands %v, want %v", step.reason, got, step.here)
		}
		if got := w.outside(p.ID, id).Fields["labels"]; !got.Equal(step.there) {
			t.Errorf("%s: outside stands %v, want %v", step.reason, got, step.there)
		}
		w.quiet(p)
	}
}
