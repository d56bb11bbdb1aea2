package storetest

import (
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func intentTests() []test {
	return []test{
		{"an intent comes back as it was stored, because repair compares with it", func(b *bench) {
			i := b.insertIntent(anIntent(b.insertProject().ID, "link"))
			b.same("intent", b.intent(i.ID), i)
			bare := store.Intent{ID: newID(), ProjectID: i.ProjectID, State: store.Planned, CreatedAt: day}
			b.insertIntent(bare)
			b.same("bare intent", b.intent(bare.ID), bare)
		}},
		{"an intent that is not there is ErrNotFound, and an id is used once", func(b *bench) {
			i := b.insertIntent(anIntent(b.insertProject().ID, "link"))
			b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertIntent(b.Context(), i) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Intent(b.Context(), newID()); return err })
			i.ID = newID()
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.UpdateIntent(b.Context(), i, store.Planned) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.InsertIntent(b.Context(), anIntent(newID(), "link")) })
		}},
		{"an intent moves only from the state that its writer saw, because a zombie must not settle it again", intentMoves},
		{"one intent per link is sent, because the second write would race the first", oneSent},
		{"open intents are those with something left to do, oldest first, because repair works in order", openIntents},
		{"a state or audit that does not exist and an unstorable value are refused", func(b *bench) {
			p := b.insertProject()
			for _, spoil := range []func(*store.Intent){
				func(i *store.Intent) { i.State = "lost" },
				func(i *store.Intent) { i.Audit = "maybe" },
				func(i *store.Intent) { i.Changes = []store.Change{{Written: ticket.Text("\x00")}} },
			} {
				i := anIntent(p.ID, "link")
				spoil(&i)
				b.refused(func(tx store.Tx) error { return tx.InsertIntent(b.Context(), i) })
			}
		}},
	}
}

func (b *bench) insertIntent(i store.Intent) store.Intent {
	b.Helper()
	b.do(func(tx store.Tx) error { return tx.InsertIntent(b.Context(), i) })
	return i
}

func (b *bench) intent(id string) store.Intent {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Intent, error) { return tx.Intent(b.Context(), id) })
}

func intentMoves(b *bench) {
	i := b.insertIntent(anIntent(b.insertProject().ID, "link"))
	move := func(i store.Intent, from store.IntentState) func(tx store.Tx) error {
		return func(tx store.Tx) error { return tx.UpdateIntent(b.Context(), i, from) }
	}
	sent := i
	sent.State, sent.SentAt = store.Sent, day.Add(time.Minute)
	b.do(move(sent, store.Planned))
	b.same("sent", b.intent(i.ID), sent)
	b.fails(store.ErrStale, move(sent, store.Planned))
	landed := sent
	landed.State, landed.Audit, landed.DoneAt = store.Landed, store.AuditPending, day.Add(time.Hour)
	landed.ProjectID, landed.LinkID = newID(), "another"
	b.do(move(landed, store.Sent))
	landed.ProjectID, landed.LinkID = i.ProjectID, i.LinkID // they stay
	b.same("landed", b.intent(i.ID), landed)
	b.fails(store.ErrStale, move(sent, store.Sent))
	landed.Audit = store.AuditDone
	b.do(move(landed, store.Landed))
	b.same("audited", b.intent(i.ID), landed)
}

func oneSent(b *bench) {
	p := b.insertProject()
	one, two := b.insertIntent(anIntent(p.ID, "link")), b.insertIntent(anIntent(p.ID, "link"))
	other := b.insertIntent(anIntent(p.ID, "another link"))
	send := func(i store.Intent) func(tx store.Tx) error {
		i.State = store.Sent
		return func(tx store.Tx) error { return tx.UpdateIntent(b.Context(), i, store.Planned) }
	}
	b.do(send(one))
	b.do(send(other))
	b.fails(store.ErrExists, send(two))
	b.same("the second", b.intent(two.ID), two)
	third := anIntent(p.ID, "link")
	third.State = store.Sent
	b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertIntent(b.Context(), third) })
	// Once the first is settled, the next may go: also in one transaction.
	b.do(func(tx store.Tx) error {
		landed := one
		landed.State = store.Landed
		if err := tx.UpdateIntent(b.Context(), landed, store.Sent); err != nil {
			return err
		}
		return send(two)(tx)
	})
}

func openIntents(b *bench) {
	p, q := b.insertProject(), b.insertProject()
	for n, c := range []struct {
		link  string
		state store.IntentState
		audit store.AuditState
		at    time.Duration
	}{
		{"a", store.Planned, store.AuditNone, time.Hour},
		{"a", store.Sent, store.AuditNone, 0},
		{"b", store.Landed, store.AuditPending, time.Minute},
		{"b", store.Landed, store.AuditDone, 0},
		{"b", store.Landed, store.AuditUnaudited, 0},
		{"b", store.Refused, store.AuditNone, 0},
		{"b", store.Superseded, store.AuditPending, 0},
		{"b", store.Planned, store.AuditNone, 0},
		{"b", store.Planned, store.AuditNone, 0}, // of the same moment: in the order they came
	} {
		i := anIntent(p.ID, c.link)
		i.ID, i.State, i.Audit, i.CreatedAt = nth(n), c.state, c.audit, day.Add(c.at)
		b.insertIntent(i)
	}
	b.insertIntent(anIntent(q.ID, "c"))
	open := func() []string {
		all := read(b, func(tx store.Tx) ([]store.Intent, error) { return tx.OpenIntents(b.Context(), p.ID) })
		return ids(all, func(i store.Intent) string { return i.ID })
	}
	b.same("of the project", open(), []string{nth(1), nth(7), nth(8), nth(2), nth(0)})
	of := read(b, func(tx store.Tx) ([]store.Intent, error) { return tx.LinkIntents(b.Context(), "b") })
	b.same("of the link", ids(of, func(i store.Intent) string { return i.ID }), []string{nth(7), nth(8), nth(2)})
	done := b.intent(nth(2))
	done.Audit = store.AuditDone
	b.do(func(tx store.Tx) error { return tx.UpdateIntent(b.Context(), done, store.Landed) })
	b.same("after the audit", open(), []string{nth(1), nth(7), nth(8), nth(0)})
}
