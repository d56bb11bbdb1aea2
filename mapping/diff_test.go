package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// again returns a copy that shares nothing.
func again(t *testing.T, m mapping.Mapping) mapping.Mapping {
	t.Helper()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var out mapping.Mapping
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDiffSaysWhatChangesAndWhichBasesAreVoid(t *testing.T) {
	for _, c := range []struct {
		reason string
		change func(m *mapping.Mapping)
		path   string
		says   string
		void   []ticket.Field
	}{
		{"another field", func(m *mapping.Mapping) { rule(m, ticket.Milestone).External[0] = "release" },
			"tickets.milestone.external", "stands in release, before in project", []ticket.Field{ticket.Milestone}},
		{"a name more, which was not understood before", func(m *mapping.Mapping) {
			p := &rule(m, ticket.State).Values[0]
			p.External = append(p.External, "QA")
		}, "tickets.state.values", "the table has", nil},
		{"a name that means another thing", func(m *mapping.Mapping) {
			v := rule(m, ticket.Priority).Values
			v[0].External, v[1].External = v[1].External, v[0].External
		}, "tickets.priority.values", "the table has", []ticket.Field{ticket.Priority}},
		{"a name that is not understood any more", func(m *mapping.Mapping) {
			p := &rule(m, ticket.State).Values[0]
			p.External = p.External[:2]
		}, "tickets.state.values", "the table has", []ticket.Field{ticket.State}},
		{"the order of names", func(m *mapping.Mapping) { slices.Reverse(rule(m, ticket.State).Values[0].External) },
			"tickets.state.values", "the table has", nil},
		{"a direction", func(m *mapping.Mapping) { rule(m, ticket.Due).Direction = mapping.In },
			"tickets.due.direction", "goes in, before both", nil},
		{"from outward alone to both", nil, "", "", nil}, // see below
		{"a field less", func(m *mapping.Mapping) {
			m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Parent })
		}, "tickets.parent", "is not mapped any more (was parent)", []ticket.Field{ticket.Parent}},
		{"a field more", func(m *mapping.Mapping) {
			m.Tickets = append(m.Tickets, mapping.Rule{Field: "x:a", External: []string{"a"}, Convert: mapping.Same})
		}, "tickets.x:a", "is mapped to a", []ticket.Field{"x:a"}},
		{"an account", func(m *mapping.Mapping) {
			m.Users = account("ann", "a1")
		}, "users.ann", "has the account a1", []ticket.Field{ticket.Assignees}},
		{"a constant", func(m *mapping.Mapping) {
			m.Constants = []mapping.Constant{{External: "team", Value: ticket.Text("core")}}
		}, "constants.team", `begin with "core"`, nil},
	} {
		a := standard(t, "linear")
		b := again(t, a)
		if c.change == nil {
			rule(&a, ticket.Due).Direction = mapping.Out
			c.change, c.path, c.says, c.void = func(*mapping.Mapping) {}, "tickets.due.direction", "goes both, before out", []ticket.Field{ticket.Due}
		}
		c.change(&b)
		diff := mapping.Diff(a, b)
		i := slices.IndexFunc(diff, func(d mapping.Change) bool { return d.Path == c.path && strings.Contains(d.What, c.says) })
		if i < 0 || len(diff) != 1 {
			t.Errorf("%s: %+v, want one change at %s that says %q", c.reason, diff, c.path, c.says)
		}
		if void := mapping.Rebase(a, b, external.KindTicket); !slices.Equal(void, c.void) {
			t.Errorf("%s: the bases of %v are void, want %v", c.reason, void, c.void)
		}
		if i >= 0 && strings.HasPrefix(c.path, "tickets.") && diff[i].Rebase != (c.void != nil) {
			t.Errorf("%s: rebase is %t", c.reason, diff[i].Rebase)
		}
	}
}

func TestRulesThatCannotBeCarriedOutAreNotRead(t *testing.T) {
	for reason, text := range map[string]string{
		"no external field":           `{"field":"due","external":[],"convert":"date"}`,
		"the state in one field":      `{"field":"state","external":["state"],"convert":"github_state"}`,
		"a line without its outside":  `{"field":"priority","external":["p"],"convert":"options","values":[{"local":["p1"]}]}`,
		"a word for a list of fields": `{"field":"due","external":"d","convert":"date"}`,
	} {
		var m mapping.Mapping
		if json.Unmarshal([]byte(`{"tickets":[`+text+`]}`), &m) == nil {
			t.Errorf("%s was accepted", reason)
		}
	}
}
