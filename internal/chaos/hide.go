package chaos

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"

	v1 "github.com/extsync/extsync/api/v1"
)

// hidden are the tickets that a person has made private, or may have, with the tokens that
// were written there since.
type hidden struct {
	mu  sync.Mutex
	all map[string][]int
}

func (h *hidden) add(id string, tokens ...int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[string][]int{}
	}
	h.all[id] = append(h.all[id], tokens...)
}

// patienceOf bounds one call of a person.
const patienceOf = 4 * time.Second

// hide makes a ticket of ours private while it is synchronised, and edits it: what is
// written then may be in no request (I5), until it is public again a while later.
func (s *storm) hide(ctx context.Context, note func(string)) {
	ctx, cancel := context.WithTimeout(ctx, patienceOf)
	defer cancel()
	var all []ticket.Ticket
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		all, err = tx.ListTickets(ctx, "", 10_000)
		return err
	})
	all = slices.DeleteFunc(all, func(t ticket.Ticket) bool { return t.Origin != "" || t.Deleted || t.Privacy != ticket.Public })
	if err != nil || len(all) == 0 {
		return // nothing answers, or there is none yet
	}
	id := all[s.rng.IntN(len(all))].ID
	s.hidden.add(id)
	s.lasting(func() { s.show(s.ctx, id) })
	t, err := s.api.SetPrivacy(ctx, id, string(ticket.LocalOnly), "")
	if err != nil {
		s.story.tell("unsure: %s is made private: %v", id, err)
		return
	}
	note(id)
	token, text := s.ledger.reserve(entry{place{0, id, ticket.Title}, external.KindTicket, wordy("in private"), simtest.TokensIn(ticket.Text(t.Title))})
	s.ledger.hide(token)
	s.hidden.add(id, token)
	if _, err := s.api.EditTicket(ctx, id, t.Revision, v1.TicketEdit{Title: &text}); err != nil {
		s.story.tell("unsure: edit in private %s %s over %s: %v", id, text, t.Title, err)
		return
	}
	s.ledger.sure(token)
	s.story.edit("edit in private", id+" "+text+" over "+t.Title)
}

// show makes a ticket public again, and reports whether that was answered.
func (w *world) show(ctx context.Context, id string) bool {
	w.hidden.mu.Lock()
	tokens, is := w.hidden.all[id]
	w.hidden.mu.Unlock()
	if !is {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, patienceOf)
	defer cancel()
	w.ledger.show(tokens...) // the call may work although nobody hears of it
	if _, err := w.api.SetPrivacy(ctx, id, string(ticket.Public), ""); err != nil {
		w.story.tell("%s is not public again yet: %v", id, err)
		return false
	}
	w.story.tell("%s is public again", id)
	w.hidden.mu.Lock()
	defer w.hidden.mu.Unlock()
	delete(w.hidden.all, id)
	return true
}

// showAll makes all tickets public again that are not yet.
func (w *world) showAll(ctx context.Context) bool {
	w.hidden.mu.Lock()
	var left []string
	for id := range w.hidden.all {
		left = append(left, id)
	}
	w.hidden.mu.Unlock()
	all := true
	for _, id := range left {
		all = w.show(ctx, id) && all
	}
	return all
}

// pause has a person pause a project, which the operator lets go on.
func (s *storm) pause(ctx context.Context, v *vendor, note func(string)) {
	ctx, cancel := context.WithTimeout(ctx, patienceOf)
	defer cancel()
	if _, err := s.api.Pause(ctx, v.m.ID); err == nil {
		note(v.m.Name)
	}
}
