package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// Jira is a project. Its people write wiki markup.
type Jira struct {
	Sim     *jira.Sim
	Project *jira.Project
	options JiraOptions
	wire    *Wire
}

// JiraOptions say what kind of Jira it is.
type JiraOptions struct {
	DataCenter bool
	// Spec describes the project; its key is given when empty. Default workflow: every
	// status leads to every other, and closing asks for a resolution, which may be left out.
	Spec model.ProjectSpec
	// HistoryUntil ends the changelogs, see the simulator's option of this name.
	HistoryUntil time.Time
	// Settings are the adapter's own, beside the edition.
	Settings map[string]any
	// OAuth: our account is known by the token of an app, at the gateway of Cloud.
	OAuth bool
	// EmbeddedComments is how many comments come with their issue; zero: the simulator's default.
	EmbeddedComments int
}

const (
	jiraToken   = "jira-fleet"
	jiraGateway = "https://api.atlassian.com/ex/jira/11111111-2222-4333-8444-555555555555"
)

// Jira makes an empty project in a Jira of its own.
func (f *Fleet) Jira(opts JiraOptions) (*Jira, error) {
	o := jira.Options{Now: f.Clock.Now, Seed: f.options.Seed, Sleep: f.Clock.pause, LogSize: 1, Edition: jira.Cloud, HistoryUntil: opts.HistoryUntil,
		EmbeddedComments: opts.EmbeddedComments}
	if opts.DataCenter {
		o.Edition = jira.DataCenter
	}
	if !f.options.Limits {
		o.Limits = jira.NoLimits()
	}
	if f.options.Lag {
		o.Lag = lagOfSearch
	}
	s := &Jira{Sim: jira.New(o), options: opts}
	for _, who := range append(People(), bot) {
		s.Sim.AddUser(model.User{Login: who})
	}
	s.Sim.AddToken(jiraToken, jira.Token{Login: bot, OAuth: opts.OAuth})
	if opts.Spec.Workflow == nil {
		opts.Spec.Workflow = anyToAny()
	}
	if opts.Spec.Key == "" {
		opts.Spec.Key = "JR" + f.number("jira")
	}
	var err error
	if s.Project, err = s.Sim.AddProject(opts.Spec); err != nil {
		return nil, err
	}
	s.wire = &Wire{under: s.Sim.Transport(), counters: s.Counters}
	return s, nil
}

// anyToAny is a workflow without hops.
func anyToAny() *model.Workflow {
	w := model.SimpleWorkflow()
	for n := range w.Transitions {
		if t := &w.Transitions[n]; t.To == "Done" {
			t.Screen = []string{"resolution"}
		} else {
			t.Resolution = "-"
		}
	}
	return w
}

// System is jira.
func (s *Jira) System() external.System { return "jira" }

// Account is that of an ordinary user, with an API token or a personal access token.
func (s *Jira) Account() Account {
	a := Account{BaseURL: "https://example.atlassian.net", Key: s.Project.Key(), Token: jiraToken, User: bot + "@example.com", Login: bot}
	set := map[string]any{"edition": "cloud"}
	if s.options.DataCenter {
		a.BaseURL, a.User = "https://jira.example.com", ""
		set["edition"] = "data_center"
	} else if s.options.OAuth {
		a.BaseURL, a.User = jiraGateway, ""
	}
	for k, v := range s.options.Settings {
		set[k] = v
	}
	raw, err := json.Marshal(set)
	if err != nil {
		raw = json.RawMessage(`"` + err.Error() + `"`) // refused by the adapter, which says what it holds
	}
	a.Settings = raw
	return a
}

// Wire is the way to the simulator.
func (s *Jira) Wire() *Wire { return s.wire }

// Vocabulary has the statuses of the workflow and Jira's five priorities.
func (s *Jira) Vocabulary() Vocabulary {
	v := Vocabulary{Priorities: []string{"Highest", "High", "Medium", "Low", "Lowest"}, Emails: map[string]string{}}
	s.Project.View(func(p *model.Project) {
		for _, st := range p.Workflow(p.Type("", "Task")).Statuses {
			v.States = append(v.States, st.Name)
		}
	})
	for _, who := range People() {
		v.Emails[who] = who + "@example.com"
	}
	return v
}

// Create makes a task.
func (s *Jira) Create(who string, c Change) (string, error) {
	made, err := s.Sim.Act(jira.Act{Login: who, Do: "create", Project: s.Project.Key(), Text: c.Body, Fields: c.jiraFields(), Names: c.Label})
	if err != nil {
		return "", err
	}
	later := Change{State: c.State, Assignee: c.Assignee}
	return made.Issue, s.Edit(who, made.Issue, later)
}

// jiraFields are the fields that REST takes as they are.
func (c Change) jiraFields() map[string]any {
	f := map[string]any{}
	if c.Title != nil {
		f["summary"] = *c.Title
	}
	if c.Priority != nil {
		f["priority"] = map[string]any{"name": *c.Priority}
	}
	switch {
	case c.Parent == nil:
	case *c.Parent == "":
		f["parent"] = nil
	default:
		f["parent"] = map[string]any{"id": *c.Parent}
	}
	return f
}

// Edit changes an issue.
func (s *Jira) Edit(who, id string, c Change) error {
	var acts []jira.Act
	if f := c.jiraFields(); len(f) > 0 || c.Body != nil {
		acts = append(acts, jira.Act{Do: "edit", Text: c.Body, Fields: f})
	}
	if len(c.Label) > 0 {
		acts = append(acts, jira.Act{Do: "label", Names: c.Label})
	}
	if len(c.Unlabel) > 0 {
		acts = append(acts, jira.Act{Do: "unlabel", Names: c.Unlabel})
	}
	if c.Assignee != nil {
		acts = append(acts, jira.Act{Do: "assign", To: *c.Assignee})
	}
	if c.State != nil {
		acts = append(acts, jira.Act{Do: "transition", To: *c.State})
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
func (s *Jira) Comment(who, id, body string) (string, error) {
	made, err := s.Sim.Act(jira.Act{Login: who, Do: "comment", Issue: id, Text: &body})
	return made.Comment, err
}

// EditComment changes a comment.
func (s *Jira) EditComment(who, id, comment, body string) error {
	_, err := s.Sim.Act(jira.Act{Login: who, Do: "edit_comment", Issue: id, Comment: comment, Text: &body})
	return err
}

// DeleteComment deletes a comment.
func (s *Jira) DeleteComment(who, id, comment string) error {
	_, err := s.Sim.Act(jira.Act{Login: who, Do: "delete_comment", Issue: id, Comment: comment})
	return err
}

// Delete deletes an issue.
func (s *Jira) Delete(who, id string) error {
	_, err := s.Sim.Act(jira.Act{Login: who, Do: "delete", Issue: id})
	return err
}

// Look returns the issues of the project.
func (s *Jira) Look() (all []Seen) {
	s.Sim.World(func(w *model.World) {
		for _, i := range w.Issues() {
			if !i.Deleted() && i.Project.Key == s.Project.Key() {
				all = append(all, jiraSeen(i))
			}
		}
	})
	return all
}

func jiraSeen(i *model.Issue) Seen {
	body, _ := i.Values["description"].(model.Text)
	out := Seen{
		ID: i.IDText(), Key: i.Key, Author: i.Creator.Login, Title: i.Summary(), Body: body.Markup(), Raw: rawText(body), State: i.Status.Name,
	}
	if p, ok := i.Values["priority"].(*model.Named); ok {
		out.Priority = p.Name
	}
	if u, ok := i.Values["assignee"].(*model.User); ok && u != nil {
		out.Assignees = []string{u.Login}
	}
	if p := i.Parent(); p != nil {
		out.Parent = p.IDText()
	}
	labels, _ := i.Values["labels"].([]string)
	out.Labels = slices.Sorted(slices.Values(labels))
	for _, c := range i.Comments {
		out.Comments = append(out.Comments, Remark{c.IDText(), c.Author.Login, c.Body.Markup(), rawText(c.Body)})
	}
	return out
}

// rawText is rich text as Jira keeps it.
func rawText(t model.Text) string {
	if t.Doc == nil {
		return t.Wiki
	}
	raw, err := json.Marshal(t.Doc)
	if err != nil {
		return fmt.Sprintf("no document: %v", err)
	}
	return string(raw)
}

// Lose makes calls go wrong.
func (s *Jira) Lose(f Fault) error {
	kind := map[FaultKind]jira.FaultKind{LoseReply: jira.ReplyLost, LoseRequest: jira.RequestLost, Limited: jira.BurstLimit}[f.Kind]
	fault := jira.Fault{Kind: kind, Calls: f.Calls, Skip: f.Skip, Next: max(1, f.Next)}
	if f.RetryAfter > 0 {
		fault.RetryAfter = strconv.Itoa(int(f.RetryAfter.Seconds()))
	}
	s.Sim.Faults().Add(fault)
	return nil
}

// Counters tell what was called.
func (s *Jira) Counters() Counters {
	c := s.Sim.Counters()
	out := Counters{Total: c.Total, Reads: c.Reads, Writes: c.Writes, Kinds: map[string]int{}}
	for k, n := range c.Kinds {
		out.Kinds[k] = n.Calls
	}
	return out
}

// Reset starts counting anew.
func (s *Jira) Reset() { s.Sim.ResetCounters() }
