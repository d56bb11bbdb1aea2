package fleet

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

// Linear is a team. Its people write Markdown, which Linear rewrites.
type Linear struct {
	Sim  *linear.Sim
	Team *linear.Team
	Auth string // the setting auth; empty: as the token begins
	wire *Wire
}

const linearToken = "lin_api_fleet" //nolint:gosec // because it opens a simulator alone

// Linear makes an empty team in a workspace of its own.
func (f *Fleet) Linear() *Linear {
	o := linear.Options{Now: f.Clock.Now, Seed: f.options.Seed, Sleep: f.Clock.pause, LogSize: 1}
	if !f.options.Limits {
		o.Limits = linear.NoLimits()
	}
	if f.options.Lag {
		o.Lag = lagOfLists
	}
	s := &Linear{Sim: linear.New(o)}
	s.Team = s.Sim.AddTeam("LIN"+f.number("linear"), "Team")
	s.Team.AddMember(People()...)
	s.Sim.AddToken(linearToken, linear.Token{Login: bot})
	s.wire = &Wire{under: s.Sim.Transport(), counters: s.Counters}
	return s
}

// System is linear.
func (s *Linear) System() external.System { return "linear" }

// Account is a personal API key, or a token of OAuth where Auth says so.
func (s *Linear) Account() Account {
	settings := `{}`
	if s.Auth != "" {
		settings = `{"auth": "` + s.Auth + `"}`
	}
	return Account{Key: s.Team.Key(), Token: linearToken, Settings: json.RawMessage(settings), Login: bot}
}

// Speak has our account come by a token of that kind.
func (s *Linear) Speak(kind linear.TokenKind) {
	s.Sim.AddToken(linearToken, linear.Token{Login: bot, Kind: kind})
	if s.Auth = "key"; kind != linear.APIKey {
		s.Auth = "oauth"
	}
}

// Wire is the way to the simulator.
func (s *Linear) Wire() *Wire { return s.wire }

// Vocabulary has the states that a new team has and Linear's four priorities and none.
func (s *Linear) Vocabulary() Vocabulary {
	v := Vocabulary{Priorities: priorities(), Emails: map[string]string{}}
	s.Team.View(func(w *model.World, t *model.Team) {
		for _, st := range w.States(t) {
			v.States = append(v.States, st.Name)
		}
		for _, who := range People() {
			v.Emails[who] = w.User(who).Email
		}
	})
	return v
}

// priorities are Linear's by number.
func priorities() []string { return []string{"No priority", "Urgent", "High", "Medium", "Low"} }

// input is a change in Linear's words.
func (s *Linear) input(c Change) model.Input {
	in := model.Input{}
	if c.Title != nil {
		in["title"] = *c.Title
	}
	if c.Body != nil {
		in["description"] = *c.Body
	}
	if c.State != nil {
		in["stateId"] = s.Team.State(*c.State)
	}
	if c.Priority != nil {
		in["priority"] = slices.Index(priorities(), *c.Priority)
	}
	id := func(field string, v *string, of func(string) string) {
		switch {
		case v == nil:
		case *v == "":
			in[field] = nil
		default:
			in[field] = of(*v)
		}
	}
	id("assigneeId", c.Assignee, s.Sim.User)
	id("parentId", c.Parent, func(parent string) string { return parent })
	return in
}

// Create makes an issue.
func (s *Linear) Create(who string, c Change) (string, error) {
	made, err := s.Sim.Act(linear.Act{Login: who, Do: "create", Team: s.Team.Key(), Names: c.Label, Input: s.input(c)})
	return made.Issue, err
}

// Edit changes an issue.
func (s *Linear) Edit(who, id string, c Change) error {
	var acts []linear.Act
	if in := s.input(c); len(in) > 0 {
		acts = append(acts, linear.Act{Do: "edit", Input: in})
	}
	if len(c.Label) > 0 {
		acts = append(acts, linear.Act{Do: "label", Names: c.Label})
	}
	if len(c.Unlabel) > 0 {
		acts = append(acts, linear.Act{Do: "unlabel", Names: c.Unlabel})
	}
	for _, a := range acts {
		a.Login, a.Issue = who, id
		if _, err := s.Sim.Act(a); err != nil {
			return err
		}
	}
	return nil
}

// Comment adds a comment.
func (s *Linear) Comment(who, id, body string) (string, error) {
	made, err := s.Sim.Act(linear.Act{Login: who, Do: "comment", Issue: id, Body: &body})
	return made.Comment, err
}

// EditComment changes a comment.
func (s *Linear) EditComment(who, _, comment, body string) error {
	_, err := s.Sim.Act(linear.Act{Login: who, Do: "edit_comment", Comment: comment, Body: &body})
	return err
}

// DeleteComment deletes a comment.
func (s *Linear) DeleteComment(who, _, comment string) error {
	_, err := s.Sim.Act(linear.Act{Login: who, Do: "delete_comment", Comment: comment})
	return err
}

// Delete puts an issue into the trash.
func (s *Linear) Delete(who, id string) error {
	_, err := s.Sim.Act(linear.Act{Login: who, Do: "trash", Issue: id})
	return err
}

// Look returns the issues that are not in the trash.
func (s *Linear) Look() (all []Seen) {
	s.Team.View(func(w *model.World, t *model.Team) {
		for n := 1; ; n++ { // one by one: lists may be late
			i := w.Issue(t.Key + "-" + strconv.Itoa(n))
			if i == nil {
				return // no number is left out
			}
			if i.Team == t && !i.Trashed {
				all = append(all, linearSeen(i))
			}
		}
	})
	return all
}

func linearSeen(i *model.Issue) Seen {
	out := Seen{
		ID: i.ID, Key: i.Identifier(), Author: i.Creator.DisplayName, Title: i.Title, Body: i.Text(), Raw: i.Text(), State: i.State.Name,
		Priority: i.PriorityLabel(),
	}
	if i.Assignee != nil {
		out.Assignees = []string{i.Assignee.DisplayName}
	}
	if i.Parent != nil {
		out.Parent = i.Parent.ID
	}
	for _, l := range i.Labels {
		out.Labels = append(out.Labels, l.Name)
	}
	slices.Sort(out.Labels)
	for _, c := range i.Comments {
		if !c.Deleted {
			out.Comments = append(out.Comments, Remark{c.ID, c.User.DisplayName, c.Body, c.Body})
		}
	}
	return out
}

// Lose makes calls go wrong.
func (s *Linear) Lose(f Fault) error {
	kind := map[FaultKind]linear.FaultKind{LoseReply: linear.ReplyLost, LoseRequest: linear.RequestLost, Limited: linear.RequestLimit}[f.Kind]
	fault := linear.Fault{Kind: kind, Calls: f.Calls, Skip: f.Skip, Next: max(1, f.Next)}
	if f.RetryAfter > 0 {
		fault.RetryAfter = strconv.Itoa(int(f.RetryAfter.Seconds()))
	}
	s.Sim.Faults().Add(fault)
	return nil
}

// Counters tell what was called.
func (s *Linear) Counters() Counters {
	c := s.Sim.Counters()
	out := Counters{Total: c.Total, Reads: c.Reads, Writes: c.Writes, Kinds: map[string]int{}}
	for k, n := range c.Kinds {
		out.Kinds[k] = n.Calls
	}
	return out
}

// Reset starts counting anew.
func (s *Linear) Reset() { s.Sim.ResetCounters() }
