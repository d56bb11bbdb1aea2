package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// mix is what a first push consists of.
type mix struct{ tickets, closed, comments, milestones int }

// calls is the promise: one for each of these, and ten for the rest.
func (m mix) calls() int { return m.tickets + m.closed + m.comments + m.milestones + 10 }

// firstPush counts a first push and how long it takes at GitHub's limits.
func firstPush(m mix) scenario {
	title := fmt.Sprintf("first push of %d tickets (%d closed, %d comments, %d missing milestones)",
		m.tickets, m.closed, m.comments, m.milestones)
	return scenario{title, func(ctx context.Context) ([]Figure, error) {
		w := newWorld()
		if err := w.connect(ctx); err != nil {
			return nil, err
		}
		if err := w.drain(ctx, store.Initial, true); err != nil {
			return nil, err
		}
		if err := w.writeTickets(ctx, m); err != nil {
			return nil, err
		}
		began := w.clock.Now()
		calls, err := w.counted(func() error { return w.drain(ctx, store.Initial, false) })
		if err != nil {
			return nil, err
		}
		took := w.clock.Now().Sub(began)
		if err := w.checkPushed(m); err != nil {
			return nil, err
		}
		again, err := w.counted(func() error { return w.drain(ctx, store.Incremental, true) })
		creates := m.tickets + m.comments + m.milestones
		return []Figure{
			figure(title+": calls", float64(calls.Total), "calls", float64(m.calls())),
			figure(title+": time at GitHub's limits", minutes(took), "minutes", 1.1*minutes(atLimits(creates, m.closed))),
			figure(title+": writes of a second sync", float64(again.Writes), "writes", 0),
		}, err
	}}
}

func minutes(d time.Duration) float64 { return math.Round(d.Minutes()*10) / 10 }

// atLimits is the least time that GitHub's published limits allow for so many calls
// that create content, among so many other writes: 500 an hour and 80 a minute of the
// former, and a second between any two. The goal is at most a tenth more.
func atLimits(creates, edits int) time.Duration {
	const perHour = 500
	full := (creates - 1) / perHour // hours that must pass before the last batch
	rest := creates - full*perHour
	return time.Duration(full)*time.Hour + time.Duration(rest+edits*rest/creates)*time.Second
}

// writeTickets fills the local side.
func (w *world) writeTickets(ctx context.Context, m mix) error {
	for n := range m.tickets {
		f := ticket.Fields{
			ticket.Title:  ticket.Text("Ticket " + strconv.Itoa(n)),
			ticket.Body:   ticket.Text("What ticket " + strconv.Itoa(n) + " is about."),
			ticket.Labels: ticket.Set("bug"),
		}
		// Spread over the whole, as in life.
		if n*m.closed/m.tickets != (n+1)*m.closed/m.tickets {
			f[ticket.State] = ticket.Text(ticket.StateDone)
		}
		if m.milestones > 0 {
			f[ticket.Milestone] = ticket.Text("Milestone " + strconv.Itoa(n*m.milestones/m.tickets))
		}
		t, err := w.engine.CreateTicket(ctx, f, ticket.Public, "ada")
		if err != nil {
			return err
		}
		if n*m.comments/m.tickets != (n+1)*m.comments/m.tickets {
			if _, err := w.engine.AddComment(ctx, t.ID, "A remark.", "", "ada"); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkPushed compares what GitHub holds with what was to be pushed.
func (w *world) checkPushed(m mix) error {
	var got mix
	w.repo.View(func(r *model.Repo) {
		for _, i := range r.All(true) {
			got.tickets++
			got.comments += i.Comments
			if i.State == "closed" {
				got.closed++
			}
		}
		got.milestones = len(r.Milestones())
	})
	if got != m {
		return fmt.Errorf("GitHub holds %+v, want %+v", got, m)
	}
	return nil
}

// edits counts what local edits of many tickets cost on their way out, in one
// session: each is looked at, written, and all are audited together.
func edits(title string, n int, perTicket float64, change func(ticket.Ticket) ticket.Fields) scenario {
	return scenario{title, func(ctx context.Context) ([]Figure, error) {
		w, _, err := pulled(ctx, max(10, 3*n), 0)
		if err != nil {
			return nil, err
		}
		for k := range n {
			if err := w.editTicket(ctx, strconv.Itoa(k+1), change); err != nil {
				return nil, err
			}
		}
		calls, err := w.counted(func() error { return w.drain(ctx, store.Incremental, false) })
		if err != nil {
			return nil, err
		}
		if err := w.checkSettled(ctx); err != nil {
			return nil, err
		}
		return []Figure{figure(title+": calls each", float64(calls.Total)/float64(n), "calls", perTicket)}, checkWrites(calls, n)
	}}
}

// editTicket edits the local ticket of an issue.
func (w *world) editTicket(ctx context.Context, number string, change func(ticket.Ticket) ticket.Fields) error {
	l, err := w.issueLink(ctx, number)
	if err != nil {
		return err
	}
	t, err := w.ticket(ctx, l.LocalID)
	if err != nil {
		return err
	}
	_, err = w.engine.EditTicket(ctx, t.ID, ticket.Patch{Seen: t.Revision, Set: change(t), By: "ada"})
	return err
}

func (w *world) checkSettled(ctx context.Context) error {
	c, err := w.links(ctx)
	if err == nil && c.Dirty > 0 {
		err = fmt.Errorf("%d links are not settled", c.Dirty)
	}
	return err
}

// checkWrites makes sure that cheap does not mean undone.
func checkWrites(c github.Counters, least int) error {
	if c.Writes < least {
		return fmt.Errorf("%d writes were made for %d edits", c.Writes, least)
	}
	return nil
}

func retitled(t ticket.Ticket) ticket.Fields {
	return ticket.Fields{ticket.Title: ticket.Text(t.Fields[ticket.Title].Text() + ", edited here")}
}

func labelled(t ticket.Ticket) ticket.Fields {
	labels := append(t.Fields[ticket.Labels].Elements(), "added-here")
	return ticket.Fields{ticket.Labels: ticket.Set(labels...)}
}

func unlabelled(t ticket.Ticket) ticket.Fields {
	labels := t.Fields[ticket.Labels].Elements()
	return ticket.Fields{ticket.Labels: ticket.Set(labels[:max(0, len(labels)-1)]...)}
}
