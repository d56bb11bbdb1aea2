package main

import (
	"fmt"
	"time"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/github"
	githubmodel "github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/jira"
	jiramodel "github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/linear"
	linearmodel "github.com/extsync/extsync/simulator/linear/model"
)

// calls are the calls made at one system.
type calls struct {
	total, writes int
	unchanged     int            // answered 304
	points        int            // Linear's complexity
	refused       map[string]int // by kind
}

func (c calls) plus(d calls) calls {
	return calls{total: c.total + d.total, writes: c.writes + d.writes, unchanged: c.unchanged + d.unchanged}
}

// system is one kind of external system, as the scenarios see it.
type system struct {
	name string // as the tables call it
	// free: what did not change is answered 304, which costs nothing.
	free bool
	// asked is a kind of call that is refused to all but administrators, and made to know.
	asked string
	// spacing is how fast its people write, many at once, when they write much.
	spacing time.Duration
	open    func(*fleet.Fleet) (place, error)
}

// place is an empty project of a system.
type place struct {
	fleet.Site
	fill  func(w *world, tickets, comments int) error
	calls func() calls
}

// accepted fails when more calls were refused than were meant to be.
func (s system) accepted(n calls, meant int) error {
	for kind, refused := range n.refused {
		if kind == s.asked {
			continue
		}
		if meant -= refused; meant < 0 {
			return fmt.Errorf("%s refused %d calls of kind %s", s.name, refused, kind)
		}
	}
	return nil
}

// refusals keeps the kinds of which some were answered with an error.
func refusals[C any](kinds map[string]C, refused func(C) int) map[string]int {
	out := map[string]int{}
	for kind, c := range kinds {
		if n := refused(c); n > 0 {
			out[kind] = n
		}
	}
	return out
}

func gitHub() system {
	open := func(f *fleet.Fleet) (place, error) {
		s := f.GitHub()
		return place{s, func(_ *world, n, comments int) error {
			return s.Repo.Generate(n, githubmodel.GenerateOptions{Seed: 7, Comments: exactly(comments)})
		}, func() calls {
			c := s.Sim.Counters()
			return calls{
				total: c.Total, writes: c.Writes, unchanged: c.NotModified, refused: refusals(c.Kinds, func(k github.Count) int { return k.Refused }),
			}
		}}, nil
	}
	// GitHub takes no more than 80 new items a minute.
	return system{name: "GitHub", free: true, spacing: time.Minute / 80, open: open}
}

// exactly is a number of comments in the generators' words: zero is for as many as they like.
func exactly(comments int) int {
	if comments == 0 {
		return -1
	}
	return comments
}

// latency is how long a call takes, but at GitHub, whose pauses are longer. Calls that
// take no time at all would meet limits by the second that nobody meets.
const latency = 100 * time.Millisecond

func jiraCloud() system { return jiraOf("Jira Cloud", false) }

func jiraDataCenter() system { return jiraOf("Jira Data Center", true) }

// jiraOf is a project that has what a push can name. Its workflow leads from every
// status to every other.
func jiraOf(name string, dataCenter bool) system {
	spec := jiramodel.ProjectSpec{
		Workflow: jiramodel.SimpleWorkflow(), Versions: []string{knownMilestone},
		Fields: []jiramodel.FieldSpec{{Name: "Sprint", Type: jiramodel.SprintField}},
	}
	open := func(f *fleet.Fleet) (place, error) {
		s, err := f.Jira(fleet.JiraOptions{DataCenter: dataCenter, Spec: spec})
		if err != nil {
			return place{}, err
		}
		s.Sim.Faults().Add(jira.Fault{Kind: jira.Latency, Delay: latency})
		_, err = s.Sim.AddSprint(s.Project.AddBoard("Board"), knownIteration, "active")
		return place{s, fillByHand, func() calls {
			c := s.Sim.Counters()
			return calls{total: c.Total, writes: c.Writes, refused: refusals(c.Kinds, func(k jira.Count) int { return k.Refused })}
		}}, err
	}
	return system{name: name, spacing: latency / 2, asked: "workflows.read", open: open}
}

func linearTeam() system {
	open := func(f *fleet.Fleet) (place, error) {
		s, now := f.Linear(), f.Clock.Now()
		s.Sim.Faults().Add(linear.Fault{Kind: linear.Latency, Delay: latency})
		if _, err := s.Team.AddProject(knownMilestone); err != nil {
			return place{}, err
		}
		_, err := s.Team.AddCycle(knownIteration, now, now.Add(14*24*time.Hour))
		return place{s, func(_ *world, n, comments int) error {
			return s.Team.Generate(n, linearmodel.GenerateOptions{Seed: 7, Comments: exactly(comments)})
		}, func() calls {
			c := s.Sim.Counters()
			return calls{total: c.Total, writes: c.Writes, points: c.Points, refused: refusals(c.Kinds, func(k linear.Count) int { return k.Refused })}
		}}, err
	}
	return system{name: "Linear", spacing: latency / 2, open: open}
}

// fillByHand has a person write tickets, one a minute.
func fillByHand(w *world, n, comments int) error {
	for k := range n {
		if err := w.write(k, comments); err != nil {
			return err
		}
		w.Clock.Advance(time.Minute)
	}
	w.Clock.Advance(time.Hour)
	return nil
}

// write has a person write ticket k.
func (w *world) write(k, comments int) error {
	title, body := fmt.Sprintf("Ticket %d", k), fmt.Sprintf("What ticket %d is about.", k)
	id, err := w.site.Create("ada", fleet.Change{Title: &title, Body: &body, Label: []string{"bug"}})
	for range comments {
		if err == nil {
			_, err = w.site.Comment("bob", id, "A remark.")
		}
	}
	return err
}
