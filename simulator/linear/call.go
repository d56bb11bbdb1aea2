package linear

import (
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/simulator/stage"
)

// call is one request on its way through the simulator.
type call struct {
	op       *graphql.Operation
	errors   []graphql.Error // why there is no operation
	fields   []string        // root fields
	kind     string          // the root fields, joined by "+"
	write    bool
	header   http.Header
	plan     stage.Plan
	token    *tokenState
	score    int
	early    []*delivery // webhooks that overtake the reply
	finished bool        // it reached the tracker, so it counts against the limits
}

// parse reads the operation of a body.
func (s *Sim) parse(r *http.Request, body []byte) *call {
	c := &call{header: r.Header, kind: "invalid"}
	if r.Method != http.MethodPost || r.URL.Path != "/graphql" {
		c.errors = []graphql.Error{{Message: "POST GraphQL operations to /graphql"}}
		return c
	}
	in, err := graphql.Decode(body)
	if err != nil {
		c.errors = []graphql.Error{{Message: "Problem processing request: the body is not a JSON object with a query"}}
		return c
	}
	if c.op, c.errors = s.schema.Parse(in); c.op == nil {
		return c
	}
	c.fields, c.write, c.score = c.op.Fields(), c.op.Mutation(), c.op.Score()
	kinds := slices.Clone(c.fields)
	slices.Sort(kinds)
	c.kind = strings.Join(slices.Compact(kinds), "+")
	return c
}

// reply is what a call is answered.
type reply struct {
	status int
	header http.Header
	body   any // marshalled as JSON, unless it is a stage.Page
}

// refusal answers a call that did not reach the tracker.
func refusal(status int, e *model.Error) reply {
	return reply{status: status, body: answer{Errors: []graphql.Error{{Message: e.Message, Extensions: extensions(e)}}}}
}

// answer is a GraphQL answer without data.
type answer struct {
	Errors []graphql.Error `json:"errors"`
}

// wrap makes a refusal of the model one of GraphQL.
func wrap(err error) error {
	if e, isOurs := err.(*model.Error); isOurs { //nolint:errorlint // the model never wraps its refusals
		return failure{e}
	}
	return err
}
