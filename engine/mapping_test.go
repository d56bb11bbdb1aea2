package engine_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// activate stores the memory adapter's mapping, changed, and puts it in force.
func (w *world) activate(projectID string, change func(*mapping.Mapping)) int {
	w.t.Helper()
	m, err := mapping.Default(memory.System)
	w.must(err)
	change(&m)
	doc, err := json.Marshal(m)
	w.must(err)
	var v store.MappingVersion
	w.view(func(tx store.Tx) (err error) {
		v, err = tx.AddMapping(w.t.Context(), store.MappingVersion{ProjectID: projectID, Document: doc, CreatedBy: "op", CreatedAt: w.clock.now})
		return err
	})
	w.must(w.engine.ActivateMapping(w.t.Context(), projectID, v.Version, "op"))
	return v.Version
}

func rule(m *mapping.Mapping, f ticket.Field) *mapping.Rule {
	for n := range m.Tickets {
		if m.Tickets[n].Field == f {
			return &m.Tickets[n]
		}
	}
	panic("no rule for " + f)
}

// done maps the tracker's states, reading its "done" as another one of ours.
func done(as string) func(*mapping.Mapping) {
	return func(m *mapping.Mapping) {
		r := rule(m, ticket.State)
		r.Convert = mapping.States
		r.Values = []mapping.Pair{
			{Local: []string{ticket.StateOpen}, External: []string{ticket.StateOpen}},
			{Local: []string{as}, External: []string{ticket.StateDone}},
		}
	}
}

// TestAnotherReadingOverridesNobody: under a new mapping a value that is read otherwise
// is a conflict where the sides differ now, and never an edit of either side's.
func TestAnotherReadingOverridesNobody(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine, quiet := w.create("Write the manual", ticket.Public), w.create("Read it", ticket.Public)
	w.edit(mine.ID, text(ticket.State, ticket.StateDone))
	w.sync(p.ID)
	writes := w.trackers[p.ID].Calls().Writes()
	w.activate(p.ID, done(ticket.StateNotPlanned))
	s := w.sync(p.ID)
	if s.Counts.Writes != 0 || s.Counts.AppliedHere != 0 || w.trackers[p.ID].Calls().Writes() != writes {
		t.Errorf("something was written: %+v", s.Counts)
	}
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Field != ticket.State || open[0].External.Text() != ticket.StateNotPlanned {
		t.Errorf("conflicts: %+v; want one, over the state of the ticket that is read otherwise", open)
	}
	if got := w.ticket(quiet.ID).Fields[ticket.State].Text(); got != ticket.StateOpen {
		t.Errorf("a ticket that is read as before became %s", got)
	}
}

// TestActivatingTheSameAgainWritesNothing: going back to an older version is an
// activation like any other.
func TestActivatingTheSameAgainWritesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	first := w.activate(p.ID, func(*mapping.Mapping) {})
	w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Labels).Direction = mapping.In })
	w.must(w.engine.ActivateMapping(t.Context(), p.ID, first, "op"))
	if s := w.sync(p.ID); s.Counts.Writes != 0 || s.Counts.Conflicts != 0 {
		t.Errorf("%+v", s.Counts)
	}
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldLabels]; !got.Equal(ticket.Set("docs")) {
		t.Errorf("labels outside: %v", got)
	}
}

// TestLabelsThatStandInAnotherField: under a mapping that looks for a set in another field, or
// gives it other room, what stands there is nobody's edit: each side gets what it lacks, and
// neither loses any.
func TestLabelsThatStandInAnotherField(t *testing.T) {
	for _, c := range []struct {
		why           string
		before, after func(*mapping.Mapping)
		here, there   ticket.Value
	}{
		{
			"another field, which holds others", without(ticket.Assignees), inField(memory.FieldAssignees),
			ticket.Set("docs", "urgent", "carl"), ticket.Set("docs", "urgent", "carl"),
		},
		{
			"what had no room has it now", func(m *mapping.Mapping) { rule(m, ticket.Labels).Max = 1 }, func(*mapping.Mapping) {},
			ticket.Set("docs", "urgent"), ticket.Set("docs", "urgent"),
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{})
			w.activate(p.ID, c.before)
			id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write it"), ticket.Labels: ticket.Set("docs")}, ticket.Public)
			w.sync(p.ID)
			w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, id).ID, memory.FieldAssignees, ticket.Set("carl")))
			w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("docs", "urgent")})
			w.syncs(p.ID, 2)
			w.activate(p.ID, c.after)
			w.syncs(p.ID, 2)
			if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(c.here) {
				t.Errorf("here: %v; want %v", got, c.here)
			}
			var m mapping.Mapping
			w.view(func(tx store.Tx) error {
				v, err := tx.ActiveMapping(t.Context(), p.ID)
				return errors.Join(err, json.Unmarshal(v.Document, &m))
			})
			if got := w.outside(p.ID, id).Fields[rule(&m, ticket.Labels).External[0]]; !got.Equal(c.there) {
				t.Errorf("outside: %v; want %v", got, c.there)
			}
		})
	}
}

// without leaves a field out of the mapping.
func without(fields ...ticket.Field) func(*mapping.Mapping) {
	return func(m *mapping.Mapping) {
		m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return slices.Contains(fields, r.Field) })
	}
}

// inField looks for the labels where the people stand.
func inField(name string) func(*mapping.Mapping) {
	return func(m *mapping.Mapping) {
		without(ticket.Assignees)(m)
		rule(m, ticket.Labels).External = []string{name}
	}
}

// TestATicketFromOutsideUnderAnOutwardRule: what a field that only goes out holds outside was never
// seen here. It is written over by nobody, and comes in once the mapping lets it.
func TestATicketFromOutsideUnderAnOutwardRule(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Body).Direction = mapping.Out })
	_, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{memory.FieldTitle: ticket.Text("It smokes"), memory.FieldBody: ticket.Text("since Monday")})
	w.must(err)
	_, err = w.trackers[p.ID].CreateTicket("mallory", external.Fields{memory.FieldTitle: ticket.Text("It burns"), memory.FieldBody: ticket.Text("since Tuesday")})
	w.must(err)
	w.sync(p.ID)
	smokes, burns := w.titled("It smokes"), w.titled("It burns")
	w.edit(burns.ID, text(ticket.Body, "call them"))
	w.sync(p.ID)
	w.rests(p.ID, burns.ID, ticket.Body, store.BothEdited, "")
	if got := w.outside(p.ID, burns.ID).Fields[memory.FieldBody].Text(); got != "since Tuesday" {
		t.Errorf("outside stands %q over what nobody here had seen", got)
	}
	w.activate(p.ID, func(*mapping.Mapping) {})
	w.sync(p.ID)
	if got := w.ticket(smokes.ID).Fields[ticket.Body].Text(); got != "since Monday" {
		t.Errorf("here: %q once it may come in", got)
	}
}

// TestALostCreateUnderAnInwardRule: what the system made of our text is nobody's edit, though the mapping
// has turned before the answer was known.
func TestALostCreateUnderAnInwardRule(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	const typed = "since Monday\r\nor Tuesday\r\n\r\n"
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("It smokes"), ticket.Body: ticket.Text(typed)}, ticket.Public)
	w.lose(p, true)
	w.sync(p.ID)
	w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Body).Direction = mapping.In })
	w.syncs(p.ID, 2)
	if got := w.ticket(id).Fields[ticket.Body].Text(); got != typed {
		t.Errorf("here: %q; want what was typed", got)
	}
	if w.link(p.ID, external.KindTicket, id).State != store.Live {
		t.Error("the item was not found again")
	}
}

// titled is the ticket here of that title.
func (w *world) titled(title string) (found ticket.Ticket) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		all, err := tx.ListTickets(w.t.Context(), "", 1000)
		for _, t := range all {
			if t.Fields[ticket.Title].Text() == title {
				found = t
			}
		}
		return err
	})
	if found.ID == "" {
		w.t.Fatalf("no ticket is called %q", title)
	}
	return found
}

// TestValueThatTheMappingDoesNotKnow: such a field rests as a conflict with the reason, the
// other fields flow, all other tickets are unharmed, and a mapping that knows the value
// closes it.
func TestValueThatTheMappingDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine, other := w.create("Write the manual", ticket.Public), w.create("Read it", ticket.Public)
	w.activate(p.ID, done(ticket.StateDone))
	w.sync(p.ID)
	tracker, id := w.trackers[p.ID], w.outside(p.ID, mine.ID).ID
	w.must(tracker.EditField("mallory", id, memory.FieldState, ticket.Text(ticket.StateDuplicate)))
	w.must(tracker.EditField("mallory", id, memory.FieldTitle, ticket.Text("Write the book")))
	w.edit(other.ID, text(ticket.Title, "Read it twice"))
	w.sync(p.ID)
	w.rests(p.ID, mine.ID, ticket.State, store.Unmappable, "state")
	if got := w.ticket(mine.ID).Fields; got[ticket.Title].Text() != "Write the book" || got[ticket.State].Text() != ticket.StateOpen {
		t.Errorf("here: %v", got)
	}
	if w.outside(p.ID, other.ID).Fields[memory.FieldTitle].Text() != "Read it twice" {
		t.Error("another ticket was held up")
	}
	w.activate(p.ID, func(m *mapping.Mapping) {
		done(ticket.StateDone)(m)
		r := rule(m, ticket.State)
		r.Values = append(r.Values, mapping.Pair{Local: []string{ticket.StateDuplicate}, External: []string{ticket.StateDuplicate}})
	})
	w.sync(p.ID)
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Kind != store.BothEdited || open[0].External.Text() != ticket.StateDuplicate {
		t.Errorf("after the mapping was mended: %+v; want the two states side by side, since another mapping overrides nobody", open)
	}
	if closed := w.conflicts(store.Converged); len(closed) != 1 || closed[0].Kind != store.Unmappable {
		t.Errorf("closed: %+v", closed)
	}
}

// TestTextThatWouldBeDamaged: it is not sent but reported, and an edit that can be sent
// closes the conflict.
func TestTextThatWouldBeDamaged(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return fragile{a} }
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, text(ticket.Body, "first"))
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Body, "a <video> of it"))
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text(); got != "first" {
		t.Errorf("outside: %q", got)
	}
	w.rests(p.ID, mine.ID, ticket.Body, store.Unmappable, "HTML")
	w.edit(mine.ID, text(ticket.Body, "a film of it"))
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldBody].Text(); got != "a film of it" {
		t.Errorf("outside: %q", got)
	}
	if open := w.conflicts(store.OpenConflict); len(open) != 0 {
		t.Errorf("open: %+v", open)
	}
}

// fragile keeps text in a markup that knows no HTML.
type fragile struct{ *memory.Adapter }

func (fragile) Damage(_ external.Kind, f, _ external.Fields) map[string]string {
	if strings.Contains(f[memory.FieldBody].Text(), "<") {
		return map[string]string{memory.FieldBody: "raw HTML would be lost"}
	}
	return nil
}

// TestATextThatIsMappedAgainIsOursStill: we wrote the text of a ticket that others made. Somebody takes texts out
// of the mapping, and back into it: our text is taken back all the same.
func TestATextThatIsMappedAgainIsOursStill(t *testing.T) {
	for _, sessions := range []int{0, 1} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		id := textOfOurs(w, p)
		w.sync(p.ID)
		w.activate(p.ID, without(ticket.Body))
		w.syncs(p.ID, sessions)
		w.activate(p.ID, func(*mapping.Mapping) {})
		w.syncs(p.ID, sessions)
		w.hide(id, outbound.Redact)
		w.syncs(p.ID, 2)
		if got := w.outside(p.ID, id).Fields[memory.FieldBody].Text(); got != outbound.Notice {
			t.Errorf("after %d sessions outside it still reads %q: %s", sessions, got, w.link(p.ID, external.KindTicket, id).Reason)
		}
	}
}

// TestAFieldThatIsMappedAgain: what somebody typed here while the mapping did not carry its field goes out once it
// does again, where nobody edited it outside. What was edited there meanwhile, nobody knows: that is asked.
func TestAFieldThatIsMappedAgain(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	other := w.createWith(ticket.Fields{ticket.Title: ticket.Text("another"), ticket.Body: ticket.Text("words"), ticket.Labels: ticket.Set("a", "b")}, ticket.Public)
	w.edit(tk.ID, ticket.Fields{ticket.Body: ticket.Text("words"), ticket.Labels: ticket.Set("a", "b")})
	w.sync(p.ID)
	w.activate(p.ID, func(m *mapping.Mapping) { without(ticket.Body)(m); without(ticket.Labels)(m) })
	w.sync(p.ID)
	w.edit(tk.ID, ticket.Fields{ticket.Body: ticket.Text("typed here"), ticket.Labels: ticket.Set("a")})
	w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, other).ID, memory.FieldBody, ticket.Text("typed there")))
	w.sync(p.ID)
	w.activate(p.ID, func(*mapping.Mapping) {})
	w.syncs(p.ID, 2)
	if there := w.outside(p.ID, tk.ID).Fields; there[memory.FieldBody].Text() != "typed here" || !there[memory.FieldLabels].Equal(ticket.Set("a")) {
		t.Errorf("outside it reads %q, %q", there[memory.FieldBody].Text(), there[memory.FieldLabels].Elements())
	}
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Field != ticket.Body || open[0].External.Text() != "typed there" {
		t.Errorf("asked: %+v; want one question, about the text that changed outside", open)
	}
}

// TestLabelsBesideTheOneThatGoesOut: the mapping has one label go out, where the system holds many. What others put
// beside it comes in, and what they take off is taken off here.
func TestLabelsBesideTheOneThatGoesOut(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Labels: ticket.Set("a")}, ticket.Public)
	w.sync(p.ID)
	w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Labels).Max = 1 })
	ref := w.outside(p.ID, id).ID
	w.must(w.trackers[p.ID].AddLabel("bob", ref, "bobs"))
	w.sync(p.ID)
	if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(ticket.Set("a", "bobs")) {
		t.Errorf("put on outside: here stands %v", got)
	}
	w.must(w.trackers[p.ID].RemoveLabel("bob", ref, "bobs"))
	w.sync(p.ID)
	if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(ticket.Set("a")) {
		t.Errorf("taken off outside: here stands %v", got)
	}
	w.must(w.trackers[p.ID].AddLabel("bob", ref, "hers"))
	w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("b")})
	w.syncs(p.ID, 2)
	if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(ticket.Set("b", "hers")) {
		t.Errorf("edited on both sides: here stands %v, and outside %v", got, w.outside(p.ID, id).Fields["labels"])
	}
	w.quiet(p)
}

// TestLabelsBesideTheOneOfWhatIsToGo: the mapping has one label go out, and others put another one beside it, be it on
// what we made. A ticket that is deleted here then, or whose session is undone, does not go outside with it.
func TestLabelsBesideTheOneOfWhatIsToGo(t *testing.T) {
	for _, undo := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: true})
		w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Labels).Max = 1 })
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Labels: ticket.Set("a")}, ticket.Public)
		w.sync(p.ID)
		w.must(w.trackers[p.ID].AddLabel("bob", w.outside(p.ID, id).ID, "bobs"))
		if undo {
			w.rollBack("session-1")
			w.syncs(p.ID, 2)
			if w.standing(p.ID) != 1 {
				t.Errorf("undone, it went outside with what others had put on it: %+v", w.conflicts(""))
			}
			continue
		}
		w.dropHere(id)
		w.syncs(p.ID, 2)
		w.asked(store.EditedAndDeleted)
	}
}
