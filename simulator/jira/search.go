package jira

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Sizes of a search.
const (
	maxReconcile  = 50
	maxPropertied = 5
	maxPage       = 5000 // when only ids or keys are asked for
	maxFullPage   = 100  // else
	maxClassic    = 1000 // of the old search, which answers 0 with the total alone
)

// searchRequest is a search as body or query.
type searchRequest struct {
	JQL        string          `json:"jql"`
	Token      string          `json:"nextPageToken"`
	Max        *int            `json:"maxResults"`
	StartAt    int             `json:"startAt"`
	Fields     []string        `json:"fields"`
	Expand     json.RawMessage `json:"expand"` // text on the new search, an array on the old
	Properties []string        `json:"properties"`
	Reconcile  []int64         `json:"reconcileIssues"`
}

func (c *call) searchRequest() (searchRequest, error) {
	var q searchRequest
	if c.method == http.MethodPost {
		return q, c.decode(&q)
	}
	q.JQL, q.Token, q.StartAt = c.query.Get("jql"), c.query.Get("nextPageToken"), c.number("startAt", 0, 1<<30)
	if n, err := strconv.Atoi(c.query.Get("maxResults")); err == nil {
		q.Max = &n
	}
	q.Fields, q.Properties = c.list("fields"), c.list("properties")
	q.Expand, _ = json.Marshal(c.query.Get("expand")) // a string: cannot fail
	for _, s := range c.list("reconcileIssues") {
		id, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return q, model.Refuse(http.StatusBadRequest, "reconcileIssues takes ids, not '%s'.", s)
		}
		q.Reconcile = append(q.Reconcile, id)
	}
	return q, nil
}

func (q searchRequest) size(most int) int {
	if q.Max == nil || *q.Max < 0 || (*q.Max == 0 && most != maxClassic) {
		return min(50, most)
	}
	return min(*q.Max, most)
}

func (q searchRequest) expands(what string) bool { return strings.Contains(string(q.Expand), what) }

// searchJQL is the search of Cloud: bounded, by token, late.
func searchJQL(c *call) (reply, error) {
	q, err := c.searchRequest()
	if err != nil {
		return reply{}, err
	}
	switch {
	case len(q.Reconcile) > maxReconcile:
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of issues to reconcile exceeds the limit of %d.", maxReconcile)
	case len(q.Properties) > maxPropertied:
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of properties exceeds the limit of %d.", maxPropertied)
	}
	query, err := c.world.Compile(c.user, q.JQL)
	if err != nil {
		return reply{}, err
	}
	if !query.Bounded() {
		return reply{}, model.Refuse(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	return c.searchPage(q, query, func(i *model.Issue, s selection) object { return c.issueWith(i, s, q.Properties, q.expands, 40) })
}

// searchPage answers one page of a search by token.
func (c *call) searchPage(q searchRequest, query *model.Query, render func(*model.Issue, selection) object) (reply, error) {
	fields := selectFields(q.Fields, []string{"id"})
	size := q.size(maxFullPage)
	if len(q.Properties) == 0 && !fields.all && !fields.navig && !slices.ContainsFunc(fields.named, func(f string) bool { return f != "id" && f != "key" }) {
		size = q.size(maxPage)
	}
	ids := ""
	for _, id := range q.Reconcile {
		ids += strconv.FormatInt(id, 10) + ","
	}
	question := questionOf(q.JQL, ids, c.token.Login)
	found := query.Run(q.Reconcile)
	from := 0
	if q.Token != "" {
		t, err := c.readToken(q.Token, question)
		if err != nil {
			return reply{}, err
		}
		for from < len(found.Keys) && query.Compare(found.Keys[from], t.Keys) <= 0 {
			from++
		}
	}
	end := min(from+size, len(found.Issues))
	part := found.Issues[from:end]
	c.objects += len(part)
	out := object{"issues": renderAll(part, func(i *model.Issue) object { return render(i, fields) }), "isLast": end == len(found.Issues)}
	if end < len(found.Issues) && end > from {
		out["nextPageToken"] = pageToken{Query: question, At: c.now().Unix(), Keys: found.Keys[end-1]}.String()
	}
	c.describe(out, q.expands)
	return ok(out)
}

// describe adds names and schema of all fields where they were asked for.
func (c *call) describe(out object, expands func(string) bool) {
	names, schemas := object{}, object{}
	for _, f := range c.world.Fields() {
		names[f.ID], schemas[f.ID] = f.Name, schema(f)
	}
	if expands("names") {
		out["names"] = names
	}
	if expands("schema") {
		out["schema"] = schemas
	}
}

// issueWith renders an issue with properties and expansions.
func (c *call) issueWith(i *model.Issue, s selection, properties []string, expands func(string) bool, entries int) object {
	o := c.view.issue(i, s)
	if len(properties) > 0 {
		shown := object{}
		for k, v := range i.Properties {
			if slices.Contains(properties, k) || slices.Contains(properties, "*all") {
				shown[k] = v
			}
		}
		o["properties"] = shown
	}
	if expands("changelog") {
		o["changelog"] = c.changelog(i, entries)
	}
	if expands("transitions") {
		o["transitions"] = renderAll(c.world.Transitions(c.user, i), func(t *model.Transition) object {
			return c.transition(i, t, expands("transitions.fields"))
		})
	}
	return o
}

func approximateCount(c *call) (reply, error) {
	q, err := c.searchRequest()
	if err != nil {
		return reply{}, err
	}
	query, err := c.world.Compile(c.user, q.JQL)
	if err != nil {
		return reply{}, err
	}
	if !query.Bounded() {
		return reply{}, model.Refuse(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	return ok(object{"count": len(query.Run(nil).Issues)})
}

// classicSearch is the search of Data Center: by startAt, with a total. Cloud has removed it.
func classicSearch(c *call) (reply, error) {
	if c.edition == Cloud {
		return reply{}, model.Refuse(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
	}
	q, err := c.searchRequest()
	if err != nil {
		return reply{}, err
	}
	query, err := c.world.Compile(c.user, q.JQL)
	if err != nil {
		return reply{}, err
	}
	found := query.Run(nil).Issues
	size := q.size(maxClassic)
	from := min(q.StartAt, len(found))
	part := found[from:min(from+size, len(found))]
	fields := selectFields(q.Fields, []string{"*navigable"})
	out := object{"expand": "schema,names", "startAt": q.StartAt, "maxResults": size, "total": len(found),
		"issues": renderAll(part, func(i *model.Issue) object { return c.issueWith(i, fields, q.Properties, q.expands, 1<<30) })}
	c.describe(out, q.expands)
	return ok(out)
}
