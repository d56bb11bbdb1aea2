package model

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Project is one list of tickets with their comments.
type Project struct {
	Key     string
	w       *World
	records []*record // in order of creation
	byID    map[int64]*record
	number  int
}

// record is the life of one item.
type record struct {
	states []Item // oldest first; the last is the present one
	since  []time.Time
}

func (r *record) now() Item { return r.states[len(r.states)-1] }

// seen is the item as lists show it, and whether they show it at all.
func (r *record) seen(at time.Time) (Item, bool) {
	for n := len(r.states) - 1; n >= 0; n-- {
		if !r.since[n].After(at) {
			return r.states[n], !r.states[n].Deleted
		}
	}
	return Item{}, false
}

// Draft is what a new item is made of.
type Draft struct {
	Kind        string
	Parent      string // a comment's ticket: its Key
	ExternalKey string
	Patch       Patch
}

// Create makes an item.
func (p *Project) Create(actor string, d Draft) (Item, error) {
	i := Item{Kind: d.Kind, Author: actor, ExternalKey: d.ExternalKey, Parent: d.Parent}
	if d.Kind == Ticket {
		i.State = States()[0]
	} else if _, err := p.ByKey(d.Parent); err != nil {
		return Item{}, err
	}
	i, err := i.apply(d.Patch)
	if err != nil {
		return Item{}, err
	}
	i.ID = p.w.nextID()
	i.Key = strconv.FormatInt(i.ID, 10)
	if d.Kind == Ticket {
		p.number++
		i.Key = strings.ToUpper(p.Key) + "-" + strconv.Itoa(p.number)
	}
	r := &record{}
	p.records, p.byID[i.ID] = append(p.records, r), r
	i.Created = p.w.stamp()
	return p.store(r, actor, "created", i), nil
}

// store adds a state and tells of it.
func (p *Project) store(r *record, actor, what string, i Item) Item {
	p.w.sequence++
	i.Updated, i.Sequence = p.w.stamp(), p.w.sequence
	r.states, r.since = append(r.states, i), append(r.since, p.w.Now())
	if p.w.o.Touch && i.Kind == Comment {
		p.touch(i.Parent)
	}
	p.w.emit(Event{Name: i.Kind + "." + what, Project: p.Key, Actor: actor, Item: i, At: p.w.Now()})
	return i
}

// touch moves a ticket's stamp without an event.
func (p *Project) touch(key string) {
	i, err := p.ByKey(key)
	if err != nil {
		return // its ticket is deleted: there is nothing to move
	}
	r := p.byID[i.ID]
	i.Updated = p.w.stamp()
	r.states, r.since = append(r.states, i), append(r.since, p.w.Now())
}

// Edit changes an item. An edit that changes nothing moves no stamp and makes no event.
func (p *Project) Edit(actor, kind string, id int64, patch Patch) (Item, error) {
	had, err := p.Find(kind, id)
	if err != nil {
		return Item{}, err
	}
	i, err := had.apply(patch)
	if err != nil || i.same(had) {
		return had, err
	}
	return p.store(p.byID[id], actor, "updated", i), nil
}

// Delete removes an item; a ticket's comments go with it.
func (p *Project) Delete(actor, kind string, id int64) (Item, error) {
	i, err := p.Find(kind, id)
	if err != nil {
		return Item{}, err
	}
	for _, r := range p.records {
		if c := r.now(); kind == Ticket && c.Kind == Comment && c.Parent == i.Key && !c.Deleted {
			c.Deleted = true
			p.store(r, actor, "deleted", c)
		}
	}
	i.Deleted = true
	return p.store(p.byID[id], actor, "deleted", i), nil
}

// Find returns an item as it is. A deleted one is an error of status 410, an unknown one of status 404.
func (p *Project) Find(kind string, id int64) (Item, error) {
	r := p.byID[id]
	switch {
	case r == nil || r.now().Kind != kind:
		return Item{}, notFound(kind)
	case r.now().Deleted:
		return Item{}, &Error{Status: http.StatusGone, Message: "this " + kind + " was deleted"}
	}
	return r.now(), nil
}

// ByKey returns the ticket with the key.
func (p *Project) ByKey(key string) (Item, error) {
	for _, r := range p.records {
		if i := r.now(); i.Kind == Ticket && i.Key == key && !i.Deleted {
			return i, nil
		}
	}
	return Item{}, notFound(Ticket)
}

// All returns the present items of a kind in order of creation, deleted ones left out.
func (p *Project) All(kind string) []Item {
	var out []Item
	for _, r := range p.records {
		if i := r.now(); i.Kind == kind && !i.Deleted {
			out = append(out, i)
		}
	}
	return out
}

// List returns up to limit items of a kind that changed at or after since, as lists show them now, in ascending order of change,
// beginning behind the cursor; next is empty on the last page. The cursor is a position, so that items which move meanwhile push
// no others across a page border.
func (p *Project) List(kind string, since time.Time, cursor string, limit int) (page []Item, next string, err error) {
	after, id, err := parseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	shown := p.w.Now().Add(-p.w.o.Lag)
	for _, r := range p.records {
		i, visible := r.seen(shown)
		if !visible || i.Kind != kind || i.Updated.Before(since) {
			continue
		}
		if cursor == "" || i.Updated.UnixNano() > after || i.Updated.UnixNano() == after && i.ID > id {
			page = append(page, i)
		}
	}
	slices.SortFunc(page, func(a, b Item) int {
		return cmp.Or(a.Updated.Compare(b.Updated), cmp.Compare(a.ID, b.ID))
	})
	if len(page) <= limit {
		return page, "", nil
	}
	last := page[limit-1]
	return page[:limit], strconv.FormatInt(last.Updated.UnixNano(), 10) + "." + strconv.FormatInt(last.ID, 10), nil
}

func parseCursor(s string) (at, id int64, err error) {
	if s == "" {
		return 0, 0, nil
	}
	before, behind, _ := strings.Cut(s, ".")
	at, err1 := strconv.ParseInt(before, 10, 64)
	id, err2 := strconv.ParseInt(behind, 10, 64)
	if err1 != nil || err2 != nil {
		return 0, 0, &Error{Status: http.StatusBadRequest, Message: "cursor is not one of ours"}
	}
	return at, id, nil
}
