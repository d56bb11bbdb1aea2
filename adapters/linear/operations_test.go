package linear_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/graphql"
)

// exercise makes every kind of call and returns what was sent.
func exercise(t *testing.T) []simulator.Request {
	t.Helper()
	d := newDesk(t)
	d.Tested = d.connect(adapters.Config{Filter: `{"priority": {"gte": 0}}`, Settings: json.RawMessage(`{"backlink":"https://tickets.example/{id}"}`)})
	for _, f := range []func() error{
		func() error { _, err := d.Tested.Probe(d.Context()); return err },
		func() error { _, err := d.Tested.Projects(d.Context()); return err },
		func() error { _, err := d.Tested.Schema(d.Context()); return err },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	var labels []string
	for _, l := range strings.Split("abcdefghijklmnop", "") {
		labels = append(labels, "label "+l)
	}
	item := d.push(create(1, external.Fields{"title": text("x"), "labels": set(labels...), "project": text("Apollo")}))
	d.push(edit(d.Look(item.Ref), external.Fields{"labels": set("other"), "title": text("y")}))
	c := d.push(comment(2, item.Ref, "a remark"))
	d.push(edit(c, external.Fields{"body": text("changed")}))
	d.walk(external.Window{}, nil)
	d.walk(external.Window{Lo: d.Now().Add(-time.Hour)}, nil)
	plain := newDesk(t)
	full := plain.batch(0, 50, external.Fields{"labels": set("a", "b")})
	plain.writeBatch(full)
	plain.writeBatch(full)
	for range 40 {
		d.Advance(time.Hour)
		d.act(simulator.Act{Do: "assign", Issue: item.ID, To: []string{"ann", "bob"}[d.Now().Hour()%2]})
	}
	d.fill(50)
	d.walk(external.Window{}, nil)
	var refs []external.Ref
	var queries []adapters.HistoryQuery
	for _, r := range d.fill(20) {
		refs, queries = append(refs, r), append(queries, adapters.HistoryQuery{Ref: r})
	}
	queries[0].Ref = item.Ref
	if _, err := d.Tested.Read(d.Context(), append(refs[:19:19], c.Ref)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Tested.History(d.Context(), queries); err != nil {
		t.Fatal(err)
	}
	d.push(outbound.Content{Action: outbound.Delete, Ref: c.Ref})
	d.push(outbound.Content{Action: outbound.Delete, Ref: item.Ref})
	return append(d.sim.Requests(), plain.sim.Requests()...)
}

// No call costs as much as Linear allows one to cost, all its pages full: 10,000 points.
// What comes most often is far cheaper, for it is counted by the hour.
func TestPointsOfEachCall(t *testing.T) {
	schema, err := graphql.Load(simulator.Schema())
	if err != nil {
		t.Fatal(err)
	}
	points := map[string]int{}
	for _, r := range exercise(t) {
		in, err := graphql.Decode([]byte(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		op, refused := schema.Parse(in)
		if op == nil {
			t.Fatalf("%s: %v", r.Kind, refused)
		}
		points[r.Kind] = max(points[r.Kind], op.Score())
	}
	for kind, n := range points {
		t.Logf("%6d %s", n, kind)
		if n >= 10_000 {
			t.Errorf("%s costs %d points", kind, n)
		}
	}
	if n := points["comments+issues"]; n > 3000 {
		t.Errorf("looking for changes costs %d points: polling every ten seconds would use up an hour's 2,000,000", n)
	}
}

// Every document that is sent is valid under Linear's own schema, and with it the types
// of its variables: inputs are maps that nobody else checks.
func TestOfficialSchema(t *testing.T) {
	text, err := os.ReadFile(shared(t, "specs/linear/schema.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	official, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range exercise(t) {
		var body struct {
			Query     string
			Variables map[string]any
		}
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			t.Fatal(err)
		}
		doc, errs := gqlparser.LoadQueryWithRules(official, body.Query, nil)
		if len(errs) > 0 {
			t.Fatalf("%s: %v", r.Kind, errs)
		}
		if _, err := validator.VariableValues(official, doc.Operations[0], body.Variables); err != nil {
			t.Errorf("%s: %v", r.Kind, err)
		}
		seen[r.Kind] = true
	}
	for _, kind := range []string{
		"viewer", "teams", "issues", "team", "issueLabels", "comments+issues", "issue", "comment+issue", "issueUpdate",
		"issueCreate+issueLabelCreate", "issueLabelCreate+issueUpdate", "issueBatchCreate+issueLabelCreate", "commentCreate",
		"commentUpdate", "commentDelete", "issueDelete", "projectCreate", "attachmentCreate",
	} {
		if !seen[kind] {
			t.Errorf("no call %s was made", kind)
		}
	}
	static, err := os.ReadFile("operations.graphql")
	if err != nil {
		t.Fatal(err)
	}
	doc, errs := gqlparser.LoadQueryWithRules(official, string(static), nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if !slices.ContainsFunc(doc.Operations, func(o *ast.OperationDefinition) bool { return o.Name == "listChanges" }) {
		t.Error("operations.graphql was not read")
	}
}
