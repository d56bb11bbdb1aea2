package jira

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/extsync/extsync/external"
)

// keyBook remembers which create keys items carry: they never change. Data Center tells
// them one by one.
type keyBook struct {
	mu   sync.Mutex
	keys map[string]json.RawMessage // by kind and id; the property's value, empty where there is none
}

// maxKeys bounds the book; when it is full it begins anew.
const maxKeys = 20_000

func (b *keyBook) get(id string) (json.RawMessage, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, known := b.keys[id]
	return v, known
}

func (b *keyBook) put(id string, v json.RawMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys == nil || len(b.keys) >= maxKeys {
		b.keys = map[string]json.RawMessage{}
	}
	b.keys[id] = v
}

// readKeysSingly reads our property of the items that our own account made, for a Data
// Center, which has no call for many.
func (a *adapter) readKeysSingly(ctx context.Context, issues []*issue, all []*comment) error {
	login, err := a.account(ctx)
	if err != nil {
		return err
	}
	for _, i := range issues {
		var creator *user
		i.into("creator", &creator)
		if i.Properties != nil || creator.login(a.edition) != login {
			continue
		}
		value, err := a.property(ctx, "issue", i.ID)
		if err != nil {
			return err
		}
		i.Properties = map[string]json.RawMessage{propertyKey: value}
	}
	for _, c := range all {
		if c.Author.login(a.edition) != login || a.createKey(c) != "" {
			continue
		}
		value, err := a.property(ctx, "comment", c.ID)
		if err != nil {
			return err
		}
		c.Properties = append(c.Properties, propertyWire{Key: propertyKey, Value: value})
	}
	return nil
}

// property reads our property of an issue or comment; without one the value is empty.
func (a *adapter) property(ctx context.Context, of, id string) (json.RawMessage, error) {
	if v, known := a.keys.get(of + id); known {
		return v, nil
	}
	var answer propertyWire
	_, err := a.send(ctx, request{
		what: "read the create key of " + of + " " + id, kind: "properties.get", path: a.at(of, id, "properties", propertyKey), into: &answer,
	})
	if err != nil && external.KindOf(err) != external.NotFound {
		return nil, err
	}
	a.keys.put(of+id, answer.Value)
	return answer.Value, nil
}
