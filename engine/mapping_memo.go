package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
)

// mappings remembers the mapping of each project as it was decoded last: every batch of
// links and every hint asks for it, and it changes once a month. The document that it was
// decoded from tells whether it is still the one in force. Mappings are never changed,
// so that several sessions may use one.
type mappings struct {
	mu       sync.Mutex
	decoded  map[string]decodedMapping           // by project
	defaults map[external.System]mapping.Mapping // as far as they were asked for
}

type decodedMapping struct {
	version  int
	document []byte
	mapping  mapping.Mapping
}

func newMappings() *mappings {
	return &mappings{decoded: map[string]decodedMapping{}, defaults: map[external.System]mapping.Mapping{}}
}

// inForce returns a project's active mapping, or its system's default when no version was
// ever activated.
func (m *mappings) inForce(ctx context.Context, tx store.Tx, p *store.Project) (mapping.Mapping, error) {
	v, err := tx.ActiveMapping(ctx, p.ID)
	if errors.Is(err, store.ErrNotFound) {
		return m.defaultOf(p.System)
	}
	if err != nil {
		return mapping.Mapping{}, fmt.Errorf("read the mapping: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, has := m.decoded[p.ID]; has && d.version == v.Version && bytes.Equal(d.document, v.Document) {
		return d.mapping, nil
	}
	out, err := decodeMapping(v)
	if err == nil {
		m.decoded[p.ID] = decodedMapping{v.Version, v.Document, out}
	}
	return out, err
}

func (m *mappings) defaultOf(s external.System) (mapping.Mapping, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d, has := m.defaults[s]; has {
		return d, nil
	}
	d, err := mapping.Default(s)
	d.Version = 0 // no version of the project's own
	if err == nil {
		m.defaults[s] = d
	}
	return d, err
}
