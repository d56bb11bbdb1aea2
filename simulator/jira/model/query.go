package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/jql"
)

// Found is the answer of a search, in the order of the query; issues are as the index has them.
type Found struct {
	Issues []*Issue
	Keys   [][]Key // of each issue, by what it is ordered
}

// Query is a query ready to run for one user.
type Query struct {
	w     *World
	user  *User
	match func(*Issue) bool
	order []ordering
	ast   jql.Query
}

// Compile checks a query against the world: unknown fields, values and functions are a 400 with all complaints, as Jira words them.
func (w *World) Compile(u *User, text string) (*Query, error) {
	ast, err := jql.Parse(text)
	if err != nil {
		return nil, bad("%s", err)
	}
	q := &Query{w: w, user: u, ast: ast}
	c := compiler{w: w, user: u}
	q.match = c.expr(ast.Where)
	q.order = c.order(ast.Order)
	if len(c.complaints) > 0 {
		return nil, &Error{Status: 400, Messages: c.complaints}
	}
	return q, nil
}

// Bounded says that the query restricts what it searches.
func (q *Query) Bounded() bool { return q.ast.Bounded() }

// Run searches. The issues with ids in fresh are looked at as they are, not as the index has them.
func (q *Query) Run(fresh []int64) Found {
	var f Found
	type row struct {
		issue *Issue
		keys  []Key
	}
	var rows []row
	for _, i := range q.w.issues {
		seen := i
		if len(i.versions.old) > 0 && !slices.Contains(fresh, i.ID) {
			seen = q.w.Indexed(i)
		}
		if seen == nil || !i.Project.May(q.user, Browse) || !q.match(seen) {
			continue
		}
		rows = append(rows, row{seen, q.keys(seen)})
	}
	slices.SortFunc(rows, func(a, b row) int { return q.Compare(a.keys, b.keys) })
	for _, r := range rows {
		f.Issues, f.Keys = append(f.Issues, r.issue), append(f.Keys, r.keys)
	}
	return f
}

// Key is one thing issues are ordered by: a number or a text.
type Key struct {
	N int64  `json:"n,omitempty"`
	S string `json:"s,omitempty"`
}

type ordering struct {
	desc bool
	key  func(*Issue) Key
}

// keys of an issue; the id comes last, so that no two are equal.
func (q *Query) keys(i *Issue) []Key {
	out := make([]Key, 0, len(q.order)+1)
	for _, o := range q.order {
		out = append(out, o.key(i))
	}
	return append(out, Key{N: i.ID})
}

// Compare orders two issues by their keys. Ties and queries without order go newest first, as Jira does.
func (q *Query) Compare(a, b []Key) int {
	for k := range a {
		n := strings.Compare(a[k].S, b[k].S)
		if a[k].N != b[k].N {
			n = map[bool]int{true: -1, false: 1}[a[k].N < b[k].N]
		}
		if n != 0 {
			if k == len(a)-1 || q.order[k].desc {
				return -n
			}
			return n
		}
	}
	return 0
}

type compiler struct {
	w          *World
	user       *User
	complaints []string
}

func (c *compiler) complain(format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf(format, args...))
}

func (c *compiler) expr(e jql.Expr) func(*Issue) bool {
	switch e := e.(type) {
	case *jql.And:
		parts := c.exprs(e.Parts)
		return func(i *Issue) bool {
			return !slices.ContainsFunc(parts, func(f func(*Issue) bool) bool { return !f(i) })
		}
	case *jql.Or:
		parts := c.exprs(e.Parts)
		return func(i *Issue) bool { return slices.ContainsFunc(parts, func(f func(*Issue) bool) bool { return f(i) }) }
	case *jql.Not:
		part := c.expr(e.Part)
		return func(i *Issue) bool { return !part(i) }
	case *jql.Clause:
		return c.clause(e)
	}
	return func(*Issue) bool { return true }
}

func (c *compiler) exprs(list []jql.Expr) []func(*Issue) bool {
	out := make([]func(*Issue) bool, 0, len(list))
	for _, e := range list {
		out = append(out, c.expr(e))
	}
	return out
}

func (c *compiler) order(list []jql.Order) []ordering {
	var out []ordering
	for _, o := range list {
		name := strings.ToLower(o.Field)
		var key func(*Issue) Key
		switch name {
		case "updated", "updateddate":
			key = func(i *Issue) Key { return Key{N: i.Updated.UnixMilli()} }
		case "created", "createddate":
			key = func(i *Issue) Key { return Key{N: i.Created.UnixMilli()} }
		case "id", "key", "issuekey", "issue":
			key = func(i *Issue) Key { return Key{N: i.ID} }
		case "rank":
			key = func(i *Issue) Key { return Key{N: i.ID} }
		case "status":
			key = func(i *Issue) Key { return Key{S: i.Status.Name} }
		case "project":
			key = func(i *Issue) Key { return Key{S: i.Project.Name} }
		case "issuetype", "type":
			key = func(i *Issue) Key { return Key{S: i.Type.Name} }
		default:
			f := c.w.jqlField(o.Field)
			if f == nil {
				c.complain("Field '%s' does not exist or you do not have permission to view it.", o.Field)
				continue
			}
			key = func(i *Issue) Key {
				_, text := c.w.describe(i.Values[f.ID])
				return Key{S: text}
			}
		}
		out = append(out, ordering{o.Desc, key})
	}
	return out
}

// jqlField finds a field by what JQL calls it: its name, its id, or cf[number].
func (w *World) jqlField(name string) *Field {
	if n, isCF := strings.CutPrefix(strings.ToLower(name), "cf["); isCF {
		return w.Field("customfield_" + strings.TrimSuffix(n, "]"))
	}
	if strings.EqualFold(name, "sprint") {
		return w.sprintField()
	}
	return w.Field(name)
}

// instant reads a date: bare digits are epoch milliseconds; quoted dates have whole minutes in the caller's zone, or are relative to now.
func (c *compiler) instant(field string, v jql.Value) (at time.Time, ok bool) {
	if v.Call {
		return c.dateFunction(v)
	}
	if !v.Quoted {
		var ms int64
		if n, err := fmt.Sscanf(v.Text, "%d", &ms); err == nil && n == 1 && strings.Trim(v.Text, "-0123456789") == "" {
			return time.UnixMilli(ms), true
		}
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02", "2006/01/02"} {
		if at, err := time.ParseInLocation(layout, v.Text, c.user.Location()); err == nil {
			return at, true
		}
	}
	if d, isSpan := span(v.Text); isSpan {
		return c.w.now().Add(d).Truncate(time.Minute), true
	}
	c.complain("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", v.Text, field)
	return time.Time{}, false
}

func (c *compiler) dateFunction(v jql.Value) (time.Time, bool) {
	now := c.w.now().In(c.user.Location())
	switch strings.ToLower(v.Text) {
	case "now":
		return now, true
	case "startofday":
		return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location()), true
	}
	c.complain("Unable to find JQL function '%s()'.", v.Text)
	return time.Time{}, false
}

// span reads a period such as -5d or -90m.
func span(s string) (time.Duration, bool) {
	var n int
	var unit string
	if k, err := fmt.Sscanf(s, "%d%s", &n, &unit); err != nil || k != 2 {
		return 0, false
	}
	per, known := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[unit]
	return time.Duration(n) * per, known
}
