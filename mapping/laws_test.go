package mapping_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/mapping/mappinglaws"
	"github.com/extsync/extsync/ticket"
)

// The laws of the package comment, for each default mapping with random tables of
// people, random items and random tickets.

var name = rapid.SampledFrom([]string{"alice", "bob", "carol", "octo", "hub", "x"})

func drawMapping(t *rapid.T) (external.System, mapping.Mapping) {
	system := rapid.SampledFrom([]external.System{"github", "memory"}).Draw(t, "system")
	m, err := mapping.Default(system)
	if err != nil {
		t.Fatal(err)
	}
	// Small pools on both sides, so that handles and logins collide often.
	handles := rapid.SliceOfNDistinct(name, 0, 4, rapid.ID).Draw(t, "handles")
	logins := rapid.SliceOfNDistinct(name, len(handles), len(handles), rapid.ID).Draw(t, "logins")
	table := map[string]string{}
	for i := range handles {
		table[handles[i]] = logins[i]
	}
	if m.Users, err = mapping.NewUsers(table); err != nil {
		t.Fatal(err)
	}
	return system, m
}

func drawSet(t *rapid.T, label string) ticket.Value {
	return ticket.Set(rapid.SliceOfN(name, 0, 4).Draw(t, label)...)
}

// drawItem makes an item of the system as it might ever come in: for GitHub with
// states and reasons that are not documented, too.
func drawItem(t *rapid.T, system external.System) external.Fields {
	f := external.Fields{
		"title":     ticket.Text(rapid.String().Draw(t, "title")),
		"body":      ticket.Text(rapid.String().Draw(t, "body")),
		"labels":    drawSet(t, "labels"),
		"assignees": drawSet(t, "assignees"),
		"milestone": ticket.Text(rapid.String().Draw(t, "milestone")),
		"type":      ticket.Text("a field that is not mapped"),
	}
	if system == "memory" {
		f["state"] = ticket.Text(drawState(t))
		return f
	}
	f["state"] = ticket.Text(rapid.SampledFrom([]string{"open", "closed", "closed", "archived", ""}).Draw(t, "state"))
	f["state_reason"] = ticket.Text(rapid.SampledFrom([]string{
		"", "completed", "not_planned", "duplicate", "reopened", "superseded",
	}).Draw(t, "reason"))
	return f
}

func drawState(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		ticket.StateOpen, ticket.StateDone, ticket.StateNotPlanned, ticket.StateDuplicate,
	}).Draw(t, "state")
}

func drawTicket(t *rapid.T, m mapping.Mapping, system external.System) ticket.Fields {
	f := m.ToCanonical(external.KindTicket, drawItem(t, system))
	f[ticket.State] = ticket.Text(drawState(t))
	f[ticket.Assignees] = drawSet(t, "handles")
	return f
}

// put overlays what differs from what s already says, as the planner does: a field
// that did not change is not written.
func put(m mapping.Mapping, s external.Fields, v ticket.Fields) external.Fields {
	changed := ticket.Fields{}
	for n, was := range m.ToCanonical(external.KindTicket, s) {
		if !was.Equal(v[n]) {
			changed[n] = v[n]
		}
	}
	out := external.Fields{}
	for n, val := range s {
		out[n] = val
	}
	for n, val := range m.ToExternal(external.KindTicket, changed) {
		out[n] = val
	}
	return out
}

// The laws over every shipped mapping, random ones and proposals for random projects.
func TestLawsOfAllMappings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := mappinglaws.Check(rapid.Uint64().Draw(t, "seed"), 3*8); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPutGet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		system, m := drawMapping(t)
		s, v := drawItem(t, system), drawTicket(t, m, system)
		got := m.ToCanonical(external.KindTicket, put(m, s, v))
		if !got.Equal(v) {
			t.Fatalf("get(put(v, s)) = %v, want %v", got, v)
		}
	})
}

func TestGetPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		system, m := drawMapping(t)
		s := drawItem(t, system)
		got := put(m, s, m.ToCanonical(external.KindTicket, s))
		for n, want := range s {
			if !got[n].Equal(want) {
				t.Fatalf("put(get(s), s)[%s] = %v, want %v", n, got[n], want)
			}
		}
	})
}

func TestTotality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		system, m := drawMapping(t)
		got := m.ToCanonical(external.KindTicket, drawItem(t, system))
		if len(got) != len(m.Rules(external.KindTicket)) {
			t.Fatalf("got the fields %v, want one for each rule", got.Names())
		}
		if state := got[ticket.State].Text(); state != ticket.StateOpen && !ticket.IsClosed(state) {
			t.Fatalf("state %q is not a canonical one", state)
		}
	})
}

func TestPeopleAreNeverRunTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, m := drawMapping(t)
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		if a == b {
			return
		}
		if m.Users.Login(a) == m.Users.Login(b) {
			t.Fatalf("the handles %q and %q are both written as %q", a, b, m.Users.Login(a))
		}
		if m.Users.Handle(a) == m.Users.Handle(b) {
			t.Fatalf("the logins %q and %q both read as %q", a, b, m.Users.Handle(a))
		}
	})
}

func TestJSONKeepsTheMapping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		system, m := drawMapping(t)
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again mapping.Mapping
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		s := drawItem(t, system)
		want := m.ToCanonical(external.KindTicket, s)
		if got := again.ToCanonical(external.KindTicket, s); !got.Equal(want) {
			t.Fatalf("after JSON: %v, want %v", got, want)
		}
	})
}
