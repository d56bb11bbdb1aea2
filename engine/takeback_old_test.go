package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestTheOldItemIsTakenBack: a ticket was made again, and its old item shows once more. Then the ticket is to stay here, or a rule
// keeps its text here, with what stands outside taken back: both items are.
func TestTheOldItemIsTakenBack(t *testing.T) {
	for _, key := range []external.CreateKeyKind{"", external.CreateKeyClientID} {
		for _, shown := range []bool{true, false} {
			for _, whole := range []bool{true, false} {
				s := newAside(t, memory.Options{CreateKey: key})
				s.stood()
				s.vanished = true
				s.goOn(store.Reconcile)
				s.decideAll(func(store.Conflict) store.Choice { return store.ChooseLocal })
				s.goesOn(3)
				shows := func(now bool) {
					if now == shown {
						s.vanished = false
						s.must(s.at.AddLabel("bob", s.ref.ID, "green"))
						s.goesOn(3)
						s.edit(s.by, text(ticket.Title, "another, edited")) // so that no list shows the item anew
						s.goesOn(3)
					}
				}
				shows(true)
				if whole {
					s.hide(s.id, outbound.Redact)
				} else {
					_, _, err := s.engine.ChangeRulesAndTakeBack(s.t.Context(), s.p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
					s.must(err)
				}
				s.goesOn(2)
				shows(false)
				s.goesOn(2)
				for _, it := range append(s.all(external.KindTicket), s.all(external.KindComment)...) {
					if text := says(it); strings.Contains(text, "BODY") || whole && (strings.Contains(text, "TITLE") || strings.Contains(text, "REMARK")) {
						t.Errorf("key %q, shown before %t, whole %t: outside it shows %q", key, shown, whole, text)
					}
				}
			}
		}
	}
}
