package linear_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/extsync/extsync/simulator/linear"
)

// official loads a schema of Linear's from the folder of official descriptions beside the repository.
func official(t *testing.T, name string) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "specs", "linear", name))
	if err != nil {
		t.Skipf("SKIPPED: needs ../shared/specs/linear/%s beside the repository: %v", name, err)
	}
	return load(t, string(text))
}

// load reads a schema. The payload types lean on parts of the other schema: what is undefined counts as a scalar, but for Node.
func load(t *testing.T, text string) *ast.Schema {
	t.Helper()
	for {
		s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
		if err == nil {
			return s
		}
		_, name, undefined := strings.Cut(err.Error(), "Undefined type ")
		switch name = strings.Trim(name, `". `); {
		case !undefined:
			t.Fatal(err)
		case name == "Node":
			text += "\ninterface Node { id: ID! }\n"
		default:
			text += "\nscalar " + name + "\n"
		}
	}
}

// TestSchemaIsPartOfTheOfficialOne compares every type, field, argument and input, names and nullability.
func TestSchemaIsPartOfTheOfficialOne(t *testing.T) {
	whole, ours := official(t, "schema.graphql"), load(t, linear.Schema())
	for name, def := range ours.Types {
		if def.BuiltIn {
			continue
		}
		full := whole.Types[name]
		if full == nil || full.Kind != def.Kind {
			t.Errorf("%s: Linear has no such %s", name, strings.ToLower(string(def.Kind)))
			continue
		}
		for _, f := range def.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				compareField(t, name, f, full.Fields.ForName(f.Name))
			}
		}
		for _, f := range full.Fields {
			if def.Kind == ast.InputObject && f.Type.NonNull && def.Fields.ForName(f.Name) == nil {
				t.Errorf("%s.%s is required", name, f.Name)
			}
		}
		for _, v := range def.EnumValues {
			if full.EnumValues.ForName(v.Name) == nil {
				t.Errorf("%s has no value %s", name, v.Name)
			}
		}
		for _, i := range def.Interfaces {
			if !slices.Contains(full.Interfaces, i) {
				t.Errorf("%s does not implement %s", name, i)
			}
		}
	}
}

func compareField(t *testing.T, of string, f, full *ast.FieldDefinition) {
	t.Helper()
	if full == nil {
		t.Errorf("%s.%s does not exist", of, f.Name)
		return
	}
	if f.Type.String() != full.Type.String() {
		t.Errorf("%s.%s is %s, not %s", of, f.Name, full.Type, f.Type)
	}
	for _, a := range f.Arguments {
		if o := full.Arguments.ForName(a.Name); o == nil || o.Type.String() != a.Type.String() {
			t.Errorf("%s.%s has no argument %s: %s", of, f.Name, a.Name, a.Type)
		}
	}
	for _, a := range full.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil && f.Arguments.ForName(a.Name) == nil {
			t.Errorf("%s.%s needs the argument %s", of, f.Name, a.Name)
		}
	}
}

// everything selects all fields of a type, connections and other objects down to a depth.
func everything(s *ast.Schema, of string, depth int) string {
	var b strings.Builder
	for _, f := range s.Types[of].Fields {
		inner := s.Types[f.Type.Name()]
		switch {
		case strings.HasPrefix(f.Name, "__") || slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull }):
		case inner.Kind != ast.Object:
			b.WriteString(f.Name + " ")
		case depth > 0:
			if strings.HasSuffix(inner.Name, "Connection") {
				fmt.Fprintf(&b, "%s(first: 2, includeArchived: true) { edges { cursor node { id } } pageInfo { %s } nodes { %s } } ", f.Name,
					everything(s, "PageInfo", 0), everything(s, inner.Fields.ForName("nodes").Type.Name(), depth-1))
				continue
			}
			fmt.Fprintf(&b, "%s { %s } ", f.Name, everything(s, inner.Name, depth-1))
		}
	}
	return b.String() + "__typename"
}

// checked sends an operation, validates it against the official schema and the answer against the operation.
func (w *world) checked(s *ast.Schema, query string, v vars) answer {
	w.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(s, query, nil)
	if len(errs) > 0 {
		w.Fatalf("Linear would refuse %s: %v", query, errs)
	}
	a := w.do(query, v)
	op := doc.Operations[0]
	root := s.Query
	if op.Operation == ast.Mutation {
		root = s.Mutation
	}
	w.shape(s, root.Name, op.SelectionSet, a.Data, "")
	return a
}

// shape checks an object of an answer.
func (w *world) shape(s *ast.Schema, of string, set ast.SelectionSet, got map[string]any, path string) {
	w.Helper()
	for _, sel := range set {
		f, isField := sel.(*ast.Field)
		if !isField || f.Name == "__typename" {
			continue
		}
		at := path + "." + f.Alias
		v, there := got[f.Alias]
		if !there {
			w.Errorf("%s: missing", at)
			continue
		}
		w.value(s, f.Definition.Type, f.SelectionSet, v, at)
	}
	if name, isSet := got["__typename"]; isSet && name != of {
		w.Errorf("%s: __typename is %v, not %s", path, name, of)
	}
}

func (w *world) value(s *ast.Schema, t *ast.Type, set ast.SelectionSet, v any, path string) {
	w.Helper()
	if v == nil {
		if t.NonNull {
			w.Errorf("%s: null where Linear says %s", path, t)
		}
		return
	}
	if t.Elem != nil {
		list, isList := v.([]any)
		if !isList {
			w.Errorf("%s: no list", path)
		}
		for k, item := range list {
			w.value(s, t.Elem, set, item, fmt.Sprintf("%s.%d", path, k))
		}
		return
	}
	if def := s.Types[t.NamedType]; def.Kind == ast.Object {
		m, isMap := v.(map[string]any)
		if !isMap {
			w.Errorf("%s: no object", path)
			return
		}
		w.shape(s, t.NamedType, set, m, path)
	} else if !scalar(def, v) {
		w.Errorf("%s: %v (%T) is no %s", path, v, v, t.NamedType)
	}
}

func scalar(def *ast.Definition, v any) bool {
	switch v := v.(type) {
	case string:
		switch def.Name {
		case "DateTime":
			_, err := time.Parse("2006-01-02T15:04:05.000Z", v)
			return err == nil
		case "TimelessDate":
			_, err := time.Parse(time.DateOnly, v)
			return err == nil
		}
		return slices.Contains([]string{"String", "ID", "UUID"}, def.Name) || (def.Kind == ast.Enum && def.EnumValues.ForName(v) != nil)
	case bool:
		return def.Name == "Boolean"
	case float64:
		return def.Name == "Float" || (def.Name == "Int" && v == float64(int(v)))
	}
	return def.Name == "JSONObject" || def.Name == "JSON"
}

// TestAnswersFitTheOfficialSchema walks through everything the schema served can be asked.
func TestAnswersFitTheOfficialSchema(t *testing.T) {
	whole, ours := official(t, "schema.graphql"), load(t, linear.Schema())
	w := newWorld(t)
	w.sim.AddToken("app", linear.Token{Login: "extsync", Kind: linear.App, Scopes: []string{"read", "write", "admin"}})
	w.sim.SetUser("extsync", true, true)
	w.auth = "Bearer app"
	ids := w.mutate(ours, func(query string, v vars) answer { return w.checked(whole, query, v) })
	for _, f := range ours.Query.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		args := ""
		switch {
		case f.Name == "attachmentsForURL":
			args = `(url: "https://pm.example/1", first: 2)`
		case f.Arguments.ForName("id") != nil:
			args = fmt.Sprintf("(id: %q)", ids[f.Name])
		case strings.HasSuffix(f.Type.Name(), "Connection"):
			args = "(first: 3, includeArchived: true)"
		}
		selection := everything(ours, f.Type.Name(), 2)
		if c := f.Type.Name(); strings.HasSuffix(c, "Connection") {
			selection = "nodes { " + everything(ours, strings.TrimSuffix(c, "Connection"), 2) + " } pageInfo { hasNextPage endCursor }"
		}
		w.checked(whole, fmt.Sprintf("{ %s%s { %s } }", f.Name, args, selection), nil)
	}
	kinds := w.sim.Counters().Kinds
	for _, f := range slices.Concat(ours.Query.Fields, ours.Mutation.Fields) {
		if kinds[f.Name].Calls == 0 && !strings.HasPrefix(f.Name, "__") {
			t.Errorf("the walk did not ask for %s", f.Name)
		}
	}
}
