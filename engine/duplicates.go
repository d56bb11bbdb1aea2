package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/twin"
)

// Duplicates is one page of what looks alike in a project.
type Duplicates struct {
	Groups []Alike
	Next   string // pass it as after to go on; empty on the last page
}

// Alike is a group of tickets, here, outside or on both sides, that look like one made
// several times.
type Alike struct {
	twin.Group          // its IDs are those of links, in the order of Members
	Members    []Bearer // at least two
	Asked      string   // the id of the open conflict that asks about two of them, or empty
	Apart      bool     // a person has told two of them apart
	More       bool     // more bear the title than were looked at
}

// Bearer is one of a group: a ticket, an item outside, or a pair of both.
type Bearer struct {
	LinkID   string
	TicketID string       // empty: it does not exist here
	External external.Ref // its ID is empty: it does not exist outside
	URL      string
	State    store.LinkState
}

// maxPerTitle bounds how many of one title are listed.
const maxPerTitle = 50

// Duplicates proposes what may be one ticket made several times, on one side or across
// both, linked already or not: up to limit titles that come after the key after. It reads
// what is stored, and changes nothing. Nothing here ever leaves.
func (e *Engine) Duplicates(ctx context.Context, projectID, after string, limit int) (Duplicates, error) {
	var d Duplicates
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		d = Duplicates{}
		project, err := tx.Project(ctx, projectID)
		if err != nil {
			return err
		}
		m, err := e.mappings.inForce(ctx, tx, &project)
		if err != nil {
			return err
		}
		p := &peer{project: project, mapping: m, refs: references{here: map[string]string{}, there: map[string]string{}}}
		keys, err := tx.AlikeTitles(ctx, projectID, after, limit)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := e.alike(ctx, tx, p, key, &d); err != nil {
				return err
			}
		}
		if len(keys) == limit && limit > 0 {
			d.Next = keys[limit-1]
		}
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("look for duplicates: %w", err)
	}
	return d, nil
}

// alike adds the groups of one title.
func (e *Engine) alike(ctx context.Context, tx store.Tx, p *peer, titleKey string, d *Duplicates) error {
	links, err := tx.LinksAlike(ctx, p.project.ID, titleKey, maxPerTitle+1)
	if err != nil {
		return err
	}
	more := len(links) > maxPerTitle
	links = links[:min(len(links), maxPerTitle)]
	bearers := map[string]Bearer{}
	var list []twin.Candidate
	for _, l := range links {
		b := Bearer{LinkID: l.ID, TicketID: l.LocalID, External: refOf(l), State: l.State}
		c, err := bearer(ctx, tx, p, l, titleKey, &b)
		if err != nil {
			return err
		}
		if c.Title != "" { // else only some may see outside what it bears
			bearers[l.ID], list = b, append(list, c)
		}
	}
	for _, g := range twin.Groups(list) {
		a := Alike{Group: g, More: more}
		if more {
			a.Reason += fmt.Sprintf("; more than %d bear the title, and these are among the first", maxPerTitle)
		}
		for _, id := range g.IDs {
			a.Members = append(a.Members, bearers[id])
		}
		if err := e.said(ctx, tx, p, &a); err != nil {
			return err
		}
		d.Groups = append(d.Groups, a)
	}
	return nil
}

// bearer reads the side of a link that bears a title; ours, where both do.
func bearer(ctx context.Context, tx store.Tx, p *peer, l store.Link, titleKey string, b *Bearer) (twin.Candidate, error) {
	c := twin.Candidate{ID: l.ID, Kind: l.Kind}
	if l.ExternalID != "" {
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return c, err
		}
		if fields := canonical(p, o.Item); o.Item.Restricted() == "" {
			c.Title, c.Body = fields[ticket.Title].Text(), fields[ticket.Body].Text()
		}
		b.URL, c.Names = o.Item.URL, namesOf(o.Item)
		if err != nil || o.Item.Gone {
			b.External = external.Ref{}
		}
	}
	if l.LocalID == "" {
		return c, nil
	}
	t, err := tx.Ticket(ctx, l.LocalID)
	if err != nil {
		return c, err
	}
	if t.Deleted {
		b.TicketID = ""
	} else if title := t.Fields[ticket.Title].Text(); ticket.TitleKey(title) == titleKey {
		c.Title, c.Body, c.Names = title, t.Fields[ticket.Body].Text(), []string{t.ID}
	}
	return c, nil
}

// said adds what a person was asked about the members of a group, and has said.
func (e *Engine) said(ctx context.Context, tx store.Tx, p *peer, a *Alike) error {
	among := func(ticketID string) bool {
		return slices.ContainsFunc(a.Members, func(b Bearer) bool { return b.TicketID == ticketID })
	}
	for _, m := range a.Members {
		about, err := tx.TwinConflicts(ctx, p.project.ID, m.External.ID)
		if err != nil {
			return err
		}
		for _, c := range about {
			switch {
			case !among(c.TicketID):
			case c.State == store.OpenConflict:
				a.Asked = c.ID
			case c.Choice == store.ChooseSeparate:
				a.Apart = true
			}
		}
	}
	return nil
}
