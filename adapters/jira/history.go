package jira

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// entry is one entry of an issue's changelog: what one call changed.
type entry struct {
	ID      string   `json:"id"` // a number that grows with time
	Author  *user    `json:"author"`
	Created moment   `json:"created"`
	Items   []change `json:"items"`
}

// change is one field's change. Values that are named have an id, all have a text; null
// is empty. go-jira's type lacks the field's id.
type change struct {
	Field   string `json:"field"`
	FieldID string `json:"fieldId"` // Data Center sends none
	From    string `json:"from"`
	Before  string `json:"fromString"`
	To      string `json:"to"`
	After   string `json:"toString"`
}

// History reads changelogs, on Cloud of a hundred issues a call and more only where they
// are long. Comments have none: Jira keeps their last edit alone, which hides the one
// before. Description is told as wiki markup; on Cloud, where the text itself is a
// document, that is not its text, and only its times are told.
func (a *adapter) History(ctx context.Context, queries []adapters.HistoryQuery) ([][]external.Revision, error) {
	c, err := a.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	logs := map[string][]entry{}
	for batch := range slices.Chunk(issueIDs(queries), historyBatch) {
		if err := a.changelogs(ctx, batch, logs); err != nil {
			return nil, err
		}
	}
	out := make([][]external.Revision, len(queries))
	for n, q := range queries {
		if q.Ref.Kind == external.KindTicket {
			out[n] = a.revisions(logs[address(q.Ref)], q.Since, c)
		}
	}
	return out, nil
}

func issueIDs(queries []adapters.HistoryQuery) []string {
	var ids []string
	for _, q := range queries {
		if id := address(q.Ref); q.Ref.Kind == external.KindTicket && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// changelogs reads the changelogs of the issues into logs. Those of issues that are gone
// stay away. Operation getBulkChangelogs.
func (a *adapter) changelogs(ctx context.Context, ids []string, logs map[string][]entry) error {
	const what = "read the history"
	if a.edition == dataCenter {
		return a.changelogsSingly(ctx, ids, logs)
	}
	for token := ""; ; {
		body := map[string]any{"issueIdsOrKeys": ids, "maxResults": 1000}
		if token != "" {
			body["nextPageToken"] = token
		}
		var page struct {
			Logs []struct {
				Issue   string  `json:"issueId"`
				Entries []entry `json:"changeHistories"`
			} `json:"issueChangeLogs"`
			Next string `json:"nextPageToken"`
		}
		_, err := a.send(ctx, request{
			what: what, kind: "changelog.bulkfetch", method: http.MethodPost, path: a.at("changelog", "bulkfetch"), body: body, into: &page,
		})
		switch {
		case external.KindOf(err) == external.NotFound:
			return nil // none of them is there
		case err != nil:
			return err
		}
		for _, l := range page.Logs {
			logs[l.Issue] = append(logs[l.Issue], l.Entries...)
		}
		switch page.Next {
		case "":
			return nil
		case token:
			return fail(external.Temporary, what, "Jira's page token leads nowhere", nil)
		}
		token = page.Next
	}
}

// changelogsSingly reads one issue's changelog a call. It is made raw because go-jira's
// issue fails on a time that ends in Z.
func (a *adapter) changelogsSingly(ctx context.Context, ids []string, logs map[string][]entry) error {
	for _, id := range ids {
		var answer struct {
			Log struct {
				Entries []entry `json:"histories"`
			} `json:"changelog"`
		}
		q := url.Values{"expand": {"changelog"}, "fields": {"updated"}}
		_, err := a.send(ctx, request{
			what: "read the history of issue " + id, kind: "issues.changelog", path: withQuery(a.at("issue", id), q), into: &answer,
		})
		switch external.KindOf(err) {
		case "":
			logs[id] = answer.Log.Entries
		case external.NotFound, external.Gone:
		default:
			return err
		}
	}
	return nil
}

// revisions puts the changes since a little before a time in order, oldest first.
func (a *adapter) revisions(log []entry, since time.Time, c *catalogue) []external.Revision {
	if !since.IsZero() {
		since = since.Add(-time.Second)
	}
	var out []external.Revision
	log = slices.Clone(log)
	slices.SortStableFunc(log, entry.compare)
	for _, e := range log {
		if e.Created.Before(since) {
			continue
		}
		for _, ch := range e.Items {
			if r, told := a.revision(ch, c); told {
				r.Author, r.At = e.Author.login(a.edition), e.Created.Time
				out = append(out, r)
			}
		}
	}
	return out
}

// compare puts entries in order of time, and those of one stamp by their ids: some
// editions list the newest first.
func (e entry) compare(f entry) int {
	if c := e.Created.Compare(f.Created.Time); c != 0 {
		return c
	}
	if c := len(e.ID) - len(f.ID); c != 0 {
		return c
	}
	return strings.Compare(e.ID, f.ID)
}

// revision is one change as far as Jira tells it in full; of other fields it tells that
// they changed. Sets have no history: nobody's element is overwritten.
func (a *adapter) revision(ch change, c *catalogue) (external.Revision, bool) {
	name := c.changed(ch)
	r := external.Revision{Field: name, HasBefore: true}
	switch name {
	case fieldSummary, fieldStatus, fieldResolution, fieldPriority, fieldType:
		r.Value, r.Before = ch.After, ch.Before
	case fieldParent:
		r.Value, r.Before = ch.To, ch.From
	case fieldDue:
		r.Value, r.Before = date(either(ch.To, ch.After)), date(either(ch.From, ch.Before))
	case fieldEstimate:
		r.Value, r.Before = number(ch.After), number(ch.Before)
	case fieldAssignee:
		if a.edition == dataCenter { // told by the user's key, which is not the name
			return external.Revision{Field: name}, true
		}
		r.Value, r.Before = ch.To, ch.From
	case fieldDescription:
		return a.proseRevision(name, ch), true
	case fieldSprint:
		return external.Revision{Field: name}, true
	default:
		return external.Revision{Field: name}, isCustom(name)
	}
	return r, true
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// proseRevision reads the markup of a changelog where the text is markup too.
func (a *adapter) proseRevision(name string, ch change) external.Revision {
	r := external.Revision{Field: name}
	if a.edition == cloud {
		return r
	}
	after, err := a.edition.format().Read(ch.After)
	before, err2 := a.edition.format().Read(ch.Before)
	if err != nil || err2 != nil {
		return r // the times are all that can be told
	}
	r.Value, r.Before, r.HasBefore = after, before, true
	return r
}

// changed is our name of the field that a change is about. Data Center names system
// fields in its own way, and the project's own fields as people do.
func (c *catalogue) changed(ch change) string {
	if ch.FieldID != "" {
		return c.ourName(ch.FieldID)
	}
	switch ch.Field {
	case "IssueParentAssociation", "Parent":
		return fieldParent
	case "Fix Version":
		return fieldVersions
	case "Component":
		return fieldComponents
	}
	if _, system := systemKind(ch.Field); system {
		return ch.Field
	}
	for id, f := range c.fields {
		if f.Custom && sameName(f.Name, ch.Field) {
			return c.ourName(id)
		}
	}
	return ch.Field
}
