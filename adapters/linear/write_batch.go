package linear

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// WriteBatch makes up to fifty issues in one call, which is one transaction in Linear: a
// single bad element makes none of them. What can be told to be bad is therefore left
// out. When Linear refuses all the same, nobody else than Linear knows which element it
// was, and not even Linear tells for sure. Then
//
//   - an element that an earlier call made comes back as that issue, or as a conflict
//     where it cannot be seen or was edited since, as from Write,
//   - an element that Linear names has Linear's refusal,
//   - any other one is Temporary: it was not made, and would not be in the same company.
//     Written alone, by Write, each gets a verdict of its own.
func (a *adapter) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	b, err := a.gather(ctx, ops)
	if err != nil {
		return nil, err
	}
	if len(b.sent) == 0 {
		return b.results, nil
	}
	variables := map[string]any{"issues": b.inputs}
	for i, input := range b.labels.inputs() {
		variables[labelVariable(i)] = input
	}
	var got createIssuesResponse
	made, err := a.write(ctx, b.what, batchOfCreates, func(ctx context.Context) error {
		return a.send(ctx, "createIssues", withLabels(createIssues_Operation, len(b.labels.missing)), variables, &got)
	})
	err = a.labelTrouble(ctx, b.what, made, b.labels, err)
	switch external.KindOf(err) {
	case "":
		b.made(ctx, got.IssueBatchCreate.Issues)
		return b.results, nil
	case external.Invalid, external.Conflict, external.NotFound:
		return b.results, b.refused(ctx, made, err)
	}
	return nil, err
}

// batch is one call that makes several issues.
type batch struct {
	a       *adapter
	what    string
	labels  *labels
	sent    []*writing // those that are part of the call
	at      []int      // and their places in results
	inputs  []map[string]any
	results []adapters.Result
}

// gather builds the inputs. What is bad already gets its result now.
func (a *adapter) gather(ctx context.Context, ops []adapters.Op) (*batch, error) {
	b := &batch{a: a, what: "create " + strconv.Itoa(len(ops)) + " issues", results: make([]adapters.Result, len(ops))}
	if len(ops) == 0 || len(ops) > writeBatch {
		return nil, fail(external.Invalid, b.what, "a batch holds 1 to 50 issues", nil)
	}
	all := make([]*writing, len(ops))
	for i, op := range ops {
		c, err := op.Open()
		if err != nil {
			return nil, err
		}
		if op.Verb != verbCreateIssue {
			return nil, fail(external.Invalid, b.what, "only creates of issues can share a call", nil)
		}
		all[i] = &writing{a: a, op: op, c: c, what: op.Name}
	}
	n, err := a.knowingAll(ctx, all)
	if err != nil {
		return nil, err
	}
	b.labels = newLabels(n)
	for i, w := range all {
		input, err := w.input(n, b.labels)
		if err != nil {
			b.results[i].Err = err
			continue
		}
		b.sent, b.at, b.inputs = append(b.sent, w), append(b.at, i), append(b.inputs, input)
	}
	return b, nil
}

// knowingAll returns names that hold what all elements use, as far as Linear has it.
func (a *adapter) knowingAll(ctx context.Context, all []*writing) (*names, error) {
	n, err := a.names(ctx)
	for _, w := range all {
		if err == nil && !n.has(w.c.Set[fieldState].Text(), w.puts()) {
			return a.learn(ctx)
		}
	}
	return n, err
}

// made sorts the answer by id.
func (b *batch) made(ctx context.Context, issues []issueFields) {
	byID := map[string]*issueFields{}
	for i := range issues {
		byID[issues[i].Id] = &issues[i]
	}
	for n, w := range b.sent {
		item, err := w.issue(ctx, byID[w.id()], nil)
		b.results[b.at[n]] = adapters.Result{Item: item, Err: err}
	}
}

// refused finds out what there is of a batch that was refused.
func (b *batch) refused(ctx context.Context, made *call, cause error) error {
	if len(b.sent) == 1 {
		w := b.sent[0]
		b.results[b.at[0]].Err = cause
		if external.KindOf(cause) == external.Conflict {
			b.results[b.at[0]] = w.again(ctx, cause)
		}
		return nil
	}
	there, err := b.existing(ctx)
	if err != nil {
		return fail(external.Temporary, b.what, "the batch was refused and its issues cannot be looked up", err)
	}
	for n, w := range b.sent {
		b.results[b.at[n]] = b.verdict(ctx, n, w, there[w.id()], made, cause)
	}
	return nil
}

// existing returns those issues of the batch that Linear has.
func (b *batch) existing(ctx context.Context) (map[string]external.Item, error) {
	ids := make([]string, len(b.sent))
	for n, w := range b.sent {
		ids[n] = w.id()
	}
	out := map[string]external.Item{}
	_, err := b.a.read(ctx, b.what, "issues.find", func(ctx context.Context) error {
		got, err := findIssues(ctx, b.a.gql, map[string]any{"id": map[string]any{"in": ids}})
		if err != nil {
			return err
		}
		if got.Issues.Nodes == nil {
			return errNoData
		}
		for _, i := range got.Issues.Nodes {
			if out[i.Id], err = b.a.issueItem(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// verdict is what became of one element of a batch that was refused.
func (b *batch) verdict(ctx context.Context, n int, w *writing, item external.Item, made *call, cause error) adapters.Result {
	if item.ID != "" {
		item, err := w.same(item, cause)
		return adapters.Result{Item: item, Err: err}
	}
	for _, e := range made.refusals {
		if !strings.Contains(e.Message, w.id()) && element(e.Message) != n {
			continue
		}
		if external.KindOf(cause) == external.Conflict { // and lists do not show it yet
			return w.again(ctx, cause)
		}
		return adapters.Result{Err: cause}
	}
	return adapters.Result{Err: fail(external.Temporary, w.what,
		"it was not made, because another issue of the same batch was refused; write it alone", cause)}
}

// again is the result of an element whose id is taken.
func (w *writing) again(ctx context.Context, taken error) adapters.Result {
	item, err := w.found(ctx, external.Ref{Kind: external.KindTicket, ID: w.id()}, taken)
	return adapters.Result{Item: item, Err: err}
}

var elementIndex = regexp.MustCompile(`\bissues(?:\[|\.)(\d{1,2})\b`)

// element is the element that a refusal names, or -1.
func element(message string) int {
	m := elementIndex.FindStringSubmatch(message)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1]) // two digits, says the pattern
	return n
}
