package jira_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// TestProbeNamesEachMissingPermission, as Jira calls it.
func TestProbeNamesEachMissingPermission(t *testing.T) {
	editions(t, func(d *desk) {
		d.Tested = d.connect(adapters.Config{Fields: []string{"sprint"}})
		for _, p := range []model.Permission{
			model.CreateIssues, model.EditIssues, model.TransitionIssues, model.AddComments, model.AssignIssues, model.EditOwnComments,
			model.DeleteOwnComments, model.ScheduleIssues,
		} {
			if err := d.project.Revoke(bot, p); err != nil {
				d.Fatal(err)
			}
			who, err := d.Tested.Probe(d.Context())
			if err != nil || who.Login != bot || !slices.Equal(who.Missing, []string{string(p)}) {
				d.Errorf("without %s: got %+v, %v", p, who, err)
			}
			if err := d.project.Grant(bot, p); err != nil {
				d.Fatal(err)
			}
		}
		if err := d.project.SetPermissions(bot); err != nil {
			d.Fatal(err)
		}
		_, err := d.Tested.Probe(d.Context())
		want(d.T, err, external.NotFound, "Browse Projects")
	})
}

// TestBrokenFilterIsSaidAtProbe, in Jira's own words; what would reach beyond the project
// is refused before.
func TestBrokenFilterIsSaidAtProbe(t *testing.T) {
	editions(t, func(d *desk) {
		d.Tested = d.connect(adapters.Config{Filter: "nosuchfield = 1"})
		_, err := d.Tested.Probe(d.Context())
		want(d.T, err, external.Invalid, "nosuchfield")
		d.Tested = d.connect(adapters.Config{Filter: "labels = sync"})
		if _, err := d.Tested.Probe(d.Context()); err != nil {
			d.Error(err)
		}
	})
	for _, filter := range []string{
		"labels = a) OR (project = SECRET", "labels = a ORDER BY key", "(labels = a", `labels = "a`, `labels = a\`, "labels = a\norder   by key",
	} {
		_, err := jira.New(adapters.Config{BaseURL: "https://x.example", Filter: filter})
		want(t, err, external.Invalid, "filter")
	}
	for _, filter := range []string{"", `summary ~ "a) OR (b" AND labels IN (a, b)`, `summary ~ "order by"`, `summary ~ 'it\'s'`} {
		if _, err := jira.New(adapters.Config{BaseURL: "https://x.example", Filter: filter}); err != nil {
			t.Errorf("%s: %v", filter, err)
		}
	}
}

// TestSettings: a typing error is told, not passed over.
func TestSettings(t *testing.T) {
	for raw, says := range map[string]string{
		`{"edition": "server"}`: "edition", `{"edicion": "cloud"}`: "settings", `[]`: "settings", `{`: "settings", `{} {}`: "settings", `{}}`: "settings",
		`{"board": "7"}`: "board", `{"board": -1}`: "board", `{"estimate_field": "Points"}`: "estimate_field", `{"sprint_field": "10020"}`: "sprint_field",
	} {
		_, err := jira.New(adapters.Config{BaseURL: "https://x.example", Settings: []byte(raw)})
		want(t, err, external.Invalid, says)
		_, err = jira.Settle([]byte(raw))
		want(t, err, external.Invalid, says)
	}
	for raw, batch := range map[string]int{"": 100, `{"board": 7, "estimate_field": "customfield_10016"}`: 100, `{"edition": "data_center"}`: 1} {
		if caps, err := jira.Settle([]byte(raw)); err != nil || caps.System != jira.System || caps.ReadBatch != batch {
			t.Errorf("%s: an edition that reads %d at once, %v", raw, caps.ReadBatch, err)
		}
	}
	for _, address := range []string{"x.example", "ftp://x.example", "https://", "https://x.example?a=b", "::"} {
		_, err := jira.New(adapters.Config{BaseURL: address})
		want(t, err, external.Invalid, "address")
	}
	a, err := jira.New(adapters.Config{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Probe(t.Context())
	want(t, err, external.Invalid, "no address")
}

// TestCredentials: API tokens go with an e-mail address; OAuth tokens and personal access
// tokens stand for themselves; OAuth has an address of its own.
func TestCredentials(t *testing.T) {
	const scoped = "https://api.atlassian.com/ex/jira/11111111-2222-4333-8444-555555555555"
	d := newDesk(t)
	d.sim.AddToken("oauth", simulator.Token{Login: bot, OAuth: true})
	tests := []struct {
		reason  string
		cfg     adapters.Config
		refused bool
	}{
		{"API token", adapters.Config{User: bot + "@example.com", Token: token}, false},
		{"scoped API token", adapters.Config{User: bot + "@example.com", Token: token, BaseURL: scoped + "/"}, false},
		{"OAuth", adapters.Config{Token: "oauth", BaseURL: scoped}, false},
		{"another's address", adapters.Config{User: "ann@example.com", Token: token}, true},
		{"OAuth as API token", adapters.Config{User: bot + "@example.com", Token: "oauth"}, true},
		{"no such token", adapters.Config{Token: "nothing"}, true},
	}
	for _, tt := range tests {
		who, err := d.connect(tt.cfg).Probe(t.Context())
		if tt.refused != (external.KindOf(err) == external.Unauthorised) || (!tt.refused && who.Login != bot) {
			t.Errorf("%s: got %+v, %v", tt.reason, who, err)
		}
		if tt.refused && !strings.Contains(err.Error(), "X-Seraph-LoginReason: AUTHENTICATED_FAILED") {
			t.Errorf("%s: the reason is missing: %v", tt.reason, err)
		}
	}
	pat := newDesk(t, func(o *simulator.Options) { o.Edition = simulator.DataCenter })
	if who, err := pat.Tested.Probe(t.Context()); err != nil || who.Login != bot {
		t.Errorf("personal access token: got %+v, %v", who, err)
	}
}

// TestTokenStaysAtHome: a redirect to another host is not followed, and takes no token.
func TestTokenStaysAtHome(t *testing.T) {
	d := newDesk(t)
	var hosts []string
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		resp := answer(r, http.StatusFound, "")
		resp.Header.Set("Location", "https://elsewhere.example/login.jsp")
		return resp, nil
	})
	_, err := d.connect(adapters.Config{}).Probe(t.Context())
	want(t, err, external.Unauthorised, "login page")
	if len(hosts) != 1 || hosts[0] != "example.atlassian.net" {
		t.Errorf("asked %v", hosts)
	}
}

// TestProjects lists every page.
func TestProjects(t *testing.T) {
	editions(t, func(d *desk) {
		for _, a := range "ABCDEFGHIJ" {
			for _, b := range "KLMNOP" {
				d.add(model.ProjectSpec{Key: "P" + string(a) + string(b), TeamManaged: true})
			}
		}
		all, err := d.Tested.Projects(d.Context())
		if err != nil || len(all) != 61 {
			d.Fatalf("got %d projects, %v", len(all), err)
		}
		p, err := d.Tested.Project(d.Context())
		if err != nil || p.ID != d.project.ID() || p.Key != "ABC" || p.Name != "Project ABC" || !strings.HasSuffix(p.URL, "/browse/ABC") {
			d.Errorf("got %+v, %v", p, err)
		}
	})
}

// TestSchema tells types, values, what is required, categories, people and containers.
func TestSchema(t *testing.T) {
	editions(t, func(d *desk) {
		d.sim.AddUser(model.User{Login: "shy", AccountID: "shy", Key: "shy-key", HideEmail: true})
		board := d.project.AddBoard("board")
		for _, s := range [][2]string{{"Old", "closed"}, {"Now", "active"}} {
			if _, err := d.sim.AddSprint(board, s[0], s[1]); err != nil {
				d.Fatal(err)
			}
		}
		s, err := d.Tested.Schema(d.Context())
		if err != nil {
			d.Fatal(err)
		}
		status, _ := s.Field("status")
		for name, c := range map[string]external.Category{"To Do": external.CategoryTodo, "In Review": external.CategoryDoing, "Done": external.CategoryDone} {
			if o, there := status.Option(name); !there || o.Category != c {
				d.Errorf("status %s: got %+v", name, o)
			}
		}
		for name, option := range map[string]string{
			"priority": "Highest", "resolution": "Won't Do", "issuetype": "Epic", "components": "part3", "customfield_10036": "B", "customfield_10039": "EU / AT",
		} {
			f, _ := s.Field(name)
			if _, there := f.Option(option); !there {
				d.Errorf("%s lacks %q: %+v", name, option, f.Options)
			}
		}
		if f, _ := s.Field("summary"); !f.Required {
			d.Error("the summary is required")
		}
		types := map[string]external.FieldType{"customfield_10032": external.TypeProse, "customfield_10040": external.TypePeople, "customfield_10042": external.TypeLabels}
		for name, typ := range types {
			if f, there := s.Field(name); !there || f.Type != typ || f.Title == "" {
				d.Errorf("%s: got %+v", name, f)
			}
		}
		if _, there := s.Field("customfield_10030"); there {
			d.Error("the estimate shows under a second name")
		}
		var sprints []string
		for _, c := range s.Containers {
			if c.Field == "sprint" {
				sprints = append(sprints, c.Name)
			}
		}
		if strings.Join(sprints, " ") != "Now Old" || len(s.Containers) != 22 {
			d.Errorf("got sprints %q among %d containers", sprints, len(s.Containers))
		}
		mail := map[string]string{}
		for _, p := range s.People {
			mail[p.Login] = p.Email
		}
		if mail["ann"] != "ann@example.com" || mail["shy"] != "" || len(s.People) != 16 {
			d.Errorf("got people %v", mail)
		}
	})
}

// TestUnreachableStates are marked where Jira tells the workflow.
func TestUnreachableStates(t *testing.T) {
	d := newDesk(t)
	spec := d.spec("FLO")
	spec.Workflow = model.ReviewWorkflow()
	spec.Workflow.Statuses = append(spec.Workflow.Statuses, model.Status{Name: "Lost", Category: model.Done}, model.Status{Name: "Cancelled", Category: model.Done})
	d.project = d.add(spec)
	d.told(t, toldWithLinks)
	s, err := d.Tested.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status, _ := s.Field("status")
	for name, lost := range map[string]bool{"To Do": false, "Done": false, "Lost": true} {
		if o, there := status.Option(name); !there || o.Unreachable != lost {
			t.Errorf("%s: got %+v", name, o)
		}
	}
	if o, _ := status.Option("Cancelled"); o.Category != external.CategoryCanceled {
		t.Errorf("cancelled: got %+v", o)
	}
}

// TestSchemaOfAReader: who may not create issues learns of no fields, and of the rest all
// the same.
func TestSchemaOfAReader(t *testing.T) {
	d := newDesk(t)
	if err := d.project.SetPermissions(bot, model.Browse); err != nil {
		t.Fatal(err)
	}
	s, err := d.Tested.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := s.Field("status"); len(status.Options) == 0 {
		t.Errorf("got %+v", status)
	}
}
