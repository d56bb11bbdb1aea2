package simtest

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// richPort is the port to an adapter with extra verbs. A decorator must have them all;
// where the adapter lacks one it answers as the engine would do without.
type richPort struct{ *port }

// Damage says what a system cannot hold.
func (a *richPort) Damage(kind external.Kind, f, now external.Fields) map[string]string {
	return damage(a.Adapter, kind, f, now)
}

// Respell puts a text into our spelling.
func (a *richPort) Respell(kind external.Kind, field, ours, theirs string) string {
	return respell(a.Adapter, kind, field, ours, theirs)
}

// Containers lists the containers.
func (a *richPort) Containers(ctx context.Context) ([]external.Container, error) {
	if err := a.enter("containers", external.Ref{}); err != nil {
		return nil, err
	}
	out, err := containers(ctx, a.Adapter)
	a.leave()
	return out, err
}

// Account tells whom the credential speaks as.
func (a *richPort) Account(ctx context.Context) (string, error) { return account(ctx, a.Adapter) }

func account(ctx context.Context, a adapters.Adapter) (string, error) {
	if t, ok := a.(adapters.AccountTeller); ok {
		return t.Account(ctx)
	}
	return "", nil
}

func damage(a adapters.Adapter, kind external.Kind, f, now external.Fields) map[string]string {
	if d, ok := a.(adapters.Damager); ok {
		return d.Damage(kind, f, now)
	}
	return nil
}

func respell(a adapters.Adapter, kind external.Kind, field, ours, theirs string) string {
	if r, ok := a.(adapters.Respeller); ok {
		return r.Respell(kind, field, ours, theirs)
	}
	return theirs
}

func containers(ctx context.Context, a adapters.Adapter) ([]external.Container, error) {
	if l, ok := a.(adapters.ContainerLister); ok {
		return l.Containers(ctx)
	}
	schema, err := a.Schema(ctx)
	return schema.Containers, err
}
