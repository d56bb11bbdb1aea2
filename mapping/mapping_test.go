package mapping_test

import (
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

func github(t *testing.T) mapping.Mapping {
	t.Helper()
	m, err := mapping.Default("github")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGitHubStateIsRead(t *testing.T) {
	for _, c := range []struct{ state, reason, want, why string }{
		{"open", "", ticket.StateOpen, "never closed"},
		{"open", "reopened", ticket.StateOpen, "reopened is a way of being open"},
		{"closed", "completed", ticket.StateDone, "the usual reason"},
		{"closed", "", ticket.StateDone, "closed before GitHub had reasons"},
		{"closed", "not_planned", ticket.StateNotPlanned, "will not be done"},
		{"closed", "duplicate", ticket.StateDuplicate, "in favour of another"},
		{"closed", "superseded", ticket.StateDone, "a reason that is not known here is still closed"},
		{"", "", ticket.StateOpen, "an item that says nothing is not closed"},
	} {
		got := github(t).ToCanonical(external.KindTicket, external.Fields{
			"state": ticket.Text(c.state), "state_reason": ticket.Text(c.reason),
		})
		if got[ticket.State].Text() != c.want {
			t.Errorf("%q, %q reads as %q, want %q: %s", c.state, c.reason, got[ticket.State], c.want, c.why)
		}
	}
}

func TestGitHubStateIsWritten(t *testing.T) {
	for _, c := range []struct{ canonical, state, reason string }{
		{ticket.StateOpen, "open", ""},
		{ticket.StateDone, "closed", "completed"},
		{ticket.StateNotPlanned, "closed", "not_planned"},
		{ticket.StateDuplicate, "closed", "duplicate"},
		{"nonsense", "open", ""},
	} {
		got := github(t).ToExternal(external.KindTicket, ticket.Fields{ticket.State: ticket.Text(c.canonical)})
		if got["state"].Text() != c.state || got["state_reason"].Text() != c.reason || len(got) != 2 {
			t.Errorf("%s is written as %v, want %s and %s", c.canonical, got, c.state, c.reason)
		}
	}
}

func TestOnlyWhatIsPresentIsWritten(t *testing.T) {
	m := github(t)
	m.Tickets[3].ReadOnly = true
	got := m.ToExternal(external.KindTicket, ticket.Fields{
		ticket.Body: {}, ticket.Labels: ticket.Set("bug"), "x:estimate": ticket.Text("3"),
	})
	if _, cleared := got["body"]; !cleared || len(got) != 1 {
		t.Errorf("got %v, want the emptied body alone: labels are only read, x:estimate is not mapped", got)
	}
}

func TestCommentsHaveABodyAlone(t *testing.T) {
	got := github(t).ToCanonical(external.KindComment, external.Fields{"body": ticket.Text("hello")})
	if !got.Equal(ticket.Fields{ticket.Body: ticket.Text("hello")}) {
		t.Errorf("got %v", got)
	}
}

func TestFieldOf(t *testing.T) {
	for _, c := range []struct {
		kind external.Kind
		name string
		want ticket.Field
	}{
		{external.KindTicket, "state_reason", ticket.State},
		{external.KindTicket, "milestone", ticket.Milestone},
		{external.KindComment, "body", ticket.Body},
		{external.KindComment, "title", ""},
		{external.KindContainer, "title", ""},
		{external.KindTicket, "locked", ""},
	} {
		got, ok := github(t).FieldOf(c.kind, c.name)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("FieldOf(%s, %s) = %q, %v; want %q", c.kind, c.name, got, ok, c.want)
		}
	}
}

func TestUnknownPeopleAreKept(t *testing.T) {
	m := github(t)
	users, err := mapping.NewUsers(map[string]string{"alice": "octo"})
	if err != nil {
		t.Fatal(err)
	}
	m.Users = users
	for _, c := range []struct{ login, handle, why string }{
		{"octo", "alice", "in the table"},
		{"stranger", "stranger", "not in the table: the same name"},
		{"alice", "external:alice", "the login alice is not our alice"},
		{"local:octo", "octo", "our octo is not the login octo"},
	} {
		if got := m.Users.Handle(c.login); got != c.handle {
			t.Errorf("login %q reads as %q, want %q: %s", c.login, got, c.handle, c.why)
		}
		if got := m.Users.Login(c.handle); got != c.login {
			t.Errorf("handle %q is written as %q, want %q: %s", c.handle, got, c.login, c.why)
		}
	}
}

func TestUsersMustBeUnambiguous(t *testing.T) {
	for why, table := range map[string]map[string]string{
		"two handles, one login": {"alice": "octo", "bob": "octo"},
		"no login":               {"alice": ""},
		"no handle":              {"": "octo"},
		"a colon":                {"local:octo": "x"},
	} {
		if _, err := mapping.NewUsers(table); err == nil {
			t.Errorf("%s was accepted", why)
		}
	}
}

func TestDefaultOfAnUnknownSystem(t *testing.T) {
	if _, err := mapping.Default("fax"); err == nil {
		t.Error("a mapping for fax")
	}
}

// The translation runs in the inner loop of the simulation.
func BenchmarkToCanonical(b *testing.B) {
	m, err := mapping.Default("github")
	if err != nil {
		b.Fatal(err)
	}
	f := external.Fields{
		"title": ticket.Text("a"), "body": ticket.Text("b"), "state": ticket.Text("closed"),
		"labels": ticket.Set("bug", "p1"), "assignees": ticket.Set("octo"), "milestone": ticket.Text("v1"),
	}
	b.ReportAllocs()
	for b.Loop() {
		m.ToExternal(external.KindTicket, m.ToCanonical(external.KindTicket, f))
	}
}

// TestALoginInOtherLetters: a login is typed into the table by hand, and systems show it in the
// letters in which its owner chose it. Only where the table holds two that differ by their letters
// alone do letters count.
func TestALoginInOtherLetters(t *testing.T) {
	m := standard(t, "github")
	var err error
	if m.Users, err = mapping.NewUsers(map[string]string{"ada": "Octo-Cat", "bob": "Hub", "cyn": "hUB"}); err != nil {
		t.Fatal(err)
	}
	for login, handle := range map[string]string{"octo-cat": "ada", "Octo-Cat": "ada", "Hub": "bob", "hUB": "cyn", "hub": "hub"} {
		if got := m.Users.Handle(login); got != handle {
			t.Errorf("%s is %s here, want %s", login, got, handle)
		}
	}
	now := external.Fields{"assignees": ticket.Set("octo-cat")}
	if read := m.ToCanonical(external.KindTicket, now)[ticket.Assignees]; !read.Equal(ticket.Set("ada")) {
		t.Errorf("octo-cat reads as %v", read.Elements())
	}
	set := ticket.Fields{ticket.Assignees: ticket.Set("ada")}
	if put := m.Put(external.KindTicket, set, now)["assignees"]; !put.Equal(now["assignees"]) {
		t.Errorf("who is named already is written anew, as %v", put.Elements())
	}
	if got := m.Users.Login("octo-cat"); got != "local:octo-cat" {
		t.Errorf("our own octo-cat, who is not ada, is written as %s", got)
	}
}
