package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// final is how everything stands at the end.
type final struct {
	tickets   []ticket.Ticket
	comments  []ticket.Comment
	conflicts []store.Conflict
	links     map[int][]store.Link // by side
}

// check holds the end of the quiet phase against the invariants.
func (w *world) check(ctx context.Context) {
	if err := w.lift(ctx); err != nil {
		w.story.violate("%v", err)
		return
	}
	f, err := w.final(ctx)
	if err != nil {
		w.story.violate("read how everything stands: %v", err)
		return
	}
	w.checkLoss(ctx, f)
	w.checkOnce(f)
	if err := w.fleet.Converged(ctx, closedAnyway); err != nil {
		w.violations("I1", err, "")
	}
	list, err := w.projects(ctx)
	for _, p := range list {
		if err == nil && p.Status != external.Active {
			w.story.violate("project %s is %s at the end: %s", p.System, p.Status, p.StatusReason)
		}
	}
}

// violations notes each line of a joined error but those that name a key.
func (w *world) violations(invariant string, err error, but string) {
	for _, l := range strings.Split(err.Error(), "\n") {
		if but == "" || !strings.Contains(l, but) {
			w.story.violate("%s: %s", invariant, l)
		}
	}
}

// closedAnyway excuses another reason for being closed at GitHub, which ignores a reason
// that comes without a change of the state.
func closedAnyway(d fleet.Difference) bool {
	return d.Member.Site.System() == "github" && d.Field == ticket.State && ticket.IsClosed(d.Here.Text()) && ticket.IsClosed(d.There.Text())
}

// lift checks that the poisoned ticket was the only one to suffer (I17), and then has its
// vendor mended and a person try it again.
func (w *world) lift(ctx context.Context) error {
	id := w.poisoned()
	if id == "" {
		return nil
	}
	if err := w.fleet.Converged(ctx, closedAnyway); err != nil {
		w.violations("I17", err, strings.TrimPrefix(w.vendors[0].poison, "/issues/"))
	}
	var l store.Link
	err := w.tx(ctx, func(tx store.Tx) (err error) {
		l, err = tx.LinkByExternal(ctx, w.vendors[0].m.ID, external.KindTicket, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("find the link of the poisoned ticket: %w", err)
	}
	w.story.tell("the poisoned ticket: link %s is %s after %d attempts: %s", l.ID, l.State, l.Attempts, l.Reason)
	w.vendors[0].setPoison("")
	if l.State == store.Quarantined || l.Attempts > 0 {
		if err := w.tx(ctx, func(tx store.Tx) error { return w.services.Engine.RetryTx(ctx, tx, l.ID) }); err != nil {
			return fmt.Errorf("try the poisoned ticket again: %w", err)
		}
	}
	w.rest(ctx, false, QuietRounds)
	return nil
}

func (w *world) final(ctx context.Context) (f final, err error) {
	err = w.tx(ctx, func(tx store.Tx) (err error) {
		f = final{links: map[int][]store.Link{}}
		if f.tickets, err = tx.ListTickets(ctx, "", 100_000); err != nil {
			return err
		}
		for _, t := range f.tickets {
			cs, err := tx.CommentsOf(ctx, t.ID)
			if err != nil {
				return err
			}
			f.comments = append(f.comments, cs...)
		}
		for _, v := range w.vendors {
			if f.links[v.side], err = linksOf(ctx, tx, v.m.ID); err != nil {
				return err
			}
		}
		f.conflicts, err = tx.FindConflicts(ctx, store.ConflictFilter{}, 100_000)
		return err
	})
	return f, err
}

// checkLoss is the lineage oracle (I2).
func (w *world) checkLoss(ctx context.Context, f final) {
	live, kept := w.values(f)
	excused, err := w.excused(ctx, f, w.ledger.oracle.Lost(live, kept, nil))
	if err != nil {
		w.story.violate("read the journal: %v", err)
		return
	}
	w.blind = len(excused)
	for _, t := range w.ledger.oracle.Lost(live, kept, excused) {
		w.story.violate("I2: the value %q that was written %s of %s on side %d is lost without a trace\n%s",
			t.Raw, t.Field, t.Item, t.Side, w.story.about(t.Raw, t.Item))
	}
}

// values returns the tokens that are live on some side, and those that are kept in a
// conflict record.
func (w *world) values(f final) (live, kept map[int]bool) {
	live, kept = map[int]bool{}, map[int]bool{}
	note := func(set map[int]bool, v ticket.Value) {
		for _, id := range simtest.TokensIn(v) {
			set[id] = true
		}
	}
	for _, t := range f.tickets {
		for _, v := range t.Fields {
			note(live, v)
		}
	}
	for _, c := range f.comments {
		if !c.Deleted {
			note(live, c.Body)
		}
	}
	for _, v := range w.vendors {
		v.mu.Lock()
		v.each(func(_ place, value ticket.Value) { note(live, value) })
		v.mu.Unlock()
	}
	for _, c := range f.conflicts {
		note(kept, c.Local)
		note(kept, c.External)
		note(kept, c.Value)
	}
	return live, kept
}

// excused returns the values that a write of ours replaced in a window in which nothing
// can audit it, where the journal says so ("unaudited") and holds another value as the
// one that was seen there.
func (w *world) excused(ctx context.Context, f final, lost []simtest.Token) (map[int]bool, error) {
	out := map[int]bool{}
	if len(lost) == 0 {
		return out, nil
	}
	db, err := pgx.Connect(ctx, w.direct.Postgres)
	if err != nil {
		return nil, err
	}
	defer db.Close(ctx)
	for _, t := range lost {
		for at := range w.ledger.blind[t.ID] {
			id := strings.TrimPrefix(at.item, "comment ")
			for _, l := range f.links[at.side] {
				if l.ExternalID != id {
					continue
				}
				ok, err := unaudited(ctx, db, l.ID, at.field, t.ID)
				if err != nil {
					return nil, err
				}
				out[t.ID] = out[t.ID] || ok
			}
		}
	}
	return out, nil
}

// unaudited reports whether a write of the field is journalled as unaudited that did not
// see the token.
func unaudited(ctx context.Context, db *pgx.Conn, linkID string, field ticket.Field, token int) (bool, error) {
	rows, err := db.Query(ctx, `SELECT c->'seen' #>> '{}' FROM intents, jsonb_array_elements(changes) AS c
		WHERE link_id = $1 AND audit = 'unaudited' AND c->>'field' = $2`, linkID, string(field))
	if err != nil {
		return false, err
	}
	seen, err := pgx.CollectRows(rows, pgx.RowTo[*string])
	for _, s := range seen {
		if s == nil || simtest.TokenIn(*s) != token {
			return true, err
		}
	}
	return false, err
}

// checkOnce: every ticket that a person made exists once on each side, and what stands
// outside is linked once (I6). A ticket wears the label of its birth for ever.
func (w *world) checkOnce(f final) {
	here := map[int]int{}
	for _, t := range f.tickets {
		for _, id := range simtest.TokensIn(t.Fields[ticket.Labels]) {
			here[id]++
		}
	}
	for _, b := range w.ledger.births {
		if here[b.token] > 1 || here[b.token] == 0 && b.sure {
			w.story.violate("I6: %d tickets here were born as k%d (side %d)", here[b.token], b.token, b.side)
		}
		for _, v := range w.vendors {
			if n := v.wearing(b.token); n > 1 || n != here[b.token] {
				w.story.violate("I6: %d tickets at %s were born as k%d, and %d here", n, v.m.Name, b.token, here[b.token])
			}
		}
	}
	for _, v := range w.vendors {
		linked := map[string]bool{}
		for _, l := range f.links[v.side] {
			linked[l.ExternalID] = linked[l.ExternalID] || l.LocalID != ""
		}
		for _, i := range v.Look() {
			if !linked[i.ID] {
				w.story.violate("I6: %s of %s (by %s) is linked with nothing here", i.Key, v.m.Name, i.Author)
			}
		}
	}
}

// wearing counts the tickets that carry a label.
func (v *vendor) wearing(token int) (n int) {
	for _, i := range v.Look() {
		for _, l := range i.Labels {
			if simtest.TokenIn(l) == token {
				n++
			}
		}
	}
	return n
}

// still: what is in step stays so (I7).
func (w *world) still(ctx context.Context) {
	wrote := w.written()
	if !w.round(ctx, false) || !w.round(ctx, true) {
		return
	}
	if n := w.written() - wrote; n > 0 {
		w.story.violate("I7: %d writes though nothing changed", n)
	}
	if left, _, err := w.waiting(ctx); left != "" || err != nil {
		w.story.violate("I1: %s%v", left, errors.Join(err))
	}
}
