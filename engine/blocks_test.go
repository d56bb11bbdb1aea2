package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestDecideByBlocks: of a text with two clashes each is decided for itself; what one side
// alone changed is merged, and every other block keeps the bytes that were typed here.
func TestDecideByBlocks(t *testing.T) {
	before := "# Login\r\n\r\nOne.\r\n\r\nTwo.\r\n\r\nThree.\r\n\r\nFour.\r\n"
	w, p, tk, ref := contested(t, memory.Options{}, plan.Manual, false, ticket.Fields{ticket.Title: ticket.Text("Login"), ticket.Body: ticket.Text(before)})
	w.edit(tk.ID, text(ticket.Body, strings.ReplaceAll(strings.ReplaceAll(before, "One.", "One, mine."), "Three.", "Three, mine.")))
	w.must(w.trackers[p.ID].EditField("bob", ref, "body", ticket.Text("# Login\n\nOne, theirs.\n\nTwo.\n\nThree, theirs.\n\nFour, theirs.\n")))
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	chunks, err := w.engine.Blocks(t.Context(), c.ID)
	w.must(err)
	var clashes []plan.Chunk
	for _, k := range chunks {
		if k.Kind == plan.ChunkClash {
			clashes = append(clashes, k)
		}
	}
	if len(clashes) != 2 || clashes[0].Local != "One, mine.\n" || clashes[1].External != "Three, theirs.\n" {
		t.Fatalf("clashes: %q of %q", clashes, chunks)
	}
	for _, bad := range [][]plan.Take{nil, {plan.TakeLocal}, {plan.TakeLocal, "both"}, {plan.TakeLocal, plan.TakeLocal, plan.TakeLocal}} {
		if _, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: engine.ChooseBlocks, Blocks: bad, Digest: c.Digest, By: "ann"}); !errors.Is(err, ticket.ErrInvalid) || !errors.Is(err, plan.ErrTakes) {
			t.Errorf("%v: %v, want it refused", bad, err)
		}
	}
	_, err = w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: engine.ChooseBlocks, Blocks: []plan.Take{plan.TakeExternal, plan.TakeLocal}, Digest: c.Digest, By: "ann"})
	w.must(err)
	w.sync(p.ID)
	here, outside := w.both(p.ID, tk.ID, ticket.Body)
	const want = "# Login\r\n\r\nOne, theirs.\r\n\r\nTwo.\r\n\r\nThree, mine.\r\n\r\nFour, theirs.\r\n"
	if here != want {
		t.Errorf("here %q, want %q", here, want)
	}
	if norm := w.adapter(w.trackers[p.ID], p.ID).Normalize(external.Fields{"body": ticket.Text(want)})["body"].Text(); outside != norm {
		t.Errorf("outside %q, want %q", outside, norm)
	}
	if kept := w.conflicts(store.Resolved); len(kept) != 1 || kept[0].Choice != store.ChooseValue || kept[0].Value.Text() != want {
		t.Errorf("recorded: %+v", kept)
	}
}

// TestBlocksOfMovedValues: choices are bound to the values that were shown.
func TestBlocksOfMovedValues(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{}, plan.Manual, false, steps)
	w.edit(tk.ID, text(ticket.Body, "Mine."))
	w.must(w.trackers[p.ID].EditField("bob", ref, "body", ticket.Text("Theirs.")))
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	w.edit(tk.ID, text(ticket.Body, "Mine, again."))
	_, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: engine.ChooseBlocks, Blocks: []plan.Take{plan.TakeLocal}, Digest: c.Digest, By: "ann"})
	if !errors.Is(err, engine.ErrMoved) {
		t.Errorf("%v, want ErrMoved", err)
	}
}

// TestOnlyProseHasBlocks: a title is one value.
func TestOnlyProseHasBlocks(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{}, plan.Manual, false, steps)
	w.edit(tk.ID, text(ticket.Title, "Mine"))
	w.must(w.trackers[p.ID].EditField("bob", ref, "title", ticket.Text("Theirs")))
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	if _, err := w.engine.Blocks(t.Context(), c.ID); !errors.Is(err, engine.ErrNoBlocks) {
		t.Errorf("%v, want ErrNoBlocks", err)
	}
	_, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: engine.ChooseBlocks, Blocks: []plan.Take{plan.TakeLocal}, Digest: c.Digest, By: "ann"})
	if !errors.Is(err, engine.ErrNoBlocks) {
		t.Errorf("%v, want ErrNoBlocks", err)
	}
}

// TestNoBlocksBesidePassages: a passage that stays here has a say in how a text composed of
// blocks is spelled, and that leaves: its line end alone once decided those of the rest.
// Such a text is decided as a whole, and what is sent is the same whatever the passage says.
func TestNoBlocksBesidePassages(t *testing.T) {
	const before = "One.\r\n\r\nTwo.\r\n"
	sent := map[string]bool{}
	for _, passage := range []string{"", "[[i]]short[[/i]]", "[[i]]over\nlines[[/i]]", "[[i]]over\r\n\r\nblocks[[/i]]", "[[i]]```\nof code[[/i]]"} {
		w, p, tk, ref := contested(t, memory.Options{}, plan.Manual, false, ticket.Fields{ticket.Title: ticket.Text("Login"), ticket.Body: ticket.Text(before)})
		_, err := w.engine.ChangeRules(t.Context(), p.ID, "ann", func(r *outbound.Rules) {
			r.Cuts = []outbound.Cut{{Begin: "[[i]]", End: "[[/i]]"}}
		})
		w.must(err)
		w.edit(tk.ID, text(ticket.Body, "One, mine."+passage+"\r\n\r\nTwo.\r\n"))
		w.must(w.trackers[p.ID].EditField("bob", ref, "body", ticket.Text("One, theirs.\n\nTwo.\n\nThree, theirs.\n")))
		w.sync(p.ID)
		c := w.conflicts(store.OpenConflict)[0]
		d := engine.Decision{Choice: engine.ChooseBlocks, Blocks: []plan.Take{plan.TakeLocal}, Digest: c.Digest, By: "ann"}
		if _, err = w.engine.Decide(t.Context(), c.ID, d); (passage != "") != errors.Is(err, engine.ErrNoBlocks) {
			t.Errorf("%q: decided by blocks: %v", passage, err)
		}
		if passage == "" {
			continue
		}
		if _, err := w.engine.Blocks(t.Context(), c.ID); !errors.Is(err, engine.ErrNoBlocks) {
			t.Errorf("%q: shown by blocks: %v", passage, err)
		}
		_, err = w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseLocal, Digest: c.Digest, By: "ann"})
		w.must(err)
		w.syncs(p.ID, 2)
		here, outside := w.both(p.ID, tk.ID, ticket.Body)
		if sent[outside] = true; !strings.Contains(here, passage) {
			t.Errorf("%q: here %q", passage, here)
		}
	}
	if len(sent) != 1 {
		t.Errorf("what was sent depends on the passage: %v", sent)
	}
}
