package why

import (
	"cmp"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Tell makes the story of a ticket: of every value that it holds or ever held. With
// fields, of these alone, and of the comments where body is among them.
func Tell(r Rows, fields ...ticket.Field) Story {
	s := Story{TicketID: r.Ticket.ID, Cut: r.Cut}
	wanted := func(f ticket.Field) bool { return len(fields) == 0 || slices.Contains(fields, f) }
	for _, f := range append(r.fields(), store.ChangedPrivacy) {
		c := teller{rows: r, field: f}.chapter()
		told := len(c.Events) > 0 || !c.Value.IsEmpty() || len(fields) > 0
		if wanted(f) && told { // of what never held anything there is nothing to tell unless it is asked
			s.Chapters = append(s.Chapters, c)
		}
	}
	if wanted(store.ChangedDeleted) {
		s.addDeletion(teller{rows: r, field: store.ChangedDeleted})
	}
	for n := range r.Comments {
		if wanted(ticket.Body) {
			s.Chapters = append(s.Chapters, teller{rows: r, field: ticket.Body, comment: &r.Comments[n]}.chapter())
		}
		if wanted(store.ChangedDeleted) {
			s.addDeletion(teller{rows: r, field: store.ChangedDeleted, comment: &r.Comments[n]})
		}
	}
	return s
}

// addDeletion adds what became of an item as a whole, where anything did, be it outside alone.
func (s *Story) addDeletion(t teller) {
	gone := func(st Standing) bool { return t.comment != nil && st.State == store.MaybeGone }
	if c := t.chapter(); len(c.Events) > 0 || !c.Value.IsEmpty() || slices.ContainsFunc(c.Standings, gone) {
		s.Chapters = append(s.Chapters, c)
	}
}

// fields are those that hold or ever held something, and those that people disagree about.
func (r Rows) fields() []ticket.Field {
	all := r.Ticket.Fields.Names()
	for _, c := range r.Changes {
		if c.CommentID == "" && c.Field != store.ChangedPrivacy && c.Field != store.ChangedDeleted {
			all = append(all, c.Field)
		}
	}
	for _, c := range r.Conflicts {
		if c.CommentID == "" && c.Field != "" {
			all = append(all, c.Field)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// teller tells one chapter.
type teller struct {
	rows    Rows
	field   ticket.Field
	comment *ticket.Comment
}

// rowField is how steps and conflicts call the field: what is about the whole item has none.
func (t teller) rowField() ticket.Field {
	if t.field == store.ChangedDeleted {
		return ""
	}
	return t.field
}

// outside reports whether a step changed the field, or took the item away, outside.
func (t teller) outside(s store.Step) bool {
	switch s.Action {
	case plan.Push, plan.Redact, plan.Withdraw, plan.DeleteOutside:
		return true
	case plan.Restore:
		return s.IntentID != ""
	}
	return false
}

// ends reports whether a step ended an item that cannot be deleted outside: it was closed. That is told of its state,
// and of what became of it as a whole.
func (t teller) ends(s store.Step) bool {
	return t.field == store.ChangedDeleted && s.Action == plan.Withdraw
}

func (t teller) commentID() string {
	if t.comment == nil {
		return ""
	}
	return t.comment.ID
}

func (t teller) chapter() Chapter {
	c := Chapter{Field: t.field, CommentID: t.commentID(), Value: t.value()}
	for _, ch := range t.rows.Changes {
		if ch.CommentID == c.CommentID && ch.Field == t.field {
			c.Events = append(c.Events, t.written(ch))
		}
	}
	for _, s := range t.rows.Steps {
		if t.outside(s) && (s.Field == t.rowField() || t.ends(s)) && t.concerns(s.LinkID) {
			c.Events = append(c.Events, t.sent(s))
		}
	}
	for _, k := range t.rows.Conflicts {
		if k.CommentID == c.CommentID && k.Field == t.rowField() {
			c.Events = append(c.Events, t.disputed(k)...)
		}
	}
	// Changes, steps and conflicts of one moment stay in this order: what it is, before
	// what became of it.
	slices.SortStableFunc(c.Events, func(a, b Event) int { return b.At.Compare(a.At) })
	for _, l := range t.rows.Links {
		if t.concerns(l.ID) {
			c.Standings = append(c.Standings, t.standing(l))
		}
	}
	return c
}

func (t teller) value() ticket.Value {
	deleted := t.rows.Ticket.Deleted
	if t.comment != nil {
		deleted = t.comment.Deleted
	}
	switch {
	case t.field == store.ChangedDeleted && !deleted:
		return ticket.Value{}
	case t.field == store.ChangedDeleted:
		return ticket.Text("true")
	case t.comment != nil:
		return t.comment.Body
	case t.field == store.ChangedPrivacy:
		return ticket.Text(string(t.rows.Ticket.Privacy))
	}
	return t.rows.Ticket.Fields[t.field]
}

// link returns a link that the ticket or one of its comments has, or had.
func (t teller) link(id string) (store.Link, bool) {
	for _, links := range [][]store.Link{t.rows.Links, t.rows.Former} {
		if n := slices.IndexFunc(links, func(l store.Link) bool { return l.ID == id }); n >= 0 {
			return links[n], true
		}
	}
	return store.Link{}, false
}

// concerns reports whether a link is of what the chapter is about.
func (t teller) concerns(linkID string) bool {
	l, ok := t.link(linkID)
	if t.comment != nil {
		return ok && l.Kind == external.KindComment && l.LocalID == t.comment.ID
	}
	return ok && l.Kind == external.KindTicket
}

// projectMark starts the name of a sync that wrote a field.
const projectMark = "project:"

// written tells a change of the value here, with the step that made it where a session did.
func (t teller) written(c store.TicketChange) Event {
	e := Event{At: c.At, Verb: Wrote, Who: c.By, Before: c.Before, After: c.After, SessionID: c.SessionID}
	project, sync := strings.CutPrefix(c.By, projectMark)
	if !sync {
		return e
	}
	e.Verb, e.Who, e.Project = CameIn, "", project
	e.Mapping = t.rows.Sessions[c.SessionID].Mapping
	if undo := t.rows.Sessions[c.SessionID]; undo.Kind == store.Rollback {
		e.Verb, e.Who, e.Project = Restored, undo.By, ""
		e.Reason = "session " + undo.Undoes + " is undone"
		return e
	}
	s, ok := t.stepOf(c)
	if !ok {
		return e
	}
	e.Step, e.Reason = s.Seq, s.Reason
	if s.Action == plan.Decide {
		e = t.byDecision(e, s)
	}
	return e
}

// stepOf finds the step that made a change: of its session, about its field or else the
// whole item, at its time or right after it.
func (t teller) stepOf(c store.TicketChange) (store.Step, bool) {
	var field, item *store.Step
	for n, s := range t.rows.Steps { // newest first: the oldest one after the change stays
		if s.SessionID != c.SessionID || s.At.Before(c.At) || !t.concernsOrGone(s.LinkID) || s.Action == plan.Push {
			continue
		}
		switch {
		case s.Field == c.Field && s.Field != "" && s.After.Equal(c.After):
			field = &t.rows.Steps[n]
		case s.Field == "" && (s.Action == plan.CreateHere || s.Action == plan.Revive || s.Action == plan.DeleteHere):
			item = &t.rows.Steps[n]
		}
	}
	if found := cmp.Or(field, item); found != nil {
		return *found, true
	}
	return store.Step{}, false
}

// concernsOrGone is concerns, but for a link that does not exist any more.
func (t teller) concernsOrGone(linkID string) bool {
	_, known := t.link(linkID)
	return !known || t.concerns(linkID)
}

// byDecision tells whose word a session carried out.
func (t teller) byDecision(e Event, s store.Step) Event {
	e.Verb = Decided
	for _, k := range t.rows.Conflicts {
		if k.LinkID != s.LinkID || k.Field != s.Field || k.DecidedAt.After(s.At) || k.ClosedAt.After(s.At) || k.Choice == "" ||
			(k.DecidedBy == byStrategy) == (s.Reason == plan.PersonDecided) {
			continue
		}
		e.ConflictID, e.Who = k.ID, k.DecidedBy
		if k.Choice != store.ChooseExternal {
			e.Project = "" // it was written here
		}
		if k.DecidedBy == byStrategy {
			e.Who = ""
			if k.Strategy == plan.Merge {
				e.Verb = Merged
			}
		}
		return e
	}
	return e
}

// byStrategy is who decided a conflict that a strategy settled at once.
const byStrategy = "strategy"

// byNobody is who closed a conflict that came to its end without a decision; what lost is kept in it.
const byNobody = "kept"

func (t teller) sent(s store.Step) Event {
	l, _ := t.link(s.LinkID)
	e := Event{
		At: s.At, Verb: SentOut, Project: l.ProjectID, Before: s.Before, After: s.After, Reason: s.Reason,
		SessionID: s.SessionID, Step: s.Seq, IntentID: s.IntentID, Mapping: t.rows.Sessions[s.SessionID].Mapping,
	}
	if s.Action == plan.Redact || s.Action == plan.Withdraw || s.Action == plan.DeleteOutside {
		e.Verb = TookBack
	}
	if s.Outcome != "done" {
		e.Outcome = s.Outcome
	}
	return e
}

func (t teller) disputed(k store.Conflict) []Event {
	open := Event{
		At: k.DetectedAt, Verb: Disagreed, Project: k.ProjectID, Before: k.Local, After: k.External,
		Reason: string(k.Kind), ConflictID: k.ID,
	}
	if k.ClosedAt.IsZero() {
		return []Event{open}
	}
	closed := Event{At: k.ClosedAt, Verb: Settled, Project: k.ProjectID, Who: k.DecidedBy, After: k.Value, ConflictID: k.ID, Reason: string(k.State)}
	if k.Choice != "" {
		closed.Reason += ": " + string(k.Choice)
	}
	if k.DecidedBy == byNobody {
		closed.Who = ""
	}
	return []Event{closed, open}
}

// standing says how the value stands in one project, and why nothing happens there.
func (t teller) standing(l store.Link) Standing {
	s := Standing{Project: l.ProjectID, Key: l.ExternalKey, State: l.State, Waiting: l.Waits(), Because: l.Reason}
	for _, k := range t.rows.Conflicts {
		if k.LinkID == l.ID && k.Field == t.rowField() && k.ClosedAt.IsZero() {
			s.Conflict, s.Because = k.ID, "both sides disagree ("+string(k.Kind)+"): it waits for a decision"
			if k.State == store.Decided {
				s.Because = "it is decided, and waits for the next session"
			}
			return s
		}
	}
	if s.Because == "" {
		s.Because = t.restReason(l)
	}
	if s.Because == "" {
		s.Because = t.idleReason(l)
	}
	return s
}

// restReason is why a parent is not compared in a project at all: no session leaves a step about that.
func (t teller) restReason(l store.Link) string {
	id, awaits := strings.CutPrefix(l.ParentKey, store.AwaitsTicket)
	switch {
	case !awaits || t.field != ticket.Parent || !l.Active():
		return ""
	case id == t.value().Text():
		return plan.NoTwinThere
	}
	return plan.NoTwinHere
}

// idleReason returns why the last session that looked at the value did nothing about it;
// empty where it did something, or had nothing to do.
func (t teller) idleReason(l store.Link) string {
	for _, s := range t.rows.Steps {
		if s.LinkID != l.ID || s.Field != "" && s.Field != t.field {
			continue
		}
		switch s.Action {
		case plan.Withhold, plan.Drift, plan.Unfit, plan.KeepConflict, plan.LinkGone, plan.Unexplained:
			return s.Reason
		case plan.Nothing:
			if s.Reason == inStep {
				return ""
			}
			return s.Reason
		}
		return ""
	}
	return ""
}

// inStep is what the planner says where nothing has to be done.
const inStep = "both sides are as they were last agreed"
