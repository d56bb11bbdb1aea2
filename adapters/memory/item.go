package memory

import (
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// item is one ticket or comment. Its text holds the marker, as a vendor would keep
// it; faces are built once for each change and never altered afterwards.
type item struct {
	kind             external.Kind
	id, key, parent  string
	author           string
	created, updated time.Time

	title, body, state string
	labels, assignees  ticket.Value
	restricted         string // who alone may see it; empty: all of the project
	gone               bool
	home               *Tracker // where it was moved to, and what it is there
	there              *item

	seq   int // grows with each change
	face  *face
	shown *face   // what lists show; nil: not visible yet
	queue []*face // what lists will show, oldest first
	log   []revision
}

// face is an item as it can be read at one moment. Its maps are shared by all
// readers, who must not change them.
type face struct {
	seq     int
	item    external.Item // with the key taken out of the text
	key     string        // of the marker or the id that a client chose, if any
	raw     string        // the body as it stands, marker included
	visible time.Time     // when lists show it
}

// revision is one earlier or present value of a text field.
type revision struct {
	field, value, before, author string
	at                           time.Time
}

func (it *item) ref() external.Ref {
	return external.Ref{Kind: it.kind, ID: it.id, Key: it.key, Parent: it.parent}
}

// render builds the item's face.
func (it *item) render(clientIDs bool) *face {
	text, key := splitMarker(it.body)
	if clientIDs {
		text, key = it.body, it.id
	}
	f := make(external.Fields, 5)
	if it.kind == external.KindTicket {
		f[FieldTitle] = ticket.Text(it.title)
		f[FieldState] = ticket.Text(it.state)
		if !it.labels.IsEmpty() {
			f[FieldLabels] = it.labels
		}
		if !it.assignees.IsEmpty() {
			f[FieldAssignees] = it.assignees
		}
		if it.restricted != "" {
			f[external.RestrictedField] = ticket.Text(it.restricted)
		}
	}
	f[FieldBody] = ticket.Text(text)
	return &face{seq: it.seq, key: key, raw: it.body, item: external.Item{
		Ref: it.ref(), Fields: f, Author: it.author, CreatedAt: it.created, UpdatedAt: it.updated,
	}}
}

// add puts a new item into the tracker.
func (t *Tracker) add(it *item) {
	now := t.now()
	it.created = t.stamp(now)
	t.byID[it.id] = it
	f := t.feed(it.kind)
	f.all = append(f.all, it)
	if it.kind == external.KindTicket {
		t.byKey[it.key] = it
	}
	t.learn(it.labels)
	for _, field := range []string{FieldTitle, FieldBody, FieldState} {
		t.remember(it, field, "", it.author, now)
	}
	t.changed(it, now)
}

// changed stamps an item, and shows the change to lists and webhooks.
func (t *Tracker) changed(it *item, now time.Time) {
	it.updated = t.stamp(now)
	it.seq++
	it.face = it.render(t.opts.CreateKey == external.CreateKeyClientID)
	it.face.visible = now.Add(t.lag())
	t.feed(it.kind).write(it, now)
	t.events = append(t.events, Event{Seq: len(t.events), Item: it.face.item})
	if parent := t.byKey[it.parent]; it.kind == external.KindComment && t.opts.Touch && parent != nil {
		t.changed(parent, now)
	}
}

// remember appends the present value of a text field to the item's history.
func (t *Tracker) remember(it *item, field, before, author string, now time.Time) {
	if t.opts.History == external.HistoryNone {
		return
	}
	it.log = append(it.log, revision{field: field, value: it.text(field), before: before, author: author, at: t.stamp(now)})
}

// text returns a text field as it stands.
func (it *item) text(field string) string {
	switch field {
	case FieldTitle:
		return it.title
	case FieldState:
		return it.state
	}
	return it.body
}

// learn creates labels that were never used before.
func (t *Tracker) learn(labels ticket.Value) {
	if labels.IsEmpty() {
		return
	}
	for _, l := range labels.Elements() {
		if !slices.Contains(t.labels, l) {
			t.labels = append(t.labels, l)
		}
	}
}

// feed returns the list that items of a kind stand in.
func (t *Tracker) feed(k external.Kind) *feed {
	if k == external.KindComment {
		return &t.comments
	}
	return &t.tickets
}
