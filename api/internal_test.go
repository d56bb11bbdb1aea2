package api_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/extsync/extsync/api"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/vault"
)

// brokenVault fails in the way it is told to.
type brokenVault struct{ fail func() error }

func (b brokenVault) Seal(string, string, []byte) ([]byte, error) { return nil, b.fail() }
func (b brokenVault) Open(string, string, []byte) ([]byte, error) { return nil, b.fail() }
func (b brokenVault) SigningKey(context.Context, store.Store) (ed25519.PrivateKey, error) {
	return nil, b.fail()
}

func (b brokenVault) Rotate() (vault.Keys, error) { return vault.Keys{}, b.fail() }
func (b brokenVault) Keys() (vault.Keys, error)   { return vault.Keys{}, b.fail() }
func (b brokenVault) Reseal(context.Context, store.Store) (vault.Resealed, error) {
	return vault.Resealed{}, b.fail()
}

// TestInternalErrors: what nobody foresaw is logged under an id, and the client is
// shown the id alone.
func TestInternalErrors(t *testing.T) {
	for _, c := range []struct {
		reason string
		fail   func() error
	}{
		{"an error of no kind", func() error { return errors.New("disk 7 is on fire") }},
		{"a panic", func() error { panic("disk 7 is on fire") }},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := newService(t)
			p := s.connect()
			server := httptest.NewServer(api.New(api.Deps{
				Engine: s.Engine, Vault: brokenVault{c.fail}, Steering: s, Log: s.Engine.Log, TokenHash: api.HashToken(apitest.AdminToken),
			}))
			defer server.Close()
			s.Server = server
			got := s.problem(s.call(http.MethodPut, "/v1/projects/"+p.ID+"/webhook-secret", nil), v1.Internal)
			if strings.Contains(got.Error(), "disk") {
				t.Errorf("the client sees %q", got.Error())
			}
			if logs := s.Logs.String(); !strings.Contains(logs, got.Instance) {
				t.Errorf("the log does not know %s", got.Instance)
			}
		})
	}
}

// TestTheDatabaseCannot: what the database cannot do at present is nobody's mistake. The client is told that it may
// come again, and what hinders, and nothing of the cause.
func TestTheDatabaseCannot(t *testing.T) {
	s := newService(t)
	p := s.connect()
	full := func() error {
		return fmt.Errorf("keep it: %w", &store.UnableError{Todo: "the database's disk is full; make room there", Err: errors.New("no space for secret words")})
	}
	server := httptest.NewServer(api.New(api.Deps{
		Engine: s.Engine, Vault: brokenVault{full}, Steering: s, Log: s.Engine.Log, TokenHash: api.HashToken(apitest.AdminToken),
	}))
	defer server.Close()
	s.Server = server
	got := s.problem(s.call(http.MethodPut, "/v1/projects/"+p.ID+"/webhook-secret", nil), v1.Unavailable)
	if got.Status != http.StatusServiceUnavailable || !strings.Contains(got.Detail, "disk is full") || strings.Contains(got.Detail, "secret") {
		t.Errorf("got %d: %s", got.Status, got.Detail)
	}
	if !strings.Contains(s.Logs.String(), got.Instance) {
		t.Errorf("the log does not know %s", got.Instance)
	}
}
