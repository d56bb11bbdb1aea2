package graphql

import (
	"fmt"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// execution is one query being answered.
type execution struct {
	viewer Viewer
	vars   map[string]any
	doc    *ast.QueryDocument
	errors []Error
}

// typed is an object together with the name of its GraphQL type.
type typed struct {
	name  string
	value any
}

// object answers a selection on an object of the named type.
func (x *execution) object(typeName string, value any, set ast.SelectionSet, path []any) map[string]any {
	out := map[string]any{}
	x.fill(out, typeName, value, set, path)
	return out
}

func (x *execution) fill(out map[string]any, typeName string, value any, set ast.SelectionSet, path []any) {
	for _, sel := range set {
		switch s := sel.(type) {
		case *ast.Field:
			if x.skipped(s.Directives) {
				continue
			}
			if s.Name == "__typename" {
				out[s.Alias] = typeName
				continue
			}
			at := append(slices.Clip(path), s.Alias)
			args := s.ArgumentMap(x.vars)
			v := x.complete(x.resolve(typeName, value, s.Name, args, at), s.SelectionSet, at)
			if old, both := out[s.Alias].(map[string]any); both { // the same field selected twice: merge
				if now, isMap := v.(map[string]any); isMap {
					merge(old, now)
					continue
				}
			}
			out[s.Alias] = v
		case *ast.InlineFragment:
			if !x.skipped(s.Directives) && applies(typeName, s.TypeCondition) {
				x.fill(out, typeName, value, s.SelectionSet, path)
			}
		case *ast.FragmentSpread:
			if f := x.doc.Fragments.ForName(s.Name); !x.skipped(s.Directives) && applies(typeName, f.TypeCondition) {
				x.fill(out, typeName, value, f.SelectionSet, path)
			}
		}
	}
}

func merge(into, from map[string]any) {
	for k, v := range from {
		a, isMap := into[k].(map[string]any)
		b, both := v.(map[string]any)
		if isMap && both {
			merge(a, b)
			continue
		}
		into[k] = v
	}
}

// applies says whether a fragment on a type, interface or union covers the object.
func applies(typeName, condition string) bool {
	if condition == "" || condition == typeName {
		return true
	}
	return slices.ContainsFunc(schema().PossibleTypes[condition], func(d *ast.Definition) bool { return d.Name == typeName })
}

func (x *execution) skipped(ds ast.DirectiveList) bool {
	for _, d := range ds {
		on, isBool := d.ArgumentMap(x.vars)["if"].(bool)
		if isBool && ((d.Name == "skip" && on) || (d.Name == "include" && !on)) {
			return true
		}
	}
	return false
}

// complete turns a resolved value into its JSON.
func (x *execution) complete(v any, set ast.SelectionSet, path []any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case typed:
		return x.object(v.name, v.value, set, path)
	case []any:
		out := make([]any, len(v))
		for k, item := range v {
			out[k] = x.complete(item, set, append(slices.Clip(path), k))
		}
		return out
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case *time.Time:
		if v == nil {
			return nil
		}
		return v.UTC().Format(time.RFC3339)
	case *string:
		if v == nil {
			return nil
		}
		return *v
	}
	return v
}

// fail records the error of one field, whose value is then null.
func (x *execution) fail(kind string, path []any, format string, args ...any) any {
	x.errors = append(x.errors, Error{Type: kind, Path: slices.Clone(path), Message: fmt.Sprintf(format, args...)})
	return nil
}
