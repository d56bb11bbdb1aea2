package storetest

import (
	"time"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func historyTests() []test {
	return []test{
		{"what was written of a ticket comes back newest first, page by page, and by whom", func(b *bench) {
			t, other := b.insertTicket("t"), b.insertTicket("other")
			title := aChange(t.ID, ticket.Title, "", "one")
			again := aChange(t.ID, ticket.Title, "one", "two")
			again.By, again.SessionID, again.Revision = "project:p", "s", 2
			remark := aChange(t.ID, ticket.Body, "", "a remark")
			remark.CommentID = "c"
			b.appendChanges(title, aChange(other.ID, ticket.Title, "", "else"))
			b.appendChanges(again, remark)
			all := b.changes(t.ID, 0, 9)
			b.same("their number", len(all), 3)
			for n, want := range []store.TicketChange{remark, again, title} {
				if want.Seq = all[n].Seq; n > 0 && want.Seq >= all[n-1].Seq {
					b.Fatalf("change %d has number %d after %d", n, want.Seq, all[n-1].Seq)
				}
				b.same("change", all[n], want)
			}
			b.same("a page", b.changes(t.ID, all[0].Seq, 1), all[1:2])
			b.same("beyond the end", len(b.changes(t.ID, all[2].Seq, 9))+len(b.changes("never heard of", 0, 9))+len(b.changes(t.ID, 0, 0)), 0)
		}},
		{"a change goes with its transaction, and is of a ticket that exists", func(b *bench) {
			t := b.insertTicket("t")
			b.fails(errWanted, func(tx store.Tx) error {
				if err := tx.AppendChanges(b.Context(), aChange(t.ID, ticket.Title, "", "one")); err != nil {
					return err
				}
				return errWanted
			})
			b.same("changes", len(b.changes(t.ID, 0, 9)), 0)
			b.fails(store.ErrNotFound, func(tx store.Tx) error {
				return tx.AppendChanges(b.Context(), aChange("none", ticket.Title, "", "one"))
			})
			b.refused(func(tx store.Tx) error {
				return tx.AppendChanges(b.Context(), aChange(t.ID, ticket.Title, "", "a\x00b"))
			})
		}},
		{"the steps of all sessions about one ticket are found, newest first", func(b *bench) {
			p := b.insertProject()
			first, second := b.insertSession(p.ID), b.insertSession(p.ID)
			step := func(session, ticketID string, after time.Duration) store.Step {
				return store.Step{SessionID: session, LinkID: "l", TicketID: ticketID, Field: ticket.Title, Action: plan.Push, After: ticket.Text("x"), At: day.Add(after)}
			}
			b.do(func(tx store.Tx) error {
				return tx.AppendSteps(b.Context(), step(first.ID, "t", 0), step(first.ID, "other", 0), step(first.ID, "t", 0), step(first.ID, "", 0))
			})
			b.do(func(tx store.Tx) error { return tx.AppendSteps(b.Context(), step(second.ID, "t", time.Minute)) })
			got := read(b, func(tx store.Tx) ([]store.Step, error) { return tx.TicketSteps(b.Context(), "t", 9) })
			b.same("steps", []any{len(got), got[0].SessionID, got[1].Seq, got[2].Seq}, []any{3, second.ID, 3, 1})
			b.same("the newest", read(b, func(tx store.Tx) ([]store.Step, error) { return tx.TicketSteps(b.Context(), "t", 1) }), got[:1])
			b.same("of no ticket", len(read(b, func(tx store.Tx) ([]store.Step, error) { return tx.TicketSteps(b.Context(), "", 9) })), 0)
		}},
	}
}

func aChange(ticketID string, f ticket.Field, before, after string) store.TicketChange {
	return store.TicketChange{
		TicketID: ticketID, Field: f, Before: ticket.Text(before), After: ticket.Text(after), By: "ada", At: day, Revision: 1,
	}
}

func (b *bench) appendChanges(changes ...store.TicketChange) {
	b.Helper()
	b.do(func(tx store.Tx) error { return tx.AppendChanges(b.Context(), changes...) })
}

func (b *bench) changes(ticketID string, before int64, limit int) []store.TicketChange {
	b.Helper()
	return read(b, func(tx store.Tx) ([]store.TicketChange, error) {
		return tx.TicketChanges(b.Context(), ticketID, before, limit)
	})
}
