package github

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// historyBatch is how many nodes one GraphQL call may name.
const historyBatch = 100

// historyQuery asks for the versions of texts, each with its full text in diff, and
// for the events that changed title, state and milestone. Fifty of each are more
// than the moments between our look and our audit can hold. That an issue was closed as a
// duplicate is told to those alone who ask for it.
const historyQuery = `query($ids: [ID!]!, $since: DateTime) {
  nodes(ids: $ids) {
    __typename
    ... on Issue {
      userContentEdits(first: 50) { nodes { editedAt deletedAt diff editor { login } } }
      timelineItems(last: 50, since: $since, itemTypes: [RENAMED_TITLE_EVENT, CLOSED_EVENT, REOPENED_EVENT, MILESTONED_EVENT, DEMILESTONED_EVENT]) {
        nodes {
          __typename
          ... on RenamedTitleEvent { createdAt actor { login } previousTitle currentTitle }
          ... on ClosedEvent { createdAt actor { login } stateReason(enableDuplicate: true) }
          ... on ReopenedEvent { createdAt actor { login } }
          ... on MilestonedEvent { createdAt actor { login } milestoneTitle }
          ... on DemilestonedEvent { createdAt actor { login } milestoneTitle }
        }
      }
    }
    ... on IssueComment {
      userContentEdits(first: 50) { nodes { editedAt deletedAt diff editor { login } } }
    }
  }
}`

// askForDuplicates is refused by a GitHub Enterprise Server from before 2025, which knows no
// duplicates.
const askForDuplicates = "(enableDuplicate: true)"

// The answer to historyQuery.
type (
	historyAnswer struct {
		Data   *struct{ Nodes []*historyNode }
		Errors []graphqlError
	}
	historyNode struct {
		UserContentEdits *struct{ Nodes []contentEdit }
		TimelineItems    *struct{ Nodes []timelineEvent }
	}
	contentEdit struct {
		EditedAt  time.Time
		DeletedAt *time.Time
		Diff      *string
		Editor    *login
	}
	timelineEvent struct {
		Typename       string `json:"__typename"`
		CreatedAt      time.Time
		Actor          *login
		PreviousTitle  string
		CurrentTitle   string
		StateReason    string
		MilestoneTitle string
	}
	login        struct{ Login string }
	graphqlError struct {
		Type       string
		Message    string
		Extensions struct{ Code string }
	}
)

// History makes one call for every hundred queries. An item that does not exist has
// no history. A change of state is two revisions at one time, of state and, when it
// was closed, of state_reason. A version of a text that somebody deleted from the
// history does not appear.
func (a *adapter) History(ctx context.Context, queries []adapters.HistoryQuery) ([][]external.Revision, error) {
	out := make([][]external.Revision, 0, len(queries))
	for batch := range slices.Chunk(queries, historyBatch) {
		nodes, err := a.historyNodes(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i, q := range batch {
			out = append(out, a.revisions(nodes[i], since(q)))
		}
	}
	return out, nil
}

// since is a little before the query's time: stamps have whole seconds.
func since(q adapters.HistoryQuery) time.Time {
	if q.Since.IsZero() {
		return q.Since
	}
	return q.Since.Truncate(time.Second).Add(-time.Second)
}

func (a *adapter) historyNodes(ctx context.Context, batch []adapters.HistoryQuery) ([]*historyNode, error) {
	const what = "read the history"
	variables := map[string]any{"ids": nodeIDs(batch)}
	if earliest := slices.MinFunc(batch, func(p, q adapters.HistoryQuery) int { return p.Since.Compare(q.Since) }); !earliest.Since.IsZero() {
		variables["since"] = since(earliest).UTC().Format(time.RFC3339)
	}
	answer, made, err := a.askHistory(ctx, what, historyQuery, variables)
	if err == nil && slices.ContainsFunc(answer.Errors, func(e graphqlError) bool { return e.Extensions.Code == "argumentNotAccepted" }) {
		answer, made, err = a.askHistory(ctx, what, strings.Replace(historyQuery, askForDuplicates, "", 1), variables)
	}
	if err != nil {
		return nil, err
	}
	for _, e := range answer.Errors {
		if e.Type != "NOT_FOUND" { // of one node, which is null
			return nil, graphqlFailure(what, made, e)
		}
	}
	if answer.Data == nil || len(answer.Data.Nodes) != len(batch) {
		return nil, fail(external.Temporary, what, "the answer does not hold the items asked for", nil)
	}
	return answer.Data.Nodes, nil
}

func (a *adapter) askHistory(ctx context.Context, what, query string, variables map[string]any) (historyAnswer, *call, error) {
	var answer historyAnswer
	made, err := a.read(ctx, what, "graphql", func(ctx context.Context) error {
		return a.send(ctx, http.MethodPost, a.graphql, nil, map[string]any{"query": query, "variables": variables}, &answer)
	})
	return answer, made, err
}

func nodeIDs(batch []adapters.HistoryQuery) []string {
	ids := make([]string, len(batch))
	for i, q := range batch {
		ids[i] = q.Ref.ID
	}
	return ids
}

// graphqlFailure classifies an error that came with status 200.
func graphqlFailure(what string, made *call, e graphqlError) error {
	switch {
	case e.Type == "RATE_LIMITED" || e.Type == "RATE_LIMIT": // the documented one, and that of 2026
		return &external.Error{Kind: external.RateLimited, Op: what, Message: "GitHub's GraphQL limit is used up; nothing was done",
			RetryAfter: retryAfter(made.header, time.Now())}
	case e.Type == "FORBIDDEN" || e.Type == "INSUFFICIENT_SCOPES":
		return fail(external.Forbidden, what, "the token may not read the history"+needed(made), nil)
	case e.Extensions.Code != "":
		return fail(external.Invalid, what, "this server does not know the query ("+e.Extensions.Code+")", nil)
	}
	return fail(external.Temporary, what, "GitHub could not answer the query", nil)
}

// revisions puts texts and events in one order, oldest first.
func (a *adapter) revisions(n *historyNode, since time.Time) []external.Revision {
	if n == nil {
		return nil
	}
	var all []external.Revision
	if n.UserContentEdits != nil {
		all = a.textRevisions(n.UserContentEdits.Nodes)
	}
	if n.TimelineItems != nil {
		all = append(all, eventRevisions(n.TimelineItems.Nodes)...)
	}
	all = slices.DeleteFunc(all, func(r external.Revision) bool { return r.At.Before(since) })
	slices.SortStableFunc(all, func(p, q external.Revision) int { return p.At.Compare(q.At) })
	return all
}

// textRevisions reads the versions of a body, which come newest first, the original
// among them once there was an edit. Our markers are taken out.
func (a *adapter) textRevisions(edits []contentEdit) []external.Revision {
	edits = slices.Clone(edits)
	slices.Reverse(edits)
	slices.SortStableFunc(edits, func(p, q contentEdit) int { return p.EditedAt.Compare(q.EditedAt) })
	var out []external.Revision
	previous, known := "", false
	for _, e := range edits {
		if e.DeletedAt != nil || e.Diff == nil {
			known = false
			continue
		}
		text, _ := splitMarker(*e.Diff, a.ownKey)
		out = append(out, external.Revision{
			Field: fieldBody, Value: text, Before: previous, HasBefore: known, Author: e.Editor.name(), At: e.EditedAt.UTC(),
		})
		previous, known = text, true
	}
	return out
}

func (l *login) name() string {
	if l == nil { // the account was deleted
		return ""
	}
	return l.Login
}

// eventRevisions reads title, state and milestone from events, oldest first.
func eventRevisions(events []timelineEvent) []external.Revision {
	var out []external.Revision
	for i := 0; i < len(events); i++ {
		if i+1 < len(events) && events[i].replaces(events[i+1]) {
			out = append(out, replaced(events[i], events[i+1]))
			i++
			continue
		}
		out = append(out, events[i].revisions()...)
	}
	return out
}

// replaces reports whether two events are one: a milestone put in another's place
// leaves an event of each kind, by one person at one time.
func (e timelineEvent) replaces(f timelineEvent) bool {
	pair := e.Typename == "MilestonedEvent" && f.Typename == "DemilestonedEvent" ||
		e.Typename == "DemilestonedEvent" && f.Typename == "MilestonedEvent"
	return pair && e.CreatedAt.Equal(f.CreatedAt) && e.Actor.name() == f.Actor.name() && e.MilestoneTitle != f.MilestoneTitle
}

func replaced(e, f timelineEvent) external.Revision {
	if e.Typename == "MilestonedEvent" {
		e, f = f, e
	}
	r := f.revisions()[0]
	r.Before = e.MilestoneTitle
	return r
}

func (e timelineEvent) revisions() []external.Revision {
	r := external.Revision{Author: e.Actor.name(), At: e.CreatedAt.UTC()}
	switch e.Typename {
	case "RenamedTitleEvent":
		r.Field, r.Value, r.Before, r.HasBefore = fieldTitle, e.CurrentTitle, e.PreviousTitle, true
	case "MilestonedEvent":
		r.Field, r.Value, r.HasBefore = fieldMilestone, e.MilestoneTitle, true // there was none
	case "DemilestonedEvent":
		r.Field, r.Before, r.HasBefore = fieldMilestone, e.MilestoneTitle, true
	case "ReopenedEvent": // of its earlier value the event tells half: closed, not why
		r.Field, r.Value = fieldState, "open"
	case "ClosedEvent":
		reason := r
		reason.Field, reason.Value = fieldReason, cmp.Or(strings.ToLower(e.StateReason), "completed")
		r.Field, r.Value, r.Before, r.HasBefore = fieldState, "closed", "open", true
		return []external.Revision{r, reason}
	default:
		return nil
	}
	return []external.Revision{r}
}
