package main

import (
	"context"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// pulled returns a world whose project holds n issues, already brought in.
func pulled(ctx context.Context, n, comments int) (*world, github.Counters, error) {
	w := newWorld()
	if comments == 0 {
		comments = -1 // the generator's word for none
	}
	if err := w.repo.Generate(n, model.GenerateOptions{Seed: 7, Comments: comments}); err != nil {
		return nil, github.Counters{}, err
	}
	calls, err := w.counted(func() error {
		if err := w.connect(ctx); err != nil {
			return err
		}
		return w.drain(ctx, store.Initial, true)
	})
	if err != nil {
		return nil, calls, err
	}
	c, err := w.links(ctx)
	if err == nil && (c.Tickets != n || c.Dirty > 0) {
		err = fmt.Errorf("%d of %d issues came in, %d links are not settled", c.Tickets, n, c.Dirty)
	}
	return w, calls, err
}

// firstPull counts the first reading of n issues with one comment each, connecting
// included.
func firstPull(n, goal int) scenario {
	title := fmt.Sprintf("first pull of %d issues with one comment each", n)
	return scenario{title, func(ctx context.Context) ([]Figure, error) {
		w, calls, err := pulled(ctx, n, 1)
		if err != nil {
			return nil, err
		}
		again, err := w.counted(func() error { return w.drain(ctx, store.Incremental, true) })
		return []Figure{
			figure(title+": calls", float64(calls.Total), "calls", float64(goal)),
			figure(title+": writes of a second sync", float64(again.Writes), "writes", 0),
		}, err
	}}
}

// idlePoll counts the calls of one poll when nothing changes, the worst of five, and
// those of them that were not answered 304. The first poll after a sync is left out:
// it learns the version that the others ask with.
func idlePoll(n int) scenario {
	title := fmt.Sprintf("idle poll at %d issues", n)
	return scenario{title, func(ctx context.Context) ([]Figure, error) {
		w, _, err := pulled(ctx, n, 0)
		if err != nil {
			return nil, err
		}
		var worst, full int
		for round := range 6 {
			if err := w.clock.Sleep(ctx, 5*time.Minute); err != nil {
				return nil, err
			}
			c, err := w.counted(func() error { return w.quietPoll(ctx) })
			if err != nil {
				return nil, err
			}
			if worst = max(worst, c.Total); round > 0 {
				full = max(full, c.Total-c.NotModified)
			}
		}
		return []Figure{
			figure(title+": calls", float64(worst), "calls", 2),
			figure(title+": of which not answered 304", float64(full), "calls", 0),
		}, nil
	}}
}

// quietPoll polls and fails when the poll wants a session.
func (w *world) quietPoll(ctx context.Context) error {
	res, err := w.engine.Poll(ctx, w.project)
	if err == nil && (res.Changed || res.Pending) {
		err = fmt.Errorf("an idle poll asks for a session: %+v", res)
	}
	return err
}

// webhookIn counts the calls from a webhook about an issue that a person edited to
// the new value in the local ticket.
func webhookIn() scenario {
	title := "webhook to local ticket"
	return scenario{title, func(ctx context.Context) ([]Figure, error) {
		w, _, err := pulled(ctx, 10, 1)
		if err != nil {
			return nil, err
		}
		const edited = "edited by a person on GitHub"
		l, err := w.issueLink(ctx, "3")
		if err != nil {
			return nil, err
		}
		text := edited
		act := github.Act{Repo: owner + "/" + name, Login: "ada-m", Do: "edit", Issue: 3, Title: &text}
		if _, err := w.sim.Act(act); err != nil {
			return nil, err
		}
		calls, err := w.counted(func() error {
			ref := external.Ref{Kind: external.KindTicket, ID: l.ExternalID, Key: l.ExternalKey}
			if err := w.engine.Hint(ctx, w.project, []external.Ref{ref}); err != nil {
				return err
			}
			return w.drain(ctx, store.Incremental, false)
		})
		if err != nil {
			return nil, err
		}
		t, err := w.ticket(ctx, l.LocalID)
		if err == nil && t.Fields[ticket.Title].Text() != edited {
			err = fmt.Errorf("the edit did not arrive: the local title is %q", t.Fields[ticket.Title].Text())
		}
		return []Figure{figure(title+": calls", float64(calls.Total), "calls", 2)}, err
	}}
}

// issueLink finds the link of an issue by its number.
func (w *world) issueLink(ctx context.Context, number string) (l store.Link, err error) {
	err = w.store.Tx(ctx, func(tx store.Tx) (err error) {
		l, err = tx.LinkByKey(ctx, w.project, external.KindTicket, number)
		return err
	})
	return l, err
}

func (w *world) ticket(ctx context.Context, id string) (t ticket.Ticket, err error) {
	err = w.store.Tx(ctx, func(tx store.Tx) (err error) {
		t, err = tx.Ticket(ctx, id)
		return err
	})
	return t, err
}
