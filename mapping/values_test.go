package mapping_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

func standard(t testing.TB, system external.System) mapping.Mapping {
	t.Helper()
	m, err := mapping.Default(system)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func texts(pairs ...string) external.Fields {
	f := external.Fields{}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = ticket.Text(pairs[i+1])
	}
	return f
}

func TestWhatVendorsSayIsRead(t *testing.T) {
	for _, c := range []struct {
		system external.System
		item   external.Fields
		field  ticket.Field
		want   ticket.Value
		reason string
	}{
		{"jira", texts("status", "In Progress"), ticket.State, ticket.Text("open"), "work in progress is open"},
		{"jira", texts("status", "Done", "resolution", "Done"), ticket.State, ticket.Text("done"), "the usual end"},
		{"jira", texts("status", "Done"), ticket.State, ticket.Text("done"), "team-managed projects have no resolution"},
		{"jira", texts("status", "Closed", "resolution", "Won't Do"), ticket.State, ticket.Text("not_planned"), "the resolution tells why"},
		{"jira", texts("status", "Done", "resolution", "Duplicate"), ticket.State, ticket.Text("duplicate"), "the resolution tells why"},
		{"jira", texts("status", "Done", "resolution", "Superseded"), ticket.State, ticket.Text("done"), "a resolution made by the project is an end"},
		{"jira", texts("status", "In Progress", "resolution", "Done"), ticket.State, ticket.Text("open"), "a resolution left over does not close"},
		{"jira", texts("status", "Warten"), ticket.State, ticket.Text("external:Warten"), "a status of the project's own is kept"},
		{"jira", texts("priority", "Lowest"), ticket.Priority, ticket.Text("p5"), "five levels"},
		{"jira", external.Fields{"fixVersions": ticket.Set("1.0")}, ticket.Milestone, ticket.Text("1.0"), "one version is a milestone"},
		{"jira", external.Fields{"fixVersions": ticket.Set("1.0", "2.0")}, ticket.Milestone, ticket.Text("external:1.0, 2.0"), "of two nobody can say which"},
		{"jira", texts("assignee", "557058:ab"), ticket.Assignees, ticket.Set("external:557058:ab"), "an account that nobody is known by"},
		{"linear", texts("state", "In Review"), ticket.State, ticket.Text("open"), "a state of the category started"},
		{"linear", texts("priority", "No priority"), ticket.Priority, ticket.Text(""), "none, by its label"},
		{"linear", texts("priority", "Low"), ticket.Priority, ticket.Text("p4"), "the least of four"},
		{"linear", texts("estimate", "3.0"), ticket.Estimate, ticket.Text("3"), "a float outside"},
		{"linear", texts("estimate", "-0.0"), ticket.Estimate, ticket.Text("0"), "nothing is neither more nor less"},
		{"linear", texts("estimate", "-007.250"), ticket.Estimate, ticket.Text("-7.25"), "the shortest form"},
		{"linear", texts("estimate", "XL"), ticket.Estimate, ticket.Text("external:XL"), "no number"},
		{"linear", texts("dueDate", "2026-03-04"), ticket.Due, ticket.Text("2026-03-04"), "a day"},
		{"webhook", texts("state", "closed"), ticket.State, ticket.Text("done"), "a word as common"},
	} {
		got := standard(t, c.system).ToCanonical(external.KindTicket, c.item)[c.field]
		if !got.Equal(c.want) {
			t.Errorf("%s: %v reads as %q, want %q: %s", c.system, c.item, got, c.want, c.reason)
		}
	}
}

func TestPutKeepsWhatMeansTheSame(t *testing.T) {
	set := func(m *mapping.Mapping) {
		m.Tickets = append(m.Tickets, mapping.Rule{
			Field: ticket.Custom("areas"), External: []string{"areas"}, Convert: mapping.Options, Set: true,
			Values: []mapping.Pair{{Local: []string{"ui"}, External: []string{"UI", "Frontend"}}, {Local: []string{"db"}, External: []string{"DB"}}},
		})
	}
	for _, c := range []struct {
		system external.System
		now    external.Fields
		put    ticket.Fields
		want   external.Fields
		reason string
	}{
		{"jira", texts("status", "In Progress"), ticket.Fields{ticket.State: ticket.Text("open")}, texts("status", "In Progress", "resolution", ""), "open already"},
		{"jira", texts("status", "Done", "resolution", "Done"), ticket.Fields{ticket.State: ticket.Text("open")}, texts("status", "To Do", "resolution", ""), "reopened"},
		{"jira", texts("status", "Closed", "resolution", "Superseded"), ticket.Fields{ticket.State: ticket.Text("done")}, texts("status", "Closed", "resolution", "Superseded"), "closed already"},
		{"jira", nil, ticket.Fields{ticket.State: ticket.Text("open")}, texts("status", "To Do", "resolution", ""), "a new item"},
		{"linear", texts("priority", "Low"), ticket.Fields{ticket.Priority: ticket.Text("p5")}, texts("priority", "Low"), "p5 is Low there"},
		{"linear", texts("priority", "No priority"), ticket.Fields{ticket.Priority: {}}, texts("priority", "No priority"), "none already"},
		{"linear", texts("priority", "High"), ticket.Fields{ticket.Priority: {}}, texts("priority", ""), "cleared"},
		{"linear", texts("estimate", "3.0"), ticket.Fields{ticket.Estimate: ticket.Text("3")}, texts("estimate", "3.0"), "the same number"},
		{"linear", texts("estimate", "3.50"), ticket.Fields{ticket.Estimate: ticket.Text("03.5")}, texts("estimate", "3.50"), "the same number in a third form"},
		{"linear", texts("priority", "Normal"), ticket.Fields{ticket.Priority: ticket.Text("p3")}, texts("priority", "Normal"), "the older name"},
		{"linear", texts("estimate", "2"), ticket.Fields{ticket.Estimate: ticket.Text("03.50")}, texts("estimate", "3.5"), "another number, in its shortest form"},
		{"github", texts("state", "open", "state_reason", "reopened"), ticket.Fields{ticket.State: ticket.Text("open")}, texts("state", "open", "state_reason", "reopened"), "open already"},
		{"jira", external.Fields{"assignee": ticket.Set("b")}, ticket.Fields{ticket.Assignees: ticket.Set("external:a", "external:b")}, external.Fields{"assignee": ticket.Set("b")}, "one of two, and it can hold no more"},
		{"jira", external.Fields{"assignee": ticket.Set("c")}, ticket.Fields{ticket.Assignees: ticket.Set("external:a", "external:b")}, external.Fields{}, "neither of two: the logins may be other people's here"},
		{"jira", external.Fields{"assignee": ticket.Set("c")}, ticket.Fields{ticket.Assignees: ticket.Set()}, external.Fields{"assignee": ticket.Set()}, "nobody"},
		{"webhook", external.Fields{"areas": ticket.Set("Frontend")}, ticket.Fields{"x:areas": ticket.Set("ui", "db")}, external.Fields{"areas": ticket.Set("Frontend", "DB")}, "only what is new is spelled anew"},
	} {
		m := standard(t, c.system)
		set(&m)
		got := m.Put(external.KindTicket, c.put, c.now)
		for n, want := range c.want {
			if !got[n].Equal(want) {
				t.Errorf("%s: %v over %v writes %s = %q, want %q: %s", c.system, c.put, c.now, n, got[n], want, c.reason)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v over %v writes %v, want %v: %s", c.system, c.put, c.now, got, c.want, c.reason)
		}
	}
}

func TestTroubleIsSaid(t *testing.T) {
	m := standard(t, "jira")
	users, err := mapping.NewUsers(map[string]string{"ann": "557058:ab"})
	if err != nil {
		t.Fatal(err)
	}
	m.Users = users
	m.Tickets = append(m.Tickets,
		mapping.Rule{Field: ticket.Estimate, External: []string{"points"}, Convert: mapping.Number},
		mapping.Rule{Field: ticket.Custom("ok"), External: []string{"ok"}, Convert: mapping.Bool},
		mapping.Rule{Field: ticket.Custom("size"), External: []string{"size"}, Convert: mapping.Options, Type: external.TypeOption,
			Unmapped: mapping.Unmapped{In: mapping.PolicySame, Out: mapping.PolicySame},
			Values:   []mapping.Pair{{Local: []string{"s"}, External: []string{"Small"}}}},
	)
	for _, c := range []struct {
		field ticket.Field
		value ticket.Value
		says  string
	}{
		{ticket.Assignees, ticket.Set("ann", "zoe"), `"zoe" has no account`},
		{ticket.Assignees, ticket.Set("ann"), ""},
		{ticket.Assignees, ticket.Set("external:stranger"), ""},
		{ticket.Assignees, ticket.Set("external:557058:ab"), "has no account"},
		{ticket.Estimate, ticket.Text("3 days"), "decimal number"},
		{ticket.Due, ticket.Text("tomorrow"), "a day"},
		{"x:ok", ticket.Text("maybe"), "true or false"},
		{"x:size", ticket.Text("Small"), "read back as another one"},
		{"x:size", ticket.Text("huge"), ""},
		{ticket.State, ticket.Text("external:Warten"), "not in the table of state"},
		{ticket.Milestone, ticket.Text("external:1.0, 2.0"), "not in the table"},
		{ticket.Milestone, ticket.Set("1.0", "2.0"), "takes one value"},
		{ticket.Priority, ticket.Text("p3"), ""},
	} {
		only := ticket.Fields{c.field: c.value}
		got, written := m.Unwritable(external.KindTicket, only), m.ToExternal(external.KindTicket, only)
		if !strings.Contains(got[c.field], c.says) || (c.says == "") != (got == nil) {
			t.Errorf("%s = %q: %v, want %q", c.field, c.value, got, c.says)
		}
		if (len(written) == 0) != (c.says != "") {
			t.Errorf("%s = %q is written as %v", c.field, c.value, written)
		}
	}
	dark := m.Unreadable(external.KindTicket, external.Fields{
		"status": ticket.Text("Warten"), "duedate": ticket.Text("a secret word"), "fixVersions": ticket.Set("1", "2"), "priority": ticket.Text("High"),
	})
	if len(dark) != 3 || !strings.Contains(dark[ticket.State], `"Warten"`) || !strings.Contains(dark[ticket.Milestone], "several") {
		t.Errorf("unreadable: %v", dark)
	}
	if strings.Contains(dark[ticket.Due], "secret") {
		t.Errorf("a sentence quotes free text: %s", dark[ticket.Due])
	}
}

func TestNoTroubleCostsNothing(t *testing.T) {
	m := standard(t, "jira")
	item := texts("summary", "a", "status", "In Progress", "priority", "High", "duedate", "2026-01-02", "assignee", "557058:ab")
	f := m.ToCanonical(external.KindTicket, item)
	if n := testing.AllocsPerRun(100, func() {
		if m.Unreadable(external.KindTicket, item) != nil {
			t.Error("unreadable")
		}
	}); n > 0 {
		t.Errorf("Unreadable allocates %v times", n)
	}
	delete(f, ticket.Assignees)
	if n := testing.AllocsPerRun(100, func() {
		if m.Unwritable(external.KindTicket, f) != nil {
			t.Error("unwritable")
		}
	}); n > 0 {
		t.Errorf("Unwritable allocates %v times", n)
	}
}

func TestNewTicketsBeginWithTheConstants(t *testing.T) {
	m := standard(t, "jira")
	got := m.ForCreate(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Due: {}})
	if got["issuetype"].Text() != "Task" || got["summary"].Text() != "a" {
		t.Errorf("got %v", got)
	}
	m.Constants = []mapping.Constant{{External: "duedate", Value: ticket.Text("2026-12-31")}, {External: "summary", Value: ticket.Text("untitled")}}
	got = m.ForCreate(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Due: {}})
	if got["duedate"].Text() != "2026-12-31" || got["summary"].Text() != "a" {
		t.Errorf("a constant stands in only where a rule says nothing: %v", got)
	}
}

func TestStatesReadByCategory(t *testing.T) {
	schema := external.Schema{Fields: []external.FieldCapability{{Name: "state", Type: external.TypeState, Options: []external.Option{
		{Name: "Icebox", Category: external.CategoryTodo}, {Name: "Shipped", Category: external.CategoryDone},
		{Name: "Dropped", Category: external.CategoryCanceled}, {Name: "Done", Category: external.CategoryTodo},
	}}}}
	before := standard(t, "linear")
	m := before.WithSchema(schema)
	for name, want := range map[string]string{
		"Icebox": "open", "Shipped": "done", "Dropped": "not_planned", "Unknown": "external:Unknown",
		"Done": "done", // the table goes before the category
	} {
		if got := m.ToCanonical(external.KindTicket, texts("state", name))[ticket.State].Text(); got != want {
			t.Errorf("%s reads as %s, want %s", name, got, want)
		}
	}
	if got := before.ToCanonical(external.KindTicket, texts("state", "Icebox"))[ticket.State].Text(); got != "external:Icebox" {
		t.Errorf("the mapping itself changed: %s", got)
	}
}

func TestTimesHoldDays(t *testing.T) {
	m := mapping.Mapping{Tickets: []mapping.Rule{{
		Field: ticket.Due, External: []string{"at"}, Convert: mapping.Date, Type: external.TypeTime,
	}}}
	got := m.ToExternal(external.KindTicket, ticket.Fields{ticket.Due: ticket.Text("2026-03-04")})
	if got["at"].Text() != "2026-03-04T00:00:00Z" {
		t.Errorf("written as %v", got)
	}
	now := texts("at", "2026-03-03T23:30:00-05:00")
	if day := m.ToCanonical(external.KindTicket, now)[ticket.Due].Text(); day != "2026-03-04" {
		t.Errorf("a day counts in UTC, got %s", day)
	}
	if got := m.Put(external.KindTicket, ticket.Fields{ticket.Due: ticket.Text("2026-03-04")}, now); !got["at"].Equal(now["at"]) {
		t.Errorf("the time of day is lost: %v", got)
	}
}
