package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// Stage is where the story plays: a running service and the simulated systems.
type Stage struct {
	API   string // address of the service
	Token string // its admin token
	*World
	// Followed reports whether a workflow follows a conflict by now. The story decides it only
	// then: on a slow machine a decision can be carried out before its workflow begins.
	Followed func(ctx context.Context, conflictID string) (bool, error)
	Out      io.Writer // hears the story, line by line
}

// stepTimeout is how long one step may take, and lookEvery how often its outcome is
// looked for.
const (
	stepTimeout = 5 * time.Minute
	lookEvery   = 150 * time.Millisecond
)

// play is the story while it plays.
type play struct {
	Stage
	*client.Client
	project string            // id, of GitHub's
	joined  []joined          // systems that are connected by now, GitHub first
	writes  []written         // tickets that were written here
	born    v1.Ticket         // the one that the story is about, with links to all systems
	texts   map[string]string // what is to stand on GitHub, byte by byte
	last    map[side]Calls    // of the last round
	sum     Summary
}

// Play tells the story and returns what came of it. It fails at the first step whose
// outcome is not what the product promises, or that takes longer than five minutes.
func Play(ctx context.Context, s Stage) (Summary, error) {
	p := &play{Stage: s, Client: client.New(s.API, s.Token), last: map[side]Calls{}}
	p.Actor = "grace"
	began := time.Now()
	steps := []struct {
		title string
		do    func(context.Context) error
	}{
		{"Connect " + repository + " and bring its issues in", p.connect},
		{"Write tickets here and see them go out", p.writeTickets},
		{"Edit one field on GitHub and another one here", p.editApart},
		{"Edit the same field on both sides", p.editBoth},
		{"Synchronise once more: there is nothing to write", p.again},
		{"Connect a Jira project and a Linear team, and let the tickets of GitHub go on to them", p.joinOthers},
		{"Open a ticket on GitHub and another one in Jira", p.bear},
		{"Edit in Jira what was born on GitHub", p.editInJira},
		{"Edit in Linear what was written here", p.editInLinear},
		{"Synchronise all three once more: there is nothing to write", p.rest},
	}
	for n, step := range steps {
		p.say("\n%d. %s", n+1, step.title)
		if err := p.step(ctx, step.do); err != nil {
			return p.sum, fmt.Errorf("step %d, %q: %w", n+1, step.title, err)
		}
	}
	p.sum.Seconds = seconds(began)
	return p.sum, p.figures(ctx)
}

// seconds is how long it is since then.
func seconds(began time.Time) float64 { return time.Since(began).Round(time.Millisecond).Seconds() }

func (p *play) step(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	began := time.Now()
	if err := do(ctx); err != nil {
		return err
	}
	p.say("   done in %.1f s", time.Since(began).Seconds())
	return nil
}

func (p *play) say(format string, args ...any) { fmt.Fprintf(p.Out, format+"\n", args...) }

// await looks until ok says yes. When the time is over, the error names what was
// waited for and what was seen last.
func (p *play) await(ctx context.Context, what string, ok func(context.Context) (bool, string, error)) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	seen := "nothing"
	for {
		yes, now, err := ok(ctx)
		if err == nil && yes {
			return nil
		}
		switch {
		case err == nil:
			seen = now
		case ctx.Err() != nil: // said below
		case isUnavailable(err):
			seen = "a part of the service did not answer" // as it may on a busy machine
		default:
			return fmt.Errorf("wait until %s: %w", what, err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("it takes too long until %s; seen last: %s", what, seen)
			}
			return ctx.Err()
		}
	}
}

func isUnavailable(err error) bool {
	var p *v1.Problem
	return errors.As(err, &p) && p.Type == v1.Unavailable
}

// state reads the project.
func (p *play) state(ctx context.Context) (v1.Project, error) {
	return p.Project(ctx, p.project)
}

// settled waits until no connected project has anything left to synchronise and no
// session runs.
func (p *play) settled(ctx context.Context) error {
	return p.await(ctx, "everything is in step", func(ctx context.Context) (bool, string, error) {
		for _, j := range p.joined {
			if yes, seen, err := p.still(ctx, j); err != nil || !yes {
				return false, seen, err
			}
		}
		return true, "", nil
	})
}

// still reports whether a project has nothing left to synchronise.
func (p *play) still(ctx context.Context, j joined) (bool, string, error) {
	v, err := p.Project(ctx, j.id)
	if err != nil {
		return false, "", err
	}
	last, err := p.newest(ctx, j.id)
	if err != nil {
		return false, "", err
	}
	yes := v.Status == "active" && v.Links != nil && v.Links.Waiting == 0 && !v.SyncedAt.IsZero() && last.State != "running"
	waiting := 0
	if v.Links != nil {
		waiting = v.Links.Waiting
	}
	return yes, fmt.Sprintf("%s %s %s, %d changes waiting, last session %s %s", j.named(), v.Status, v.StatusReason, waiting, last.State, last.Reason), nil
}

// newest returns the newest session of a project, the zero one when there is none.
func (p *play) newest(ctx context.Context, id string) (v1.Session, error) {
	list, err := p.Sessions(ctx, id, "", 1)
	if err != nil || len(list.Sessions) == 0 {
		return v1.Session{}, err
	}
	return list.Sessions[0], nil
}
