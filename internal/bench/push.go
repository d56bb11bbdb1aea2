package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// mix is what a first push consists of.
type mix struct {
	tickets, closed, comments, milestones int
	// planned: some have a priority, labels, an iteration and a milestone, and one each
	// names an iteration and a milestone that do not exist outside.
	planned bool
}

// What a planned mix names, as it is outside.
const (
	knownIteration = "Iteration 1"
	knownMilestone = "Release 1"
)

// write fills the local side.
func (w *world) writeTickets(ctx context.Context, m mix) error {
	for n := range m.tickets {
		t, err := w.Engine.CreateTicket(ctx, m.fields(n), ticket.Public, "ada")
		if err != nil {
			return err
		}
		if m.falls(n, m.comments) {
			if _, err := w.Engine.AddComment(ctx, t.ID, "A remark.", "", "ada"); err != nil {
				return err
			}
		}
	}
	return nil
}

// falls reports whether ticket n is one of so many that are spread over the whole, as in life.
func (m mix) falls(n, many int) bool { return n*many/m.tickets != (n+1)*many/m.tickets }

func (m mix) fields(n int) ticket.Fields {
	f := ticket.Fields{
		ticket.Title:  ticket.Text("Ticket " + strconv.Itoa(n)),
		ticket.Body:   ticket.Text("What ticket " + strconv.Itoa(n) + " is about."),
		ticket.Labels: ticket.Set("bug"),
	}
	if m.falls(n, m.closed) {
		f[ticket.State] = ticket.Text(ticket.StateDone)
	}
	if m.milestones > 0 {
		f[ticket.Milestone] = ticket.Text("Milestone " + strconv.Itoa(n*m.milestones/m.tickets))
	}
	if m.planned {
		m.plan(n, f)
	}
	return f
}

func (m mix) plan(n int, f ticket.Fields) {
	if n%2 == 0 {
		f[ticket.Labels] = ticket.Set("bug", "part-"+strconv.Itoa(n%10))
	}
	if n%3 == 0 {
		f[ticket.Priority] = ticket.Text(ticket.Priorities()[n%4])
	}
	if n%5 == 0 {
		f[ticket.Iteration], f[ticket.Milestone] = ticket.Text(knownIteration), ticket.Text(knownMilestone)
	}
	switch n {
	case m.tickets / 2:
		f[ticket.Iteration] = ticket.Text("An iteration that nobody made")
	case m.tickets/2 + 1:
		f[ticket.Milestone] = ticket.Text("A milestone that nobody made")
	}
}

// pushed is a first push that has happened.
type pushed struct {
	*world
	calls
	took time.Duration
}

func push(ctx context.Context, s system, m mix) (p pushed, err error) {
	if p.world, err = newWorld(s); err != nil {
		return p, err
	}
	if _, err := p.connect(ctx); err != nil {
		return p, err
	}
	if err := p.Drain(ctx, p.member, store.Initial, true); err != nil {
		return p, err
	}
	if err := p.writeTickets(ctx, m); err != nil {
		return p, err
	}
	began := p.Clock.Now()
	p.calls, err = p.count(func() error { return p.Drain(ctx, p.member, store.Initial, false) })
	p.took = p.Clock.Now().Sub(began)
	if err != nil {
		return p, err
	}
	meant := 0
	if m.planned {
		meant = 1 // what names a milestone that does not exist may have a call of its own
	}
	return p, s.accepted(p.calls, meant)
}

// quiet is the figure of a second synchronisation.
func (p pushed) quiet(ctx context.Context, title string) (Figure, error) {
	again, err := p.drain(ctx, store.Incremental, true)
	return p.system.figure(title+": writes of a second sync", float64(again.writes), "writes", 0), err
}

// firstPush counts a first push to GitHub and how long it takes at its limits. The
// promise is one call for each ticket, closed ticket, comment and missing milestone, and
// ten for the rest.
func firstPush(m mix) scenario {
	s := gitHub()
	title := fmt.Sprintf("first push of %d tickets (%d closed, %d comments, %d missing milestones)",
		m.tickets, m.closed, m.comments, m.milestones)
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		p, err := push(ctx, s, m)
		if err != nil {
			return nil, err
		}
		if err := checkPushed(p.site.Site, m); err != nil {
			return nil, err
		}
		second, err := p.quiet(ctx, title)
		creates := m.tickets + m.comments + m.milestones
		return []Figure{
			s.figure(title+": calls", float64(p.total), "calls", float64(creates+m.closed+10)),
			s.figure(title+": time at GitHub's limits", minutes(p.took), "minutes", 1.1*minutes(atLimits(creates, m.closed))),
			second,
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

// checkPushed compares what GitHub holds with what was to be pushed.
func checkPushed(site fleet.Site, m mix) error {
	s, ok := site.(*fleet.GitHub)
	if !ok {
		return fmt.Errorf("%s is not GitHub", site.System())
	}
	var got mix
	s.Repo.View(func(r *model.Repo) {
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

// bulkPush counts the writes of a first push to a system that makes many tickets in one
// call. Tickets that name what does not exist there, and is not ours to make, are
// refused and wait; all others arrive.
func bulkPush(s system, m mix, refused int, goal float64) scenario {
	title := fmt.Sprintf("first push of %d tickets (%d closed)", m.tickets, m.closed)
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		p, err := push(ctx, s, m)
		if err != nil {
			return nil, err
		}
		if err := p.arrived(ctx, m, refused); err != nil {
			return nil, err
		}
		second, err := p.quiet(ctx, title)
		figures := []Figure{
			s.judged(title+": writes", float64(p.writes), "writes", goal),
			s.told(title+": calls", float64(p.total), "calls"),
			s.told(title+": time at 0.1 s a call", math.Round(p.took.Seconds()*10)/10, "seconds"),
			second,
		}
		if p.points > 0 {
			figures = append(figures, s.told(title+": complexity, of 3,000,000 an hour", float64(p.points), "points"))
		}
		return figures, err
	}}
}

// arrived compares what the system shows with what was to be pushed, and what waits with
// what was to be refused. A person then mends what waits.
func (p pushed) arrived(ctx context.Context, m mix, refused int) error {
	links, err := p.Links(ctx, p.member, external.KindTicket)
	if err != nil {
		return err
	}
	waiting := slices.DeleteFunc(links, func(l store.Link) bool { return l.ExternalID != "" })
	if seen := len(p.site.Look()); seen != m.tickets-refused || len(waiting) != refused {
		return fmt.Errorf("%d tickets arrived and %d are refused; want %d and %d", seen, len(waiting), m.tickets-refused, refused)
	}
	for _, l := range waiting {
		if err := p.EditLocal(ctx, "ada", l.LocalID, ticket.Fields{ticket.Iteration: {}, ticket.Milestone: {}}); err != nil {
			return err
		}
	}
	if _, err := p.drain(ctx, store.Incremental, true); err != nil {
		return err
	}
	seen := p.site.Look()
	done := 0
	for _, t := range seen {
		if t.State == "Done" {
			done++
		}
	}
	if len(seen) != m.tickets || done != m.closed {
		return fmt.Errorf("%d tickets arrived, %d of them closed; want %d and %d", len(seen), done, m.tickets, m.closed)
	}
	return nil
}
