package graphql

import (
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Object answers its own fields.
type Object interface {
	// TypeName is the name of its GraphQL type.
	TypeName() string
	// Resolve answers a field: nil, a scalar (string, bool, number, time.Time, map[string]any), an Object, or a slice of these as []any.
	// An error nulls the field, or the closest one around it that can be null, and is told in the answer; an error with a method
	// Extensions() map[string]any brings its extensions.
	Resolve(Field) (any, error)
}

// Field is one field asked for.
type Field struct {
	Name string
	Type string // name of the field's type, without list and null marks
	Null bool   // the field can be null
	Args map[string]any
}

// Run executes the operation on its root object, fields in order.
func (o *Operation) Run(root Object) Response {
	x := &execution{op: o}
	data, ok := x.object(root, []ast.SelectionSet{o.op.SelectionSet}, nil)
	if !ok {
		return Response{Errors: x.errors}
	}
	return Response{Data: data, Errors: x.errors}
}

// execution is one operation being answered.
type execution struct {
	op     *Operation
	errors []Error
}

// object answers selections on an object; false means that a field that cannot be null is.
func (x *execution) object(o Object, sets []ast.SelectionSet, path []any) (map[string]any, bool) {
	out := map[string]any{}
	for _, f := range x.collect(x.op.schema.ast.Types[o.TypeName()], sets...) {
		v, ok := x.field(o, f, append(slices.Clip(path), f.key))
		if !ok {
			return nil, false
		}
		out[f.key] = v
	}
	return out, true
}

// selected is a field of the answer, merged from all places that ask for it.
type selected struct {
	*ast.Field
	key  string
	sets []ast.SelectionSet
}

// collect gathers the fields that selections ask of a type.
func (x *execution) collect(of *ast.Definition, sets ...ast.SelectionSet) []*selected {
	var out []*selected
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				if !x.skipped(s.Directives) {
					out = merge(out, s)
				}
			case *ast.InlineFragment:
				if !x.skipped(s.Directives) && x.applies(of, s.TypeCondition) {
					walk(s.SelectionSet)
				}
			case *ast.FragmentSpread:
				if !x.skipped(s.Directives) && x.applies(of, s.Definition.TypeCondition) {
					walk(s.Definition.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		walk(set)
	}
	return out
}

func merge(out []*selected, f *ast.Field) []*selected {
	for _, s := range out {
		if s.key == f.Alias {
			s.sets = append(s.sets, f.SelectionSet)
			return out
		}
	}
	return append(out, &selected{Field: f, key: f.Alias, sets: []ast.SelectionSet{f.SelectionSet}})
}

// applies says whether a fragment on a type or interface covers the object.
func (x *execution) applies(of *ast.Definition, condition string) bool {
	if condition == "" || condition == of.Name {
		return true
	}
	return slices.Contains(x.op.schema.ast.PossibleTypes[condition], of)
}

func (x *execution) skipped(ds ast.DirectiveList) bool {
	for _, d := range ds {
		on, isBool := d.ArgumentMap(x.op.vars)["if"].(bool)
		if isBool && ((d.Name == "skip" && on) || (d.Name == "include" && !on)) {
			return true
		}
	}
	return false
}

func (x *execution) field(o Object, f *selected, path []any) (any, bool) {
	if f.Name == "__typename" {
		return o.TypeName(), true
	}
	t := f.Definition.Type
	v, err := o.Resolve(Field{Name: f.Name, Type: t.Name(), Null: !t.NonNull, Args: f.ArgumentMap(x.op.vars)})
	if err != nil {
		x.fail(err.Error(), extensionsOf(err), f, path)
		return nil, !t.NonNull
	}
	return x.complete(t, v, f, path)
}

func (x *execution) fail(message string, extensions map[string]any, f *selected, path []any) {
	e := Error{Message: message, Path: slices.Clone(path), Extensions: extensions}
	if p := f.Position; p != nil {
		e.Locations = []Location{{p.Line, p.Column}}
	}
	x.errors = append(x.errors, e)
}

// complete turns a resolved value into its JSON.
func (x *execution) complete(t *ast.Type, v any, f *selected, path []any) (any, bool) {
	switch v := v.(type) {
	case nil:
		if t.NonNull {
			x.fail("Cannot return null for non-nullable field "+f.ObjectDefinition.Name+"."+f.Name+".", nil, f, path)
		}
		return nil, !t.NonNull
	case Object:
		m, ok := x.object(v, f.sets, path)
		if !ok {
			return nil, !t.NonNull
		}
		return m, true
	case []any:
		return x.list(t, v, f, path)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.000Z"), true
	}
	return v, true
}

func (x *execution) list(t *ast.Type, v []any, f *selected, path []any) (any, bool) {
	out := make([]any, len(v))
	for k, item := range v {
		done, ok := x.complete(t.Elem, item, f, append(slices.Clip(path), k))
		if !ok {
			return nil, !t.NonNull
		}
		out[k] = done
	}
	return out, true
}
