package memory

import (
	"context"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// titleSeen finds an external ticket by the title it was seen with last.
func (t *tx) titleSeen(o, old *store.Observation) {
	if o.Item.Kind != external.KindTicket {
		return
	}
	if old != nil && old.TitleKey == o.TitleKey {
		return
	}
	if old != nil && old.TitleKey != "" {
		t.observed.titled.of(linkKey{o.ProjectID, "", old.TitleKey}).remove(t.Store, o.Item.ID)
	}
	if o.TitleKey != "" {
		t.observed.titled.of(linkKey{o.ProjectID, "", o.TitleKey}).add(t.Store, o.Item.ID)
	}
}

// LinksAlike implements store.Links.
func (t *tx) LinksAlike(_ context.Context, projectID, titleKey string, limit int) ([]store.Link, error) {
	var found sorted // of this call alone
	note := func(id string, ok bool) {
		if at, had := slices.BinarySearch(found.ids, id); ok && !had {
			found.ids = slices.Insert(found.ids, at, id)
		}
	}
	if g := t.tickets.titled[titleKey]; g != nil {
		for _, id := range g.ids {
			link, ok := t.links.byLocal[linkKey{projectID, external.KindTicket, id}]
			note(link, ok && !t.tickets.rows[id].Deleted)
		}
	}
	if g := t.observed.titled[linkKey{projectID, "", titleKey}]; g != nil {
		for _, id := range g.ids {
			key := linkKey{projectID, external.KindTicket, id}
			link, ok := t.links.byExternal[key]
			note(link, ok && !t.observed.items[key].Item.Gone)
		}
	}
	found.ids = found.ids[:min(max(limit, 0), len(found.ids))]
	return t.linksIn(&found), nil
}

// AlikeTitles implements store.Links.
func (t *tx) AlikeTitles(_ context.Context, projectID, after string, limit int) ([]string, error) {
	bearers := map[string]int{}
	if g := t.links.ofProject[linkKey{projectID, external.KindTicket, ""}]; g != nil {
		for _, id := range g.ids {
			for key := range t.titlesOf(t.links.rows[id]) {
				bearers[key]++
			}
		}
	}
	var keys []string
	for key, n := range bearers {
		if n > 1 && key > after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys[:min(max(limit, 0), len(keys))], nil
}

// titlesOf returns the keys of the titles that the two sides of a link bear.
func (t *tx) titlesOf(l *store.Link) map[string]bool {
	keys := map[string]bool{}
	if tk := t.tickets.rows[l.LocalID]; tk != nil && !tk.Deleted {
		keys[ticket.TitleKey(tk.Fields[ticket.Title].Text())] = true
	}
	if o := t.observed.items[linkKey{l.ProjectID, l.Kind, l.ExternalID}]; o != nil && !o.Item.Gone {
		keys[o.TitleKey] = true
	}
	delete(keys, "")
	return keys
}
