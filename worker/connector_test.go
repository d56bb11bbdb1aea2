package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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
		if err := get(&http.Client{Transport: transport}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.reason, err, c.want)
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
	p := store.Project{ID: "p1", System: "github", Key: "octo/hello"}
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
	before := open(p)
	putToken(t, c, p.ID, "two")
	if open(p) == before {
		t.Error("the same adapter for another token")
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
