package jira_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/markup"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/ticket"
)

// desk is one simulated Jira with the project ABC, a virtual clock, and an adapter on it.
type desk struct {
	*adaptertest.Desk
	sim     *simulator.Sim
	project *simulator.Project
	edition simulator.Edition
	through http.RoundTripper // what the adapter's calls pass; nil: the simulator alone
}

const (
	bot     = "extsync-bot"
	someone = "ada-m"
	ownKey  = "k-0123456789abcdef"
	token   = "tok"
)

// editions runs a test on both.
func editions(t *testing.T, f func(d *desk)) {
	t.Helper()
	for _, e := range []simulator.Edition{simulator.Cloud, simulator.DataCenter} {
		t.Run(string(e), func(t *testing.T) {
			f(newDesk(t, func(o *simulator.Options) { o.Edition = e }))
		})
	}
}

func newDesk(t *testing.T, adjust ...func(*simulator.Options)) *desk {
	t.Helper()
	d := &desk{Desk: adaptertest.NewDesk(t), edition: simulator.Cloud}
	o := simulator.Options{Now: d.Now, Seed: 1, Limits: simulator.NoLimits(),
		Sleep: func(_ context.Context, by time.Duration) { d.Advance(by) }}
	for _, f := range adjust {
		f(&o)
	}
	if o.Edition != "" {
		d.edition = o.Edition
	}
	d.sim = simulator.New(o)
	d.people(bot, someone, "ann", "bob", "mallory")
	for n := range 10 {
		d.people(fmt.Sprintf("person%d", n))
	}
	d.sim.AddToken(token, simulator.Token{Login: bot})
	d.project = d.add(d.spec("ABC"))
	d.Tested = d.connect(adapters.Config{})
	return d
}

// people makes accounts whose ids on Cloud are their logins.
func (d *desk) people(logins ...string) {
	for _, l := range logins {
		d.sim.AddUser(model.User{Login: l, AccountID: l, Key: "JIRAUSER-" + l})
	}
}

func parts(prefix string) []string {
	var out []string
	for n := range 20 {
		out = append(out, fmt.Sprintf("%s%d", prefix, n))
	}
	return out
}

// spec describes a project with every kind of field and a workflow of several hops.
func (d *desk) spec(key string) model.ProjectSpec {
	return model.ProjectSpec{Key: key, Name: "Project " + key, Workflow: model.ReviewWorkflow(), Lead: someone,
		Fields: customFields(), Components: parts("part"), Versions: parts("v")}
}

func customFields() []model.FieldSpec {
	letters := []model.OptionSpec{{Value: "A"}, {Value: "B"}, {Value: "C"}}
	return []model.FieldSpec{
		{ID: "customfield_10030", Name: "Story Points", Type: model.Number},
		{ID: "customfield_10031", Name: "Line", Type: model.TextField},
		{ID: "customfield_10032", Name: "Area", Type: model.TextArea},
		{ID: "customfield_10033", Name: "Number", Type: model.Number},
		{ID: "customfield_10034", Name: "Day", Type: model.Date},
		{ID: "customfield_10035", Name: "Moment", Type: model.DateTime},
		{ID: "customfield_10036", Name: "Choice", Type: model.Select, Options: letters},
		{ID: "customfield_10037", Name: "Choices", Type: model.MultiSelect, Options: letters},
		{ID: "customfield_10038", Name: "Boxes", Type: model.Checkbox, Options: letters},
		{ID: "customfield_10039", Name: "Region", Type: model.Cascading, Options: []model.OptionSpec{{Value: "EU", Children: []string{"AT", "DE"}}, {Value: "US"}}},
		{ID: "customfield_10040", Name: "Owner", Type: model.UserPicker},
		{ID: "customfield_10041", Name: "Team", Type: model.MultiUser},
		{ID: "customfield_10042", Name: "Tags", Type: model.Labels},
		{ID: "customfield_10043", Name: "Link", Type: model.URL},
	}
}

func (d *desk) add(s model.ProjectSpec) *simulator.Project {
	d.Helper()
	p, err := d.sim.AddProject(s)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

// settings returns the adapter's settings for the desk's edition.
func (d *desk) settings(change func(*jira.Settings)) json.RawMessage {
	s := jira.Settings{Edition: string(d.edition), TransitionFields: map[string]string{"resolution": "Done"}}
	if change != nil {
		change(&s)
	}
	raw, err := json.Marshal(s)
	if err != nil {
		d.Fatal(err)
	}
	return raw
}

func (d *desk) connect(cfg adapters.Config) adapters.Adapter {
	d.Helper()
	if cfg.ProjectKey == "" {
		cfg.ProjectKey, cfg.ProjectID = d.project.Key(), d.project.ID()
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = map[simulator.Edition]string{simulator.Cloud: "https://example.atlassian.net", simulator.DataCenter: "https://jira.example.com"}[d.edition]
	}
	if cfg.Token == "" {
		cfg.Token = token
		if d.edition == simulator.Cloud {
			cfg.User = bot + "@example.com"
		}
	}
	if cfg.Transport == nil {
		cfg.Transport = d.sim.Transport()
		if d.through != nil {
			cfg.Transport = d.through
		}
	}
	if cfg.Settings == nil {
		cfg.Settings = d.settings(nil)
	}
	if cfg.OwnKey == nil {
		cfg.OwnKey = func(key string) bool { return strings.HasPrefix(key, ownKey) }
	}
	cfg.Meter = d
	a, err := jira.New(cfg)
	if err != nil {
		d.Fatalf("new adapter: %v", err)
	}
	return a
}

// act lets a person act.
func (d *desk) act(a simulator.Act) simulator.Acted {
	d.Helper()
	if a.Login == "" {
		a.Login = someone
	}
	if a.Do == "create" && a.Project == "" {
		a.Project = d.project.Key()
	}
	out, err := d.sim.Act(a)
	if err != nil {
		d.Fatal(err)
	}
	return out
}

// open lets a person make an issue.
func (d *desk) open(summary string) external.Ref {
	d.Helper()
	made := d.act(simulator.Act{Do: "create", Summary: summary})
	return external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Key}
}

// remark lets a person comment.
func (d *desk) remark(on external.Ref, words string) external.Ref {
	d.Helper()
	made := d.act(simulator.Act{Do: "comment", Issue: on.ID, Text: &words})
	return external.Ref{Kind: external.KindComment, ID: made.Comment, Key: made.Comment, Parent: on.Key}
}

// markup is the Jira form of Markdown that a person types: always wiki markup.
func (d *desk) markup(md string) string {
	d.Helper()
	raw, err := markup.Wiki.New(md)
	if err != nil {
		d.Fatal(err)
	}
	return raw
}

// try writes content as the engine does and returns the item after its last call.
func (d *desk) try(c outbound.Content) (external.Item, error) {
	d.Helper()
	items, err := d.Try(d.Tested, c)
	if len(items) == 0 {
		return external.Item{}, err
	}
	return items[len(items)-1], err
}

func (d *desk) push(c outbound.Content) external.Item {
	d.Helper()
	item, err := d.try(c)
	if err != nil {
		d.Fatal(err)
	}
	return item
}

// newIssue is the content of a create.
func newIssue(f external.Fields) outbound.Content {
	return outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, Set: f, CreateKey: ownKey}
}

// edit is the content of an update of what an item holds now.
func edit(item external.Item, f external.Fields) outbound.Content {
	return outbound.Content{Action: outbound.Update, Ref: item.Ref, Set: f, Now: item.Fields, CreateKey: item.CreateKey}
}

// roundTrip is a transport made of a function.
type roundTrip = adaptertest.RoundTrip

var (
	text    = ticket.Text
	set     = ticket.Set
	cleared = adaptertest.Cleared
	names   = adaptertest.Names
	want    = adaptertest.Want
)
