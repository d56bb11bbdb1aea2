package jira

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// query is one search.
type query struct {
	jql       string
	fields    []string
	size      int // zero: a full page
	token     string
	reconcile []int64
}

// results is one page of a search.
type results struct {
	issues []*issue
	more   bool   // there are further ones
	token  string // where Cloud goes on
}

// last is the second in which the page's last issue was updated; zero for an empty page.
func (r results) last() int64 {
	if len(r.issues) == 0 {
		return 0
	}
	return r.issues[len(r.issues)-1].updated().Unix()
}

// version is a digest of what the page showed, and of what was asked for.
func (r results) version(jql string, fields []string) string {
	h := sha256.New()
	fmt.Fprintln(h, jql, fields)
	for _, i := range r.issues {
		fmt.Fprintln(h, i.ID, i.Key, i.updated().UnixMilli())
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// search makes one search. Its fields are asked for by name: Cloud's default is the id
// alone.
func (a *adapter) search(ctx context.Context, q query) (results, error) {
	if q.size == 0 {
		q.size = pageSize
	}
	if q.fields == nil {
		q.fields = []string{"updated"}
	}
	if a.edition == dataCenter {
		return a.searchFirst(ctx, q)
	}
	return a.searchToken(ctx, q)
}

// searchToken is Cloud's only search; the one that go-jira's Search calls was removed
// (CHANGE-2046), and its other one is a GET that a long filter outgrows. Operation
// searchAndReconsileIssuesUsingJqlPost.
func (a *adapter) searchToken(ctx context.Context, q query) (results, error) {
	body := map[string]any{"jql": q.jql, "fields": q.fields, "maxResults": q.size}
	if q.token != "" {
		body["nextPageToken"] = q.token
	}
	if len(q.reconcile) > 0 {
		body["reconcileIssues"] = q.reconcile
	}
	var page struct {
		Issues []*issue `json:"issues"`
		Next   string   `json:"nextPageToken"`
		IsLast bool     `json:"isLast"`
	}
	_, err := a.send(ctx, request{what: searchWhat, kind: "search", method: http.MethodPost, path: a.at("search", "jql"), body: body, into: &page, explain: true})
	more := err == nil && !page.IsLast && page.Next != ""
	return results{issues: page.Issues, more: more, token: page.Next}, err
}

const searchWhat = "search for changes"

// searchFirst is Data Center's search. Only first pages are asked for, see position. It is
// made raw because go-jira's issues lose the total of their comments, and its options the
// properties: a version that does not know this parameter leaves it alone, see ownKeys.
func (a *adapter) searchFirst(ctx context.Context, q query) (results, error) {
	var page struct {
		Issues []*issue `json:"issues"`
		Total  int      `json:"total"`
	}
	v := url.Values{"jql": {q.jql}, "fields": {joined(q.fields)}, "maxResults": {strconv.Itoa(q.size)}, "properties": {propertyKey}}
	_, err := a.send(ctx, request{what: searchWhat, kind: "search", path: withQuery(a.at("search"), v), into: &page, explain: true})
	return results{issues: page.Issues, more: err == nil && len(page.Issues) > 0 && len(page.Issues) < page.Total}, err
}
