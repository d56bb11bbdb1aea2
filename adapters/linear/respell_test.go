package linear_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/linear/model"
)

// respeller brings in what Linear shows, and holds each result to the laws.
type respeller struct {
	a adapters.Adapter
	t interface {
		Helper()
		Errorf(string, ...any)
	}
}

func newRespeller(t *testing.T) *respeller {
	t.Helper()
	a, err := linear.New(adapters.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &respeller{a, t}
}

func (r *respeller) says(field, s string) string {
	return r.a.Normalize(external.Fields{field: text(s)})[field].Text()
}

func (r *respeller) respell(kind external.Kind, field, ours, theirs string) string {
	r.t.Helper()
	respells, offered := r.a.(adapters.Respeller)
	if !offered {
		r.t.Errorf("the adapter does not respell")
		return theirs
	}
	got := respells.Respell(kind, field, ours, theirs)
	if r.says(field, got) != r.says(field, theirs) {
		r.t.Errorf("it says something else\n  ours %q\ntheirs %q\n   got %q", ours, theirs, got)
	}
	if r.says(field, ours) == r.says(field, theirs) && got != ours {
		r.t.Errorf("ours is respelled though both say the same\n  ours %q\ntheirs %q\n   got %q", ours, theirs, got)
	}
	return got
}

func (r *respeller) description(ours, theirs string) string {
	r.t.Helper()
	return r.respell(external.KindTicket, "description", ours, theirs)
}

func TestRespell(t *testing.T) {
	r := newRespeller(t)
	const ours = "Title\r\n=====\r\n\r\n- one\r\n- two\r\n\r\n__bold__ words  \r\n\r\n\r\n~~~ go\r\ncode\r\n~~~\r\n\r\nthe end\r\n"
	edited := func(from, to string) string { return strings.Replace(model.Canonical(ours), from, to, 1) }
	for _, tt := range []struct{ reason, theirs, want string }{
		{"nothing was edited", model.Canonical(ours), ours},
		{"the last paragraph", edited("the end", "another end"), strings.Replace(ours, "the end", "another end", 1)},
		{"a paragraph between others", edited("words", "letters"), strings.Replace(ours, "__bold__ words  ", "**bold** letters", 1)},
		{"an item of a list", edited("two", "three"), strings.Replace(ours, "two", "three", 1)},
		{"a heading", edited("Title", "Name"), strings.Replace(ours, "Title\r\n=====", "# Name", 1)},
		{"a line of code", edited("code", "other code"), strings.Replace(ours, "code", "other code", 1)},
		{"a paragraph was added at the end", edited("the end", "the end\n\nand more"), strings.Replace(ours, "the end", "the end\r\n\r\nand more", 1)},
		{"a paragraph was taken away", edited("\n\nthe end", ""), strings.Replace(ours, "\r\n\r\nthe end", "", 1)},
		{"all of it was taken away", "", ""},
	} {
		got := r.description(ours, tt.theirs)
		if strings.TrimSpace(got) != strings.TrimSpace(tt.want) {
			t.Errorf("%s: got\n%q, want\n%q", tt.reason, got, tt.want)
		}
	}
	for _, tt := range []struct{ reason, field, ours, theirs, want string }{
		{"a comment", "body", "- a\n\n__b__", "* a\n\n**c**", "- a\n\n**c**"},
		{"a title that says the same", "title", " a  title ", "a title", " a  title "},
		{"a title that was edited", "title", " a  title ", "another title", "another title"},
	} {
		kind := external.KindTicket
		if tt.field == "body" {
			kind = external.KindComment
		}
		if got := r.respell(kind, tt.field, tt.ours, tt.theirs); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// blocks draws texts block by block, spelled as people do and Linear does not. Lists next
// to each other have one kind of bullet: Linear makes one of them otherwise.
func blocks() *rapid.Generator[[]string] {
	return rapid.Custom(func(t *rapid.T) []string {
		bullet := rapid.SampledFrom([]string{"- ", "* ", "+ "}).Draw(t, "bullet")
		list := rapid.SliceOfN(rapid.SampledFrom([]string{
			"A paragraph.", "two __lines__\nof  one  ", "Setext\n===", "Other\n---", "### Hash ###", "- a\n- b\n  - c", "- [X] done\n- [ ] todo",
			"3) one\n3) two", "~~~ go\n+ code  \n\n\n__x__\n~~~", "    indented code", "> quote\n> __more__", "***",
			"<!-- x -->", "text <!-- y --> more", "2 * 3 * 4", "[link](http://h/_a_)", "|a|b|\n|-|-|\n|__c__|d|", "`__raw__` and __bold__",
		}), 1, 10).Draw(t, "blocks")
		for i := range list {
			list[i] = strings.ReplaceAll(list[i], "- ", bullet)
		}
		return list
	})
}

// TestRespellLaws holds any two texts to the laws, and Linear's own rendering of ours.
func TestRespellLaws(t *testing.T) {
	r := *newRespeller(t)
	text := rapid.OneOf(
		rapid.Map(blocks(), func(b []string) string { return strings.Join(b, "\n\n") }),
		rapid.Map(blocks(), func(b []string) string { return strings.Join(b, "\r\n") }),
		rapid.StringOfN(rapid.SampledFrom([]rune(" \t\n\r-*+#=_`~<!>[]()12.xé|\\\"")), 0, 60, -1),
	)
	rapid.Check(t, func(rt *rapid.T) {
		r := respeller{r.a, rt}
		ours, theirs := text.Draw(rt, "ours"), text.Draw(rt, "theirs")
		r.description(ours, theirs)
		r.description(ours, model.Canonical(theirs))
		r.description(ours, model.Canonical(ours))
	})
}

// TestRespellChangesOneParagraph edits one paragraph of what Linear shows: every byte of
// ours before and behind it stays.
func TestRespellChangesOneParagraph(t *testing.T) {
	r := *newRespeller(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := respeller{r.a, rt}
		newline := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "newline")
		spelled := func(b []string) string {
			return strings.ReplaceAll(strings.Join(b, "\n\n"), "\n", newline)
		}
		before := spelled(append(blocks().Draw(rt, "before"), ""))
		behind := spelled(append([]string{""}, blocks().Draw(rt, "behind")...))
		ours := before + "The paragraph __here__ is edited." + behind
		shown := model.Canonical(ours)
		if strings.Count(shown, "The paragraph **here** is edited.") != 1 {
			rt.Skip("the paragraph belongs to something else")
		}
		got := r.description(ours, strings.Replace(shown, "is edited", "was edited", 1))
		if want := before + "The paragraph **here** was edited." + behind; got != want {
			rt.Errorf("more than the paragraph changed\n ours %q\nshown %q\n  got %q\n want %q", ours, shown, got, want)
		}
	})
}

// TestRespellRealTexts edits each plain paragraph of real issues and comments in turn.
func TestRespellRealTexts(t *testing.T) {
	r := newRespeller(t)
	edits := 0
	for _, ours := range realTexts(t) {
		shown := model.Canonical(ours)
		r.description(ours, shown)
		paragraphs := strings.Split(shown, "\n\n")
		for i, p := range paragraphs {
			if !plain(p) || strings.Count(ours, p) != 1 || fenced(paragraphs[:i]) {
				continue
			}
			edits++
			theirs := slices.Clone(paragraphs)
			theirs[i] += " Edited."
			got := r.description(ours, strings.Join(theirs, "\n\n"))
			before, behind, _ := strings.Cut(ours, p)
			behind = strings.TrimLeft(behind, " ") // blanks at the paragraph's end are its own
			if want := before + p + " Edited." + behind; got != want {
				t.Errorf("more than the paragraph changed\n ours %q\n  got %q", ours, got)
			}
		}
	}
	if t.Logf("%d edits", edits); edits < 300 {
		t.Errorf("only %d edits", edits)
	}
}
