package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// A project may be deleted outside, or renamed, and another one get its address. Numbers and
// keys there are given anew: what was said of one ticket would be said of a stranger's, and what was
// granted to one project would leave for another one. A session that finds that out ends, and the
// project rests. Who connects that address again means what bears it by now: nothing that was known
// by its number is believed any more before it has been read.

// another reports whether what bears the address of a project is not the one that was connected.
func (p *peer) another(now external.Project) bool {
	return now.ID != "" && p.project.ExternalID != "" && now.ID != p.project.ExternalID
}

// errAnother holds a session whose project is not there any more.
func errAnother(p *peer) error {
	return &HeldError{
		Reason: fmt.Sprintf("another project bears the address %s by now, and the one that was connected is deleted or renamed", p.project.Key),
		Remedy: "connect that one at its present address; to synchronise with this one instead, disconnect the project and connect it again",
	}
}

// whoIsThere tries the credential and finds the project. One that is connected again and is not to be found as
// what it was is looked for by its address.
func (e *Engine) whoIsThere(ctx context.Context, p *peer) (id external.Identity, ext external.Project, err error) {
	id, ext, err = probeProject(ctx, p)
	switch external.KindOf(err) {
	case external.NotFound, external.Gone, external.Moved:
	default:
		return id, ext, err
	}
	if p.project.Status != external.Configuring || p.project.ExternalID == "" {
		return id, ext, err
	}
	byAddress := *p
	byAddress.project.ExternalID = ""
	if byAddress.adapter, err = e.Adapters.For(ctx, byAddress.project); err != nil {
		return id, ext, fmt.Errorf("open the connection: %w", err)
	}
	return probeProject(ctx, &byAddress)
}

func probeProject(ctx context.Context, p *peer) (external.Identity, external.Project, error) {
	id, err := p.adapter.Probe(ctx)
	if err != nil || len(id.Missing) > 0 {
		return id, external.Project{}, err
	}
	ext, err := p.adapter.Project(ctx)
	return id, ext, err
}

// doubtNumbers forgets what was known of a project by its numbers: tickets are read before anything is
// done about them, and milestones and the like are looked up by their titles. It is done page by page,
// and may be repeated.
func (e *Engine) doubtNumbers(ctx context.Context, projectID string) error {
	forget := map[external.Kind]func(context.Context, store.Tx, store.Link) error{
		external.KindTicket: func(ctx context.Context, tx store.Tx, l store.Link) error {
			if l.ExternalID == "" || over(l) {
				return nil
			}
			return e.doubt(ctx, tx, l)
		},
		external.KindContainer: forgetContainer,
	}
	for kind, do := range forget {
		for after, full := "", true; full; {
			var page []store.Link
			err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
				page, err = tx.LinksOf(ctx, projectID, kind, after, replanPage)
				for _, l := range page {
					if err == nil {
						err = do(ctx, tx, l)
					}
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("forget another project's numbers: %w", err)
			}
			if full = len(page) == replanPage; full { // not before: the transaction may have run twice
				after = page[len(page)-1].ID
			}
		}
	}
	return nil
}

// collides notes that an item which nobody knows has the number of one that is linked: that one is gone, or
// this is another project. It is read before anything is done about it.
func (e *Engine) collides(ctx context.Context, tx store.Tx, p *peer, item external.Item) error {
	if item.Kind != external.KindTicket || item.Key == "" || item.Gone {
		return nil
	}
	l, err := tx.LinkByKey(ctx, p.project.ID, item.Kind, item.Key)
	if errors.Is(err, store.ErrNotFound) || err == nil && (l.ExternalID == "" || l.ExternalID == item.ID || !l.Active()) {
		return nil
	}
	if err != nil {
		return err
	}
	p.collided = true
	return errors.Join(collide(ctx, tx, p.project.ID, true), e.doubt(ctx, tx, l))
}

// askWhoIsThere has a project that seems to be another one tell which it is, and ends the session if it is.
func (e *Engine) askWhoIsThere(ctx context.Context, r Run, p *peer) error {
	if !p.collided {
		return nil
	}
	_, err := e.readdress(ctx, r, p)
	return err
}

// streamAnother names the cursor that says that another project seems to bear the address. Each session asks
// then whether one does, before anything else: whoever lets the project go on need not have seen to it.
const streamAnother external.Stream = "another"

func collide(ctx context.Context, tx store.Tx, projectID string, does bool) error {
	c := external.Cursor{Stream: streamAnother}
	if does {
		c.Page = "it seems so"
	}
	return tx.PutCursor(ctx, projectID, c)
}

func collided(ctx context.Context, tx store.Tx, projectID string) (bool, error) {
	c, err := tx.Cursor(ctx, projectID, streamAnother)
	return c.Page != "", err
}
