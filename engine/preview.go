package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Preview says what the first synchronisation would do.
type Preview struct {
	CreateOutside int // tickets and comments that would be created outside
	Withheld      int // that privacy keeps here
	// Twins is how many of the tickets here seem to exist outside: a person is asked about
	// each before it is created on the other side.
	Twins int
	// Outside is how many tickets outside were read for that, and Part says that there are
	// more, which the first session reads; see PreviewTwins.
	Outside int
	Part    bool
}

// Preview links what exists here and counts what would leave. It reads nothing outside, so
// that twins are counted among what was read before.
func (e *Engine) Preview(ctx context.Context, projectID string) (Preview, error) {
	return e.previewWith(ctx, projectID, func(*peer) (*outside, error) { return nil, nil })
}

// PreviewTwins is Preview for somebody who is to approve it. It reads what stands outside
// first, and stores nothing of it: the count of twins is that of the questions which the first
// session asks (where edits of linked tickets are on their way, as in a project that was
// connected before, about that). It reads for two minutes or so, within the system's limits,
// and not on where it fails: Part says so then. Where nothing here may be told outside it
// reads nothing.
func (e *Engine) PreviewTwins(ctx context.Context, projectID string) (Preview, error) {
	return e.previewWith(ctx, projectID, func(p *peer) (*outside, error) {
		titles, err := e.titlesTold(ctx, p)
		if err != nil || len(titles) == 0 {
			return nil, err
		}
		return e.readOutside(ctx, p, titles)
	})
}

func (e *Engine) previewWith(ctx context.Context, projectID string, read func(*peer) (*outside, error)) (Preview, error) {
	var pv Preview
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.ProjectForUpdate(ctx, projectID); err != nil {
			return err
		}
		_, err := tx.Backfill(ctx, projectID, e.Clock.Now(), e.newLinkID)
		return err
	})
	if err != nil {
		return pv, fmt.Errorf("preview: %w", err)
	}
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return pv, fmt.Errorf("preview: %w", err)
	}
	seen, err := read(p)
	if err != nil {
		return pv, fmt.Errorf("preview: %w", err)
	}
	if seen != nil {
		pv.Outside, pv.Part = len(seen.titles), seen.part
	}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		err := e.backlog(ctx, p, kind, func(tx store.Tx, w *work, may bool) (count func(), err error) {
			twin := false
			if may {
				twin, err = e.seemsToStand(ctx, tx, p, w, seen)
			}
			return func() { pv.add(may && p.project.Direction.Out(), twin) }, err
		})
		if err != nil {
			return pv, fmt.Errorf("preview: %w", err)
		}
	}
	return pv, nil
}

// add counts a ticket or comment that has no item outside.
func (pv *Preview) add(leaves, twin bool) {
	if leaves {
		pv.CreateOutside++
	} else {
		pv.Withheld++
	}
	if twin {
		pv.Twins++
	}
}

// backlog tells of each ticket or comment of ours that has no item outside, and whether it
// may have one as far as privacy goes. What tell returns is done once its transaction is
// over, which the database may have had to run twice.
func (e *Engine) backlog(ctx context.Context, p *peer, kind external.Kind, tell func(tx store.Tx, w *work, may bool) (func(), error)) error {
	for after := ""; ; {
		var links []store.Link
		var told []func()
		err := e.Store.Tx(ctx, func(tx store.Tx) error {
			told = nil
			project, err := tx.Project(ctx, p.project.ID)
			if err != nil {
				return err
			}
			if links, err = tx.LinksOf(ctx, project.ID, kind, after, absentPage); err != nil {
				return err
			}
			for _, l := range links {
				if l.LocalID == "" || l.ExternalID != "" {
					continue
				}
				w := &work{link: l}
				if err := e.localOf(ctx, tx, w); err != nil {
					return err
				}
				grants, err := tx.Grants(ctx, w.ticket.ID)
				if err != nil {
					return err
				}
				may := outbound.Judge(project.ID, project.Rules, grants, w.ticket, w.comment).Out
				one, err := tell(tx, w, may)
				if err != nil {
					return err
				}
				told = append(told, one)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, one := range told {
			one()
		}
		if len(links) < absentPage {
			return nil
		}
		after = links[len(links)-1].ID
	}
}

// titlesTold returns the keys of the titles, as they would read outside, of all tickets that
// have no item there, and may. What a ticket hides has no part in what is read outside.
func (e *Engine) titlesTold(ctx context.Context, p *peer) (map[string]bool, error) {
	titles := map[string]bool{}
	err := e.backlog(ctx, p, external.KindTicket, func(_ store.Tx, w *work, may bool) (func(), error) {
		w.rules, w.screen = p.project.Rules, outbound.NewScreen(p.project.Rules)
		title, told := p.told(w, ticket.Title)
		key := ticket.TitleKey(title.Text())
		return func() {
			if may && told && key != "" {
				titles[key] = true
			}
		}, nil
	})
	return titles, err
}

// What a preview reads at most: a person waits for it.
const (
	previewTime = 2 * time.Minute
	previewText = 32 << 20 // bytes of the items that are kept
)

// outside is what stands outside, as it was read for a preview and not stored.
type outside struct {
	titles map[string]string          // the title of each ticket, as its key, by the id of its item
	alike  map[string][]external.Item // those that bear a title that is looked for, by its key
	part   bool                       // there are more
}

// readOutside reads the tickets outside, and keeps those that bear one of the titles.
func (e *Engine) readOutside(ctx context.Context, p *peer, wanted map[string]bool) (*outside, error) {
	seen := &outside{titles: map[string]string{}, alike: map[string][]external.Item{}}
	if !p.caps.Has(external.StreamTickets) {
		return seen, nil // nor does a session see any
	}
	until, size := e.Clock.Now().Add(previewTime), 0
	for next, first := "", true; first || next != ""; first = false {
		if seen.part = !first && (e.Clock.Now().After(until) || size > previewText); seen.part {
			return seen, nil
		}
		page, err := e.list(ctx, p, external.StreamTickets, external.Window{}, next)
		if err != nil {
			seen.part = true
			return seen, e.unlessOutside(ctx, p, err)
		}
		for _, item := range page.Items {
			if item.Kind == external.KindTicket && !item.Gone {
				size += seen.keep(p, storable(item), wanted)
			}
		}
		next = page.Next
	}
	return seen, nil
}

// unlessOutside returns an error unless it is one of the external system's: a preview goes
// without what that does not tell now.
func (e *Engine) unlessOutside(ctx context.Context, p *peer, err error) error {
	var vendor *external.Error
	var paced *PacedError
	if ctx.Err() != nil || !errors.As(err, &vendor) && !errors.As(err, &paced) {
		return err
	}
	e.Log.WarnContext(ctx, "a preview counts twins among a part of what is outside", "project", p.project.ID, "error", err.Error())
	return nil
}

// keep takes note of an item, in place of how it was shown before, and returns how much text
// is kept of it.
func (s *outside) keep(p *peer, item external.Item, wanted map[string]bool) (size int) {
	key := p.titleKey(item)
	if old, twice := s.titles[item.ID]; twice {
		s.alike[old] = slices.DeleteFunc(s.alike[old], func(i external.Item) bool { return i.ID == item.ID })
	}
	s.titles[item.ID] = key
	if !wanted[key] || len(s.alike[key]) > maxAlike { // more of them tell nothing
		return 0
	}
	s.alike[key] = append(s.alike[key], item)
	for _, v := range item.Fields {
		for _, text := range v.Elements() {
			size += len(text)
		}
	}
	return size
}

// shows reports whether an item was read for the preview.
func (s *outside) shows(externalID string) bool {
	if s == nil {
		return false
	}
	_, shown := s.titles[externalID]
	return shown
}

// bearing returns the items that bear a title.
func (s *outside) bearing(titleKey string) []external.Item {
	if s == nil {
		return nil
	}
	return s.alike[titleKey]
}

// addSeen adds the items that were read for a preview, with the links that some of them have.
func (e *Engine) addSeen(ctx context.Context, tx store.Tx, p *peer, s *sides, seen []external.Item) error {
	for _, item := range seen {
		l, err := tx.LinkByExternal(ctx, p.project.ID, item.Kind, item.ID)
		switch {
		case errors.Is(err, store.ErrNotFound): // the first session makes it
			l = store.Link{ID: "outside " + item.ID, ProjectID: p.project.ID, Kind: item.Kind, ExternalID: item.ID, State: store.Backlog}
		case err != nil:
			return err
		}
		s.links[l.ID] = l
		s.addItem(e, p, l, item)
	}
	return nil
}

// seemsToStand reports whether a ticket that has no item outside seems to stand there.
func (e *Engine) seemsToStand(ctx context.Context, tx store.Tx, p *peer, w *work, seen *outside) (bool, error) {
	if w.link.Kind != external.KindTicket {
		return false, nil
	}
	found, err := e.lookAmong(ctx, tx, p, ticket.TitleKey(w.ticket.Fields[ticket.Title].Text()), w.link.ID, seen)
	return found != nil, err
}
