package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/vault"
)

// connector opens the sealed credential of a project and makes its adapter. It keeps
// the adapter until something that it is made from changes: client libraries remember
// the vendor's limits per client.
type connector struct {
	factories map[external.System]adapters.Factory
	store     store.Store
	vault     *vault.Vault
	transport *http.Transport
	timeout   time.Duration // of one call
	ownKey    func(projectID string) func(key string) bool
	keyOf     func(id string) string
	made      func(id string) bool
	log       *slog.Logger

	mu   sync.Mutex
	open map[string]connection // by project id
}

var _ engine.Connector = (*connector)(nil)

// connection is an adapter with what it was made from.
type connection struct {
	adapter adapters.Adapter
	recipe  recipe
}

// recipe is what an adapter is made from: while it is the same, so is the adapter.
type recipe struct {
	sealed, baseURL, key, id, user, filter, settings string
	mapping                                          int // version in force; 0: the default
}

func recipeOf(p store.Project, sealed []byte, m store.MappingVersion) recipe {
	return recipe{
		sealed: string(sealed), baseURL: p.BaseURL, key: p.Key, id: p.ExternalID,
		user: p.User, filter: p.Filter, settings: string(p.Settings), mapping: m.Version,
	}
}

func newConnector(factories map[external.System]adapters.Factory, s store.Store, v *vault.Vault, cfg Config) *connector {
	return &connector{
		factories: factories, store: s, vault: v, transport: guarded(cfg.AllowAddresses), timeout: cfg.CallTimeout, log: cfg.Log,
		open: map[string]connection{},
	}
}

// For returns the adapter of a project.
func (c *connector) For(ctx context.Context, p store.Project) (adapters.Adapter, error) {
	var sealed []byte
	var m store.MappingVersion
	err := c.store.Tx(ctx, func(tx store.Tx) (err error) {
		if m, err = tx.ActiveMapping(ctx, p.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		sealed, err = tx.Secret(ctx, p.ID, engine.CredentialName)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, refuse(external.Unauthorised, p, "no credential is stored; connect the project again with one", err)
	}
	if err != nil {
		return nil, err
	}
	want := recipeOf(p, sealed, m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.open[p.ID]; ok && have.recipe == want {
		return have.adapter, nil
	}
	a, err := c.make(p, sealed, m)
	if err != nil {
		return nil, err
	}
	c.open[p.ID] = connection{a, want}
	return a, nil
}

func (c *connector) make(p store.Project, sealed []byte, m store.MappingVersion) (adapters.Adapter, error) {
	if _, err := c.factory(p); err != nil {
		return nil, err
	}
	fields, err := MappedFields(p.System, m)
	if err != nil {
		return nil, err
	}
	return c.build(p, sealed, fields)
}

// reader makes an adapter that reads the named fields of a project's own. It is not
// kept.
func (c *connector) reader(ctx context.Context, p store.Project, fields []string) (adapters.Adapter, error) {
	var sealed []byte
	err := c.store.Tx(ctx, func(tx store.Tx) (err error) {
		sealed, err = tx.Secret(ctx, p.ID, engine.CredentialName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.build(p, sealed, fields)
}

func (c *connector) factory(p store.Project) (adapters.Factory, error) {
	f, known := c.factories[p.System]
	if !known {
		return f, refuse(external.Invalid, p, "there is no adapter for this system", nil)
	}
	return f, nil
}

func (c *connector) build(p store.Project, sealed []byte, fields []string) (adapters.Adapter, error) {
	factory, err := c.factory(p)
	if err != nil {
		return nil, err
	}
	token, err := c.vault.Open(p.ID, engine.CredentialName, sealed)
	if err != nil {
		return nil, refuse(external.Unauthorised, p,
			"the stored credential cannot be opened; use the keyset file that sealed it, or store the credential again", err)
	}
	return factory.New(adapters.Config{
		BaseURL: p.BaseURL, ProjectKey: p.Key, ProjectID: p.ExternalID, Token: string(token),
		User: p.User, Filter: p.Filter, Settings: p.Settings, Fields: fields,
		Transport: c.transport, Timeout: c.timeout, OwnKey: c.ownKey(p.ID), KeyOf: c.keyOf, Made: c.made,
		Meter: &meter{store: c.store, credential: p.ID, log: c.log},
	})
}

// MappedFields names the external fields that a version of a project's mapping uses, or its
// system's default where no version is in force (version 0): what its adapter must read.
func MappedFields(system external.System, m store.MappingVersion) ([]string, error) {
	doc, err := mapping.Default(system)
	if m.Version != 0 {
		doc = mapping.Mapping{}
		err = json.Unmarshal(m.Document, &doc)
	}
	if err != nil {
		return nil, fmt.Errorf("mapping %d of project %s: %w", m.Version, m.ProjectID, err)
	}
	return doc.Externals(), nil
}

func refuse(kind external.ErrorKind, p store.Project, message string, cause error) error {
	return &external.Error{Kind: kind, Op: "connect to " + p.Key, Message: message, Err: cause}
}

// guarded returns a transport that reaches public addresses and the allowed ones,
// whatever a name resolves to. A redirect to our own network is refused here too.
func guarded(allowed []netip.Prefix) *http.Transport {
	var v4, v6 []netip.Prefix
	for _, p := range allowed {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	check := func(network, address string, c syscall.RawConn) error {
		if err := guard.Safe(network, address, c); err != nil {
			return &adapters.BlockedError{Address: address, Err: err}
		}
		return nil
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: check}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
