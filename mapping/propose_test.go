package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

func named(names ...string) []external.Option {
	var out []external.Option
	for _, n := range names {
		out = append(out, external.Option{Name: n})
	}
	return out
}

// jiraProject is a project whose people changed what they could.
func jiraProject() (external.Capabilities, external.Schema) {
	caps := external.Capabilities{
		System: "jira", History: 1, Comment: external.FieldCapability{Name: "body", MaxRunes: 32_767},
		Custom: external.FieldCapability{Name: "customfield_"},
	}
	full := external.HistoryFull
	caps.Fields = []external.FieldCapability{
		{Name: "summary", Type: external.TypeText, MaxRunes: 255, Required: true, History: full},
		{Name: "description", Type: external.TypeProse, MaxRunes: 32_767, History: full},
		{Name: "status", Type: external.TypeState, History: full, Options: []external.Option{
			{Name: "Done", Category: external.CategoryDone}, {Name: "Doing", Category: external.CategoryDoing},
			{Name: "Frozen", Category: external.CategoryTodo, Unreachable: true},
			{Name: "Next", Category: external.CategoryTodo}, {Name: "Rejected", Category: external.CategoryDone},
		}},
		{Name: "resolution", Type: external.TypeOption, Options: named("Done", "Won't Do", "Duplicate", "Cannot Reproduce")},
		{Name: "priority", Type: external.TypeOption, Options: named("Blocker", "Major", "Minor", "Cosmetic")},
		{Name: "labels", Type: external.TypeLabels, Set: true},
		{Name: "assignee", Type: external.TypePeople},
		{Name: "duedate", Type: external.TypeDate},
		{Name: "sprint", Type: external.TypeContainer},
		{Name: "fixVersions", Type: external.TypeContainer, Set: true},
		{Name: "parent", Type: external.TypeReference},
		{Name: "issuetype", Type: external.TypeOption, Required: true, Options: named("Epic", "Task", "Bug")},
		{Name: "created", Type: external.TypeTime, ReadOnly: true},
	}
	fields := append(slices.Clone(caps.Fields),
		external.FieldCapability{Name: "customfield_10016", Title: "Story point estimate", Type: external.TypeNumber},
		external.FieldCapability{Name: "customfield_10050", Title: "Team / Squad", Type: external.TypeOption, Options: named("A", "B")},
		external.FieldCapability{Name: "customfield_10051", Title: "Approvers", Type: external.TypePeople, Set: true},
		external.FieldCapability{Name: "customfield_10052", Title: "Team -- Squad", Type: external.TypeBool},
		external.FieldCapability{Name: "customfield_10053", Title: "Rank", Type: external.TypeText, ReadOnly: true},
		external.FieldCapability{Name: "customfield_10054", Title: "Blocks", Type: external.TypeReference},
	)
	return caps, external.Schema{Fields: fields, People: []external.Person{
		{Login: "557058:ab", Name: "Ann", Email: "Ann@Example.org"}, {Login: "557058:cd", Name: "Bob", Email: "bob@example.org"},
		{Login: "557058:ef", Name: "Bob again", Email: "bob@example.org"}, {Login: "557058:00", Name: "Hidden"},
	}}
}

func propose(t *testing.T) mapping.Proposal {
	t.Helper()
	caps, schema := jiraProject()
	return mapping.Propose(caps, schema, map[string]string{"ann": "ann@example.org", "bob": "bob@example.org", "eve": ""})
}

func TestProposalFitsTheProject(t *testing.T) {
	p := propose(t)
	caps, schema := jiraProject()
	for _, f := range mapping.Validate(p.Mapping, caps, schema) {
		if f.Severity == mapping.Error {
			t.Errorf("%s: %s", f.Path, f.Message)
		}
	}
	m := p.Mapping
	for _, c := range []struct {
		item   external.Fields
		field  ticket.Field
		want   string
		reason string
	}{
		{texts("status", "Doing"), ticket.State, "open", "by category"},
		{texts("status", "Done", "resolution", "Cannot Reproduce"), ticket.State, "not_planned", "by resolution"},
		{texts("status", "Rejected", "resolution", "Done"), ticket.State, "not_planned", "a closed state's name says more than its resolution"},
		{texts("status", "Done", "resolution", "Duplicate"), ticket.State, "duplicate", "by resolution"},
		{texts("priority", "Blocker"), ticket.Priority, "p1", "by name"},
		{texts("priority", "Major"), ticket.Priority, "p2", "by name"},
		{texts("priority", "Cosmetic"), ticket.Priority, "p5", "by its place at the end"},
		{texts("customfield_10016", "5"), ticket.Estimate, "5", "story points are the estimate"},
		{texts("customfield_10050", "A"), "x:team-squad", "A", "an option of its own, as it is"},
		{texts("customfield_10052", "true"), "x:team-squad-2", "true", "two titles alike"},
		{external.Fields{"customfield_10051": ticket.Set("557058:ab")}, "x:approvers", "ann", "people of its own"},
	} {
		if got := m.ToCanonical(external.KindTicket, c.item)[c.field].Text(); got != c.want {
			t.Errorf("%v: %s is %q, want %q: %s", c.item, c.field, got, c.want, c.reason)
		}
	}
	for value, want := range map[string]external.Fields{
		"open":        texts("status", "Next", "resolution", ""),
		"done":        texts("status", "Done", "resolution", "Done"),
		"not_planned": texts("status", "Rejected", "resolution", ""),
		"duplicate":   texts("status", "Done", "resolution", "Duplicate"),
	} {
		got := m.ToExternal(external.KindTicket, ticket.Fields{ticket.State: ticket.Text(value)})
		for n, v := range want {
			if !got[n].Equal(v) {
				t.Errorf("%s is written as %v, want %v", value, got, want)
			}
		}
	}
}

func TestProposalExplainsItself(t *testing.T) {
	p := propose(t)
	if len(p.Matches) != len(p.Mapping.Tickets) {
		t.Fatalf("%d matches for %d rules", len(p.Matches), len(p.Mapping.Tickets))
	}
	for i, m := range p.Matches {
		if m.Field != p.Mapping.Tickets[i].Field || m.Confidence < 0.4 || m.Confidence > 1 || m.Why == "" {
			t.Errorf("match %d is %+v for the rule of %s", i, m, p.Mapping.Tickets[i].Field)
		}
	}
	if want := []string{"created", "customfield_10054"}; !slices.Equal(p.Unused, want) {
		t.Errorf("unused %v, want %v", p.Unused, want)
	}
	if len(p.People) != 1 || p.People[0] != (mapping.Account{Handle: "ann", Login: "557058:ab"}) {
		t.Errorf("people %v: bob's address belongs to two accounts, eve has none", p.People)
	}
	for _, want := range []string{"users.bob", `"Cosmetic" of priority goes by its place`, "customfield_10054 holds reference", "nothing for p3"} {
		if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("no warning says %q: %q", want, p.Warnings)
		}
	}
	if c := p.Mapping.Constants; len(c) != 1 || c[0].External != "issuetype" || c[0].Value.Text() != "Task" {
		t.Errorf("constants %v", c)
	}
	for _, r := range p.Mapping.Tickets {
		if r.Field == "x:rank" && r.Direction != mapping.In {
			t.Error("a field that can only be read would be written")
		}
	}
}

func TestProposalWithoutAResolution(t *testing.T) {
	caps, schema := jiraProject()
	schema.Fields = slices.DeleteFunc(schema.Fields, func(f external.FieldCapability) bool { return f.Name == "resolution" })
	i := slices.IndexFunc(schema.Fields, func(f external.FieldCapability) bool { return f.Name == "status" })
	schema.Fields[i].Options = []external.Option{{Name: "To Do", Category: external.CategoryTodo}, {Name: "Done", Category: external.CategoryDone}}
	p := mapping.Propose(caps, schema, nil)
	got := p.Mapping.ToExternal(external.KindTicket, ticket.Fields{ticket.State: ticket.Text("duplicate")})
	if len(got) != 1 || got["status"].Text() != "Done" {
		t.Errorf("a duplicate is written as %v, want the state that comes nearest", got)
	}
	if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "no state of its own for not_planned") }) {
		t.Errorf("nobody says so: %q", p.Warnings)
	}
}

func TestProposalForTrackersWithoutADefault(t *testing.T) {
	schema := external.Schema{Fields: []external.FieldCapability{
		{Name: "subject", Type: external.TypeText}, {Name: "details", Type: external.TypeProse}, {Name: "tags", Type: external.TypeLabels, Set: true},
		{Name: "stage", Type: external.TypeState, Options: named("New", "Waiting", "Closed", "Zzz")}, {Name: "owner", Type: external.TypePeople},
		{Name: "deadline", Type: external.TypeTime}, {Name: "colour", Type: external.TypeText},
	}}
	p := mapping.Propose(external.Capabilities{System: "other", Fields: schema.Fields}, schema, nil)
	want := map[ticket.Field]string{
		ticket.Title: "subject", ticket.Body: "details", ticket.Labels: "tags", ticket.State: "stage", ticket.Assignees: "owner", ticket.Due: "deadline",
	}
	for _, m := range p.Matches {
		if want[m.Field] != m.External[0] {
			t.Errorf("%s is matched with %v (%.2f: %s)", m.Field, m.External, m.Confidence, m.Why)
		}
		delete(want, m.Field)
	}
	if len(want) > 0 || !slices.Equal(p.Unused, []string{"colour"}) {
		t.Errorf("not matched: %v; unused: %v", want, p.Unused)
	}
}

func TestByEmailNamesNobodyInDoubt(t *testing.T) {
	people := []external.Person{
		{Login: "a", Email: " A@x.org"}, {Login: "b1", Email: "b@x.org"}, {Login: "b2", Email: "B@x.org"}, {Login: "c", Email: "c@x.org"}, {Login: "n"},
	}
	local := map[string]string{"ann": "a@X.org", "bob": "b@x.org", "cleo": "c@x.org", "cem": "c@x.org", "nil": "", "zoe": "z@x.org"}
	found, unclear := mapping.ByEmail(people, local)
	if !slices.Equal(found, []mapping.Account{{Handle: "ann", Login: "a"}}) {
		t.Errorf("found %v", found)
	}
	if !slices.Equal(unclear, []string{"bob", "cem", "cleo"}) {
		t.Errorf("unclear %v: an address of two accounts, and one of two people", unclear)
	}
}
