package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/vault"
)

func TestOurOwnNetworkIsOutOfReachUnlessAllowed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	get := func(c *http.Client) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	for _, c := range []struct {
		reason string
		cfg    Config
		want   error
	}{
		{"loopback is not public", Config{}, ssrf.ErrProhibitedIP},
		{"it is allowed by name", Config{AllowAddresses: Loopback()}, nil},
	} {
		transport := guarded(c.cfg.AllowAddresses)
		err := get(&http.Client{Transport: transport})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.reason, err, c.want)
		}
		var blocked *adapters.BlockedError
		if errors.As(err, &blocked) != (c.want != nil) || blocked != nil && !strings.Contains(blocked.Error(), "--allow-address") {
			t.Errorf("%s: %v must say what an operator can do", c.reason, err)
		}
		transport.CloseIdleConnections()
	}
}

// newTestConnector has a vault and a store with the secret of project p1.
func newTestConnector(t *testing.T) (*connector, store.Project) {
	t.Helper()
	v, err := vault.Load(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := newConnector(catalog.All(), memory.New(), v, Config{Log: slog.New(slog.DiscardHandler)})
	c.ownKey = func(string) func(string) bool { return func(string) bool { return false } }
	c.keyOf = func(id string) string { return id + ".key" }
	p := store.Project{ID: "p1", System: "github", Key: "octo/hello", Status: external.Active, Direction: external.Push}
	if err := c.store.Tx(t.Context(), func(tx store.Tx) error { return tx.InsertProject(t.Context(), p) }); err != nil {
		t.Fatal(err)
	}
	putToken(t, c, p.ID, "one")
	return c, p
}

func putToken(t *testing.T, c *connector, owner, token string) {
	t.Helper()
	sealed, err := c.vault.Seal("p1", engine.CredentialName, []byte(token))
	if err != nil {
		t.Fatal(err)
	}
	err = c.store.Tx(t.Context(), func(tx store.Tx) error { return tx.PutSecret(t.Context(), owner, engine.CredentialName, sealed) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnAdapterIsKeptWhileNothingChanges(t *testing.T) {
	c, p := newTestConnector(t)
	open := func(p store.Project) adapters.Adapter {
		t.Helper()
		a, err := c.For(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := open(p)
	if open(p) != first {
		t.Error("another adapter, though nothing changed")
	}
	renamed := p
	renamed.Key = "octo/world"
	if open(renamed) == first {
		t.Error("the same adapter for another address")
	}
	for reason, change := range map[string]func(*store.Project){
		"user": func(p *store.Project) { p.User = "me@example.test" }, "filter": func(p *store.Project) { p.Filter = "labels = a" },
		"settings": func(p *store.Project) { p.Settings = []byte(`{}`) },
	} {
		kept := open(p)
		other := p
		change(&other)
		if changed := open(other); changed == kept || changed != open(other) {
			t.Errorf("another %s: want another adapter, and the same one as long as it stays", reason)
		}
	}
	kept := open(p)
	activate(t, c, p.ID, `{}`)
	if open(p) == kept {
		t.Error("the same adapter for another mapping")
	}
	before := open(p)
	putToken(t, c, p.ID, "two")
	if open(p) == before {
		t.Error("the same adapter for another token")
	}
}

// activate puts a document in force as the project's mapping.
func activate(t *testing.T, c *connector, projectID, document string) {
	t.Helper()
	ctx := t.Context()
	err := c.store.Tx(ctx, func(tx store.Tx) error {
		m, err := tx.AddMapping(ctx, store.MappingVersion{ProjectID: projectID, Document: []byte(document)})
		if err != nil {
			return err
		}
		return tx.ActivateMapping(ctx, projectID, m.Version, "ann", time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheAdapterHearsOfTheFieldsThatAreMapped: what a project made for itself is read
// only when somebody wants it.
func TestTheAdapterHearsOfTheFieldsThatAreMapped(t *testing.T) {
	c, p := newTestConnector(t)
	var got adapters.Config
	f := c.factories["github"]
	f.New = func(cfg adapters.Config) (adapters.Adapter, error) {
		got = cfg
		return nil, nil
	}
	c.factories["github"] = f
	p.User, p.Filter, p.Settings = "me@example.test", "labels = a", []byte(`{"a":1}`)
	for _, x := range []struct {
		reason, document string
		want             []string
	}{
		{"the system's default", "", []string{"assignees", "body", "labels", "milestone", "state", "state_reason", "title"}},
		{"own fields among the system's", `{"tickets":[{"field":"title","external":["title"]},{"field":"x:risk","external":["customfield_10001"]}]}`, []string{"customfield_10001", "title"}},
		{"none any more", `{"tickets":[{"field":"title","external":["title"]}]}`, []string{"title"}},
	} {
		if x.document != "" {
			activate(t, c, p.ID, x.document)
		}
		if _, err := c.For(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if got.KeyOf("1") != "1.key" {
			t.Error("the adapter cannot tell the keys of items whose ids we choose")
		}
		if !slices.Equal(got.Fields, x.want) || got.User != p.User || got.Filter != p.Filter || string(got.Settings) != string(p.Settings) {
			t.Errorf("%s: the adapter was told %+v, want fields %v", x.reason, got, x.want)
		}
	}
	activate(t, c, p.ID, `[]`)
	if _, err := c.For(t.Context(), p); err == nil {
		t.Error("a document that is no mapping was taken for one")
	}
}

func TestACredentialThatCannotBeUsedIsRefusedAsSuch(t *testing.T) {
	c, p := newTestConnector(t)
	putToken(t, c, "p2", "moved") // sealed for p1
	for _, x := range []struct {
		reason string
		p      store.Project
		want   external.ErrorKind
	}{
		{"none is stored", store.Project{ID: "p3", System: "github", Key: "octo/hello"}, external.Unauthorised},
		{"one of another project's row", store.Project{ID: "p2", System: "github", Key: "octo/hello"}, external.Unauthorised},
		{"a system we do not know", store.Project{ID: p.ID, System: "gopher", Key: "octo/hello"}, external.Invalid},
	} {
		if _, err := c.For(t.Context(), x.p); err == nil || external.KindOf(err) != x.want {
			t.Errorf("%s: %v, want kind %s", x.reason, err, x.want)
		}
	}
}

func TestWhatTheVendorSaysOfTheAllowanceIsKept(t *testing.T) {
	s := memory.New()
	m := &meter{store: s, credential: "p1", log: slog.New(slog.DiscardHandler)}
	budget := func() (b store.Budget) {
		t.Helper()
		err := s.Tx(context.WithoutCancel(t.Context()), func(tx store.Tx) (err error) {
			b, err = tx.BudgetForUpdate(t.Context(), "p1")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	reset := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, c := range []struct {
		reason string
		rate   adapters.Rate
		known  bool
		want   int
	}{
		{"it said nothing", adapters.Rate{}, false, 0},
		{"the first word is kept", adapters.Rate{Known: true, Remaining: 4000, Reset: reset}, true, 4000},
		{"soon after it is not written down again", adapters.Rate{Known: true, Remaining: 3999, Reset: reset}, true, 4000},
		{"unless it runs low", adapters.Rate{Known: true, Remaining: 99, Reset: reset}, true, 99},
		{"and to the last", adapters.Rate{Known: true, Remaining: 0, Reset: reset}, true, 0},
	} {
		m.Called("issues.list", false, c.rate)
		if b := budget(); b.Known != c.known || b.Remaining != c.want {
			t.Errorf("%s: known %t, %d left; want %t, %d", c.reason, b.Known, b.Remaining, c.known, c.want)
		}
	}
}
