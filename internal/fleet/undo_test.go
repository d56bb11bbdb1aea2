package fleet_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// values is what both sides hold: by side, item and field.
type values map[string]any

// snapshot reads everything that people see of one member and here.
func (w *world) snapshot(m *fleet.Member) values {
	w.Helper()
	v := values{}
	all, err := w.Tickets(w.Context())
	w.must(err)
	for _, t := range all {
		v["here "+t.ID] = true
		for f, val := range t.Fields {
			if !val.IsEmpty() {
				v["here "+t.ID+" "+string(f)] = val.Elements()
			}
		}
		comments, err := w.Comments(w.Context(), t.ID)
		w.must(err)
		for _, c := range comments {
			if !c.Deleted {
				v["here comment "+c.ID] = c.Body.Text()
			}
		}
	}
	for _, s := range m.Site.Look() {
		at := "there " + s.ID
		v[at], v[at+" title"], v[at+" body"], v[at+" state"], v[at+" labels"] = true, s.Title, s.Body, s.State, s.Labels
		for _, c := range s.Comments {
			v["there comment "+c.ID] = c.Body
		}
	}
	return v
}

// changed lists where two snapshots differ.
func changed(a, b values) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		if !reflect.DeepEqual(a[k], b[k]) {
			out[k] = true
		}
	}
	for k := range b {
		if _, had := a[k]; !had {
			out[k] = true
		}
	}
	return out
}

// one runs one session that may change as much as it likes.
func (w *world) one(m *fleet.Member) fleet.Result {
	w.Helper()
	_, err := w.Engine.Resume(w.Context(), m.ID, "op", true)
	w.must(err)
	r, err := w.Session(w.Context(), m, store.Incremental)
	w.must(err)
	return r
}

// TestUndoOfAThousandChanges is `make undo`: one session of 1,000 changes over both sides is
// undone. What was edited since stays and is a conflict; every other value that the session
// wrote is, byte for byte, what it was; three sessions redo nothing; and the undo of the
// undo brings all of it back, but for the tickets that the undo deleted outside, where a
// system can delete: its preview says of each that it cannot.
func TestUndoOfAThousandChanges(t *testing.T) {
	for _, system := range []external.System{"github", "jira", "linear"} {
		t.Run(string(system), func(t *testing.T) {
			size := 200
			if underRace || testing.Short() {
				size = 20
			}
			undoMany(t, system, size)
		})
	}
}

func undoMany(t *testing.T, system external.System, size int) {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 7, Allow: true})
	m := w.connect(system)[0]
	// At GitHub's pace of one write a second no session is that long.
	_, err := w.Engine.Configure(t.Context(), m.ID, "op", func(p *store.Project) error { p.Pace.Off = true; return nil })
	w.must(err)
	ids, items := w.prepare(m, size)
	before := w.snapshot(m)
	w.edits(m, ids, items)
	start := w.snapshot(m)
	s := w.one(m)
	end := w.snapshot(m)
	wrote := changed(start, end)
	if want := size * 5; len(wrote) < want && !testing.Short() {
		t.Errorf("the session made %d changes, want %d at least", len(wrote), want)
	}
	since := map[string]bool{} // fields that a person edits after the session
	for n := range size / 10 {
		w.must(w.EditLocal(t.Context(), "ada", ids[n], ticket.Fields{ticket.Title: ticket.Text(fmt.Sprintf("since %d", n))}))
		since["here "+ids[n]+" title"], since["there "+items[n]+" title"] = true, true
	}
	edited := w.snapshot(m)

	pv, r, err := w.Rollback(t.Context(), s.ID)
	w.must(err)
	undone := w.snapshot(m)
	w.restored(start, edited, undone, wrote, since)
	conflicts, err := w.Conflicts(t.Context(), m)
	w.must(err)
	parked, kept := 0, 0
	for _, c := range conflicts {
		if c.Kind != store.Undone {
			t.Errorf("a conflict of kind %s about %s", c.Kind, c.Field)
		}
		if c.Kept {
			kept++
		} else {
			parked++
		}
	}
	if kept != size/10 {
		t.Errorf("%d conflicts keep what an edit since stands in the way of, want %d", kept, size/10)
	}
	w.redoesNothing(m, since, undone)

	again, back, err := w.Rollback(t.Context(), r.ID)
	w.must(err)
	if again.Counts.Cannot > 0 {
		t.Errorf("the preview of the redo says of %d that they cannot be undone: %+v", again.Counts.Cannot, again.Rows)
	}
	w.settle() // what was deleted outside is made there again
	redone := w.snapshot(m)
	lost := w.lost(m, end, undone)
	for k := range changed(end, redone) {
		_, there := redone[k]
		_, was := end[k]
		if since[k] || lost[k] && !there || !was && len(lost) > 0 && strings.HasPrefix(k, "there ") { // made again, it has another id
			continue
		}
		t.Errorf("undone and redone, %s is %q, want %q", k, redone[k], end[k])
		break
	}
	if was, is := standing(end), standing(redone); is != was {
		t.Errorf("undone and redone, %d tickets stand there, want %d", is, was)
	}
	t.Logf("%s: %d changes of one session (%d fields pushed, %d applied, %d made here, %d made outside); "+
		"undone: %d here, %d outside, %d deleted here, %d withdrawn, %d kept, %d impossible; %d parked; "+
		"%d writes to undo, 0 in three sessions after, %d to undo the undo, which makes %d again that were deleted there; %d values differ from before the edits",
		system, len(wrote), s.Counts.PushedOutside, s.Counts.AppliedHere, s.Counts.CreatedHere, s.Counts.CreatedOutside,
		pv.Counts.Here, pv.Counts.Outside, pv.Counts.Deleted, pv.Counts.Withdrawn, pv.Counts.Kept, pv.Counts.Cannot,
		parked, r.Counts.Writes, back.Counts.Writes, standing(end)-standing(undone), len(changed(before, undone)))
}

// lost returns all values of the tickets that an undo deleted outside: made again, they stand under other keys. It fails
// where a ticket is deleted though the system cannot do that.
func (w *world) lost(m *fleet.Member, end, undone values) map[string]bool {
	w.Helper()
	lost, gone := map[string]bool{}, 0
	for k := range end {
		if _, still := undone[k]; !still && strings.HasPrefix(k, "there ") {
			lost[k] = true
			if end[k] == true {
				gone++
			}
		}
	}
	if gone > 0 && m.Site.System() == "github" {
		w.Errorf("%d tickets were deleted at %s, which has no such call", gone, m.Name)
	}
	return lost
}

// standing counts the tickets outside.
func standing(v values) (n int) {
	for k := range v {
		if strings.HasPrefix(k, "there ") && v[k] == true {
			n++
		}
	}
	return n
}

// prepare makes tickets with comments on both sides, in step.
func (w *world) prepare(m *fleet.Member, size int) (ids, items []string) {
	w.Helper()
	for n := range size {
		tk, err := w.Engine.CreateTicket(w.Context(), ticket.Fields{
			ticket.Title: ticket.Text(fmt.Sprintf("title %d", n)), ticket.Body: ticket.Text(fmt.Sprintf("body %d", n)),
			ticket.Labels: ticket.Set("old", "both"),
		}, ticket.Public, "ada")
		w.must(err)
		if n%4 == 0 {
			_, err := w.Engine.AddComment(w.Context(), tk.ID, fmt.Sprintf("remark %d", n), "", "ada")
			w.must(err)
		}
		ids = append(ids, tk.ID)
	}
	w.settle()
	for _, id := range ids {
		l, err := w.LinkOf(w.Context(), m, id)
		w.must(err)
		items = append(items, l.ExternalID)
	}
	return ids, items
}

// edits has people change every ticket on both sides, and make new ones.
func (w *world) edits(m *fleet.Member, ids, items []string) {
	w.Helper()
	for n, id := range ids {
		w.must(w.EditLocal(w.Context(), "ada", id, ticket.Fields{
			ticket.Title: ticket.Text(fmt.Sprintf("new title %d", n)), ticket.Labels: ticket.Set("both", "ours"),
		}))
		w.must(m.Site.Edit("bob", items[n], fleet.Change{Body: p(fmt.Sprintf("new body %d", n)), Label: []string{"theirs"}}))
		comments, err := w.Comments(w.Context(), id)
		w.must(err)
		for _, c := range comments {
			_, err := w.Engine.EditComment(w.Context(), c.ID, c.Body.Text()+", edited", c.Revision, "ada")
			w.must(err)
		}
		if n%10 == 0 {
			_, err := w.Engine.CreateTicket(w.Context(), ticket.Fields{ticket.Title: ticket.Text(fmt.Sprintf("made here %d", n))}, ticket.Public, "ada")
			w.must(err)
			_, err = m.Site.Create("bob", fleet.Change{Title: p(fmt.Sprintf("made there %d", n))})
			w.must(err)
		}
	}
}

// restored holds every value against what it must be after the undo.
func (w *world) restored(start, edited, undone values, wrote, since map[string]bool) {
	w.Helper()
	wrong := 0
	for k := range changed(undone, edited) {
		if !wrote[k] || since[k] {
			w.Errorf("the undo touched %s: %q became %q", k, edited[k], undone[k])
			wrong++
		}
	}
	for k := range wrote {
		if since[k] || reflect.DeepEqual(undone[k], start[k]) {
			continue
		}
		if made := start[k] == nil && len(k) > 5 && k[:5] == "there"; made {
			continue // withdrawn: closed as not planned, and looked at below
		}
		if wrong++; wrong < 10 {
			w.Errorf("%s is %q, want %q as before", k, undone[k], start[k])
		}
	}
}

// redoesNothing runs three sessions: what was edited since may flow, and nothing else moves.
func (w *world) redoesNothing(m *fleet.Member, since map[string]bool, undone values) {
	w.Helper()
	w.one(m) // the edits made since go out
	w.Reset()
	for range 3 {
		w.one(m)
	}
	if total, _ := w.Writes(); total > 0 {
		w.Errorf("%d writes in three sessions after the undo", total)
	}
	for k := range changed(undone, w.snapshot(m)) {
		if !since[k] {
			w.Errorf("a session after the undo changed %s", k)
		}
	}
}
