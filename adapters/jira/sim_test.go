package jira_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
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
	*testing.T
	sim     *simulator.Sim
	project *simulator.Project
	edition simulator.Edition
	a       adapters.Adapter
	through http.RoundTripper // what the adapter's calls pass; nil: the simulator alone

	mu    sync.Mutex
	now   time.Time
	calls []string
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
	d := &desk{T: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC), edition: simulator.Cloud}
	o := simulator.Options{Now: d.time, Seed: 1, Limits: simulator.NoLimits(),
		Sleep: func(_ context.Context, by time.Duration) { d.advance(by) }}
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
	d.a = d.connect(adapters.Config{})
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

// Called keeps the kinds of the calls made.
func (d *desk) Called(kind string, _ bool, _ adapters.Rate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, kind)
}

// made returns the kinds of the calls since it was asked last.
func (d *desk) made() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := strings.Join(d.calls, " ")
	d.calls = nil
	return s
}

func (d *desk) time() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
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

func (d *desk) look(ref external.Ref) external.Item {
	d.Helper()
	items, err := d.a.Read(d.Context(), []external.Ref{ref})
	if err != nil {
		d.Fatalf("read %s: %v", ref.Key, err)
	}
	return items[0]
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

// cleared passes content through the privacy gate for a public ticket.
func cleared(t *testing.T, c outbound.Content) outbound.Outbound {
	t.Helper()
	out, err := outbound.Clear(outbound.Request{Ticket: ticket.Ticket{Privacy: ticket.Public}, Content: c})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (d *desk) ops(c outbound.Content) []adapters.Op {
	d.Helper()
	ops, err := d.a.Ops(cleared(d.T, c))
	if err != nil {
		d.Fatal(err)
	}
	return ops
}

// try writes content as the engine does and returns the item after its last call.
func (d *desk) try(c outbound.Content) (external.Item, error) {
	d.Helper()
	var item external.Item
	for _, op := range d.ops(c) {
		var err error
		if item, err = d.a.Write(d.Context(), op); err != nil {
			return item, err
		}
	}
	return item, nil
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

func names(ops []adapters.Op) string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Name)
	}
	return strings.Join(out, ", ")
}

// want fails unless err has the kind and its message holds every word.
func want(t *testing.T, err error, kind external.ErrorKind, words ...string) {
	t.Helper()
	if err == nil || external.KindOf(err) != kind {
		t.Fatalf("got %v (kind %q), want kind %q", err, external.KindOf(err), kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var (
	text = ticket.Text
	set  = ticket.Set
)

func newAdapter(cfg adapters.Config) (adapters.Adapter, error) { return jira.New(cfg) }
