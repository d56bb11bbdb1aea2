package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// createdMany is the answer to a bulk create. What failed is named by its place in the
// request; what was made stands in the order of the request.
type createdMany struct {
	Issues []created `json:"issues"`
	Errors []struct {
		Status   int             `json:"status"`
		Element  int             `json:"failedElementNumber"`
		Messages json.RawMessage `json:"elementErrors"`
	} `json:"errors"`
}

// WriteBatch makes up to fifty issues in one call and reads them in another. Operation
// createIssues. An element that cannot even be sent is refused by itself.
func (a *adapter) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	const what = "create issues"
	if len(ops) > bulkCreate {
		return nil, fail(external.Invalid, what, fmt.Sprintf("at most %d issues go into one call", bulkCreate), nil)
	}
	b := batching{a: a, what: what, results: make([]adapters.Result, len(ops))}
	if err := b.prepare(ctx, ops); err != nil {
		return nil, err
	}
	if len(b.bodies) == 0 {
		return b.results, nil
	}
	if err := b.send(ctx); err != nil {
		return nil, err
	}
	b.read(ctx)
	for n, w := range b.writes {
		w.lookAhead(ctx, b.results[b.places[n]].Item)
	}
	return b.results, nil
}

// batching is one bulk create on its way.
type batching struct {
	a       *adapter
	what    string
	bodies  []any
	writes  []*writing // of the elements that are sent, as are places
	places  []int
	made    []created // of the elements that are sent: the issue made, or empty
	results []adapters.Result
}

// prepare makes the bodies. An error ends the whole batch, before anything was sent.
func (b *batching) prepare(ctx context.Context, ops []adapters.Op) error {
	for n, op := range ops {
		c, err := op.Open()
		if err != nil {
			return err
		}
		if op.Verb != createIssue {
			return fail(external.Invalid, b.what, "only creates of issues go into a batch", nil)
		}
		w := &writing{a: b.a, op: op, c: c, what: fmt.Sprintf("create issue, element %d", n)}
		if w.cat, err = b.a.catalogue(ctx, slices.Concat(op.Writes, b.a.custom)...); err != nil {
			return err
		}
		body, err := w.newIssue(ctx)
		switch external.KindOf(err) {
		case "":
			b.bodies, b.writes, b.places = append(b.bodies, body), append(b.writes, w), append(b.places, n)
		case external.Invalid:
			b.results[n].Err = err
		default:
			return err
		}
	}
	return nil
}

// send makes the call and says of each element what became of it. When all are refused
// Jira answers 400 with the same body.
func (b *batching) send(ctx context.Context) error {
	var answer createdMany
	made, err := b.a.send(ctx, request{
		what: b.what, kind: "issues.bulk_create", method: http.MethodPost, path: b.a.at("issue", "bulk"),
		body: map[string]any{"issueUpdates": b.bodies}, into: &answer, write: true,
	})
	if err != nil {
		if made.status != http.StatusBadRequest || json.Unmarshal(made.failure, &answer) != nil || len(answer.Errors) == 0 {
			return err
		}
	}
	if len(answer.Issues)+len(answer.Errors) != len(b.bodies) {
		return fail(external.Ambiguous, b.what, "the answer does not account for every issue; each may have been made", nil)
	}
	return b.settle(made, answer)
}

func (b *batching) settle(made *call, answer createdMany) error {
	b.made = make([]created, len(b.bodies))
	refusedAt := map[int]bool{}
	for _, e := range answer.Errors {
		if e.Element < 0 || e.Element >= len(b.bodies) || refusedAt[e.Element] {
			return fail(external.Ambiguous, b.what, "the answer names an issue that was not sent; each may have been made", nil)
		}
		refusedAt[e.Element] = true
		one := &call{write: true, status: e.Status, header: made.header, failure: e.Messages}
		b.writes[e.Element].bar(one)
		b.results[b.places[e.Element]].Err = refused(b.writes[e.Element].what, one, false)
	}
	next := 0
	for n := range b.bodies {
		if !refusedAt[n] {
			b.made[n] = answer.Issues[next]
			next++
		}
	}
	return nil
}

// read shows the issues that were made. What cannot be read may exist all the same.
func (b *batching) read(ctx context.Context) {
	var ids []string
	for _, made := range b.made {
		if made.ID != "" {
			ids = append(ids, made.ID)
			b.a.recent.add(made.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	found, err := b.fetch(ctx, ids)
	b.sortOut(found)
	for n, made := range b.made {
		result := &b.results[b.places[n]]
		switch i := found[made.ID]; {
		case made.ID == "":
		case i != nil:
			result.Item = b.writes[n].born(i)
		case err == nil:
			result.Item = b.writes[n].hidden(made)
		default:
			result.Err = unseen(b.writes[n].what, err)
		}
	}
}

// sortOut gives each element the issue that bears its key. That the answer names the issues in the order
// of the request is seen, and promised nowhere.
func (b *batching) sortOut(found map[string]*issue) {
	byKey := map[string]*issue{}
	for _, i := range found {
		if key := b.a.keyOf(i.Properties[propertyKey]); key != "" {
			byKey[key] = i
		}
	}
	for n, made := range b.made {
		if i := byKey[b.writes[n].c.CreateKey]; made.ID != "" && i != nil {
			b.made[n] = created{ID: i.ID, Key: i.Key}
		}
	}
}

func (b *batching) fetch(ctx context.Context, ids []string) (map[string]*issue, error) {
	fields := b.a.readFields(b.writes[0].cat)
	if b.a.edition == cloud {
		return b.a.bulkFetch(ctx, ids, fields)
	}
	found := map[string]*issue{}
	for _, id := range ids {
		i, err := b.a.getIssue(ctx, b.what, id, fields)
		switch external.KindOf(err) {
		case "":
			found[id] = i
		case external.NotFound, external.Gone:
		default:
			return found, err
		}
	}
	return found, nil
}
