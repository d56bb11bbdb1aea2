package fleet

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

// GitHub is a repository. Its people write Markdown; it has no priorities.
type GitHub struct {
	Sim  *github.Sim
	Repo *github.Repo
	Base string // address of the interface; empty: that of github.com
	wire *Wire
}

const (
	bot         = "extsync-bot"
	githubToken = "ghp_fleet"
)

// GitHub makes an empty repository in a GitHub of its own.
func (f *Fleet) GitHub() *GitHub {
	o := github.Options{Now: f.Clock.Now, Seed: f.options.Seed, Sleep: f.Clock.pause, LogSize: 1}
	if !f.options.Limits {
		o.Limits = github.NoLimits()
	}
	if f.options.Lag {
		o.Lag = lagOfLists
	}
	s := &GitHub{Sim: github.New(o)}
	s.Repo = s.Sim.AddRepo("octo", "hello"+f.number("github"))
	s.Repo.AddCollaborator(People()...)
	s.Sim.AddToken(githubToken, github.Token{Login: bot, Push: true})
	s.wire = &Wire{under: s.Sim.Transport(), counters: s.Counters}
	return s
}

// System is github.
func (s *GitHub) System() external.System { return "github" }

// Account is that of a user who may push.
func (s *GitHub) Account() Account {
	return Account{BaseURL: s.Base, Key: s.Repo.FullName(), Token: githubToken, Login: bot}
}

// Wire is the way to the simulator.
func (s *GitHub) Wire() *Wire { return s.wire }

// Vocabulary has the open state and the reasons for which an issue is closed.
func (s *GitHub) Vocabulary() Vocabulary {
	return Vocabulary{States: []string{"open", "completed", "not_planned", "duplicate"}}
}

func (s *GitHub) act(a github.Act) (github.Acted, error) {
	a.Repo = s.Repo.FullName()
	return s.Sim.Act(a)
}

// number finds an issue's number by its node id.
func (s *GitHub) number(id string) (int, error) {
	found := 0
	s.each(func(i *model.Issue) {
		if i.NodeID == id {
			found = i.Number
		}
	})
	if found == 0 {
		return 0, fmt.Errorf("no issue %s", id)
	}
	return found, nil
}

// Create opens an issue.
func (s *GitHub) Create(who string, c Change) (string, error) {
	made, err := s.act(github.Act{Login: who, Do: "open", Title: c.Title, Body: c.Body, Names: c.Label})
	if err != nil {
		return "", err
	}
	id := ""
	s.Repo.View(func(r *model.Repo) {
		if i, e := r.Issue(made.Issue); e == nil {
			id = i.NodeID
		}
	})
	c.Title, c.Body, c.Label = nil, nil, nil
	return id, s.Edit(who, id, c)
}

// Edit changes an issue.
func (s *GitHub) Edit(who, id string, c Change) error {
	number, err := s.number(id)
	if err != nil {
		return err
	}
	for _, a := range s.acts(number, c) {
		a.Login, a.Issue = who, number
		if _, err := s.act(a); err != nil {
			return err
		}
	}
	return nil
}

// acts is a change in GitHub's own steps.
func (s *GitHub) acts(number int, c Change) (acts []github.Act) {
	now := s.see(number)
	if c.Title != nil || c.Body != nil {
		acts = append(acts, github.Act{Do: "edit", Title: c.Title, Body: c.Body})
	}
	if len(c.Label) > 0 {
		acts = append(acts, github.Act{Do: "label", Names: c.Label})
	}
	if gone := present(now.Labels, c.Unlabel); len(gone) > 0 {
		acts = append(acts, github.Act{Do: "unlabel", Names: gone})
	}
	if c.Assignee != nil {
		if len(now.Assignees) > 0 {
			acts = append(acts, github.Act{Do: "unassign", Names: now.Assignees})
		}
		if *c.Assignee != "" {
			acts = append(acts, github.Act{Do: "assign", Names: []string{*c.Assignee}})
		}
	}
	switch {
	case c.State == nil || *c.State == now.State:
	case *c.State == "open":
		acts = append(acts, github.Act{Do: "reopen"})
	default:
		acts = append(acts, github.Act{Do: "close", To: *c.State})
	}
	return acts
}

// present keeps those of names that are there.
func present(there, names []string) (out []string) {
	for _, n := range names {
		if slices.Contains(there, n) {
			out = append(out, n)
		}
	}
	return out
}

// Comment adds a comment.
func (s *GitHub) Comment(who, id, body string) (string, error) {
	number, err := s.number(id)
	if err != nil {
		return "", err
	}
	made, err := s.act(github.Act{Login: who, Do: "comment", Issue: number, Body: &body})
	return strconv.FormatInt(made.Comment, 10), err
}

// EditComment changes a comment.
func (s *GitHub) EditComment(who, _, comment, body string) error {
	n, err := strconv.ParseInt(comment, 10, 64)
	if err != nil {
		return fmt.Errorf("comment %s: %w", comment, err)
	}
	_, err = s.act(github.Act{Login: who, Do: "edit_comment", Comment: n, Body: &body})
	return err
}

// DeleteComment deletes a comment.
func (s *GitHub) DeleteComment(who, _, comment string) error {
	n, err := strconv.ParseInt(comment, 10, 64)
	if err != nil {
		return fmt.Errorf("comment %s: %w", comment, err)
	}
	_, err = s.act(github.Act{Login: who, Do: "delete_comment", Comment: n})
	return err
}

// Delete deletes an issue.
func (s *GitHub) Delete(who, id string) error {
	number, err := s.number(id)
	if err != nil {
		return err
	}
	_, err = s.act(github.Act{Login: who, Do: "delete", Issue: number})
	return err
}

// Look returns the issues.
func (s *GitHub) Look() (all []Seen) {
	s.each(func(i *model.Issue) { all = append(all, githubSeen(i)) })
	return all
}

// each goes through the issues by number, past any lists, which may be late.
func (s *GitHub) each(f func(*model.Issue)) {
	s.Repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if !i.PullRequest {
				f(i)
			}
		}
	})
}

func (s *GitHub) see(number int) (out Seen) {
	s.Repo.View(func(r *model.Repo) {
		if i, err := r.Issue(number); err == nil {
			out = githubSeen(i)
		}
	})
	return out
}

func githubSeen(i *model.Issue) Seen {
	out := Seen{
		ID: i.NodeID, Key: strconv.Itoa(i.Number), Author: i.Author.Login, Title: i.Title, Body: i.Text(), Raw: i.Text(), State: i.State,
	}
	if i.State == "closed" {
		out.State = i.Reason
	}
	for _, l := range i.Labels {
		out.Labels = append(out.Labels, l.Name)
	}
	for _, u := range i.Assignees {
		out.Assignees = append(out.Assignees, u.Login)
	}
	slices.Sort(out.Labels)
	slices.Sort(out.Assignees)
	for _, e := range i.Timeline {
		if c := e.Comment; c != nil {
			if _, err := i.Repo.Comment(c.ID); err == nil {
				out.Comments = append(out.Comments, Remark{strconv.FormatInt(c.ID, 10), c.Author.Login, c.Body, c.Body})
			}
		}
	}
	return out
}

// Lose makes calls go wrong.
func (s *GitHub) Lose(f Fault) error {
	kind := map[FaultKind]github.FaultKind{LoseReply: github.ReplyLost, LoseRequest: github.RequestLost, Limited: github.SecondaryLimit}[f.Kind]
	fault := github.Fault{Kind: kind, Calls: f.Calls, Skip: f.Skip, Next: max(1, f.Next)}
	if f.RetryAfter > 0 {
		fault.RetryAfter = strconv.Itoa(int(f.RetryAfter.Seconds()))
	}
	s.Sim.Faults().Add(fault)
	return nil
}

// Counters tell what was called.
func (s *GitHub) Counters() Counters {
	c := s.Sim.Counters()
	out := Counters{Total: c.Total, Reads: c.Reads, Writes: c.Writes, Kinds: map[string]int{}}
	for k, n := range c.Kinds {
		out.Kinds[k] = n.Calls
	}
	return out
}

// Reset starts counting anew.
func (s *GitHub) Reset() { s.Sim.ResetCounters() }
