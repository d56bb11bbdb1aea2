package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAProofIsOfWhatItShows: an item was moved away, and is back when it is proved to be gone; then its
// project is out of sight right before an edit is written to it. What was proved of an item that
// showed does not prove that it is gone: nobody is asked, and the edit goes out once it is seen.
func TestAProofIsOfWhatItShows(t *testing.T) {
	o := memory.Options{History: external.HistoryFull, CreateKey: external.CreateKeyClientID}
	w, p, tk := pairOf(t, o)
	w.edit(tk.ID, text(ticket.Title, "edited here"))
	here, reads := w.trackers[p.ID], 0
	o.Beside = here
	away := memory.NewTracker(o)
	at, err := here.Transfer("mallory", w.link(p.ID, external.KindTicket, tk.ID).ExternalID, away)
	w.must(err)
	w.watch(func(call string) error {
		if here.Hide(false); call != "read" {
			return nil
		}
		if reads++; reads == 2 {
			_, err := away.Transfer("mallory", at.ID, here)
			return err
		}
		here.Hide(true)
		return nil
	}, nil)
	w.sync(p.ID)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.sync(p.ID)
	if open := w.conflicts(store.OpenConflict); len(open) != 0 || reads != 3 {
		t.Errorf("after %d readings a person is asked %+v", reads, open)
	}
	w.wrap = nil
	here.Hide(false)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.syncs(p.ID, 2)
	if got := w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text(); got != "edited here" {
		t.Errorf("outside it reads %q", got)
	}
}
