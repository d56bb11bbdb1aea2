// Package graphql answers GraphQL operations: it parses and validates them against a schema by gqlparser, executes them over objects
// that resolve their own fields, with aliases, fragments, variables, @skip and @include, and prices them as Linear does.
//
// It knows no types of its own. The entry points are [Load] and [Schema.Parse].
package graphql

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"
)

// Schema is what operations are checked against. It is safe for concurrent use.
type Schema struct {
	ast  *ast.Schema
	mu   sync.Mutex
	docs map[string]*ast.QueryDocument // validated before; clients send the same few texts over and over
}

// maxDocs is how many texts are remembered.
const maxDocs = 500

// Load reads a schema.
func Load(text string) (*Schema, error) {
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		return nil, fmt.Errorf("load GraphQL schema: %w", err)
	}
	return &Schema{ast: s, docs: map[string]*ast.QueryDocument{}}, nil
}

// Request is the body of a GraphQL call.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// Decode reads a body. Numbers stay json.Number, so that variables of type Int can be told from Float.
func Decode(body []byte) (Request, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("decode GraphQL request: %w", err)
	}
	return r, nil
}

// Error is one error of an answer.
type Error struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path,omitempty"`
	Locations  []Location     `json:"locations,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Location points into the query.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Response is an answer. Data is nil where an error reached a root field that cannot be null.
type Response struct {
	Data   any     `json:"data"`
	Errors []Error `json:"errors,omitempty"`
}

// Operation is a validated operation with its variables.
type Operation struct {
	schema *Schema
	doc    *ast.QueryDocument
	op     *ast.OperationDefinition
	vars   map[string]any
}

// Parse validates a request and picks its operation.
func (s *Schema) Parse(r Request) (*Operation, []Error) {
	doc, errs := s.document(r.Query)
	if len(errs) > 0 {
		return nil, invalid(errs...)
	}
	op := doc.Operations.ForName(r.OperationName)
	if op == nil {
		return nil, []Error{{Message: "Must provide operation name if query contains multiple operations."}}
	}
	vars, err := validator.VariableValues(s.ast, op, r.Variables)
	if err != nil {
		return nil, invalid(gqlerror.WrapIfUnwrapped(err))
	}
	return &Operation{schema: s, doc: doc, op: op, vars: vars}, nil
}

// document parses and validates a text, unless it did so before. Nothing changes a document later.
func (s *Schema) document(text string) (*ast.QueryDocument, gqlerror.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if doc := s.docs[text]; doc != nil {
		return doc, nil
	}
	doc, errs := gqlparser.LoadQueryWithRules(s.ast, text, nil)
	if len(errs) == 0 && len(s.docs) < maxDocs {
		s.docs[text] = doc
	}
	return doc, errs
}

func invalid(errs ...*gqlerror.Error) []Error {
	out := make([]Error, 0, len(errs))
	for _, e := range errs {
		one := Error{Message: e.Message}
		for _, l := range e.Locations {
			one.Locations = append(one.Locations, Location(l))
		}
		out = append(out, one)
	}
	return out
}

// Mutation says whether the operation writes.
func (o *Operation) Mutation() bool { return o.op.Operation == ast.Mutation }

// Fields are the names of the root fields, in order; __typename and what is skipped are not among them.
func (o *Operation) Fields() []string {
	var out []string
	for _, f := range (&execution{op: o}).collect(o.root(), o.op.SelectionSet) {
		if f.Name != "__typename" {
			out = append(out, f.Name)
		}
	}
	return out
}

func (o *Operation) root() *ast.Definition {
	if o.Mutation() {
		return o.schema.ast.Mutation
	}
	return o.schema.ast.Query
}

// extended is an error that brings its own extensions.
type extended interface{ Extensions() map[string]any }

func extensionsOf(err error) map[string]any {
	var e extended
	if errors.As(err, &e) {
		return e.Extensions()
	}
	return nil
}
