package jql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/extsync/extsync/simulator/jira/jql"
)

// show writes an expression with all its parentheses.
func show(e jql.Expr) string {
	join := func(parts []jql.Expr, by string) string {
		var out []string
		for _, p := range parts {
			out = append(out, show(p))
		}
		return "(" + strings.Join(out, by) + ")"
	}
	switch e := e.(type) {
	case *jql.And:
		return join(e.Parts, " & ")
	case *jql.Or:
		return join(e.Parts, " | ")
	case *jql.Not:
		return "!" + show(e.Part)
	case *jql.Clause:
		var values []string
		for _, v := range e.Values {
			s := v.Text
			if v.Quoted {
				s = "'" + s + "'"
			}
			if v.Call {
				s += fmt.Sprint(v.Args)
			}
			values = append(values, s)
		}
		return e.Field + " " + e.Operator + " " + strings.Join(values, ",")
	}
	return "all"
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want, reason string }{
		{``, "all", "nothing restricts nothing"},
		{`project = ABC`, "project = ABC", ""},
		{`project=ABC`, "project = ABC", "no blanks needed"},
		{`project = "A B" AND status != Done`, "(project = 'A B' & status != Done)", ""},
		{`a = 1 OR b = 2 AND c = 3`, "(a = 1 | (b = 2 & c = 3))", "AND binds tighter"},
		{`(a = 1 OR b = 2) AND NOT c = 3`, "((a = 1 | b = 2) & !c = 3)", ""},
		{`a = 1 && b = 2 || c = 3`, "((a = 1 & b = 2) | c = 3)", "signs for words"},
		{`not (a = 1)`, "!a = 1", "keywords in any case"},
		{`labels IN (x, "y z") and labels not in (w)`, "(labels in x,'y z' & labels not in w)", ""},
		{`updated >= 1732877091000`, "updated >= 1732877091000", "bare epoch milliseconds"},
		{`updated >= "2026-11-25 12:00"`, "updated >= '2026-11-25 12:00'", ""},
		{`created >= -5d`, "created >= -5d", "periods"},
		{`reporter = currentUser() AND parent is EMPTY`, "(reporter = currentUser[] & parent is EMPTY)", ""},
		{`issuekey in updatedBy(ada, "-1d")`, "issuekey in updatedBy[ada -1d]", "functions with arguments"},
		{`"Epic Link" = ABC-1`, "Epic Link = ABC-1", "quoted field"},
		{`cf[10030] ~ "a \"b\""`, `cf[10030] ~ 'a "b"'`, "escapes"},
		{`summary ~ 'x' ORDER BY updated ASC, key DESC`, "summary ~ 'x'", ""},
		{`order by created`, "all", "only an order"},
	} {
		q, err := jql.Parse(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if got := show(q.Where); got != c.want {
			t.Errorf("%s (%s): %s, want %s", c.in, c.reason, got, c.want)
		}
	}
	q, err := jql.Parse("project = X ORDER BY updated ASC, key DESC, created")
	if err != nil || fmt.Sprint(q.Order) != "[{updated false} {key true} {created false}]" {
		t.Errorf("order: %v %v", q.Order, err)
	}
}

func TestBroken(t *testing.T) {
	for _, in := range []string{"project", "project =", "project = ABC AND", "project ABC", "(project = ABC", "project = ABC)", "= ABC", "project = \"ABC",
		"labels in (a", "labels in ()", "labels in (a b)", "order created", "project = A order by", "project = and", "f(", "a = f(b",
		"a = 1 order by a,b,c,d,e,f,g,h", strings.Repeat("(", 5000)} {
		if q, err := jql.Parse(in); err == nil {
			t.Errorf("%.40s: taken as %s", in, show(q.Where))
		} else if !strings.HasPrefix(err.Error(), "Error in the JQL Query: ") {
			t.Errorf("%.40s: not Jira's words: %v", in, err)
		}
	}
}

func TestBounded(t *testing.T) {
	for in, want := range map[string]bool{"": false, "order by key": false, "project = A": true, "not project = A": true, "a = 1 or b = 2": true} {
		q, err := jql.Parse(in)
		if err != nil || q.Bounded() != want {
			t.Errorf("%q: bounded %v, want %v (%v)", in, q.Bounded(), want, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`project = "A" AND (x in (1, 2) OR NOT y is empty) ORDER BY z`)
	f.Fuzz(func(t *testing.T, s string) {
		q, err := jql.Parse(s)
		if err == nil && q.Bounded() && q.Where == nil {
			t.Error("bounded by nothing")
		}
	})
}
