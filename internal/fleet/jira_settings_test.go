package fleet_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/mapping"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/ticket"
)

// jiraConfig is a Jira with its connection, as one choice of settings has it.
type jiraConfig struct {
	fleet.JiraOptions
	lag      bool
	filter   string
	mapping  func(*mapping.Mapping)
	webhooks webhooks
	parks    bool // some states, or edits of what is done, Jira cannot take
	// then says what else is so of the project, once it is there.
	then []func(w *world, s *fleet.Jira)
}

// webhooks says when, and how often, Jira's deliveries come.
type webhooks string

const (
	early   webhooks = "early"   // before the call is answered that they tell of
	doubled webhooks = "doubled" // twice, when the next call is made
)

// jiraSetting is one way in which a Jira may be set up, or connected, otherwise than usual. No two of one axis go
// together.
type jiraSetting struct {
	axis, name string
	set        func(c *jiraConfig)
}

// setting gives the adapter one of its own settings.
func (c *jiraConfig) setting(name string, value any) {
	if c.Settings == nil {
		c.Settings = map[string]any{}
	}
	c.Settings[name] = value
}

// jiraSettings are all of them.
func jiraSettings() []jiraSetting {
	return []jiraSetting{
		{"edition", "data center", func(c *jiraConfig) { c.DataCenter = true }},
		{"type", "bugs", func(c *jiraConfig) { c.setting("issue_type", "Bug") }},
		{"type", "a type with a workflow of its own", func(c *jiraConfig) {
			c.setting("issue_type", "Request")
			c.parks = true
			c.Spec.IssueTypes = []model.IssueTypeSpec{{Name: "Epic", Level: 1}, {Name: "Task"}, {Name: "Request", Workflow: mute()}, {Name: "Sub-task", Level: -1}}
		}},
		{"workflow", "no place for a resolution", func(c *jiraConfig) { c.Spec.Workflow, c.parks = mute(), true }},
		{"workflow", "what is done is locked", func(c *jiraConfig) {
			c.Spec.Workflow, c.parks = model.ReviewWorkflow(), true
			c.Spec.Workflow.Locked = []string{"Done"}
		}},
		{"workflow", "more is asked for on the way", func(c *jiraConfig) {
			c.Spec.Fields = append(c.Spec.Fields, model.FieldSpec{ID: "customfield_10077", Name: "Cause", Type: model.TextField})
			c.Spec.Workflow = model.ReviewWorkflow()
			c.Spec.Workflow.Transitions[4].Required = []string{"resolution", "customfield_10077"}
			c.setting("transition_fields", map[string]string{"customfield_10077": "unknown", "resolution": "Done"})
		}},
		{"estimate", "two fields for it", func(c *jiraConfig) {
			c.Spec.Fields = append(c.Spec.Fields, model.FieldSpec{ID: "customfield_10011", Name: "Story point estimate", Type: model.StoryPoints})
		}},
		{"estimate", "a field of its own", func(c *jiraConfig) {
			c.Spec.Fields = append(c.Spec.Fields, model.FieldSpec{ID: "customfield_10011", Name: "Effort", Type: model.Number})
			c.setting("estimate_field", "customfield_10011")
		}},
		{"board", "one of two boards", func(c *jiraConfig) {
			c.then = append(c.then, func(w *world, s *fleet.Jira) {
				other := s.Project.AddBoard("Beside")
				for _, name := range []string{"Sprint 1", "Sprint 9"} {
					_, err := s.Sim.AddSprint(other, name, "active")
					w.must(err)
				}
			})
			c.setting("board", 1)
		}},
		{"board", "two boards with sprints of one name", func(c *jiraConfig) {
			c.then = append(c.then, func(w *world, s *fleet.Jira) {
				_, err := s.Sim.AddSprint(s.Project.AddBoard("Beside"), "Sprint 1", "closed")
				w.must(err)
			})
		}},
		{"kind", "team-managed", func(c *jiraConfig) { c.Spec.TeamManaged = true }},
		{"kind", "a service project", func(c *jiraConfig) { c.Spec.Service = true }},
		{"security", "secured issues flow", func(c *jiraConfig) { c.setting("secured_issues", true) }},
		{"filter", "leaves out what is made here", func(c *jiraConfig) { c.filter = `summary ~ "umbrella"` }},
		{"filter", "leaves nothing out", func(c *jiraConfig) { c.filter = `summary is not EMPTY` }},
		{"account", "an administrator's", func(c *jiraConfig) {
			c.then = append(c.then, func(w *world, s *fleet.Jira) {
				w.must(s.Project.Grant(s.Account().Login, model.AdministerProject))
			})
		}},
		{"account", "an app's", func(c *jiraConfig) { c.OAuth = true }},
		{"account", "one with a hidden address in another zone", func(c *jiraConfig) {
			c.then = append(c.then, func(_ *world, s *fleet.Jira) {
				s.Sim.AddUser(model.User{Login: s.Account().Login, HideEmail: true, TimeZone: "Pacific/Auckland"})
			})
		}},
		{"comments", "few come with their issue", func(c *jiraConfig) { c.EmbeddedComments = 1 }},
		{"lag", "the search is late", func(c *jiraConfig) { c.lag = true }},
		{"webhooks", "early", func(c *jiraConfig) { c.webhooks = early }},
		{"webhooks", "doubled", func(c *jiraConfig) { c.webhooks = doubled }},
		{"states", "no resolution", func(c *jiraConfig) {
			c.mapping = func(m *mapping.Mapping) { m.Tickets = plainStates(m.Tickets) }
			if c.Settings["transition_fields"] == nil {
				c.setting("transition_fields", map[string]string{"resolution": "Done"})
			}
		}},
	}
}

// mute is a workflow whose transitions have no screens: Jira gives what is done a resolution of its own.
func mute() *model.Workflow { return model.SimpleWorkflow() }

// plainStates are rules whose states are statuses alone.
func plainStates(rules []mapping.Rule) []mapping.Rule {
	for n := range rules {
		if rules[n].Field != ticket.State {
			continue
		}
		rules[n].External = []string{"status"}
		rules[n].Values = []mapping.Pair{
			{Local: []string{ticket.StateOpen}, External: []string{"To Do", "In Progress", "In Review"}},
			{Local: []string{ticket.StateDone, ticket.StateNotPlanned, ticket.StateDuplicate}, External: []string{"Done"}},
		}
	}
	return rules
}

// allSettings reports whether all is tried that there is, as JIRA_SETTINGS=all says. It takes half an hour.
func allSettings() bool { return os.Getenv("JIRA_SETTINGS") != "" }

// jiraRows are the choices that are tried: every pair of settings, in few rows that hold many pairs each, and with all
// of them each setting alone. Without, as many rows as are asked for.
func jiraRows(few int) [][]jiraSetting {
	all := jiraSettings()
	rows := covering(all)
	if !allSettings() {
		return rows[:few]
	}
	for _, s := range all {
		rows = append(rows, []jiraSetting{s})
	}
	return rows
}

// covering is a greedy covering array: every two settings of different axes stand in some row together.
func covering(all []jiraSetting) [][]jiraSetting {
	open := map[[2]string]bool{}
	for _, a := range all {
		for _, b := range all {
			if a.axis < b.axis {
				open[pairOf(a, b)] = true
			}
		}
	}
	var rows [][]jiraSetting
	for len(open) > 0 {
		var row []jiraSetting
		for {
			best, most := jiraSetting{}, 0
			for _, s := range all {
				if n := gain(row, s, open); n > most {
					best, most = s, n
				}
			}
			if most == 0 {
				break
			}
			for _, o := range row {
				delete(open, pairOf(o, best))
			}
			row = append(row, best)
		}
		rows = append(rows, row)
	}
	return rows
}

func pairOf(a, b jiraSetting) [2]string {
	if a.axis > b.axis {
		a, b = b, a
	}
	return [2]string{a.axis + a.name, b.axis + b.name}
}

// gain is how much closer a setting brings a row: the open pairs with what stands there, or, of the first, all its own.
func gain(row []jiraSetting, s jiraSetting, open map[[2]string]bool) (n int) {
	for _, o := range row {
		if o.axis == s.axis {
			return 0
		}
		if open[pairOf(o, s)] {
			n++
		}
	}
	if len(row) > 0 {
		return n
	}
	for pair := range open {
		if pair[0] == s.axis+s.name || pair[1] == s.axis+s.name {
			n++
		}
	}
	return n
}

// nameOf names a row.
func nameOf(row []jiraSetting) string {
	var names []string
	for _, s := range row {
		names = append(names, s.axis+" "+s.name)
	}
	return strings.Join(names, ", ")
}

// configured is what a row makes of the usual Jira.
func configured(row []jiraSetting) *jiraConfig {
	c := &jiraConfig{}
	c.Spec.Workflow = model.ReviewWorkflow()
	c.Spec.Versions = []string{"v1", "v2"}
	c.Spec.Fields = []model.FieldSpec{{ID: "customfield_10030", Name: "Story Points", Type: model.Number}}
	for _, s := range row {
		s.set(c)
	}
	return c
}

// open makes the Jira and connects it.
func (c *jiraConfig) open(w *world) *fleet.Jira {
	w.Helper()
	s, err := w.Jira(c.JiraOptions)
	w.must(err)
	board := s.Project.AddBoard("Board")
	if _, chosen := c.Settings["board"]; chosen {
		c.Settings["board"] = board // the site keeps the map
	}
	for _, name := range []string{"Sprint 1", "Sprint 2"} {
		_, err := s.Sim.AddSprint(board, name, "future")
		w.must(err)
	}
	for _, f := range c.then {
		f(w, s)
	}
	return s
}

// deliver has the webhooks of a member's Jira come in.
func (c *jiraConfig) deliver(w *world, m *fleet.Member) {
	w.Helper()
	if c.webhooks == "" {
		return
	}
	post := w.hooked(m)
	if c.webhooks == early {
		m.Site.Wire().Afterwards(post)
		return
	}
	m.Site.Wire().Meanwhile(func(*http.Request) { post(); post() })
}

// hooked has the Jira of a member send webhooks, and returns what delivers those that were not yet: what they name is
// looked at, as the intake has it.
func (w *world) hooked(m *fleet.Member) func() {
	w.Helper()
	const secret = "a secret of the hook"
	s := m.Site.(*fleet.Jira) //nolint:errcheck // because the site is a Jira
	s.Sim.AddHook(simulator.HookSettings{URL: "https://us.example.com/hook", Secret: secret})
	a, err := w.Adapter(w.Context(), m)
	w.must(err)
	receiver := a.(adapters.WebhookReceiver) //nolint:errcheck // because Jira's is one
	client := &http.Client{Transport: adaptertest.RoundTrip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		w.must(err)
		d, err := receiver.VerifyWebhook([]byte(secret), r.Header, body)
		w.must(err)
		w.must(w.Engine.Hint(w.Context(), m.ID, d.Refs))
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})}
	return func() {
		_, err := s.Sim.Deliver(w.Context(), client)
		w.must(err)
	}
}

// TestEveryLostWriteIsMadeGoodHowever is TestEveryLostWriteIsMadeGood at Jiras of other settings. Unless all is tried, the same
// things are done there and nothing is lost.
func TestEveryLostWriteIsMadeGoodHowever(t *testing.T) {
	t.Parallel()
	for n, row := range jiraRows(15) {
		t.Run(fmt.Sprintf("%d: %s", n, nameOf(row)), func(t *testing.T) {
			t.Parallel()
			c := configured(row)
			lostCase{
				site:     func(w *world) fleet.Site { return c.open(w) },
				umbrella: epicOf, filter: c.filter, lag: c.lag, mapping: c.mapping, connected: c.deliver, parks: c.parks, whole: !allSettings(),
			}.loseEach(t)
		})
	}
}

func epicOf(s fleet.Site) (string, error) {
	j := s.(*fleet.Jira) //nolint:errcheck // because the site is this case's own
	made, err := j.Sim.Act(simulator.Act{Login: "ada", Do: "create", Project: j.Project.Key(), Type: "Epic", Summary: "umbrella"})
	return made.Issue, err
}
