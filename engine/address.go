package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// A project that is renamed outside is still the same: its links go on. Where the system
// addresses projects by name, reads are led on from the old name and writes are refused.
// The present name is learnt when a write is refused so, and at each sweep.
//
// So is the name of our own account, which people rename, too, or replace by another one with the
// credential: what it made is told from what others did by that name.

// address is by what names a project is found, and we are known there.
type address struct {
	external.Project
	login string // empty: not told
}

// readdress asks a project for its present address, and reports whether it has another
// than the one that is known.
func (e *Engine) readdress(ctx context.Context, r Run, p *peer) (bool, error) {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return false, err
	}
	var now address
	var err error
	if now.Project, err = p.adapter.Project(ctx); err == nil && !p.another(now.Project) {
		now.login, err = e.account(ctx, p) // without it the project may have another name all the same
	}
	switch external.KindOf(err) {
	case external.Unauthorised, external.RateLimited:
		return false, e.vendorError(ctx, p, err)
	}
	if ctx.Err() != nil || now.Key == "" { // whatever it is, it is not a new name
		return false, ctx.Err()
	}
	return e.renamed(ctx, r, p, now)
}

// account asks whom we speak as, where one call tells it that changes nothing. Elsewhere a new
// credential and a proof tell it, and nothing else does.
func (e *Engine) account(ctx context.Context, p *peer) (string, error) {
	teller, can := p.adapter.(adapters.AccountTeller)
	if !can {
		return "", nil
	}
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return "", err
	}
	return teller.Account(ctx)
}

// askWhoIsWho asks who bears the project's address, and whom we speak as, where there is a reason to.
func (e *Engine) askWhoIsWho(ctx context.Context, r Run, p *peer) error {
	if err := e.askWhoIsThere(ctx, r, p); err != nil {
		return err
	}
	return e.askWhoWeAre(ctx, r, p)
}

// askWhoWeAre asks whom we speak as where a create is of unknown outcome: what it made is known by its author,
// too, and our account may have another name since it was asked last.
func (e *Engine) askWhoWeAre(ctx context.Context, r Run, p *peer) error {
	if _, can := p.adapter.(adapters.AccountTeller); !can {
		return nil
	}
	lost := false
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		open, err := tx.OpenIntents(ctx, p.project.ID)
		lost = slices.ContainsFunc(open, func(i store.Intent) bool { return i.State == store.Sent && i.Verb == verbCreate })
		return err
	})
	if err != nil || !lost {
		return err
	}
	_, err = e.readdress(ctx, r, p)
	return err
}

// wentOutAs reports whether an account is the one that a write went out under, by the name of
// then, or by the one of now, which a renamed account has in what it did before, too.
func (p *peer) wentOutAs(i store.Intent, account string) bool {
	return account == p.project.Login || account != "" && account == i.Login
}

// renamed takes the present name of a project over, and of our account there, if it has another one
// than before. It reports whether the project has.
func (e *Engine) renamed(ctx context.Context, r Run, p *peer, now address) (bool, error) {
	if now.login == "" {
		now.login = p.project.Login
	}
	another := p.another(now.Project)
	known := now.Key == p.project.Key && now.login == p.project.Login && !p.collided
	if !another && (now.ID != p.project.ExternalID || now.Key == "" || known) {
		return false, nil
	}
	var project store.Project
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if project, err = e.fence(ctx, tx, r); err != nil {
			return err
		}
		if err := collide(ctx, tx, project.ID, another); err != nil || another {
			return err
		}
		was := project
		project.Key = now.Key
		if project.SpeakAs(now.login); was.Key == project.Key && was.Login == project.Login {
			return nil
		}
		if err := tx.UpdateProject(ctx, project); err != nil {
			return err
		}
		if was.Login != project.Login {
			err = e.auditProject(ctx, tx, project.ID, "sync", "account", "it speaks as another account than before")
		}
		if err == nil && was.Key != project.Key {
			err = e.auditProject(ctx, tx, project.ID, "sync", "renamed", was.Key+" -> "+project.Key)
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take over a new name: %w", err)
	}
	if p.collided = another; another {
		return false, errAnother(p)
	}
	moved := p.project.Key != project.Key
	p.project = project
	return moved, e.open(ctx, p)
}

// redirected deals with a write that was refused because something lives at another
// address now. If it is the project, the link is tried again at once; else its item, or the
// ticket of a comment, went elsewhere: that is read before anything else is planned.
func (e *Engine) redirected(ctx context.Context, r Run, p *peer, was store.Link, cause *external.Error) error {
	renamed, err := e.readdress(ctx, r, p)
	if err != nil {
		return err
	}
	if !renamed {
		if err := e.countFailure(ctx, r, was, cause); err != nil {
			return err
		}
	}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, was.ID)
		if err != nil {
			return err
		}
		switch {
		case renamed:
			return tx.MarkDirty(ctx, l.ID)
		case l.Kind == external.KindComment && l.Parent != "":
			parent, err := tx.Link(ctx, l.Parent)
			if err != nil {
				return err
			}
			return e.doubt(ctx, tx, parent)
		case l.ExternalID != "" && l.Active():
			return e.doubt(ctx, tx, l)
		}
		return nil
	})
}
