package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// The values of step four.
const (
	titleHere    = "Crash on empty nested vectors"
	titleOutside = "rho 0 0 crashes"
	titleDecided = "rho 0 0 crashes on empty nested vectors"
)

// editBoth makes a conflict, shows it and decides it. The project is paused meanwhile,
// so that neither edit travels before the other is made.
func (p *play) editBoth(ctx context.Context) error {
	if _, err := p.Pause(ctx, p.project); err != nil {
		return err
	}
	t, err := p.Ticket(ctx, p.writes[1].id)
	if err != nil {
		return err
	}
	number := keyOf(t, p.project)
	here, outside := titleHere, titleOutside
	if err := p.GitHub.act(number, github.Act{Do: "edit", Title: &outside}); err != nil {
		return err
	}
	if _, err := p.EditTicket(ctx, t.ID, t.Revision, v1.TicketEdit{Title: &here}); err != nil {
		return err
	}
	if _, err := p.Resume(ctx, p.project, false); err != nil {
		return err
	}
	c, err := p.found(ctx)
	if err != nil {
		return err
	}
	p.say("   a conflict in the %s of issue %s; nothing is overwritten", c.Field, number)
	p.say("      both agreed on  %s", c.BaseLocal.Text())
	p.say("      now here        %s", c.Local.Text())
	p.say("      now on GitHub   %s", c.External.Text())
	if c.Local.Text() != titleHere || c.External.Text() != titleOutside {
		return errors.New("the conflict does not hold what was written")
	}
	p.sum.ConflictsDetected = 1
	return p.decide(ctx, c, t.ID, number)
}

// found waits for the project's open conflict.
func (p *play) found(ctx context.Context) (v1.Conflict, error) {
	var list v1.Conflicts
	err := p.await(ctx, "the conflict is found", func(ctx context.Context) (_ bool, _ string, err error) {
		list, err = p.Conflicts(ctx, p.project, string(store.OpenConflict), 10)
		return len(list.Conflicts) > 0, "no conflict", err
	})
	if err != nil {
		return v1.Conflict{}, err
	}
	if len(list.Conflicts) != 1 {
		return v1.Conflict{}, fmt.Errorf("%d conflicts were found, want 1", len(list.Conflicts))
	}
	return list.Conflicts[0], nil
}

// decide decides the conflict on a third value and waits until both sides hold it.
func (p *play) decide(ctx context.Context, c v1.Conflict, ticketID, number string) error {
	err := p.await(ctx, "a workflow follows the conflict", func(ctx context.Context) (bool, string, error) {
		follows, err := p.Followed(ctx, c.ID)
		return follows, "none does", err
	})
	if err != nil {
		return err
	}
	value := ticket.Text(titleDecided)
	d := v1.Decision{Choice: string(store.ChooseValue), Value: &value, Digest: c.Digest, By: "grace"}
	if _, err := p.Decide(ctx, c.ID, d, 30); err != nil {
		return err
	}
	err = p.await(ctx, "the decision is carried out", func(ctx context.Context) (bool, string, error) {
		now, err := p.Conflict(ctx, c.ID)
		if err != nil {
			return false, "", err
		}
		t, err := p.Ticket(ctx, ticketID)
		if err != nil {
			return false, "", err
		}
		out := p.GitHub.issue(number)
		done := now.State == string(store.Resolved) && t.Title == titleDecided && out.title == titleDecided
		return done, fmt.Sprintf("conflict %s, title here %q, on GitHub %q", now.State, t.Title, out.title), nil
	})
	if err != nil {
		return err
	}
	p.sum.ConflictsDecided = 1
	p.sum.Conflict = c.ID
	p.say("      decided         %s", titleDecided)
	p.say("   the decision went to the workflow conflict/%s; both sides hold it", c.ID)
	return p.settled(ctx)
}

// again compares everything once more.
func (p *play) again(ctx context.Context) error {
	before := p.GitHub.counted()
	last, err := p.newest(ctx, p.project)
	if err != nil {
		return err
	}
	if _, err := p.Sync(ctx, p.project, true); err != nil {
		return err
	}
	if err := p.compared(ctx, p.joined[0], last.ID); err != nil {
		return err
	}
	n := p.GitHub.counted().since(before)
	p.sum.SecondSyncWrites = n.Writes
	p.say("   everything was read and compared in %d calls: %d writes", n.total(), p.sum.SecondSyncWrites)
	if p.sum.SecondSyncWrites != 0 {
		return fmt.Errorf("%d writes were made though nothing changed", p.sum.SecondSyncWrites)
	}
	return nil
}

// act lets the colleague do something to an issue on GitHub's own pages.
func (g *GitHub) act(number string, a github.Act) error {
	a.Repo, a.Login = repository, colleague
	var err error
	if a.Issue, err = strconv.Atoi(number); err != nil {
		return fmt.Errorf("issue %q: %w", number, err)
	}
	_, err = g.sim.Act(a)
	return err
}

// page is a ticket as a system shows it.
type page struct{ title, body, state, reason, priority string }

// says reports whether the page shows the text; our own mark, which GitHub does not
// show, may follow.
func (p page) says(text string) bool {
	shown, _, _ := strings.Cut(p.body, "\n\n<!-- extsync:")
	return shown == text
}

func (g *GitHub) issue(number string) (p page) {
	g.repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if strconv.Itoa(i.Number) == number {
				p = page{title: i.Title, body: i.Text(), state: i.State, reason: i.Reason}
			}
		}
	})
	return p
}
