package graphql

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/github/model"
)

// resolve answers one field of an object: a scalar, a typed object, a list of either, or nil.
func (x *execution) resolve(typeName string, value any, field string, args map[string]any, path []any) any {
	switch v := value.(type) {
	case Viewer:
		return x.query(field, args, path)
	case *model.User:
		return userField(v, field)
	case *model.Repo:
		return x.repoField(v, field, args, path)
	case *model.Issue:
		return x.issueField(v, field, args, path)
	case *model.Comment:
		return x.commentField(v, field, args, path)
	case *model.Label:
		return labelField(v, field)
	case *model.Milestone:
		return milestoneField(v, field)
	case *model.Event:
		return eventField(v, field, args)
	case edit:
		return editField(v, field)
	case map[string]any:
		return v[field]
	}
	return x.fail("", path, "the simulator does not answer %s.%s", typeName, field)
}

func (x *execution) query(field string, args map[string]any, path []any) any {
	switch field {
	case "viewer":
		return typed{"User", x.viewer.User}
	case "rateLimit":
		return typed{"RateLimit", x.viewer.Rate()}
	case "repository":
		r, _ := x.viewer.World.Repo(str(args["owner"]), str(args["name"]))
		if r == nil || !x.viewer.CanSee(r) {
			return x.fail("NOT_FOUND", path, "Could not resolve to a Repository with the name '%s/%s'.", str(args["owner"]), str(args["name"]))
		}
		return typed{"Repository", r}
	case "node":
		return x.node(str(args["id"]), path)
	}
	return x.nodes(args, path)
}

func (x *execution) nodes(args map[string]any, path []any) any {
	ids, _ := args["ids"].([]any)
	if len(ids) > x.viewer.NodeMax {
		return x.fail("ARGUMENT_LIMIT", path, "You may not provide more than %d node ids; you provided %d.", x.viewer.NodeMax, len(ids))
	}
	out := make([]any, len(ids))
	for k, id := range ids {
		out[k] = x.node(str(id), append(path[:len(path):len(path)], k))
	}
	return out
}

// node finds an object by its global id. One that is gone, or that the viewer may not see, is null with an error of its own.
func (x *execution) node(id string, path []any) any {
	switch v := x.viewer.World.Node(id).(type) {
	case *model.Issue:
		if x.viewer.CanSee(v.Repo) {
			return issueNode(v)
		}
	case *model.Comment:
		if x.viewer.CanSee(v.Issue.Repo) {
			return typed{"IssueComment", v}
		}
	}
	return x.fail("NOT_FOUND", path, "Could not resolve to a node with the global id of '%s'", id)
}

func issueNode(i *model.Issue) any {
	if i.PullRequest {
		return typed{"PullRequest", i}
	}
	return typed{"Issue", i}
}

func actor(u *model.User) any {
	if u == nil {
		return nil
	}
	return typed{u.Type, u}
}

func userField(u *model.User, field string) any {
	switch field {
	case "id":
		return u.NodeID
	case "login":
		return u.Login
	case "databaseId":
		return u.ID
	}
	return nil // name
}

func (x *execution) repoField(r *model.Repo, field string, args map[string]any, path []any) any {
	switch field {
	case "id":
		return r.NodeID
	case "databaseId":
		return r.ID
	case "name":
		return r.Name
	case "nameWithOwner":
		return r.FullName()
	case "isPrivate":
		return r.Private
	case "hasIssuesEnabled":
		return !r.IssuesDisabled
	case "owner":
		return actor(r.Owner)
	}
	number, _ := integer(args["number"])
	i, err := r.Issue(number)
	if err != nil || i.PullRequest {
		return x.fail("NOT_FOUND", path, "Could not resolve to an Issue with the number of %d.", number)
	}
	return issueNode(i)
}

func labelField(l *model.Label, field string) any {
	switch field {
	case "id":
		return l.NodeID
	case "name":
		return l.Name
	case "color":
		return l.Color
	}
	return l.Description
}

func milestoneField(m *model.Milestone, field string) any {
	switch field {
	case "id":
		return m.NodeID
	case "number":
		return m.Number
	case "title":
		return m.Title
	case "state":
		return strings.ToUpper(m.State)
	case "dueOn":
		return m.Due
	}
	return m.Description
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// integer reads an argument that may come as a literal or as a variable.
func integer(v any) (int, bool) {
	if v == nil {
		return 0, false
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	return n, err == nil
}

// extra is a field that only some connections have.
type extra struct {
	name  string
	value any
}

// connection cuts a page out of a list. As on GitHub one of first and last is a must, of 1 to 100. More are further fields of the
// connection.
func (x *execution) connection(name string, items []any, args map[string]any, path []any, more ...extra) any {
	first, forward := integer(args["first"])
	last, backward := integer(args["last"])
	field := path[len(path)-1]
	switch {
	case !forward && !backward:
		return x.fail("MISSING_PAGINATION_BOUNDARIES", path,
			"You must provide a `first` or `last` value to properly paginate the `%s` connection.", field)
	case forward && (first < 0 || first > 100), backward && (last < 0 || last > 100):
		return x.fail("EXCESSIVE_PAGINATION", path,
			"Requesting %d records on the `%s` connection exceeds the `first` limit of 100 records.", max(first, last), field)
	}
	from, to := bounds(len(items), args)
	info := map[string]any{"hasNextPage": to < len(items), "hasPreviousPage": from > 0, "startCursor": nil, "endCursor": nil}
	if from < to {
		info["startCursor"], info["endCursor"] = cursor(from), cursor(to-1)
	}
	value := map[string]any{"nodes": items[from:to], "totalCount": len(items), "pageInfo": typed{"PageInfo", info}}
	for _, e := range more {
		value[e.name] = e.value
	}
	return typed{name, value}
}

// bounds finds the page of a connection in a list of n items.
func bounds(n int, args map[string]any) (from, to int) {
	to = n
	if n, isSet := position(args["after"]); isSet {
		from = min(n+1, to)
	}
	if n, isSet := position(args["before"]); isSet {
		to = max(from, min(n, to))
	}
	if first, forward := integer(args["first"]); forward {
		to = min(to, from+first)
	}
	if last, backward := integer(args["last"]); backward {
		from = max(from, to-last)
	}
	return from, to
}

func cursor(n int) string {
	return base64.StdEncoding.EncodeToString([]byte("cursor:" + strconv.Itoa(n)))
}

func position(v any) (int, bool) {
	b, err := base64.StdEncoding.DecodeString(str(v))
	if v == nil || err != nil {
		return 0, false
	}
	return integer(strings.TrimPrefix(string(b), "cursor:"))
}
