package twin

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

func c(id, title, body string, names ...string) Candidate {
	return Candidate{ID: id, Kind: external.KindTicket, Title: title, Body: body, Names: names}
}

const long = "Login fails on Safari"

func TestFind(t *testing.T) {
	silent := c("t1", long, "one")
	silent.Silent = true
	taken := c("e2", long, "other")
	taken.Taken = true
	copied := c("e2", long, "one")
	copied.Taken = true
	remark := c("e1", long, "one")
	remark.Kind = external.KindComment
	for _, k := range []struct {
		why         string
		here, there []Candidate
		want        []Pair
	}{
		{"the same title and text", []Candidate{c("t1", long, "It  says no.")}, []Candidate{c("e1", "login fails on safari.", "It says no.\n")},
			[]Pair{{"t1", "e1", Exact, "the same title and the same text"}}},
		{"a copy with the key of the other before its title", []Candidate{c("t1", "ABC-7: "+long, "one")}, []Candidate{c("e1", long, "one")},
			[]Pair{{"t1", "e1", Exact, "the same title and the same text"}}},
		{"one names the other", []Candidate{c("t1", "Bug", "see ABC-7")}, []Candidate{c("e1", "bug", "it crashes", "ABC-7")},
			[]Pair{{"t1", "e1", Likely, "the same title, and one names the other"}}},
		{"a longer key is another one", []Candidate{c("t1", "Bug", "see ABC-77")}, []Candidate{c("e1", "bug", "it crashes", "ABC-7")}, nil},
		{"a number of another project is another one", []Candidate{c("t1", "Bug", "see octo/hello#7")}, []Candidate{c("e1", "bug", "it crashes", "#7")}, nil},
		{"a title that tells, and nobody else bears", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "two")},
			[]Pair{{"t1", "e1", Likely, "the same title, which nothing else bears; the texts differ"}}},
		{"neither has a text", []Candidate{c("t1", long, "")}, []Candidate{c("e1", long, " ")},
			[]Pair{{"t1", "e1", Likely, "the same title, which nothing else bears; neither has a text"}}},
		{"what privacy keeps is not compared", []Candidate{silent}, []Candidate{c("e1", long, "one")},
			[]Pair{{"t1", "e1", Likely, "the same title, which nothing else bears; the texts are not compared"}}},
		{"a short title needs the same text", []Candidate{c("t1", "Update docs", "one")}, []Candidate{c("e1", "Update docs", "two")}, nil},
		{"a short title and no text", []Candidate{c("t1", "Bug", "")}, []Candidate{c("e1", "Bug", "")}, nil},
		{"no title and no text", []Candidate{c("t1", "", "")}, []Candidate{c("e1", "", "")}, nil},
		{"no title and the same text", []Candidate{c("t1", "", "one")}, []Candidate{c("e1", "", "one")}, nil},
		{"another title", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", "Login fails on Firefox", "one")}, nil},
		{"a ticket is no comment", []Candidate{c("t1", long, "one")}, []Candidate{remark}, nil},
		{"one title, two candidates", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "two"), c("e2", long, "three")}, nil},
		{"one title, two here", []Candidate{c("t1", long, "one"), c("t2", long, "two")}, []Candidate{c("e1", long, "three")}, nil},
		{"one title, two candidates, one text", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "one"), c("e2", long, "three")},
			[]Pair{{"t1", "e1", Exact, "the same title and the same text"}}},
		{"one text, two candidates", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "one"), c("e2", long, "one")}, nil},
		{"two pairs of one title", []Candidate{c("t1", long, "one"), c("t2", long, "two")}, []Candidate{c("e1", long, "two"), c("e2", long, "one")},
			[]Pair{{"t1", "e2", Exact, "the same title and the same text"}, {"t2", "e1", Exact, "the same title and the same text"}}},
		{"another that bears the title is taken already", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "two"), taken}, nil},
		{"another that says the same is taken already", []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "one"), copied}, nil},
		{"the only one is taken", []Candidate{c("t1", long, "one")}, []Candidate{copied}, nil},
	} {
		if got := Find(k.here, k.there, nil); !slices.Equal(got, k.want) {
			t.Errorf("%s: %+v, want %+v", k.why, got, k.want)
		}
	}
}

func TestFindKnowsWhatIsApart(t *testing.T) {
	here, there := []Candidate{c("t1", long, "one")}, []Candidate{c("e1", long, "one")}
	if got := Find(here, there, func(h, o string) bool { return h == "t1" && o == "e1" }); len(got) > 0 {
		t.Errorf("a pair that a person told apart is proposed again: %+v", got)
	}
}

// someSide draws candidates out of few words, so that many are alike.
func someSide(t *rapid.T, prefix string) []Candidate {
	titles := []string{long, "login fails on safari!", "ABC-1 " + long, "Bug", "", "Another matter altogether"}
	bodies := []string{"", "one", "two", "see " + other(prefix) + "0", "see " + other(prefix) + "1"}
	n := rapid.IntRange(0, 5).Draw(t, prefix)
	out := make([]Candidate, n)
	for i := range out {
		id := prefix + string(rune('0'+i))
		out[i] = Candidate{
			ID: id, Names: []string{id}, Title: rapid.SampledFrom(titles).Draw(t, "title"), Body: rapid.SampledFrom(bodies).Draw(t, "body"),
			Kind:   rapid.SampledFrom([]external.Kind{external.KindTicket, external.KindTicket, external.KindComment}).Draw(t, "kind"),
			Silent: rapid.IntRange(0, 5).Draw(t, "silent") == 0, Taken: rapid.IntRange(0, 5).Draw(t, "taken") == 0,
		}
	}
	return out
}

func other(prefix string) string {
	if prefix == "t" {
		return "e"
	}
	return "t"
}

func at(list []Candidate, id string) Candidate {
	return list[slices.IndexFunc(list, func(c Candidate) bool { return c.ID == id })]
}

func TestFindLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here, there := someSide(t, "t"), someSide(t, "e")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		bar := rapid.IntRange(0, 4).Draw(t, "apart")
		apart := func(h, o string) bool { return bar > 0 && h == "t"+string(rune('0'+bar)) && o == "e1" }
		got := Find(here, there, apart)

		used := map[string]bool{}
		for _, p := range got {
			a, b := at(here, p.Here), at(there, p.There)
			switch {
			case used[a.ID] || used[b.ID]:
				t.Fatalf("one of %+v is in two pairs: %+v", p, got)
			case a.Kind != b.Kind:
				t.Fatalf("%+v pairs kinds", p)
			case ticket.PlainTitle(a.Title) != ticket.PlainTitle(b.Title):
				t.Fatalf("%+v pairs titles", p)
			case a.Taken || b.Taken:
				t.Fatalf("%+v pairs what is taken", p)
			case apart(a.ID, b.ID):
				t.Fatalf("%+v pairs what is apart", p)
			case p.Reason == "" || p.Degree == "":
				t.Fatalf("%+v says not why", p)
			case (a.Silent || b.Silent) && p.Degree == Exact:
				t.Fatalf("%+v knows what privacy keeps", p)
			}
			used[a.ID], used[b.ID] = true, true
		}

		mirrored := Find(there, here, func(o, h string) bool { return apart(h, o) })
		for i := range mirrored {
			mirrored[i].Here, mirrored[i].There = mirrored[i].There, mirrored[i].Here
		}
		slices.SortFunc(mirrored, func(a, b Pair) int { return cmp.Compare(a.Here, b.Here) })
		if !slices.Equal(got, mirrored) {
			t.Fatalf("%+v from one side, %+v from the other", got, mirrored)
		}

		rng.Shuffle(len(here), func(i, j int) { here[i], here[j] = here[j], here[i] })
		rng.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
		if again := Find(here, there, apart); !slices.Equal(got, again) {
			t.Fatalf("%+v in one order, %+v in another", got, again)
		}
	})
}

func TestGroups(t *testing.T) {
	for _, k := range []struct {
		why  string
		list []Candidate
		want []Group
	}{
		{"one alone is no group", []Candidate{c("1", long, "one")}, nil},
		{"a title that tells", []Candidate{c("2", long, "one"), c("1", "Login fails on  Safari.", "two")},
			[]Group{{"Login fails on Safari.", []string{"1", "2"}, Likely, "the same title; the texts differ, or there is none"}}},
		{"a title that does not", []Candidate{c("1", "Bug", "one"), c("2", "Bug", "two")}, nil},
		{"nor does it without a text", []Candidate{c("1", "Bug", ""), c("2", "Bug", "")}, nil},
		{"the same text tells", []Candidate{c("1", "Bug", "one"), c("2", "bug", "one"), c("3", "Bug", "two")},
			[]Group{{"Bug", []string{"1", "2"}, Exact, "the same title and the same text"}}},
		{"two texts, twice each", []Candidate{c("1", "Bug", "a"), c("2", "Bug", "b"), c("3", "Bug", "b"), c("4", "Bug", "a")},
			[]Group{{"Bug", []string{"1", "4"}, Exact, "the same title and the same text"}, {"Bug", []string{"2", "3"}, Exact, "the same title and the same text"}}},
	} {
		got := Groups(k.list)
		if !slices.EqualFunc(got, k.want, func(a, b Group) bool {
			return a.Title == b.Title && a.Degree == b.Degree && a.Reason == b.Reason && slices.Equal(a.IDs, b.IDs)
		}) {
			t.Errorf("%s: %+v, want %+v", k.why, got, k.want)
		}
	}
}

func TestGroupsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := someSide(t, "t")
		used := map[string]bool{}
		for _, g := range Groups(list) {
			if len(g.IDs) < 2 {
				t.Fatalf("%+v is no group", g)
			}
			for _, id := range g.IDs {
				if used[id] {
					t.Fatalf("%s is in two groups", id)
				}
				used[id] = true
				if first := at(list, g.IDs[0]); at(list, id).Kind != first.Kind || ticket.PlainTitle(at(list, id).Title) != ticket.PlainTitle(first.Title) {
					t.Fatalf("%+v mixes kinds or titles", g)
				}
			}
		}
	})
}
