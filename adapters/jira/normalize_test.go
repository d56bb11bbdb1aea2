package jira_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
)

// TestNormalize spells values as Jira reads them back.
func TestNormalize(t *testing.T) {
	a := newDesk(t).Tested
	tests := []struct{ field, in, want string }{
		{"summary", " two\r\nlines\tkept ", "two lines\tkept"}, {"summary", "a\x00b", "ab"},
		{"estimate", "3.0", "3"}, {"estimate", "0.50", "0.5"}, {"estimate", "1e3", "1000"}, {"estimate", "many", "many"}, {"estimate", "NaN", "NaN"},
		{"duedate", "2026-05-04T10:00:00Z", "2026-05-04"}, {"duedate", " 2026-05-04 ", "2026-05-04"}, {"duedate", "soon enough", "soon enough"},
		{"status", "To Do", "To Do"}, {"customfield_10033", "3.0", "3.0"},
	}
	for _, tt := range tests {
		if got := a.Normalize(external.Fields{tt.field: text(tt.in)})[tt.field].Text(); got != tt.want {
			t.Errorf("%s %q: got %q, want %q", tt.field, tt.in, got, tt.want)
		}
	}
}

// TestNormalizeIsIdempotent for every field, whatever it holds.
func TestNormalizeIsIdempotent(t *testing.T) {
	a := newDesk(t).Tested
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		f := external.Fields{"labels": set(strings.Split(s, ",")...)}
		for _, c := range a.Capabilities().Fields {
			if !c.Set {
				f[c.Name] = text(s)
			}
		}
		once := a.Normalize(f)
		for name, v := range a.Normalize(once) {
			if !v.Equal(once[name]) {
				t.Fatalf("%s: %q became %q", name, once[name].Text(), v.Text())
			}
		}
	})
}

// TestRespell: prose that comes back with one paragraph edited keeps its author's bytes in
// all others.
func TestRespell(t *testing.T) {
	const typed = "* one\r\n* two\r\n\r\nOf  __old__\r\nlines  \r\n\r\n    code"
	tests := []struct{ reason, field, edit, want string }{
		{"nothing was edited", "description", "", typed},
		{"one paragraph was", "description", "old", "* one\r\n* two\r\n\r\nOf  **new**\r\nlines  \r\n\r\n    code"},
		{"a comment is prose too", "body", "two", "* one\r\n* new\r\n\r\nOf  __old__\r\nlines  \r\n\r\n    code"},
	}
	editions(t, func(d *desk) {
		respeller, ok := d.Tested.(adapters.Respeller)
		if !ok {
			d.Fatal("no text is respelled")
		}
		for _, tt := range tests {
			normal := func(s string) string { return d.Tested.Normalize(external.Fields{tt.field: text(s)})[tt.field].Text() }
			shown := normal(typed)
			if tt.edit != "" {
				shown = strings.Replace(shown, tt.edit, "new", 1)
			}
			got := respeller.Respell(external.KindTicket, tt.field, typed, shown)
			if got != tt.want || normal(got) != normal(shown) {
				d.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
			}
		}
		for _, field := range []string{"summary", "labels", "customfield_10032"} {
			if got := respeller.Respell(external.KindTicket, field, "__a__", "**a**"); got != "**a**" {
				d.Errorf("%s is kept as it is: got %q", field, got)
			}
		}
	})
}

// TestWhatCannotBeKeptIsSaidBefore: the damage names the construct, and a write refuses it
// by the same words, never its content.
func TestWhatCannotBeKeptIsSaidBefore(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Edition = simulator.DataCenter })
	damager, ok := d.Tested.(adapters.Damager)
	if !ok {
		t.Fatal("no damage is told")
	}
	lossy := "> > quote in a quote"
	f := external.Fields{"description": text(lossy), "summary": text("x")}
	damage := damager.Damage(external.KindTicket, f, nil)
	if len(damage) != 1 || !strings.Contains(damage["description"], "quote") {
		t.Fatalf("got %q", damage)
	}
	_, err := d.try(newIssue(f))
	want(t, err, external.Invalid, "description")
	if n := d.sim.Counters().Writes; n != 0 {
		t.Errorf("%d writing calls", n)
	}
	now := external.Fields{"status": text("Done"), "status~raw": text("done")}
	if got := damager.Damage(external.KindTicket, external.Fields{"description": text("plain"), "summary": text("> > x"), "status": text("> > x")}, now); got != nil {
		t.Errorf("got %q", got)
	}
}

// TestPlaceholdersComeBack: what Markdown cannot say stays in the raw form beside it, byte
// for byte.
func TestPlaceholdersComeBack(t *testing.T) {
	editions(t, func(d *desk) {
		raw := "hello [~ann], see\n\nthe end"
		made := d.act(simulator.Act{Do: "create", Summary: "x", Text: &raw})
		ref := external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Key}
		item := d.Look(ref)
		before := item.Fields["description~raw"].Text()
		if before == "" {
			d.Fatal("no raw form")
		}
		shown := item.Fields["description"].Text()
		item = d.push(edit(item, external.Fields{"description": text(shown + "\n\nour words")}))
		if got := item.Fields["description"].Text(); !strings.HasPrefix(got, shown) || !strings.Contains(got, "our words") {
			d.Errorf("got %q after %q", got, shown)
		}
		if d.edition == simulator.DataCenter && !strings.HasPrefix(item.Fields["description~raw"].Text(), "hello [~ann], see") {
			d.Errorf("the mention did not survive: %q", item.Fields["description~raw"].Text())
		}
	})
}
