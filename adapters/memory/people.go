package memory

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// The verbs of this file are what people do in the tracker's own pages. They return
// an error of kind NotFound for an item that is not there, and Invalid for content
// that the tracker refuses.

// CreateTicket makes a ticket and returns its reference.
func (t *Tracker) CreateTicket(by string, f external.Fields) (external.Ref, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.create(by, "", f)
}

// AddComment makes a comment on the ticket with that number.
func (t *Tracker) AddComment(by, ticketKey, body string) (external.Ref, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.comment(by, "", ticketKey, body)
}

// EditField gives a field of an item a new value. A marker in a body stays, as it
// does when a person edits what he can see.
func (t *Tracker) EditField(by, id, field string, v ticket.Value) error {
	return t.act(id, func(it *item, now time.Time) error {
		if _, key := splitMarker(it.body); field == FieldBody && key != "" {
			v = ticket.Text(joinMarker(t.opts.tidy(FieldBody, v.Text()), key))
		}
		return t.set(it, by, field, v, now)
	})
}

// EditRaw replaces a body together with its marker.
func (t *Tracker) EditRaw(by, id, raw string) error {
	return t.act(id, func(it *item, now time.Time) error {
		return t.set(it, by, FieldBody, ticket.Text(raw), now)
	})
}

// AddLabel puts a label on a ticket.
func (t *Tracker) AddLabel(by, id, label string) error {
	return t.act(id, func(it *item, now time.Time) error {
		return t.set(it, by, FieldLabels, ticket.Set(append(it.labels.Elements(), label)...), now)
	})
}

// RemoveLabel takes a label off a ticket.
func (t *Tracker) RemoveLabel(by, id, label string) error {
	return t.act(id, func(it *item, now time.Time) error {
		return t.set(it, by, FieldLabels, without(it.labels, label), now)
	})
}

// Restrict lets only some see a ticket from now on, those that who names; all of the project, where
// it names nobody. Our own account is always one of them. A tracker where somebody did so once has
// tickets to hide from then on.
func (t *Tracker) Restrict(_, id, who string) error {
	return t.act(id, func(it *item, now time.Time) error {
		t.opts.Secludes = true
		t.caps = t.opts.capabilities()
		it.restricted = who
		t.changed(it, now)
		return nil
	})
}

// Delete deletes a ticket with its comments, or a comment.
func (t *Tracker) Delete(_, id string) error {
	return t.act(id, func(it *item, now time.Time) error {
		t.drop(it, now)
		return nil
	})
}

// act finds an item that exists and does something to it.
func (t *Tracker) act(id string, do func(*item, time.Time) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	it, err := t.find("act on", id)
	if err != nil {
		return err
	}
	return do(it, t.now())
}

// find returns an item that exists.
func (t *Tracker) find(verb, id string) (*item, error) {
	it := t.byID[id]
	switch {
	case it == nil:
		return nil, fail(external.NotFound, verb, id, "there is no such item")
	case it.gone:
		return nil, fail(external.Gone, verb, id, "the item was deleted")
	}
	return it, nil
}

// create makes a ticket; id is empty where the tracker chooses it.
func (t *Tracker) create(by, id string, f external.Fields) (external.Ref, error) {
	state := f[FieldState].Text()
	if state == "" {
		state = ticket.StateOpen
	}
	it := &item{
		kind: external.KindTicket, id: id, author: by, state: state,
		title: t.opts.tidy(FieldTitle, f[FieldTitle].Text()), body: t.opts.tidy(FieldBody, f[FieldBody].Text()),
		labels: f[FieldLabels], assignees: f[FieldAssignees],
	}
	for _, field := range []string{FieldTitle, FieldBody, FieldState} {
		if err := check(field, f[field].Text(), it.kind); err != nil && (field != FieldState || f[field].Text() != "") {
			return external.Ref{}, err
		}
	}
	if err := t.free(id); err != nil {
		return external.Ref{}, err
	}
	t.number++
	it.key = strconv.Itoa(t.number)
	if id == "" {
		it.id = "t" + it.key + t.mark
	}
	t.add(it)
	return it.ref(), nil
}

// comment makes a comment; id is empty where the tracker chooses it.
func (t *Tracker) comment(by, id, ticketKey, body string) (external.Ref, error) {
	parent := t.byKey[ticketKey]
	if parent == nil {
		return external.Ref{}, fail(external.NotFound, "comment on", ticketKey, "there is no such ticket")
	}
	if parent.gone {
		return external.Ref{}, fail(external.Gone, "comment on", ticketKey, "the ticket was deleted")
	}
	body = t.opts.tidy(FieldBody, body)
	if err := check(FieldBody, body, external.KindComment); err != nil {
		return external.Ref{}, err
	}
	if err := t.free(id); err != nil {
		return external.Ref{}, err
	}
	if id == "" {
		t.said++
		id = "c" + strconv.Itoa(t.said) + t.mark
	}
	it := &item{kind: external.KindComment, id: id, parent: parent.key, author: by, body: body}
	t.add(it)
	return it.ref(), nil
}

// free refuses an id that was ever used.
func (t *Tracker) free(id string) error {
	if id != "" && t.byID[id] != nil {
		return fail(external.Conflict, "create", id, "an item with this id exists already")
	}
	return nil
}

// set changes one field and shows it. A value that the field holds already changes
// nothing.
func (t *Tracker) set(it *item, by, field string, v ticket.Value, now time.Time) error {
	moved, err := t.put(it, by, field, v, now)
	if moved {
		t.changed(it, now)
	}
	return err
}

// put changes one field and reports whether it holds another value now.
func (t *Tracker) put(it *item, by, field string, v ticket.Value, now time.Time) (bool, error) {
	text := t.opts.tidy(field, v.Text())
	if err := check(field, v.Text(), it.kind); err != nil {
		return false, err
	}
	before := it.text(field)
	switch field {
	case FieldTitle:
		if it.title == text {
			return false, nil
		}
		it.title = text
	case FieldBody:
		if it.body == text {
			return false, nil
		}
		it.body = text
	case FieldState:
		if it.state == text {
			return false, nil
		}
		it.state = text
	case FieldLabels:
		if it.labels.Equal(v) {
			return false, nil
		}
		it.labels = v
		t.learn(v)
	case FieldAssignees:
		if it.assignees.Equal(v) {
			return false, nil
		}
		it.assignees = v
	}
	if field != FieldLabels && field != FieldAssignees {
		t.remember(it, field, before, by, now)
	}
	return true, nil
}

// drop deletes an item, and a ticket's comments with it.
func (t *Tracker) drop(it *item, now time.Time) {
	it.gone = true
	t.changed(it, now)
	for _, c := range t.comments.all {
		if it.kind == external.KindTicket && c.parent == it.key && !c.gone {
			t.drop(c, now)
		}
	}
}

// check refuses what the tracker cannot hold.
func check(field, s string, kind external.Kind) error {
	refuse := func(why string) error { return fail(external.Invalid, "set", field, why) }
	switch field {
	case FieldTitle:
		if tidyTitle(s) == "" {
			return refuse("a title must not be empty")
		}
		if utf8.RuneCountInString(s) > MaxTitle {
			return refuse(fmt.Sprintf("a title may have %d characters", MaxTitle))
		}
	case FieldBody:
		if len(s) > MaxBody && utf8.RuneCountInString(s) > MaxBody {
			return refuse(fmt.Sprintf("a text may have %d characters", MaxBody))
		}
	case FieldState:
		if s != ticket.StateOpen && !ticket.IsClosed(s) {
			return refuse("want open, done, not_planned or duplicate")
		}
	case FieldLabels, FieldAssignees:
	default:
		return refuse("there is no such field")
	}
	if kind == external.KindComment && field != FieldBody {
		return refuse("a comment has a body alone")
	}
	return nil
}

func without(set ticket.Value, elem string) ticket.Value {
	return ticket.Set(slices.DeleteFunc(set.Elements(), func(e string) bool { return e == elem })...)
}

func fail(kind external.ErrorKind, verb, what, message string) error {
	return &external.Error{Kind: kind, Op: verb + " " + what, Message: message}
}
