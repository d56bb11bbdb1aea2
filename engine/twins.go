package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/twin"
)

// double is a ticket here and an item outside that may be one: their links, and why.
type double struct {
	here, there store.Link
	item        external.Item
	reason      string
}

// Why an item outside that looks like a ticket here does not come in.
const (
	heldTwin = "held: it may be the twin of a ticket here; decide the conflict that asks about it"
	nextTwin = "held: it looks like a ticket here, about which a person is asked first"
)

// maxAlike bounds how many links of one title are looked at. What more of them bear tells
// nothing about two.
const maxAlike = 20

// gatherTwin finds out whether a ticket that is to be made, on either side, seems to exist
// on the other. It reads what is stored and calls nobody. The ticket's link asks; the
// item's waits.
func (e *Engine) gatherTwin(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if w.link.Kind != external.KindTicket || w.wait != "" {
		return nil
	}
	if c, asked := w.conflicts[whole]; asked && c.Kind == store.TwinCreated {
		return e.gatherAsked(ctx, tx, p, w, c)
	}
	if w.link.LocalID == "" {
		return e.gatherOutside(ctx, tx, p, w)
	}
	if !unpaired(w.link, w.seen) || p.project.Restored.Open() || isRepeated(w.link) { // what looks alike may be its own
		return nil
	}
	found, err := e.lookAlike(ctx, tx, p, ticket.TitleKey(w.ticket.Fields[ticket.Title].Text()), w.link.ID)
	w.twin = found
	return err
}

// unpaired reports whether a ticket of ours has no item outside, and nothing stands in the
// way of one: none was made yet, or the one it had is gone.
func unpaired(l store.Link, o *store.Observation) bool {
	switch {
	case l.LocalID == "":
		return false
	case l.ExternalID == "": // there is nothing to be taken back, whoever asked for it
		return l.State == store.Backlog
	case l.TakeBack != "":
		return false
	}
	return o != nil && o.Item.Gone && o.Item.MovedTo == "" && (l.State == store.Live || l.State == store.MaybeGone)
}

// gatherAsked brings up the item that a person was asked about. It is none any more when
// it belongs to another ticket or is gone, or the ticket has an item or may not go there.
func (e *Engine) gatherAsked(ctx context.Context, tx store.Tx, p *peer, w *work, c store.Conflict) error {
	there, err := tx.LinkByExternal(ctx, p.project.ID, external.KindTicket, c.Twin)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	o, err := tx.Observation(ctx, p.project.ID, external.KindTicket, c.Twin)
	if err != nil {
		return err
	}
	open := unpaired(w.link, w.seen) && !w.ticket.Deleted && e.verdict(p, w).Out
	if open && there.LocalID == "" && !o.Item.Gone && (there.State == store.ParkedLink || there.State == store.Backlog) {
		w.twin = &double{w.link, there, o.Item, c.Reason}
	}
	return nil
}

// gatherOutside holds an item that came in while a person is asked, or is to be, whether it
// is the twin of a ticket here.
func (e *Engine) gatherOutside(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if w.seen == nil || w.seen.Item.Gone || p.doubts(w) || w.link.State != store.Backlog {
		return nil
	}
	about, err := tx.TwinConflicts(ctx, p.project.ID, w.link.ExternalID)
	if err != nil {
		return err
	}
	for _, c := range about {
		if !c.Closed() {
			w.wait = heldTwin
			return nil
		}
	}
	if p.project.Restored.Open() {
		return nil
	}
	if w.twin, err = e.lookAlike(ctx, tx, p, w.seen.TitleKey, w.link.ID); err == nil && w.twin != nil {
		w.wait, w.waitTil = nextTwin, e.Clock.Now().Add(restlessDelay)
	}
	return err
}

// lookAlike looks among what bears a title for the only partner of a link; nil: there is
// none.
func (e *Engine) lookAlike(ctx context.Context, tx store.Tx, p *peer, titleKey, linkID string) (*double, error) {
	return e.lookAmong(ctx, tx, p, titleKey, linkID, nil)
}

// lookAmong is lookAlike with what was read outside for a preview, which counts for more than
// what is stored of the same items.
func (e *Engine) lookAmong(ctx context.Context, tx store.Tx, p *peer, titleKey, linkID string, seen *outside) (*double, error) {
	links, err := tx.LinksAlike(ctx, p.project.ID, titleKey, maxAlike+1)
	if err != nil || len(links)+len(seen.bearing(titleKey)) < 2 || len(links) > maxAlike {
		return nil, err
	}
	s := sides{links: map[string]store.Link{}, items: map[string]external.Item{}}
	for _, l := range links {
		s.links[l.ID] = l
		err := e.addHere(ctx, tx, p, &s, l, titleKey)
		if err == nil && !seen.shows(l.ExternalID) {
			err = e.addThere(ctx, tx, p, &s, l, titleKey)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := e.addSeen(ctx, tx, p, &s, seen.bearing(titleKey)); err != nil || len(s.links) < 2 || len(s.links) > maxAlike {
		return nil, err
	}
	apart, err := e.toldApart(ctx, tx, p, s)
	if err != nil {
		return nil, err
	}
	for _, pair := range twin.Find(s.here, s.there, apart) {
		if pair.Here == linkID || pair.There == linkID {
			return &double{s.links[pair.Here], s.links[pair.There], s.items[pair.There], pair.Reason}, nil
		}
	}
	return nil, nil
}

// sides are the candidates of one title, by the ids of their links.
type sides struct {
	here, there []twin.Candidate
	links       map[string]store.Link
	items       map[string]external.Item
}

// addHere adds the ticket of a link. One that may not leave for the project is not there at
// all: what depends on it would tell of it outside.
func (e *Engine) addHere(ctx context.Context, tx store.Tx, p *peer, s *sides, l store.Link, titleKey string) error {
	if l.LocalID == "" || l.State == store.Tombstone {
		return nil
	}
	w := &work{link: l, rules: p.project.Rules, screen: outbound.NewScreen(p.project.Rules)}
	var err error
	if w.ticket, err = tx.Ticket(ctx, l.LocalID); err != nil {
		return err
	}
	if w.grants, err = tx.Grants(ctx, l.LocalID); err != nil {
		return err
	}
	title, told := p.told(w, ticket.Title)
	if w.ticket.Deleted || !told || !e.verdict(p, w).Out || ticket.TitleKey(title.Text()) != titleKey {
		return nil
	}
	taken, err := e.takenHere(ctx, tx, l)
	if err != nil {
		return err
	}
	body, told := p.told(w, ticket.Body)
	s.here = append(s.here, twin.Candidate{
		ID: l.ID, Kind: l.Kind, Title: title.Text(), Body: body.Text(), Silent: !told, Names: []string{w.ticket.ID}, Taken: taken,
	})
	return nil
}

// takenHere reports whether the ticket of a link has its item, or is on its way to one.
func (e *Engine) takenHere(ctx context.Context, tx store.Tx, l store.Link) (bool, error) {
	var seen *store.Observation
	if l.ExternalID != "" {
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		seen = &o
	}
	if !unpaired(l, seen) || l.State == store.Live && seen != nil && seen.Hash == "" { // what was gone may be there again: nobody waits until it was read
		return true, nil
	}
	open, err := tx.LinkConflicts(ctx, l.ID)
	if err != nil {
		return false, err
	}
	for _, c := range open {
		if c.Kind == store.TwinCreated || c.Field == whole && c.State == store.Decided {
			return true, nil
		}
	}
	intents, err := tx.LinkIntents(ctx, l.ID)
	for _, i := range intents {
		if i.State == store.Sent {
			return true, err
		}
	}
	return false, err
}

// addThere adds the external item of a link, as it was seen last.
func (e *Engine) addThere(ctx context.Context, tx store.Tx, p *peer, s *sides, l store.Link, titleKey string) error {
	if l.ExternalID == "" {
		return nil
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || o.Item.Gone || o.TitleKey != titleKey {
		return err
	}
	s.addItem(e, p, l, o.Item)
	return nil
}

// addItem adds an item that stands outside, unless only some may see it there: to ask about it would
// tell of it. One that we made has its ticket, and its number is younger than most texts here: who
// names that number means another.
func (s *sides) addItem(e *Engine, p *peer, l store.Link, item external.Item) {
	if item.Restricted() != "" {
		return
	}
	names := namesOf(item)
	ours := e.isOurs(p, item.CreateKey)
	if ours {
		names = nil
	}
	fields := canonical(p, item)
	s.there = append(s.there, twin.Candidate{
		ID: l.ID, Kind: l.Kind, Title: fields[ticket.Title].Text(), Body: p.normalize(l.Kind)(ticket.Body, fields[ticket.Body]).Text(),
		Names: names, Taken: l.LocalID != "" || l.State != store.Backlog || ours,
	})
	s.items[l.ID] = item
}

// namesOf is what people call an external item by in a text: its number or key, and its address.
func namesOf(item external.Item) []string {
	key := item.Key
	if strings.Trim(key, "0123456789") == "" {
		key = "#" + key
	}
	return []string{key, item.URL}
}

// told returns a field of a ticket as it would read outside, and whether it may be told
// there at all.
func (p *peer) told(w *work, f ticket.Field) (ticket.Value, bool) {
	r := p.mapping.Rule(w.link.Kind, f)
	if r == nil {
		return ticket.Value{}, false
	}
	v, stays := w.screen.Field(f, r.Prose, w.ticket.Fields[f])
	return p.normalize(w.link.Kind)(f, v), stays == ""
}

// toldApart returns what a person has said already about the candidates.
func (e *Engine) toldApart(ctx context.Context, tx store.Tx, p *peer, s sides) (func(here, there string) bool, error) {
	type two struct{ ticket, item string }
	apart := map[two]bool{}
	if len(s.here) > 0 {
		for _, c := range s.there {
			about, err := tx.TwinConflicts(ctx, p.project.ID, s.items[c.ID].ID)
			if err != nil {
				return nil, err
			}
			for _, c := range about {
				if c.Choice == store.ChooseSeparate {
					apart[two{c.TicketID, c.Twin}] = true
				}
			}
		}
	}
	return func(here, there string) bool {
		return apart[two{s.links[here].LocalID, s.items[there].ID}]
	}, nil
}

// areApart reports whether a person has said that a ticket and an item are not one.
func areApart(ctx context.Context, tx store.Tx, projectID, ticketID, itemID string) (bool, error) {
	about, err := tx.TwinConflicts(ctx, projectID, itemID)
	return slices.ContainsFunc(about, func(c store.Conflict) bool { return c.TicketID == ticketID && c.Choice == store.ChooseSeparate }), err
}

// twinInput tells the planner of the item that may be the ticket's twin.
func (w *work) twinInput(in *plan.Input) {
	if w.twin == nil || w.link.LocalID == "" {
		return
	}
	shown := namesOf(w.twin.item)[0] + ", not linked"
	in.Twin = &plan.Twin{ID: w.twin.item.ID, Shown: ticket.Text(shown), Reason: w.twin.reason}
}
