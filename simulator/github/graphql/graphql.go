// Package graphql answers GraphQL queries about issues and their history over the simulator's model.
//
// Queries are parsed and validated by gqlparser against a schema of GitHub's own types (schema.graphql holds the part served);
// a small executor walks the selection and a resolver per type answers the fields. Queries only: GitHub's mutations are not served.
//
// The entry point is [Run].
package graphql

import (
	_ "embed"
	"encoding/json"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/extsync/extsync/simulator/github/model"
)

//go:embed schema.graphql
var schemaText string

// schema is parsed at first use and never changed.
//
//nolint:gochecknoglobals // a constant that needs computing
var schema = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: schemaText})
})

// Viewer is who asks and what they may see.
type Viewer struct {
	World   *model.World
	User    *model.User
	CanSee  func(*model.Repo) bool
	HTML    func(i *model.Issue) string // address of an issue for people
	Rate    func() map[string]any       // the rateLimit object
	NodeMax int                         // ids a nodes query may name; GitHub: 100
}

// Request is the body of a GraphQL call.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// Response is its answer. Errors of single fields come beside the data of the others, and always with status 200.
type Response struct {
	Data   map[string]any `json:"data,omitempty"`
	Errors []Error        `json:"errors,omitempty"`
}

// Error is one error in GitHub's form.
type Error struct {
	Type      string     `json:"type,omitempty"`
	Path      []any      `json:"path,omitempty"`
	Locations []Location `json:"locations,omitempty"`
	Message   string     `json:"message"`
}

// Location points into the query.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Run answers one query. What is asked wrongly is an error in the response, never a Go error.
func Run(v Viewer, r Request) Response {
	doc, errs := gqlparser.LoadQueryWithRules(schema(), r.Query, nil)
	if len(errs) > 0 {
		return refused(errs...)
	}
	op := doc.Operations.ForName(r.OperationName)
	if op == nil {
		return Response{Errors: []Error{{Message: "An operation name is required"}}}
	}
	vars, err := validator.VariableValues(schema(), op, plain(r.Variables))
	if err != nil {
		return refused(gqlerror.WrapIfUnwrapped(err))
	}
	x := &execution{viewer: v, vars: vars, doc: doc}
	data := x.object("Query", v, op.SelectionSet, nil)
	return Response{Data: data, Errors: x.errors}
}

// plain turns JSON's float64 into integers where they are whole, as variables of type Int want.
func plain(vars map[string]any) map[string]any {
	out := make(map[string]any, len(vars))
	for k, v := range vars {
		if f, isFloat := v.(float64); isFloat && f == float64(int64(f)) {
			v = json.Number(jsonInt(int64(f)))
		}
		out[k] = v
	}
	return out
}

func jsonInt(n int64) string {
	b, _ := json.Marshal(n) // an integer always marshals
	return string(b)
}

func refused(errs ...*gqlerror.Error) Response {
	var r Response
	for _, e := range errs {
		out := Error{Message: e.Message}
		for _, l := range e.Locations {
			out.Locations = append(out.Locations, Location{l.Line, l.Column})
		}
		r.Errors = append(r.Errors, out)
	}
	return r
}
