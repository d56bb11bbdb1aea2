package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/api"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/apitest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
)

// choosy makes the service's API see a GitHub that takes settings, and returns what
// the adapters of trials were made from. With {"mode":"push"} it serves push alone. What happens
// meanwhile happens during each trial.
func (s *service) choosy(meanwhile ...func()) *[]adapters.Config {
	s.t.Helper()
	var made []adapters.Config
	caps := github.Capabilities()
	caps.Filters = true
	factory := adapters.Factory{
		Capabilities: caps,
		New: func(cfg adapters.Config) (adapters.Adapter, error) {
			made = append(made, cfg)
			cfg.Transport = s.World
			for _, f := range meanwhile {
				f()
			}
			return github.New(cfg)
		},
		Settle: func(raw json.RawMessage) (external.Capabilities, error) {
			narrowed := caps
			var set struct{ Mode string }
			if len(raw) > 0 {
				if err := json.Unmarshal(raw, &set); err != nil {
					return caps, fmt.Errorf("settle: %w", err)
				}
			}
			switch set.Mode {
			case "":
			case "push":
				narrowed.Directions = []external.Direction{external.Push}
			default:
				return caps, &external.Error{Kind: external.Invalid, Op: "read the settings", Message: `mode: want "push"`}
			}
			return narrowed, nil
		},
	}
	s.Server.Close()
	s.Server = httptest.NewServer(api.New(api.Deps{
		Engine: s.Engine, Systems: map[external.System]adapters.Factory{"github": factory}, Vault: s.Vault, Steering: s.World,
		Log: slog.New(slog.NewTextHandler(s.Logs, nil)), TokenHash: api.HashToken(apitest.AdminToken),
	}))
	s.t.Cleanup(s.Server.Close)
	return &made
}

// TestSettingsRefused: what cannot work with these settings is refused before anything
// is stored.
func TestSettingsRefused(t *testing.T) {
	s := newService(t)
	s.choosy()
	for _, c := range []struct {
		reason   string
		settings string
		uri      string
		says     string
	}{
		{"not an object", `"push"`, v1.InvalidRequest, "settings: want a JSON object"},
		{"a list", `[]`, v1.InvalidRequest, "settings: want a JSON object"},
		{"too much", `{"mode":"` + strings.Repeat("x", 65<<10) + `"}`, v1.InvalidRequest, "settings: want at most 65536 bytes"},
		{"not what the adapter takes", `{"mode":"pull"}`, v1.ExternalInvalid, `mode: want "push"`},
		{"a direction that it cannot serve then", `{"mode":"push"}`, v1.InvalidRequest, "cannot serve the direction bidirectional; it serves push"},
	} {
		n := newProject()
		n.Settings = json.RawMessage(c.settings)
		if p := s.problem(s.call(http.MethodPost, "/v1/projects", n), c.uri); !strings.Contains(p.Error(), c.says) {
			t.Errorf("%s: got %q, want it to say %q", c.reason, p.Error(), c.says)
		}
	}
	if all, _ := want[v1.Projects](s, 200, http.MethodGet, "/v1/projects", nil); len(all.Projects) != 0 {
		t.Errorf("something was stored: %+v", all)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestBlockedAddress: that the guard refused the address is said, whatever the system
// makes of it, and not that nobody answers.
func TestBlockedAddress(t *testing.T) {
	blocked := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &adapters.BlockedError{Address: "10.0.0.7:443"}}
	})
	push, err := os.ReadFile("../adapters/webhook/testdata/push.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []v1.NewProject{
		newProject(), newJira(),
		{System: "linear", Address: "ENG", Token: "lin_api_x"},
		{System: "webhook", Address: "desk", Token: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Settings: push, Direction: "push"},
	} {
		t.Run(n.System, func(t *testing.T) {
			s := newService(t)
			for _, host := range []string{"github.test", "example.atlassian.net", "api.linear.app", "desk.example"} {
				s.Attach(host, blocked)
			}
			p := s.problem(s.call(http.MethodPost, "/v1/projects", n), v1.InvalidRequest)
			if !strings.Contains(p.Detail, "10.0.0.7:443") || !strings.Contains(p.Detail, "--allow-address") {
				t.Errorf("got %q", p.Detail)
			}
		})
	}
}

// TestSettingsAreKept: account, filter and settings reach the adapter, also when they
// change, and a change is tried with the credential that is stored.
func TestSettingsAreKept(t *testing.T) {
	s := newService(t)
	made := s.choosy()
	last := func() adapters.Config { return (*made)[len(*made)-1] }
	n := newProject()
	n.User, n.Filter, n.Settings, n.Direction = "me@example.test", "labels = a", json.RawMessage(`{"mode": "push"}`), "push"
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	if got := last(); got.User != n.User || got.Filter != n.Filter || string(got.Settings) != `{"mode":"push"}` || got.Token != apitest.Token {
		t.Errorf("tried with %+v", got)
	}
	path := "/v1/projects/" + p.ID
	got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil)
	if got.User != n.User || got.Filter != n.Filter || string(got.Settings) != `{"mode":"push"}` || got.Status != "active" {
		t.Errorf("stored: %+v", got)
	}

	refused := s.problem(s.call(http.MethodPatch, path, v1.ProjectChange{Direction: "pull"}), v1.InvalidRequest)
	if !strings.Contains(refused.Detail, "it serves push") {
		t.Errorf("another direction: %s", refused.Detail)
	}
	s.problem(s.call(http.MethodPatch, path, v1.ProjectChange{Settings: json.RawMessage(`{"mode":"pull"}`)}), v1.ExternalInvalid)

	got, _ = want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{Filter: ptr("labels = b"), Settings: json.RawMessage(`{}`), Direction: "pull"})
	if tried := last(); tried.Token != apitest.Token || tried.Filter != "labels = b" || tried.User != n.User || tried.Settings != nil {
		t.Errorf("the change was tried with %+v", tried)
	}
	if got.Filter != "labels = b" || got.Settings != nil || got.User != n.User || got.Direction != "pull" {
		t.Errorf("changed: %+v", got)
	}
	sessions, _ := want[v1.Sessions](s, 200, http.MethodGet, path+"/sessions", nil)
	if sessions.Sessions[0].Kind != "reconcile" {
		t.Errorf("with another filter everything must be read again: %+v", sessions.Sessions[0])
	}

	want[v1.Project](s, 200, http.MethodPut, path+"/token", v1.Token{Token: apitest.Token, User: "you@example.test"})
	if got, _ := want[v1.Project](s, 200, http.MethodGet, path, nil); got.User != "you@example.test" || got.Filter != "labels = b" {
		t.Errorf("after another token: %+v", got)
	}
}

// TestTrialsKeepWhatOthersChangeMeanwhile: a trial takes its time. What somebody else changes of the
// project meanwhile stays.
func TestTrialsKeepWhatOthersChangeMeanwhile(t *testing.T) {
	for name, act := range map[string]func(s *service, path string){
		"another account's token": func(s *service, path string) {
			want[v1.Project](s, 200, http.MethodPut, path+"/token", v1.Token{Token: "ghp_next"})
		},
		"other settings": func(s *service, path string) {
			want[v1.Project](s, 200, http.MethodPatch, path, v1.ProjectChange{Settings: json.RawMessage(`{}`)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.Sim.AddToken("ghp_next", simulator.Token{Login: "another-bot", Push: true})
			var id string
			s.choosy(func() {
				if id == "" {
					return
				}
				err := s.Store.Tx(t.Context(), func(tx store.Tx) error {
					p, err := tx.ProjectForUpdate(t.Context(), id)
					p.Filter = "labels = shared"
					return errors.Join(err, tx.UpdateProject(t.Context(), p))
				})
				if err != nil {
					t.Error(err)
				}
			})
			p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", newProject())
			id = p.ID
			act(s, "/v1/projects/"+p.ID)
			if got, _ := want[v1.Project](s, 200, http.MethodGet, "/v1/projects/"+p.ID, nil); got.Filter != "labels = shared" {
				t.Errorf("the filter that somebody set meanwhile reads %q", got.Filter)
			}
		})
	}
}

// TestOneConnectionHoweverItsAddressIsSpelled: two connections to one project would have each make outside
// what the other one brought in, over and over.
func TestOneConnectionHoweverItsAddressIsSpelled(t *testing.T) {
	s := newService(t)
	p := s.connect()
	n := newProject()
	for _, spelled := range []string{apitest.GitHub + "/", "HTTPS://GitHub.test/api/v3", "https://github.test:443/api/v3//"} {
		n.APIURL = spelled
		s.problem(s.call(http.MethodPost, "/v1/projects", n), v1.Exists)
	}
	want[v1.Project](s, 200, http.MethodPost, "/v1/projects/"+p.ID+"/disconnect", nil)
	if again, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n); again.ID != p.ID || again.APIURL != apitest.GitHub {
		t.Errorf("connected again: %+v, want project %s at %s", again, p.ID, apitest.GitHub)
	}
	s.Sim.AddRepo("octo", "public")
	n.Address, n.APIURL = "octo/public", "https://API.github.com/"
	if made, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n); made.APIURL != "" {
		t.Errorf("the public service: %+v", made)
	}
	n.APIURL = ""
	s.problem(s.call(http.MethodPost, "/v1/projects", n), v1.Exists)
	s.Sim.AddRepo("octo", "old")
	c := engine.Connection{System: "github", BaseURL: "https://old.test/", Key: "octo/old", By: "ann"} // as it was stored once
	if _, err := s.Engine.CreateProject(t.Context(), c, func(id string) ([]byte, error) { return s.Vault.Seal(id, engine.CredentialName, []byte("x")) }); err != nil {
		t.Fatal(err)
	}
	n.Address, n.APIURL = "octo/old", "https://old.test"
	s.problem(s.call(http.MethodPost, "/v1/projects", n), v1.Exists)
}
