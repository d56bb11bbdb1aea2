package github_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
)

func TestProbeNamesTheAccount(t *testing.T) {
	d := newDesk(t)
	id, err := d.Tested.Probe(t.Context())
	if err != nil || id.Login != bot || len(id.Missing) != 0 {
		t.Errorf("%+v, %v", id, err)
	}
}

func TestProbeNamesEachMissingPermission(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		rights simulator.Token
		want   string
	}{
		{simulator.Token{Login: "guest"}, "push access"},
		{simulator.Token{Login: bot, Push: true, Issues: simulator.PermissionNone}, "Issues: read and write"},
	} {
		d.repo.SetPrivate(c.rights.Issues == simulator.PermissionNone)
		id, err := d.adapter("weak", c.rights).Probe(t.Context())
		if err != nil || len(id.Missing) != 1 || !strings.Contains(id.Missing[0], c.want) {
			t.Errorf("%+v, %v; want %q missing", id, err, c.want)
		}
	}
}

func TestAReadOnlyTokenIsRefusedByNameWithTheFirstWrite(t *testing.T) {
	// GitHub tells nobody beforehand what a fine-grained token may write.
	d := newDesk(t)
	a := d.adapter("readonly", simulator.Token{Login: bot, Push: true, Issues: simulator.PermissionRead})
	_, err := d.Try(a, outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("a")}})
	want(t, err, external.Forbidden, "Issues: write")
}

func TestScopesOfAClassicToken(t *testing.T) {
	for _, c := range []struct {
		scopes  string
		private bool
		missing string
	}{
		{"repo, read:org", true, ""},
		{"public_repo", false, ""},
		{"public_repo", true, "scope repo"},
		{"gist", false, "scope repo"},
	} {
		d := newDesk(t)
		d.repo.SetPrivate(c.private)
		inner := d.sim.Transport()
		a := d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := inner.RoundTrip(r)
			if err == nil {
				resp.Header.Set("X-OAuth-Scopes", c.scopes)
			}
			return resp, err
		})})
		id, err := a.Probe(t.Context())
		if err != nil || strings.Join(id.Missing, ";") != c.missing {
			t.Errorf("scopes %q: missing %v, %v; want %q", c.scopes, id.Missing, err, c.missing)
		}
	}
}

func TestProbeFails(t *testing.T) {
	d := newDesk(t)
	_, err := d.connect(adapters.Config{Token: "wrong"}).Probe(t.Context())
	want(t, err, external.Unauthorised, "make a new one")
	_, err = d.connect(adapters.Config{}).Probe(t.Context())
	want(t, err, external.Unauthorised)
	_, err = d.connect(adapters.Config{Token: "tok", ProjectKey: "octo/nowhere"}).Probe(t.Context())
	want(t, err, external.NotFound, "octo/nowhere", "check the name")
	d.repo.DisableIssues(true)
	_, err = d.Tested.Probe(t.Context())
	want(t, err, external.Forbidden, "issues are disabled")
}

// TestAnArchivedRepository can be read and not be written to, as the probe says before anything is
// connected.
func TestAnArchivedRepository(t *testing.T) {
	d := newDesk(t)
	d.open("one")
	d.repo.Archive(true)
	id, err := d.Tested.Probe(t.Context())
	if err != nil || len(id.Missing) != 0 || id.Hinders(external.Pull) != "" {
		t.Errorf("to read it: %+v, %v", id, err)
	}
	if why := id.Hinders(external.Bidirectional); !strings.Contains(why, "archived") || !strings.Contains(why, "unarchive it") {
		t.Errorf("to write to it: %q", why)
	}
	_, err = d.Try(d.Tested, outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("a")}})
	want(t, err, external.Forbidden, "archived")
}

func TestBadConfiguration(t *testing.T) {
	for _, cfg := range []adapters.Config{
		{ProjectKey: "octo"}, {ProjectKey: "octo/"}, {ProjectKey: "octo/.."}, {ProjectKey: "a/b/c"}, {ProjectKey: "octo/hel lo"}, {ProjectKey: "octo/x?y"},
		{BaseURL: "github.com"}, {BaseURL: "ftp://github.com"}, {BaseURL: "https://"}, {BaseURL: "https://x/?a=b"}, {BaseURL: ":"},
	} {
		_, err := github.New(cfg)
		want(t, err, external.Invalid)
	}
}

func TestAddressesOfOtherServers(t *testing.T) {
	for _, c := range []struct{ base, rest, graphql string }{
		{"", "https://api.github.com/repos/octo/hello", "https://api.github.com/graphql"},
		{"https://ghe.example/api/v3", "https://ghe.example/api/v3/repos/octo/hello", "https://ghe.example/api/graphql"},
		{"https://api.octo.ghe.com/", "https://api.octo.ghe.com/repos/octo/hello", "https://api.octo.ghe.com/graphql"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080/repos/octo/hello", "http://127.0.0.1:8080/graphql"},
	} {
		d := newDesk(t)
		var asked []string
		a := d.connect(adapters.Config{BaseURL: c.base, Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.String()+" "+r.Header.Get("Authorization"))
			return answer(r, http.StatusOK, nil, "{}"), nil
		})})
		if _, err := a.Project(t.Context()); err != nil {
			t.Error(err)
		}
		_, err := a.History(t.Context(), []adapters.HistoryQuery{{Ref: anIssue}})
		want(t, err, external.Temporary) // an empty answer
		if strings.Join(asked, ",") != c.rest+" Bearer tok,"+c.graphql+" Bearer tok" {
			t.Errorf("asked %v", asked)
		}
	}
}

// meter keeps what it hears.
type meter struct{ heard []string }

func (m *meter) Called(kind string, write bool, r adapters.Rate) {
	s := kind
	if write {
		s += " write"
	}
	if r.Known {
		s += " " + itoa(r.Remaining) + " " + r.Reset.Format(time.RFC3339)
	}
	m.heard = append(m.heard, s)
}

func TestTheMeterHearsEveryCall(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { l := simulator.GitHubLimits(); o.Limits = &l })
	m := &meter{}
	a, err := github.New(adapters.Config{ProjectKey: "octo/hello", Token: "tok", Transport: d.sim.Transport(), Meter: m})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Project(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Try(a, outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("a")}}); err != nil {
		t.Fatal(err)
	}
	d.sim.Faults().Set(simulator.Fault{Kind: simulator.RequestLost})
	if _, err = a.Project(t.Context()); err == nil {
		t.Fatal("no error")
	}
	want := "repos.get 4999 2026-05-04T11:00:00Z|issues.create write 4998 2026-05-04T11:00:00Z|repos.get"
	if got := strings.Join(m.heard, "|"); got != want {
		t.Errorf("heard %s\nwant  %s", got, want)
	}
}

// TestTheTokenOfAnInstallation is of nobody, and ends within the hour: what to give instead is said, not that it lacks a
// permission that it has.
func TestTheTokenOfAnInstallation(t *testing.T) {
	d := newDesk(t)
	inner := d.sim.Transport()
	a := d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.URL.Path, "/user") {
			return inner.RoundTrip(r)
		}
		return &http.Response{
			StatusCode: http.StatusForbidden, Request: r,
			Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "X-Github-Request-Id": {"1"}},
			Body:   io.NopCloser(strings.NewReader(`{"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com/rest/users/users#get-the-authenticated-user", "status": "403"}`)),
		}, nil
	})})
	_, err := a.Probe(t.Context())
	want(t, err, external.Unauthorised, "personal access token")
}
