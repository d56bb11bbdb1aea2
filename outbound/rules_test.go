package outbound_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

func TestValidateRules(t *testing.T) {
	marks := outbound.Cut{Begin: "<!-- internal -->", End: "<!-- /internal -->"}
	tests := []struct {
		reason string
		rules  outbound.Rules
		says   string // empty: they are valid
	}{
		{"no rules", outbound.Rules{}, ""},
		{"all there is", outbound.Rules{Keep: []ticket.Field{ticket.Assignees, ticket.Estimate, ticket.Custom("customer")},
			Comments: outbound.CommentRule{Mode: outbound.CommentsBy, By: []string{"ann"}}, Cuts: []outbound.Cut{marks, {Pattern: `(?m)^internal:.*$`, Whole: true}}}, ""},
		{"nothing can be made without a title", outbound.Rules{Keep: []ticket.Field{ticket.Title}}, "cannot be without its title"},
		{"no such field", outbound.Rules{Keep: []ticket.Field{"assignee"}}, `no field "assignee"`},
		{"a custom field that can have no such name", outbound.Rules{Keep: []ticket.Field{ticket.Custom("A B")}}, "1 to 40"},
		{"a field twice", outbound.Rules{Keep: []ticket.Field{ticket.Due, ticket.Due}}, "named twice"},
		{"an unknown mode", outbound.Rules{Comments: outbound.CommentRule{Mode: "some"}}, "want all, none, public_only or by"},
		{"nobody named", outbound.Rules{Comments: outbound.CommentRule{Mode: outbound.CommentsBy}}, "name the people"},
		{"people without their mode", outbound.Rules{Comments: outbound.CommentRule{Mode: outbound.NoComments, By: []string{"ann"}}}, "only with the mode by"},
		{"neither marks nor a pattern", outbound.Rules{Cuts: []outbound.Cut{{}}}, "either begin and end, or a pattern"},
		{"marks that no text can hold", outbound.Rules{Cuts: []outbound.Cut{{Begin: "[[[\xff", End: "]]]"}}}, "valid UTF-8"},
		{"both", outbound.Rules{Cuts: []outbound.Cut{{Begin: "[[[", End: "]]]", Pattern: "x"}}}, "either begin and end, or a pattern"},
		{"a mark that is everywhere", outbound.Rules{Cuts: []outbound.Cut{{Begin: "-", End: "-"}}}, "3 to 64"},
		{"a passage without an end", outbound.Rules{Cuts: []outbound.Cut{{Begin: "[[["}}}, "3 to 64"},
		{"no regular expression", outbound.Rules{Cuts: []outbound.Cut{marks, {Pattern: "("}}}, "number 2"},
		{"what RE2 leaves out", outbound.Rules{Cuts: []outbound.Cut{{Pattern: `(a)\1`}}}, "RE2"},
		{"a pattern that matches anything", outbound.Rules{Cuts: []outbound.Cut{{Pattern: "a*"}}}, "every text"},
		{"a pattern of 257 bytes", outbound.Rules{Cuts: []outbound.Cut{{Pattern: strings.Repeat("a", 257)}}}, "at most 256"},
		{"more rules than anybody reads", outbound.Rules{Cuts: make([]outbound.Cut, 21)}, "20 passages"},
	}
	for _, tt := range tests {
		err := tt.rules.Validate()
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%s: %v", tt.reason, err)
		case tt.says != "" && (!errors.Is(err, ticket.ErrInvalid) || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v, want it to say %q", tt.reason, err, tt.says)
		}
	}
}

func TestJudgeComments(t *testing.T) {
	by := outbound.CommentRule{Mode: outbound.CommentsBy, By: []string{"ann", "github:bob"}}
	tests := []struct {
		reason  string
		rule    outbound.CommentRule
		comment ticket.Comment
		out     bool
	}{
		{"no rule", outbound.CommentRule{}, ticket.Comment{Author: "eve"}, true},
		{"all", outbound.CommentRule{Mode: outbound.AllComments}, ticket.Comment{Author: "eve"}, true},
		{"none", outbound.CommentRule{Mode: outbound.NoComments}, ticket.Comment{Author: "ann", Privacy: ticket.Public}, false},
		{"a comment that says nothing is not marked", outbound.CommentRule{Mode: outbound.PublicComments}, ticket.Comment{Author: "ann"}, false},
		{"a comment marked public", outbound.CommentRule{Mode: outbound.PublicComments}, ticket.Comment{Author: "ann", Privacy: ticket.Public}, true},
		{"somebody of the list", by, ticket.Comment{Author: "ann"}, true},
		{"somebody outside who is on the list", by, ticket.Comment{Author: "github:bob"}, true},
		{"the same name here is somebody else", by, ticket.Comment{Author: "bob"}, false},
		{"the list opens no local_only comment", by, ticket.Comment{Author: "ann", Privacy: ticket.LocalOnly}, false},
		{"a mode that nobody knows keeps all", outbound.CommentRule{Mode: "some"}, ticket.Comment{Author: "ann"}, false},
	}
	for _, tt := range tests {
		tt.comment.Body = ticket.Text("words")
		v := outbound.Judge("gh", outbound.Rules{Comments: tt.rule}, nil, ticket.Ticket{ID: "t", Privacy: ticket.Public}, &tt.comment)
		if v.Out != tt.out || v.Reason == "" {
			t.Errorf("%s: %+v, want out %v with a reason", tt.reason, v, tt.out)
		}
		if !v.In && tt.comment.Privacy != ticket.LocalOnly {
			t.Errorf("%s: a rule about what leaves must not stop what comes in", tt.reason)
		}
	}
}

// TestMarksAreAsTheirPattern holds the search for two marks against the pattern that says
// the same.
func TestMarksAreAsTheirPattern(t *testing.T) {
	marks := outbound.Cut{Begin: "[[[", End: "]]"}
	pattern := outbound.Cut{Pattern: `(?s)` + regexp.QuoteMeta(marks.Begin) + `.*?(?:` + regexp.QuoteMeta(marks.End) + `|\z)`}
	piece := rapid.SampledFrom([]string{"[[[", "]]", "[[", "[", "]", "a", "\n", " ", "é", "\xff"})
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(rt, "text"), "")
		for _, whole := range []bool{false, true} {
			marks.Whole, pattern.Whole = whole, whole
			a, whyA := outbound.NewScreen(outbound.Rules{Cuts: []outbound.Cut{marks}}).Text(ticket.Text(text))
			b, whyB := outbound.NewScreen(outbound.Rules{Cuts: []outbound.Cut{pattern}}).Text(ticket.Text(text))
			if !a.Equal(b) || whyA != whyB {
				rt.Fatalf("%q: by marks %q %q, by pattern %q %q", text, a.Text(), whyA, b.Text(), whyB)
			}
		}
	})
}

// TestCuts looks at one text as it leaves. A text that stays is written "stays".
func TestCuts(t *testing.T) {
	marks := outbound.Cut{Begin: "[[internal]]", End: "[[/internal]]"}
	line := outbound.Cut{Pattern: `(?m)^internal:.*\n?`}
	whole := outbound.Cut{Pattern: `(?i)\bproject mercury\b`, Whole: true}
	tests := []struct {
		reason     string
		cuts       []outbound.Cut
		text, want string
	}{
		{"no such passage", []outbound.Cut{marks}, "words", "words"},
		{"a passage goes with its marks", []outbound.Cut{marks}, "a [[internal]]Acme\nasks[[/internal]] b", "a  b"},
		{"each passage by itself", []outbound.Cut{marks}, "a[[internal]]x[[/internal]]b[[internal]]y[[/internal]]c", "abc"},
		{"what is not ended goes on to the end", []outbound.Cut{marks}, "a [[internal]]Acme asks", "a "},
		{"an end alone ends nothing", []outbound.Cut{marks}, "a [[/internal]] b", "a [[/internal]] b"},
		{"marks within marks end at the first end", []outbound.Cut{marks}, "a[[internal]]x[[internal]]y[[/internal]]z", "az"},
		{"marks are bytes, not patterns", []outbound.Cut{{Begin: "...", End: "."}}, "a b c d. e", "a b c d. e"},
		{"what is left of a passage may be another", []outbound.Cut{marks}, "[[inter[[internal]]x[[/internal]]nal]]secret[[/internal]]b", "b"},
		{"a line", []outbound.Cut{line}, "one\ninternal: Acme\ntwo", "one\ntwo"},
		{"several rules", []outbound.Cut{marks, line}, "one\ninternal: x\n[[internal]]y[[/internal]]two", "one\ntwo"},
		{"a passage that keeps all", []outbound.Cut{whole}, "See Project Mercury.", "stays"},
		{"nothing is left", []outbound.Cut{marks}, " [[internal]]x[[/internal]]\n", ""},
		{"a rule that cannot be read keeps all", []outbound.Cut{{Pattern: "("}}, "words", "stays"},
	}
	for _, tt := range tests {
		leaves, stays := outbound.NewScreen(outbound.Rules{Cuts: tt.cuts}).Field(ticket.Body, true, ticket.Text(tt.text))
		got := leaves.Text()
		if stays != "" {
			got = "stays" + got
		}
		if got != tt.want {
			t.Errorf("%s: %q leaves as %q, want %q", tt.reason, tt.text, got, tt.want)
		}
	}
	titled := func(title string) external.Verdict {
		return outbound.Judge("gh", outbound.Rules{Cuts: []outbound.Cut{marks}}, nil,
			ticket.Ticket{Privacy: ticket.Public, Fields: ticket.Fields{ticket.Title: ticket.Text(title)}}, nil)
	}
	if v := titled("[[internal]]Acme[[/internal]]"); v.Out || !v.In {
		t.Errorf("a ticket whose title is all private: %+v", v)
	}
	if v := titled("Login [[internal]]of Acme[[/internal]]"); !v.Out {
		t.Errorf("a ticket with a private passage in its title: %+v", v)
	}
}

// TestNothingOfAPassageLeaves holds the law of passages for any text: what leaves holds
// none, is itself what leaves of it, and does not depend on what stands in one.
func TestNothingOfAPassageLeaves(t *testing.T) {
	screen := outbound.NewScreen(outbound.Rules{Cuts: []outbound.Cut{{Begin: "[[i]]", End: "[[/i]]"}}})
	piece := rapid.SampledFrom([]string{"[[i]]", "[[/i]]", "[[", "]]", "i", "/", "a", "\n", " ", "é"})
	private := rapid.StringMatching(`[A-Z ]{0,12}`)
	rapid.Check(t, func(rt *rapid.T) {
		var one, other strings.Builder
		for _, p := range rapid.SliceOfN(piece, 0, 10).Draw(rt, "text") {
			one.WriteString(p)
			other.WriteString(p)
			if p == "[[i]]" {
				one.WriteString(private.Draw(rt, "private"))
				other.WriteString(private.Draw(rt, "other private"))
			}
		}
		a, staysA := screen.Field(ticket.Body, true, ticket.Text(one.String()))
		b, staysB := screen.Field(ticket.Body, true, ticket.Text(other.String()))
		if !a.Equal(b) || staysA != staysB {
			rt.Fatalf("%q leaves as %q, but %q as %q", one.String(), a.Text(), other.String(), b.Text())
		}
		if strings.Contains(a.Text(), "[[i]]") || strings.ContainsAny(a.Text(), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			rt.Fatalf("%q leaves as %q", one.String(), a.Text())
		}
		if again, _ := screen.Field(ticket.Body, true, a); !again.Equal(a) {
			rt.Fatalf("%q leaves as %q, and that as %q", one.String(), a.Text(), again.Text())
		}
	})
}

func TestClearKeepsTheRules(t *testing.T) {
	rules := outbound.Rules{Keep: []ticket.Field{ticket.Assignees}, Cuts: []outbound.Cut{{Begin: "[[i]]", End: "[[/i]]"}}}
	pass := func(set external.Fields) (outbound.Content, error) {
		out, err := outbound.Clear(outbound.Request{
			Rules: rules, Ticket: ticket.Ticket{ID: "t", Privacy: ticket.Public, Fields: ticket.Fields{ticket.Title: ticket.Text("a")}},
			Content: outbound.Content{ProjectID: "gh", Set: set}, Prose: []string{"description"},
			Carries: map[string]ticket.Field{"summary": ticket.Title, "description": ticket.Body, "owner": ticket.Assignees},
		})
		if err != nil {
			return outbound.Content{}, err
		}
		return out.Open()
	}
	c, err := pass(external.Fields{"summary": ticket.Text("Login [[i]]of Acme[[/i]]"), "description": ticket.Text("ask @ann[[i]] or @eve[[/i]]")})
	if err != nil || c.Set["summary"].Text() != "Login " || c.Set["description"].Text() != "ask @\u2060ann" {
		t.Errorf("%v, %v", c.Set, err)
	}
	if _, err := pass(external.Fields{"summary": ticket.Text("a"), "owner": ticket.Set("ann")}); external.KindOf(err) != external.Forbidden {
		t.Errorf("a kept field must be refused whoever let it through, got %v", err)
	}
}

// TestTakingBackSaysNothing: what takes a private ticket back passes the gate, and
// nothing else does under that flag.
func TestTakingBackSaysNothing(t *testing.T) {
	now := external.Fields{"labels": ticket.Set("acme", "theirs"), "title": ticket.Text("Acme")}
	tests := []struct {
		reason string
		action outbound.Action
		set    external.Fields
		passes bool
	}{
		{"a deletion", outbound.Delete, nil, true},
		{"the notice", outbound.Update, external.Fields{"title": ticket.Text(outbound.Notice)}, true},
		{"nothing", outbound.Update, external.Fields{"title": {}, "labels": ticket.Set()}, true},
		{"a state", outbound.Update, external.Fields{"state": ticket.Text("closed")}, true},
		{"fewer labels", outbound.Update, external.Fields{"labels": ticket.Set("theirs")}, true},
		{"another label", outbound.Update, external.Fields{"labels": ticket.Set("theirs", "mercury")}, false},
		{"the old text", outbound.Update, external.Fields{"title": ticket.Text("Acme")}, false},
		{"the notice with something in it", outbound.Update, external.Fields{"title": ticket.Text(outbound.Notice + ": Acme")}, false},
		{"a new item", outbound.Create, external.Fields{"title": ticket.Text(outbound.Notice)}, false},
	}
	for _, tt := range tests {
		_, err := outbound.Clear(outbound.Request{
			Ticket: ticket.Ticket{ID: "t", Privacy: ticket.LocalOnly}, TakesBack: true,
			Content: outbound.Content{ProjectID: "gh", Action: tt.action, Set: tt.set, Now: now},
			Carries: map[string]ticket.Field{"title": ticket.Title, "labels": ticket.Labels, "state": ticket.State},
		})
		if (err == nil) != tt.passes {
			t.Errorf("%s: %v, want that it passes %v", tt.reason, err, tt.passes)
		}
	}
}
