package simtest

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// judge checks, at the moment a write begins, that all it carries may leave (I5):
// it is for an item that may flow to this project by the rules of this moment, and
// every value in it belongs to that very item.
func (a *port) judge(op adapters.Op) {
	w := a.w
	if w.skips("judge") {
		return
	}
	c, err := op.Open()
	w.must(err)
	if c.ProjectID != a.p.id {
		w.fail("I5", "content cleared for "+c.ProjectID+" was sent to "+a.p.id)
	}
	l := w.linkOf(a.p, c.CreateKey, c.Ref)
	if was := w.deletion.homes[a.p.id+"/"+c.Ref.ID]; l.LocalID == "" && was != "" && !a.says(op, c) {
		return // what its ticket has left for another item is overwritten, or closed
	}
	if l.LocalID == "" {
		w.fail("I5", "a write to "+a.p.id+" belongs to no linked item: "+op.Name+" "+c.Ref.ID)
		return
	}
	t, com := w.localItem(l)
	if !w.mayLeave(a.p, t, com) && a.says(op, c) {
		w.fail("I5", op.Name+" to "+a.p.id+" began although "+t.ID+" may not leave")
	}
	a.judgeRules(op, c, l, com)
	a.judgeDirection(op, c)
	a.judgeSecluded(op, c, l)
	for _, v := range carried(op, c.Set) {
		if strings.Contains(v.Text(), w.salt) {
			w.fail("I5", op.Name+" of "+l.LocalID+" carries a secret")
		}
		for _, id := range tokensIn(v) {
			if home := w.home(id); home != l.LocalID && id > w.past.upTo && len(w.cameAnew(home, l.LocalID)) == 0 {
				w.fail("I5", op.Name+" of "+l.LocalID+" carries a value of "+home)
			}
			if at, is := w.hushed[id]; is {
				w.fail("I5", fmt.Sprintf("%s of %s carries %q, which only some may see on %s", op.Name, l.LocalID, v.Text(), at.id))
			}
			if a.wire != nil {
				a.wire.knows[id] = true
			}
		}
	}
}

// carried returns the values that really leave with an operation.
func carried(op adapters.Op, set external.Fields) []ticket.Value {
	byElement := len(op.Add)+len(op.Remove) > 0
	var out []ticket.Value
	for _, n := range op.Writes {
		if v := set[n]; byElement && v.IsSet() {
			out = append(out, ticket.Set(op.Add...))
		} else {
			out = append(out, v)
		}
	}
	return out
}

// sent describes what leaves, and adds it to the record of all that ever left.
func (a *port) sent(op adapters.Op) string {
	c, err := op.Open()
	a.w.must(err)
	var b strings.Builder
	b.WriteString(c.Ref.ID)
	for n, v := range carried(op, c.Set) {
		b.WriteByte(' ')
		b.WriteString(op.Writes[n] + "=")
		b.WriteString(v.Text())
	}
	if a.wire == nil {
		a.w.trace.send(a.p.id, op.Name, c.CreateKey, b.String(), strings.Join(op.Add, ","), strings.Join(op.Remove, ","))
	}
	return b.String()
}

// localItem returns a link's ticket, and its comment if it is one's.
func (w *world) localItem(l store.Link) (t ticket.Ticket, c *ticket.Comment) {
	w.read(func(tx store.Tx) error {
		id := l.LocalID
		if l.Kind == external.KindComment {
			com, err := tx.Comment(w.ctx, id)
			if err != nil {
				return err
			}
			c, id = &com, com.TicketID
		}
		var err error
		t, err = tx.Ticket(w.ctx, id)
		return err
	})
	return t, c
}

// mayLeave says the privacy rules once more, in the simplest words: what is
// local_only stays; what is public goes; else it takes a grant or a rule.
func (w *world) mayLeave(p *peer, t ticket.Ticket, c *ticket.Comment) bool {
	if t.Privacy == ticket.LocalOnly || c != nil && (c.Privacy == ticket.LocalOnly || !w.mayComment(p, *c)) {
		return false
	}
	if t.Privacy == ticket.Public {
		return true
	}
	allowed := false
	w.read(func(tx store.Tx) error {
		grants, err := tx.Grants(w.ctx, t.ID)
		for _, g := range grants {
			allowed = allowed || g.ProjectID == p.id
		}
		row, err2 := tx.Project(w.ctx, p.id)
		for _, r := range row.Rules.PassOn {
			allowed = allowed || t.Origin != "" && r.From == t.Origin && r.To == p.id
		}
		if err == nil {
			err = err2
		}
		return err
	})
	return allowed
}

// mayCome reports whether a local item takes changes from outside.
func mayCome(t ticket.Ticket, c *ticket.Comment) bool {
	return t.Privacy != ticket.LocalOnly && (c == nil || c.Privacy != ticket.LocalOnly)
}

// home returns the local item that a token belongs to: where it was written, or
// what is linked with where it was written.
func (w *world) home(id int) string {
	t := w.oracle.token(id)
	if t == nil {
		return "nobody"
	}
	if t.side == 0 {
		return t.item
	}
	p := w.peers[t.side-1]
	at := stay{p.n, t.kind, t.item}
	return cmp.Or(w.homeOf(at), w.homeOnTheWay(at))
}

// homeOnTheWay returns the ticket or comment of ours that an item came in as where it was between two
// moves: a list had shown it there, and where it went on to, or was once more, it is not known yet.
func (w *world) homeOnTheWay(at stay) (local string) {
	w.went(at, func(to stay) bool {
		local = cmp.Or(w.linkThere(to).LocalID, w.deletion.homes[w.peers[to.peer].id+"/"+to.id])
		return local != ""
	})
	return local
}

// describe is an item for a person who reads a trace.
func describe(it external.Item) string {
	if it.Gone {
		return it.ID + " gone"
	}
	s := it.ID + " " + it.UpdatedAt.Format("15:04:05.000")
	for _, n := range []string{"title", "body", "state", "labels"} {
		if v := it.Fields[n]; !v.IsEmpty() {
			s += " " + n + "=" + v.Text()
		}
	}
	return s
}
