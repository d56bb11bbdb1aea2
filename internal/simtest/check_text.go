package simtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// checkTexts holds what strategies made of texts against what people wrote: no paragraph
// stands twice, none stands beside the one that replaced it (I15), the newer edit is the
// newer one, and nothing was overridden without a person's confirmation (I3).
func (w *world) checkTexts(f final) {
	for _, t := range f.tickets {
		w.checkParagraphs("ticket "+t.ID, t.Fields[ticket.Body])
	}
	for _, c := range f.comments {
		w.checkParagraphs("comment "+c.ID, c.Body)
	}
	for _, pr := range f.pairs {
		w.checkParagraphs(pr.p.id+" "+pr.item.ID, pr.item.Fields["body"])
	}
	for _, c := range f.conflicts {
		if c.DecidedBy == "strategy" {
			w.checkStrategy(c)
		}
	}
}

func (w *world) checkParagraphs(where string, v ticket.Value) {
	ids := tokensIn(v)
	for n, id := range ids {
		if w.composed[id] {
			continue // a person composed a text of it, block by block: he saw both versions
		}
		if slices.Contains(ids[:n], id) {
			w.fail("I15", fmt.Sprintf("k%d stands twice in %s: %q", id, where, v.Text()))
		}
		t := w.oracle.token(id)
		for _, gone := range t.saw {
			if !t.void && slices.Contains(ids, gone) && !w.composed[gone] && !w.tainted[gone] {
				w.fail("I15", fmt.Sprintf("k%d replaced k%d, and both stand in %s: %q", id, gone, where, v.Text()))
			}
		}
	}
}

// checkStrategy: what a strategy decided it may decide, and rightly.
func (w *world) checkStrategy(c store.Conflict) {
	var p store.Project
	w.read(func(tx store.Tx) (err error) {
		p, err = tx.Project(w.ctx, c.ProjectID)
		return err
	})
	had := slices.Concat(w.peerOf(c.ProjectID).obeyed, p.Strategies) // whatever decided it may have given way since
	confirmed := slices.ContainsFunc(had, func(s store.Strategy) bool { return s.Strategy == c.Strategy && s.ConfirmedBy != "" })
	if c.Strategy != plan.LocalWins && !confirmed {
		w.fail("I3", fmt.Sprintf("%s decided on %s of %s, and nobody confirmed it", c.Strategy, c.Field, c.TicketID))
	}
	here, outside := w.oracle.newestIn(c.Local), w.oracle.newestIn(c.External)
	if c.Strategy != plan.NewestWins || here == nil || outside == nil || c.Field == ticket.Labels {
		return
	}
	at := here.written
	for _, back := range w.putBack[c.Local.Text()] { // it is as new as that
		if back.After(at) && !back.After(c.DecidedAt) {
			at = back
		}
	}
	winner, loser, newer := here, outside, at.After(outside.written)
	if c.Choice == store.ChooseExternal {
		winner, loser, newer = outside, here, outside.written.After(at)
	}
	if !newer {
		w.fail("I3", fmt.Sprintf("the newer edit of %s won: k%d over k%d, which was written after it", c.Field, winner.id, loser.id))
	}
}

// merges reports whether a strategy may compose texts of several versions.
func (w *world) merges() (merges bool) {
	w.read(func(tx store.Tx) error {
		all, err := tx.ListProjects(w.ctx)
		for _, p := range all {
			for _, s := range slices.Concat(w.peerOf(p.ID).obeyed, p.Strategies) {
				merges = merges || s.Strategy == plan.Merge && s.ConfirmedBy != ""
			}
		}
		return err
	})
	return merges
}

// linesOf returns the lines of everything that was ever written, as it was typed here or
// as a tracker showed it.
func (o *Oracle) linesOf() map[string]bool {
	lines := map[string]bool{"": true}
	for _, t := range o.tokens {
		for line := range strings.Lines(t.raw) {
			lines[endless(line)] = true
			lines[endless(outbound.Restore(line))] = true
		}
	}
	return lines
}

func endless(line string) string { return strings.TrimRight(line, "\r\n") }

// checkMixed: of a text that was composed of several versions each line is one that
// somebody wrote, byte for byte but for its end.
func (w *world) checkMixed(id string, v ticket.Value, lines map[string]bool) {
	for line := range strings.Lines(v.Text()) {
		if !lines[endless(line)] {
			w.fail("I3", fmt.Sprintf("the line %q of %s was written by nobody: %q", line, id, v.Text()))
		}
	}
}
