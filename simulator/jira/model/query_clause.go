package model

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/jql"
)

// clause compiles one comparison.
func (c *compiler) clause(cl *jql.Clause) func(*Issue) bool {
	name := strings.ToLower(cl.Field)
	switch name {
	case "updated", "updateddate":
		return c.date(cl, func(i *Issue) time.Time { return i.Updated })
	case "created", "createddate":
		return c.date(cl, func(i *Issue) time.Time { return i.Created })
	case "resolved", "resolutiondate":
		return c.date(cl, func(i *Issue) time.Time {
			if i.Resolved == nil {
				return time.Time{}
			}
			return *i.Resolved
		})
	case "project":
		return memo(func(i *Issue) *Project { return i.Project }, c.among(cl, c.projectNamed,
			func(i *Issue) []string { return []string{i.Project.Key, i.Project.ID, i.Project.Name} }))
	case "issuetype", "type":
		return memo(func(i *Issue) *IssueType { return i.Type }, c.among(cl, c.typeNamed, func(i *Issue) []string { return []string{i.Type.Name, i.Type.ID} }))
	case "status":
		return memo(func(i *Issue) *Named { return i.Status }, c.among(cl, c.statusNamed, func(i *Issue) []string { return []string{i.Status.Name, i.Status.ID} }))
	case "statuscategory":
		return c.among(cl, nil, func(i *Issue) []string { return categoryNames(i.Status.Category) })
	case "key", "issuekey", "issue", "id":
		return c.issueKey(cl)
	case "parent":
		return c.among(cl, nil, func(i *Issue) []string {
			if p := i.Parent(); p != nil {
				return []string{p.Key, p.IDText()}
			}
			return nil
		})
	case "text", "comment":
		return c.text(cl, nil)
	case "creator":
		return c.people(cl, func(i *Issue) any { return i.Creator })
	}
	f := c.w.jqlField(cl.Field)
	if f == nil || f.Type == readOnlyType {
		c.complain("Field '%s' does not exist or you do not have permission to view it.", cl.Field)
		return func(*Issue) bool { return false }
	}
	return c.value(cl, f)
}

func (c *compiler) value(cl *jql.Clause, f *Field) func(*Issue) bool {
	get := func(i *Issue) any { return i.Values[f.ID] }
	switch f.Type {
	case UserPicker, MultiUser:
		return c.people(cl, get)
	case summaryType, TextArea, TextField, URL:
		return c.text(cl, f)
	case DateTime:
		return c.date(cl, func(i *Issue) time.Time {
			at, _ := get(i).(time.Time)
			return at
		})
	case Date:
		return c.date(cl, func(i *Issue) time.Time {
			s, _ := get(i).(string)
			at, _ := time.ParseInLocation(time.DateOnly, s, c.user.Location()) // zero when empty
			return at
		})
	case Number, StoryPoints:
		return c.number(cl, get)
	}
	return c.among(cl, nil, func(i *Issue) []string { return words(get(i)) })
}

// words are the names and ids that a value answers to.
func words(v any) []string {
	switch v := v.(type) {
	case *Named:
		return []string{v.Name, v.ID}
	case []*Named:
		var out []string
		for _, n := range v {
			out = append(out, n.Name, n.ID)
		}
		return out
	case []string:
		return v
	case []*Sprint:
		var out []string
		for _, s := range v {
			out = append(out, s.Name, strconv.FormatInt(s.ID, 10))
		}
		return out
	case Cascade:
		return words(v.Parent)
	}
	return nil
}

func categoryNames(c Category) []string {
	return []string{string(c), map[Category]string{ToDo: "To Do", InProgress: "In Progress", Done: "Done"}[c]}
}

// among compiles = != in not in is is-not on values that have names. known refuses names that nothing has; nil accepts all.
func (c *compiler) among(cl *jql.Clause, known func(string) bool, of func(*Issue) []string) func(*Issue) bool {
	var want []string
	empty := false
	for _, v := range cl.Values {
		switch {
		case !v.Quoted && (strings.EqualFold(v.Text, "empty") || strings.EqualFold(v.Text, "null")):
			empty = true
		case strings.EqualFold(cl.Field, "resolution") && strings.EqualFold(v.Text, "unresolved"):
			empty = true
		case v.Call && strings.EqualFold(v.Text, "opensprints"):
			want = append(want, c.openSprints()...)
		case v.Call:
			c.complain("Unable to find JQL function '%s()'.", v.Text)
		case known != nil && !known(v.Text):
			c.complain("The value '%s' does not exist for the field '%s'.", v.Text, cl.Field)
		default:
			want = append(want, v.Text)
		}
	}
	hit := func(i *Issue) bool {
		has := of(i)
		return (empty && len(has) == 0) || slices.ContainsFunc(has, func(h string) bool {
			return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(h, w) })
		})
	}
	switch cl.Operator {
	case "=", "in", "is":
		return hit
	case "!=", "not in": // Jira leaves out issues without a value
		return func(i *Issue) bool { return len(of(i)) > 0 && !hit(i) }
	case "is not":
		return func(i *Issue) bool { return !hit(i) }
	}
	return c.wrongOperator(cl)
}

func (c *compiler) wrongOperator(cl *jql.Clause) func(*Issue) bool {
	c.complain("The operator '%s' is not supported by the '%s' field.", cl.Operator, cl.Field)
	return func(*Issue) bool { return false }
}

func (c *compiler) openSprints() []string {
	var out []string
	for _, s := range c.w.sprints {
		if s.State == "active" {
			out = append(out, strconv.FormatInt(s.ID, 10))
		}
	}
	return out
}

func (c *compiler) projectNamed(v string) bool {
	return slices.ContainsFunc(c.w.projects, func(p *Project) bool {
		return (strings.EqualFold(p.Key, v) || p.ID == v || strings.EqualFold(p.Name, v)) && p.May(c.user, Browse)
	})
}

func (c *compiler) statusNamed(v string) bool {
	return named(c.w.statuses, v, "") != nil || named(c.w.statuses, "", v) != nil
}

// memo asks once for each thing that many issues share.
func memo[T comparable](of func(*Issue) T, f func(*Issue) bool) func(*Issue) bool {
	known := map[T]bool{}
	return func(i *Issue) bool {
		key := of(i)
		hit, asked := known[key]
		if !asked {
			hit = f(i)
			known[key] = hit
		}
		return hit
	}
}

func (c *compiler) typeNamed(v string) bool {
	return slices.ContainsFunc(c.w.types, func(t *IssueType) bool { return strings.EqualFold(t.Name, v) || t.ID == v })
}

// issueKey compares ids and keys; keys that moved count, unknown ones are refused.
func (c *compiler) issueKey(cl *jql.Clause) func(*Issue) bool {
	var ids []int64
	for _, v := range cl.Values {
		i := c.w.Issue(v.Text)
		if i == nil || !i.Project.May(c.user, Browse) {
			c.complain("Issue '%s' does not exist or you do not have permission to see it.", v.Text)
			continue
		}
		ids = append(ids, i.ID)
	}
	in := func(i *Issue) bool { return slices.Contains(ids, i.ID) }
	switch cl.Operator {
	case "=", "in":
		return in
	case "!=", "not in":
		return func(i *Issue) bool { return !in(i) }
	}
	if len(ids) == 0 {
		return in
	}
	return compared(c, cl, func(i *Issue) (int64, bool) { return i.ID, true }, ids[0])
}

// date compares times. A quoted date without time means its first minute, for = and the others alike.
func (c *compiler) date(cl *jql.Clause, of func(*Issue) time.Time) func(*Issue) bool {
	if strings.HasPrefix(cl.Operator, "is") {
		none := func(i *Issue) bool { return of(i).IsZero() }
		if cl.Operator == "is" {
			return none
		}
		return func(i *Issue) bool { return !none(i) }
	}
	at, ok := c.instant(cl.Field, cl.Values[0])
	if !ok {
		return func(*Issue) bool { return false }
	}
	return compared(c, cl, func(i *Issue) (int64, bool) { t := of(i); return t.UnixMilli(), !t.IsZero() }, at.UnixMilli())
}

func (c *compiler) number(cl *jql.Clause, get func(*Issue) any) func(*Issue) bool {
	if strings.HasPrefix(cl.Operator, "is") {
		return func(i *Issue) bool { return (get(i) == nil) == (cl.Operator == "is") }
	}
	want, err := strconv.ParseFloat(cl.Values[0].Text, 64)
	if err != nil {
		c.complain("Value '%s' for the '%s' field is not a valid number.", cl.Values[0].Text, cl.Field)
	}
	return compared(c, cl, func(i *Issue) (float64, bool) { n, has := get(i).(float64); return n, has }, want)
}

func compared[T int64 | float64](c *compiler, cl *jql.Clause, of func(*Issue) (T, bool), want T) func(*Issue) bool {
	test, known := map[string]func(T) bool{
		"=": func(v T) bool { return v == want }, "!=": func(v T) bool { return v != want }, "<": func(v T) bool { return v < want },
		"<=": func(v T) bool { return v <= want }, ">": func(v T) bool { return v > want }, ">=": func(v T) bool { return v >= want },
	}[cl.Operator]
	if !known {
		return c.wrongOperator(cl)
	}
	return func(i *Issue) bool {
		v, has := of(i)
		return has && test(v)
	}
}

// people compares users: by currentUser(), account id or login.
func (c *compiler) people(cl *jql.Clause, get func(*Issue) any) func(*Issue) bool {
	clause := *cl
	clause.Values = nil
	for _, v := range cl.Values {
		if v.Call && strings.EqualFold(v.Text, "currentUser") {
			v = jql.Value{Text: c.w.ID(c.user), Quoted: true}
		}
		clause.Values = append(clause.Values, v)
	}
	return c.among(&clause, nil, func(i *Issue) []string {
		switch u := get(i).(type) {
		case *User:
			return []string{c.w.ID(u), u.Email}
		case []*User:
			var out []string
			for _, one := range u {
				out = append(out, c.w.ID(one), one.Email)
			}
			return out
		}
		return nil
	})
}

// text compiles ~ on words of a text; f nil means all texts of the issue.
func (c *compiler) text(cl *jql.Clause, f *Field) func(*Issue) bool {
	if strings.HasPrefix(cl.Operator, "is") && f != nil {
		return func(i *Issue) bool { return (i.Values[f.ID] == nil) == (cl.Operator == "is") }
	}
	if cl.Operator != "~" && cl.Operator != "!~" {
		return c.wrongOperator(cl)
	}
	want := strings.ToLower(strings.Trim(cl.Values[0].Text, `"*`))
	return func(i *Issue) bool {
		var has string
		if f != nil {
			_, has = c.w.describe(i.Values[f.ID])
		} else {
			_, desc := c.w.describe(i.Values["description"])
			has = i.Summary() + "\n" + desc
			for _, m := range i.CommentsFor(c.user) {
				has += "\n" + m.Body.Markup()
			}
		}
		return strings.Contains(strings.ToLower(has), want) == (cl.Operator == "~")
	}
}
