package linear_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
)

// A personal API key stands bare in Authorization, an OAuth token behind Bearer; the
// other way round Linear refuses it.
func TestAuthorization(t *testing.T) {
	tests := []struct {
		reason, token string
		kind          simulator.TokenKind
		settings      string
		want          external.ErrorKind
	}{
		{"a key by its prefix", "lin_api_x", simulator.APIKey, "", ""},
		{"any other token is OAuth's", "lin_oauth_x", simulator.OAuth, "", ""},
		{"an app's token is OAuth's", "0123abcd", simulator.App, "", ""},
		{"an old key without the prefix", "0123abcd", simulator.APIKey, `{"auth":"key"}`, ""},
		{"a key taken for OAuth", "lin_api_x", simulator.APIKey, `{"auth":"oauth"}`, external.Unauthorised},
		{"OAuth taken for a key", "lin_oauth_x", simulator.OAuth, `{"auth":"key"}`, external.Unauthorised},
	}
	for _, tt := range tests {
		d := newDesk(t)
		d.sim.AddToken(tt.token, simulator.Token{Login: bot, Kind: tt.kind})
		a := d.connect(adapters.Config{Token: tt.token, Settings: json.RawMessage(tt.settings)})
		who, err := a.Probe(d.Context())
		if external.KindOf(err) != tt.want || (err == nil && (who.Login != bot || len(who.Missing) != 0)) {
			t.Errorf("%s: got %+v, %v", tt.reason, who, err)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, s := range []string{`{"auth":"basic"}`, `{"backlink":"https://a.example/"}`, `{"backlink":"a/{id}"}`, `{"colour":"red"}`, `[`} {
		_, err := linear.New(adapters.Config{Settings: json.RawMessage(s)})
		want(t, err, external.Invalid)
		_, err = linear.Settle(json.RawMessage(s))
		want(t, err, external.Invalid)
	}
	if caps, err := linear.Settle(nil); err != nil || caps.WriteBatch != 50 {
		t.Errorf("got batches of %d, %v", caps.WriteBatch, err)
	}
	if caps, err := linear.Settle(json.RawMessage(`{"backlink":"https://a.example/{id}"}`)); err != nil || caps.WriteBatch != 0 {
		t.Errorf("with a second call for each create: got batches of %d, %v", caps.WriteBatch, err)
	}
	_, err := linear.New(adapters.Config{BaseURL: "ftp://linear.example"})
	want(t, err, external.Invalid)
	_, err = linear.New(adapters.Config{Filter: "labels:public"})
	want(t, err, external.Invalid, "IssueFilter")
}

// No token of ours goes to another host.
func TestTokenStaysWithItsHost(t *testing.T) {
	a, err := linear.New(adapters.Config{ProjectKey: "ENG", Token: "lin_api_x", BaseURL: "https://one.example/graphql",
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "one.example" || r.Header.Get("Authorization") != "lin_api_x" {
				t.Errorf("%s was told %q", r.URL.Host, r.Header.Get("Authorization"))
			}
			return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://two.example/"}},
				Body: http.NoBody, Request: r}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Project(t.Context())
	want(t, err, external.Invalid, "status 307")
}

func TestFilterIsTriedAndApplied(t *testing.T) {
	d := newDesk(t)
	public, private := d.open("public"), d.open("private")
	d.act(simulator.Act{Do: "label", Issue: public.ID, Names: []string{"public"}})
	for _, ref := range []external.Ref{public, private} {
		body := "a remark"
		d.act(simulator.Act{Do: "comment", Issue: ref.ID, Body: &body})
	}
	d.Tested = d.connect(adapters.Config{Filter: `{"labels": {"name": {"eq": "public"}}}`})
	if _, err := d.Tested.Probe(d.Context()); err != nil {
		t.Fatal(err)
	}
	items, _ := d.walk(external.Window{}, nil)
	if len(items) != 2 || items[0].ID != public.ID || items[1].Parent != public.Key {
		t.Errorf("got %d items, want the public issue and its comment", len(items))
	}
	broken := d.connect(adapters.Config{Filter: `{"colour": {"eq": "red"}}`})
	_, err := broken.Probe(d.Context())
	want(t, err, external.Invalid, "filter")
}

func TestProjectFollowsItsID(t *testing.T) {
	d := newDesk(t)
	d.sim.AddTeam("OPS", "Operations").SetPrivate(true)
	p, err := d.connect(adapters.Config{ProjectKey: "OLD", ProjectID: d.team.ID()}).Project(d.Context())
	if err != nil || p.Key != "ENG" || p.ID != d.team.ID() || p.Name != "Engineering" || p.URL != "https://linear.app/acme/team/ENG" {
		t.Errorf("got %+v, %v; want the team under its present key", p, err)
	}
	p, err = d.connect(adapters.Config{ProjectKey: "eng"}).Project(d.Context())
	if err != nil || p.ID != d.team.ID() || p.Private {
		t.Errorf("got %+v, %v; want the team found by its key", p, err)
	}
	all, err := d.Tested.Projects(d.Context())
	if err != nil || len(all) != 2 || !slices.ContainsFunc(all, func(p external.Project) bool { return p.Key == "OPS" && p.Private }) {
		t.Errorf("got %+v, %v", all, err)
	}
}

// States belong to a team and their types are an open set.
func TestSchema(t *testing.T) {
	d := newDesk(t)
	d.sim.AddTeam("OPS", "Operations")
	d.team.AddState("Paused", "hibernating")
	if _, err := d.team.AddLabel("bug"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.team.AddProject("Apollo"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.team.AddCycle("", d.Now(), d.Now().Add(14*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	s, err := d.Tested.Schema(d.Context())
	if err != nil {
		t.Fatal(err)
	}
	state, _ := s.Field("state")
	for name, category := range map[string]external.Category{
		"Triage": external.CategoryTodo, "Backlog": external.CategoryTodo, "Todo": external.CategoryTodo,
		"In Progress": external.CategoryDoing, "Done": external.CategoryDone, "Canceled": external.CategoryCanceled,
		"Duplicate": external.CategoryCanceled, "Paused": external.CategoryTodo,
	} {
		if o, ok := state.Option(name); !ok || o.Category != category || o.ID == "" {
			t.Errorf("state %s: got %+v", name, o)
		}
	}
	if len(state.Options) != 9 {
		t.Errorf("got %d states, want those of one team", len(state.Options))
	}
	estimate, _ := s.Field("estimate")
	if names := optionNames(estimate); names != "0 1 2 3 5 8" {
		t.Errorf("estimates: got %q", names)
	}
	priority, _ := s.Field("priority")
	if names := optionNames(priority); names != "No priority Urgent High Medium Low" {
		t.Errorf("priorities: got %q", names)
	}
	if !slices.Equal(s.Labels, []string{"bug"}) || len(s.Containers) != 2 || s.Containers[0].Name != "Apollo" || s.Containers[1].Name != "Cycle 1" {
		t.Errorf("got labels %q and containers %+v", s.Labels, s.Containers)
	}
	i := slices.IndexFunc(s.People, func(p external.Person) bool { return p.Login == d.sim.User(someone) })
	if i < 0 || s.People[i].Name != someone || s.People[i].Email == "" {
		t.Errorf("people: got %+v", s.People)
	}
	d.team.SetEstimates("notUsed", false, false)
	if s, err = d.Tested.Schema(d.Context()); err != nil {
		t.Fatal(err)
	}
	if _, has := s.Field("estimate"); has {
		t.Error("a team that does not estimate has no estimates")
	}
}

func optionNames(f external.FieldCapability) string {
	var out []string
	for _, o := range f.Options {
		out = append(out, o.Name)
	}
	return strings.Join(out, " ")
}

// A token that may only read is told by an update of an issue that does not exist.
func TestProbeChangesNothing(t *testing.T) {
	d := newDesk(t)
	ref := d.open("an issue")
	before := d.Look(ref)
	if _, err := d.Tested.Probe(d.Context()); err != nil {
		t.Fatal(err)
	}
	if now := d.Look(ref); !now.UpdatedAt.Equal(before.UpdatedAt) {
		t.Error("probing touched an issue")
	}
	d.fail(simulator.ReplyLost, "write")
	_, err := d.Tested.Probe(d.Context())
	want(t, err, external.Temporary)
}
