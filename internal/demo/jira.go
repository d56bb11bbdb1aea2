package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/adf"
	"github.com/extsync/extsync/simulator/jira/model"
)

const jiraKey = "IVY"

// Jira is a simulated Jira Cloud with one project, whose workflow leads to Done through
// a review and asks for a resolution there.
type Jira struct {
	host
	sim     *jira.Sim
	project *jira.Project
}

func newJira() *Jira {
	j := &Jira{host: host{name: "Jira"}, sim: jira.New(jira.Options{Seed: 1})}
	for _, who := range append(people(), bot) {
		j.sim.AddUser(model.User{Login: who})
	}
	j.sim.AddToken(token, jira.Token{Login: bot})
	return j
}

// start makes the project and some tickets of its own, and serves it.
func (j *Jira) start(ctx context.Context) error {
	var err error
	j.project, err = j.sim.AddProject(model.ProjectSpec{Key: jiraKey, Name: "Ivy", Workflow: model.ReviewWorkflow(), Versions: versions()})
	if err == nil {
		err = j.project.Generate(ownTickets, model.GenerateOptions{Seed: 7, Comments: 1, Done: 0.3})
	}
	if err != nil {
		return fmt.Errorf("seed the simulated Jira: %w", err)
	}
	return j.open(ctx, j.sim.Handler(), j.sim.SetBaseURL, j.sim.DeliverLoop)
}

// versions are those that the milestones of GitHub are in Jira. Only who administers a
// project can make them.
func versions() []string { return []string{"v1.0", "v1.1", "v2.0", "v2.1"} }

func (j *Jira) named() string { return "Jira" }

func (j *Jira) ask() v1.NewProject {
	return v1.NewProject{System: "jira", Address: jiraKey, APIURL: j.URL, Token: token, User: bot + "@example.com"}
}

func (j *Jira) account(login string) (id string) {
	j.sim.World(func(w *model.World) { id = w.User(login).AccountID })
	return id
}

// The priorities as they are proposed, and with Medium, which Jira gives to what has no
// priority, for none. Otherwise it would come here and go on to Linear, ticket by ticket.
const (
	proposedPriorities = `
      p1: Highest
      p2: High
      p3: Medium
      p4: Low
      p5: Lowest
      "": ""
`
	amendedPriorities = `
      - {local: p1, external: Highest}
      - {local: p2, external: High}
      - {local: ["", p3], external: [Medium, ""]}
      - {local: p4, external: Low}
      - {local: p5, external: Lowest}
`
)

func (j *Jira) amend(mapping string) (doc, what string, err error) {
	if !strings.Contains(mapping, proposedPriorities) {
		return "", "", fmt.Errorf("the mapping that was proposed does not have the priorities%s", proposedPriorities)
	}
	return strings.Replace(mapping, proposedPriorities, amendedPriorities, 1), " and that Medium is no priority", nil
}

func (j *Jira) hook(url string) {
	j.sim.AddHook(jira.HookSettings{URL: url, Secret: signature, Projects: []string{jiraKey}})
}

func (j *Jira) has() (tickets, comments int) {
	j.sim.World(func(w *model.World) {
		for _, i := range w.Issues() {
			if !i.Deleted() {
				tickets++
				comments += len(i.Comments)
			}
		}
	})
	return tickets, comments
}

func (j *Jira) marked(text string) int {
	issues, comments := j.project.Marked(text)
	return issues + comments
}

func (j *Jira) counted() Calls {
	n := j.sim.Counters()
	out := Calls{Reads: n.Reads, Writes: n.Writes, Webhooks: n.Webhooks, Kinds: make(map[string]int, len(n.Kinds))}
	for kind, c := range n.Kinds {
		out.Kinds[kind] = c.Calls
	}
	return out
}

// act lets the colleague do something on Jira's own pages.
func (j *Jira) act(a jira.Act) (string, error) {
	a.Login, a.Project = colleague, jiraKey
	made, err := j.sim.Act(a)
	return made.Key, err
}

// issue is a ticket as Jira shows it; its text is wiki markup.
func (j *Jira) issue(key string) (p page) {
	j.sim.World(func(w *model.World) {
		i := w.Issue(key)
		if i == nil {
			return
		}
		body, _ := i.Values["description"].(model.Text)
		p = page{title: i.Summary(), body: body.Markup(), state: i.Status.Name, reason: name(i, "resolution"), priority: name(i, "priority")}
	})
	return p
}

func name(i *model.Issue, field string) string {
	if n, ok := i.Values[field].(*model.Named); ok && n != nil {
		return n.Name
	}
	return ""
}

// rewrite lets the colleague change words of a text in Jira's editor, which saves the
// whole document.
func (j *Jira) rewrite(key, from, to string) (err error) {
	j.sim.World(func(w *model.World) {
		i := w.Issue(key)
		if i == nil {
			err = fmt.Errorf("there is no %s in Jira", key)
			return
		}
		body, _ := i.Values["description"].(model.Text)
		var doc map[string]any
		if doc, err = edited(body.Doc, from, to); err == nil {
			by := model.Caller{User: w.User(colleague)}
			err = w.EditIssue(by, i, model.Input{Fields: map[string]any{"description": doc}})
		}
	})
	if err != nil {
		return fmt.Errorf("edit %s in Jira: %w", key, err)
	}
	return nil
}

// edited is a copy of a document in which words of one text node are others.
func edited(doc *adf.Node, from, to string) (map[string]any, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(raw), from); n != 1 {
		return nil, fmt.Errorf("%q stands %d times in the document, want once", from, n)
	}
	var out map[string]any
	err = json.Unmarshal([]byte(strings.Replace(string(raw), from, to, 1)), &out)
	return out, err
}
