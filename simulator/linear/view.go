package linear

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
)

// viewer is who asks, and what they are answered from.
type viewer struct {
	s              *Sim
	world          *model.World
	tables         *tables
	token          *tokenState
	user           *model.User
	permissionLost bool
	spoil          bool // one nullable field of the answer is to fail
}

// node is an object that gives its fields by name: to the executor, and to filters.
type node interface {
	graphql.Object
	// get gives nil, a scalar, a node, a []node, or a byArgs.
	get(name string) (any, bool)
	meta() *model.Meta
}

// byArgs is a field that depends on its arguments.
type byArgs func(args map[string]any) any

// fields is how a type answers its fields, apart from those of its Meta.
type fields[T any] map[string]func(v *viewer, of T) any

// entity is a value of the model as GraphQL shows it.
type entity[T any] struct {
	v     *viewer
	name  string
	of    fields[T]
	value T
	m     *model.Meta
}

func (e entity[T]) TypeName() string  { return e.name }
func (e entity[T]) meta() *model.Meta { return e.m }

func (e entity[T]) get(name string) (any, bool) {
	if f := e.of[name]; f != nil {
		return f(e.v, e.value), true
	}
	switch name {
	case "id":
		return e.m.ID, true
	case "createdAt":
		return e.m.CreatedAt, true
	case "updatedAt":
		return e.m.UpdatedAt, true
	case "archivedAt":
		return deref(e.m.ArchivedAt), true
	}
	return nil, false
}

func (e entity[T]) Resolve(f graphql.Field) (any, error) {
	if e.v.spoil && f.Null {
		e.v.spoil = false
		return nil, failure{&model.Error{Code: "INTERNAL_SERVER_ERROR", Type: "internal error", Message: "Internal server error", Status: 500}}
	}
	value, known := e.get(f.Name)
	if !known {
		return nil, fmt.Errorf("the simulator does not answer %s.%s", e.name, f.Name)
	}
	return e.v.lower(value, f)
}

// lower turns what get gives into what the executor takes.
func (v *viewer) lower(value any, f graphql.Field) (any, error) {
	if late, isLate := value.(byArgs); isLate {
		value = late(f.Args)
	}
	switch list := value.(type) {
	case []node:
		if strings.HasSuffix(f.Type, "Connection") {
			return v.connect(f, list)
		}
		out := make([]any, len(list))
		for k, n := range list {
			out[k] = n
		}
		return out, nil
	case []string:
		out := make([]any, len(list))
		for k, s := range list {
			out[k] = s
		}
		return out, nil
	}
	return value, nil
}

// record is an object made for one answer.
type record struct {
	v      *viewer
	name   string
	values map[string]any
}

func (r record) TypeName() string { return r.name }

func (r record) Resolve(f graphql.Field) (any, error) { return r.v.lower(r.values[f.Name], f) }

// failure is a refusal as an error of GraphQL: the message alone, the rest in its extensions.
type failure struct{ refusal *model.Error }

func (f failure) Error() string              { return f.refusal.Message }
func (f failure) Extensions() map[string]any { return extensions(f.refusal) }

// extensions are those Linear gives its errors.
func extensions(e *model.Error) map[string]any {
	return map[string]any{"code": e.Code, "type": e.Type, "statusCode": e.Status, "userError": e.Status < http.StatusInternalServerError,
		"userPresentableMessage": e.User}
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// nodes shows a list of the model's.
func nodes[T any](list []T, show func(T) node) []node {
	out := make([]node, len(list))
	for k, item := range list {
		out[k] = show(item)
	}
	return out
}

// optional shows a pointer that may be nil.
func optional[T any](p *T, show func(*T) node) any {
	if p == nil {
		return nil
	}
	return show(p)
}
