package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

const (
	jiraSite = "https://example.atlassian.net"
	jiraBot  = "extsync-bot"
)

// withJira attaches a Jira with a project that has a field of its own.
func (s *service) withJira() *jira.Sim {
	s.t.Helper()
	sim := jira.New(jira.Options{Now: s.Engine.Clock.Now, Seed: 1, Limits: jira.NoLimits(), BaseURL: jiraSite})
	for _, login := range []string{jiraBot, "bob"} {
		sim.AddUser(model.User{Login: login})
	}
	sim.AddToken("jira-good", jira.Token{Login: jiraBot})
	_, err := sim.AddProject(model.ProjectSpec{Key: "PROJ", Fields: []model.FieldSpec{{ID: "customfield_10900", Name: "Risk", Type: model.TextField}}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Attach("example.atlassian.net", sim.Transport())
	return sim
}

func newJira() v1.NewProject {
	return v1.NewProject{
		System: "jira", Address: "PROJ", APIURL: jiraSite, Token: "jira-good", User: jiraBot + "@example.com",
		Pace: v1.Pace{Off: true}, WebhookSecret: hookSecret,
	}
}

// TestConnectJira: the project's own field is proposed, read and kept, and a delivery of
// Jira's brings news in.
func TestConnectJira(t *testing.T) {
	s := newService(t)
	sim := s.withJira()
	_, err := sim.Act(jira.Act{Login: "bob", Do: "create", Project: "PROJ", Summary: "Login fails", Fields: map[string]any{"customfield_10900": "high"}})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", newJira())
	path := "/v1/projects/" + p.ID
	got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil)
	if got.Status != "active" || got.Mapping != 1 || got.User != jiraBot+"@example.com" {
		st, _ := want[v1.Setup](s, 200, http.MethodGet, path+"/setup", nil)
		t.Fatalf("connected: %+v; setup %+v", got, st)
	}
	m, _ := want[v1.MappingVersion](s, 200, http.MethodGet, path+"/mappings/0", nil)
	if !strings.Contains(m.Document, "customfield_10900") {
		t.Errorf("the project's own field is not mapped:\n%s", m.Document)
	}
	page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
	if page.Total != 1 || page.Tickets[0].Title != "Login fails" {
		t.Fatalf("tickets: %+v", page)
	}
	trial, _ := want[v1.MappingTrial](s, 200, http.MethodPost, path+"/mappings/test", v1.MappingTest{})
	if trial.Outside != 1 || trial.Here != 1 || trial.Counts["lossy"]+trial.Counts["refused"] != 0 {
		t.Errorf("trial: %+v", trial)
	}

	sim.AddHook(jira.HookSettings{URL: s.Server.URL + "/v1/hooks/jira/" + p.ID, Secret: hookSecret})
	s.Advance(time.Minute)
	if _, err := sim.Act(jira.Act{Login: "bob", Do: "create", Project: "PROJ", Summary: "Logout fails"}); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Deliver(t.Context(), s.Server.Client()); err != nil {
		t.Fatal(err)
	}
	if s.pending() == 0 {
		t.Fatalf("the delivery woke nobody: %+v", sim.Deliveries())
	}
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, _ = want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 2 {
		t.Errorf("after the delivery: %+v", page)
	}
}

// TestAWiderFilterDuringAPause: what it lets in has not changed since, and comes in all the same once the
// project synchronises again.
func TestAWiderFilterDuringAPause(t *testing.T) {
	s := newService(t)
	sim := s.withJira()
	for _, issue := range []jira.Act{{Summary: "Logout fails"}, {Summary: "Login fails", Names: []string{"shared"}}} {
		issue.Login, issue.Do, issue.Project = "bob", "create", "PROJ"
		if _, err := sim.Act(issue); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Hour)
	}
	n := newJira()
	n.Filter = "labels = shared"
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	path := "/v1/projects/" + p.ID
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 1 {
		t.Fatalf("with the filter there are %d tickets", page.Total)
	}
	want[v1.Project](s, 200, http.MethodPost, path+"/pause", nil)
	want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{Filter: ptr("")})
	want[v1.Project](s, 200, http.MethodPost, path+"/resume", nil)
	s.Advance(time.Hour)
	want[v1.Project](s, 202, http.MethodPost, path+"/sync", nil)
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 2 {
		t.Errorf("without it there are %d tickets", page.Total)
	}
}

// TestConnectJiraRefused: each mistake is named.
func TestConnectJiraRefused(t *testing.T) {
	for _, c := range []struct {
		reason string
		spoil  func(*v1.NewProject)
		uri    string
		says   string
	}{
		{"wrong token", func(n *v1.NewProject) { n.Token = "nonsense" }, v1.ExternalRefused, ""},
		{"unknown project", func(n *v1.NewProject) { n.Address = "NONE" }, v1.ExternalNotFound, ""},
		{"a filter that is no JQL", func(n *v1.NewProject) { n.Filter = "labels = = a" }, v1.ExternalInvalid, ""},
		{"an unknown setting", func(n *v1.NewProject) { n.Settings = json.RawMessage(`{"editoin":"cloud"}`) }, v1.ExternalInvalid, "settings"},
		{"no address", func(n *v1.NewProject) { n.APIURL = "" }, v1.ExternalInvalid, ""},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := newService(t)
			s.withJira()
			n := newJira()
			c.spoil(&n)
			if p := s.problem(s.call(http.MethodPost, "/v1/projects", n), c.uri); !strings.Contains(p.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", p.Error(), c.says)
			}
		})
	}
}

// peer is a system that sends us its tickets and can neither be read nor written.
const peer = `{
	"ticket": {
		"id": ".id", "updated_at": ".updated", "fields": {"title": {"read": ".title"}, "body": {"read": ".text", "type": "prose"}}
	},
	"receive": {
		"signature": {"mode": "sha256", "timestamp": ".sent_at", "max_age": "5m"}, "delivery_id": {"payload": ".delivery"}, "ticket": ".ticket"
	}
}`

// TestWebhookPeer: a peer that cannot be read brings its tickets whole; an old delivery
// is refused, a repeated one does nothing, and it serves one direction.
func TestWebhookPeer(t *testing.T) {
	s := newService(t)
	n := v1.NewProject{System: "webhook", Address: "helpdesk", Settings: json.RawMessage(peer), WebhookSecret: hookSecret}
	refused := s.problem(s.call(http.MethodPost, "/v1/projects", n), v1.InvalidRequest)
	if !strings.Contains(refused.Detail, "cannot serve the direction bidirectional; it serves pull") {
		t.Errorf("both ways: %s", refused.Detail)
	}
	n.Direction = "pull"
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.Status != "active" {
		st, _ := want[v1.Setup](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/setup", nil)
		t.Fatalf("connected: %+v; setup %+v", got, st)
	}
	deliver := func(status int, id, title string, sent time.Time) {
		t.Helper()
		body := fmt.Appendf(nil, `{"delivery":%q,"sent_at":%q,"ticket":{"id":"T1","title":%q,"text":"help","updated":%q}}`,
			id, sent.Format(time.RFC3339), title, sent.Format(time.RFC3339))
		mac := hmac.New(sha256.New, []byte(hookSecret))
		mac.Write(body)
		a := s.call(http.MethodPost, "/v1/hooks/webhook/"+p.ID, body, "Authorization", "", "Content-Type", "application/json",
			"X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
		if a.Status != status {
			t.Fatalf("delivery %s: got %d, want %d: %s", id, a.Status, status, a.Body)
		}
		if err := s.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	titles := func() (out []string) {
		t.Helper()
		page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
		for _, tk := range page.Tickets {
			out = append(out, tk.Title)
		}
		return out
	}
	now := s.Engine.Clock.Now()
	deliver(200, "d1", "Login fails", now)
	deliver(200, "d2", "Login fails always", now.Add(time.Second))
	if got := titles(); len(got) != 1 || got[0] != "Login fails always" {
		t.Fatalf("tickets: %q", got)
	}
	deliver(200, "d1", "Login fails", now)                                            // again
	deliver(200, "d3", "Login failed", now.Add(-time.Minute))                         // late
	deliver(401, "d4", "Login never fails", s.Engine.Clock.Now().Add(-6*time.Minute)) // replayed
	deliver(401, "d5", "Login will fail", s.Engine.Clock.Now().Add(6*time.Minute))    // from the future
	if got := titles(); len(got) != 1 || got[0] != "Login fails always" {
		t.Errorf("after deliveries that must change nothing: %q", got)
	}
	if s.known(p.ID, "d4") {
		t.Error("the id of a refused delivery was stored")
	}
}
