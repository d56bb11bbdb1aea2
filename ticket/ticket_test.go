package ticket_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/ticket"
)

func TestValueEquality(t *testing.T) {
	tests := []struct {
		reason string
		a, b   ticket.Value
		want   bool
	}{
		{"the same text", ticket.Text("a"), ticket.Text("a"), true},
		{"blanks count", ticket.Text("a"), ticket.Text("a "), false},
		{"sets have no order and no duplicates", ticket.Set("b", "a", "b"), ticket.Set("a", "b"), true},
		{"a text is not a set", ticket.Text("a"), ticket.Set("a"), false},
		{"all empties are equal", ticket.Text(""), ticket.Set(), true},
		{"empty is not something", ticket.Value{}, ticket.Text("a"), false},
	}
	for _, tt := range tests {
		if got := tt.a.Equal(tt.b); got != tt.want {
			t.Errorf("%s: %v", tt.reason, got)
		}
	}
}

func TestValueJSON(t *testing.T) {
	for _, v := range []ticket.Value{ticket.Text("ä\n"), ticket.Set("b", "a"), ticket.Set(), {}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back ticket.Value
		if err := json.Unmarshal(b, &back); err != nil || !back.Equal(v) || back.IsSet() != v.IsSet() {
			t.Errorf("%s came back as %v (%v)", b, back, err)
		}
	}
	var v ticket.Value
	for _, bad := range []string{"1", "{}", "[1]", "["} {
		if json.Unmarshal([]byte(bad), &v) == nil {
			t.Errorf("%s must be refused", bad)
		}
	}
}

func TestStaleFields(t *testing.T) {
	tk := ticket.Ticket{}.With(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text("b")}, "ann", time.Time{})
	tk = tk.With(ticket.Fields{ticket.Title: ticket.Text("a2")}, "bob", time.Time{})
	set := func(f ticket.Field, s string) ticket.Fields { return ticket.Fields{f: ticket.Text(s)} }
	tests := []struct {
		reason string
		patch  ticket.Patch
		want   []ticket.Field
	}{
		{"the title moved since revision 1", ticket.Patch{Seen: 1, Set: set(ticket.Title, "a3")}, []ticket.Field{ticket.Title}},
		{"the body did not", ticket.Patch{Seen: 1, Set: set(ticket.Body, "b2")}, nil},
		{"the author saw it", ticket.Patch{Seen: 2, Set: set(ticket.Title, "a3")}, nil},
		{"the author wants what it has become", ticket.Patch{Seen: 1, Set: set(ticket.Title, "a2")}, nil},
	}
	for _, tt := range tests {
		if got := tk.Stale(tt.patch); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.reason, got, tt.want)
		}
	}
}

func TestWithLeavesTheOldTicketAlone(t *testing.T) {
	old := ticket.Ticket{}.With(ticket.Fields{ticket.Title: ticket.Text("a")}, "ann", time.Time{})
	next := old.With(ticket.Fields{ticket.Title: ticket.Text("b")}, "bob", time.Time{})
	if old.Fields[ticket.Title].Text() != "a" || old.Stamps[ticket.Title].By != "ann" || old.Revision != 1 {
		t.Error("the old ticket changed")
	}
	if next.Revision != 2 || next.Stamps[ticket.Title].By != "bob" || next.Stamps[ticket.Title].Revision != 2 {
		t.Errorf("%+v", next)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		reason string
		fields ticket.Fields
		says   string
	}{
		{"a good ticket", ticket.Fields{ticket.Title: ticket.Text("a"), ticket.State: ticket.Text("open"), ticket.Labels: ticket.Set("x")}, ""},
		{"no title", ticket.Fields{ticket.Title: ticket.Text(" ")}, "must not be empty"},
		{"a title of 1 MB", ticket.Fields{ticket.Title: ticket.Text(strings.Repeat("a", 1<<20))}, "at most 1024"},
		{"invalid UTF-8", ticket.Fields{ticket.Body: ticket.Text("a\xff")}, "not valid UTF-8"},
		{"invalid UTF-8 in a set", ticket.Fields{ticket.Labels: ticket.Set("\xff")}, "not valid UTF-8"},
		{"a NUL", ticket.Fields{ticket.Body: ticket.Text("a\x00")}, "NUL"},
		{"an unknown state", ticket.Fields{ticket.State: ticket.Text("closed")}, "want open"},
		{"a text for a set", ticket.Fields{ticket.Labels: ticket.Text("a")}, "want a list"},
		{"an empty element", ticket.Fields{ticket.Assignees: ticket.Set("")}, "empty element"},
		{"all the planning", ticket.Fields{
			ticket.Priority: ticket.Text("p5"), ticket.Estimate: ticket.Text("-0.50"), ticket.Due: ticket.Text("2028-02-29"),
			ticket.Iteration: ticket.Text("Sprint 7"), ticket.Parent: ticket.Text("0b9e1f0c-3f0e-4b7e-9a53-1f5f6f0c7d11"),
		}, ""},
		{"no planning", ticket.Fields{ticket.Priority: {}, ticket.Estimate: {}, ticket.Due: {}, ticket.Iteration: {}, ticket.Parent: {}}, ""},
		{"a priority that is none", ticket.Fields{ticket.Priority: ticket.Text("P1")}, "want p1"},
		{"two priorities", ticket.Fields{ticket.Priority: ticket.Set("p1", "p2")}, "not a list"},
		{"a number with an exponent", ticket.Fields{ticket.Estimate: ticket.Text("1e3")}, "decimal number"},
		{"a number without digits", ticket.Fields{ticket.Estimate: ticket.Text("-")}, "decimal number"},
		{"a number that ends in its point", ticket.Fields{ticket.Estimate: ticket.Text("3.")}, "decimal number"},
		{"a number of 33 digits", ticket.Fields{ticket.Estimate: ticket.Text(strings.Repeat("1", 33))}, "decimal number"},
		{"a day that is none", ticket.Fields{ticket.Due: ticket.Text("2026-02-29")}, "want a day"},
		{"a time for a day", ticket.Fields{ticket.Due: ticket.Text("2026-02-28T00:00:00Z")}, "want a day"},
		{"an iteration of two lines", ticket.Fields{ticket.Iteration: ticket.Text("a\nb")}, "one line"},
		{"a parent by its title", ticket.Fields{ticket.Parent: ticket.Text("the epic")}, "no blanks"},
		{"a custom text", ticket.Fields{ticket.Custom("story-points_2"): ticket.Text("any")}, ""},
		{"a custom set", ticket.Fields{ticket.Custom("teams"): ticket.Set("a", "b")}, ""},
		{"a custom field without a name", ticket.Fields{ticket.Custom(""): ticket.Text("a")}, "1 to 40"},
		{"a custom field with capitals", ticket.Fields{ticket.Custom("Team"): ticket.Text("a")}, "1 to 40"},
		{"a custom name of 41", ticket.Fields{ticket.Custom(strings.Repeat("a", 41)): ticket.Text("a")}, "1 to 40"},
	}
	for _, tt := range tests {
		err := tt.fields.Validate()
		if tt.says == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.reason, err)
			}
			continue
		}
		if !errors.Is(err, ticket.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want it to say %q", tt.reason, err, tt.says)
		}
	}
}

func TestParsePrivacy(t *testing.T) {
	for _, s := range []string{"local_only", "shareable", "public"} {
		if p, err := ticket.ParsePrivacy(s); err != nil || string(p) != s {
			t.Errorf("%s: %v %v", s, p, err)
		}
	}
	if _, err := ticket.ParsePrivacy("secret"); err == nil {
		t.Error("an unknown level must be refused")
	}
}

// TestBlank: what people see nothing of says nothing.
func TestBlank(t *testing.T) {
	for text, want := range map[string]bool{"": true, " \t\n": true, "\u200b": true, "\ufeff \u2060": true, "a": false, "\u200ba": false, ".": false} {
		if ticket.Blank(text) != want {
			t.Errorf("%q: want %t", text, want)
		}
	}
}

// TestFieldValid: a field is one of ours, or begins like one of somebody's own.
func TestFieldValid(t *testing.T) {
	for f, want := range map[ticket.Field]bool{ticket.Title: true, ticket.Parent: true, ticket.Custom("team"): true, "foo": false, "x:": false, "": false} {
		if f.Valid() != want {
			t.Errorf("%q: want %t", f, want)
		}
	}
}
