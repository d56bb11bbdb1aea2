package graphql_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/extsync/extsync/simulator/linear/graphql"
)

const schema = `
type Query { pet: Pet, pets: [Pet!]!, must: Pet!, echo(n: Int!, s: String = "d"): String }
type Mutation { feed: Pet }
interface Named { name: String! }
type Pet implements Named { name: String!, age: Int, broken: String!, friend: Pet }`

// thing answers fields from a map; an error there is the field's.
type thing struct {
	name   string
	values map[string]any
}

func (t thing) TypeName() string { return t.name }

func (t thing) Resolve(f graphql.Field) (any, error) {
	if f.Name == "echo" {
		s, err := json.Marshal(f.Args)
		return string(s), err
	}
	if err, failed := t.values[f.Name].(error); failed {
		return nil, err
	}
	return t.values[f.Name], nil
}

func root() thing {
	cat := thing{"Pet", map[string]any{"name": "cat", "age": 3, "broken": errors.New("no")}}
	dog := thing{"Pet", map[string]any{"name": "dog", "friend": cat, "broken": "fine"}}
	return thing{"Query", map[string]any{"pet": dog, "pets": []any{cat, dog}, "must": cat}}
}

func TestRun(t *testing.T) {
	s, err := graphql.Load(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, query, vars, want string }{
		{"aliases", `{ a: pet { n: name } }`, `{}`, `{"data":{"a":{"n":"dog"}}}`},
		{"fragments, on interfaces too", `{ pet { ...F ... on Named { x: name } ... on Pet { age } } } fragment F on Pet { name }`, `{}`,
			`{"data":{"pet":{"age":null,"name":"dog","x":"dog"}}}`},
		{"skip and include", `query($y: Boolean!) { pet { name @skip(if: $y) age @include(if: $y) } }`, `{"y":true}`, `{"data":{"pet":{"age":null}}}`},
		{"a field asked for twice", `{ pet { friend { name } friend { age } } }`, `{}`, `{"data":{"pet":{"friend":{"age":3,"name":"cat"}}}}`},
		{"variables and defaults", `query($n: Int!) { echo(n: $n) }`, `{"n":7}`, `{"data":{"echo":"{\"n\":7,\"s\":\"d\"}"}}`},
		{"an error nulls what can be null around it", `{ pet { name friend { broken } } }`, `{}`,
			`{"data":{"pet":{"friend":null,"name":"dog"}},"errors":[{"message":"no","path":["pet","friend","broken"],"locations":[{"line":1,"column":23}]}]}`},
		{"up to the root", `{ pet { name } must { broken } }`, `{}`,
			`{"data":null,"errors":[{"message":"no","path":["must","broken"],"locations":[{"line":1,"column":23}]}]}`},
		{"a list's item takes the list along", `{ pets { broken } }`, `{}`,
			`{"data":null,"errors":[{"message":"no","path":["pets",0,"broken"],"locations":[{"line":1,"column":10}]}]}`},
		{"__typename", `{ __typename pet { __typename } }`, `{}`, `{"data":{"__typename":"Query","pet":{"__typename":"Pet"}}}`},
	} {
		body := `{"query":` + encode(t, c.query) + `,"variables":` + c.vars + `}`
		in, err := graphql.Decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		op, errs := s.Parse(in)
		if op == nil {
			t.Errorf("%s: %v", c.reason, errs)
			continue
		}
		if got := encode(t, op.Run(root())); got != c.want {
			t.Errorf("%s: got %s, want %s", c.reason, got, c.want)
		}
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseRefuses(t *testing.T) {
	s, err := graphql.Load(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason string
		in     graphql.Request
	}{
		{"what is no GraphQL", graphql.Request{Query: "{"}},
		{"an unknown field", graphql.Request{Query: "{ cow }"}},
		{"a variable of a wrong type", graphql.Request{Query: "query($n: Int!) { echo(n: $n) }", Variables: map[string]any{"n": "x"}}},
		{"a variable that is missing", graphql.Request{Query: "query($n: Int!) { echo(n: $n) }"}},
		{"an operation that is not there", graphql.Request{Query: "query A { pet { name } } query B { pet { name } }", OperationName: "C"}},
	} {
		if op, errs := s.Parse(c.in); op != nil || len(errs) == 0 {
			t.Errorf("%s passed", c.reason)
		}
	}
}

func TestFields(t *testing.T) {
	s, err := graphql.Load(schema)
	if err != nil {
		t.Fatal(err)
	}
	op, errs := s.Parse(graphql.Request{Query: `mutation { __typename feed { name } other: feed { age } }`})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if got := op.Fields(); !op.Mutation() || !slices.Equal(got, []string{"feed", "feed"}) {
		t.Errorf("fields %v", got)
	}
}
