package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/ticket"
)

// storm is people at every place who edit at random. What they do follows from the seed.
type storm struct {
	*world
	rnd   *rand.Rand
	edits int // fields and elements that a person changed
}

func newStorm(w *world, seed uint64) *storm {
	return &storm{world: w, rnd: rand.New(rand.NewPCG(seed, 0x57041))}
}

func stormLabels() []string { return []string{"red", "green", "blue", "amber"} }

func pick[T any](rnd *rand.Rand, from []T) T { return from[rnd.IntN(len(from))] }

// words is a text of one to three paragraphs that reads the same in every markup.
func (s *storm) words() string {
	nouns := []string{"gate", "pump", "valve", "engine", "bridge", "lamp", "door", "wheel"}
	verbs := []string{"sticks", "leaks", "hums", "fails", "glows", "rattles"}
	var paragraphs []string
	for range 1 + s.rnd.IntN(3) {
		s := fmt.Sprintf("The %s %s and the %s %s, seen %d times.",
			pick(s.rnd, nouns), pick(s.rnd, verbs), pick(s.rnd, nouns), pick(s.rnd, verbs), s.rnd.IntN(1000))
		paragraphs = append(paragraphs, s)
	}
	return strings.Join(paragraphs, "\n\n")
}

func (s *storm) title() string {
	return fmt.Sprintf("%s %d", pick(s.rnd, []string{"Fix", "Check", "Replace", "Paint"}), s.rnd.IntN(10_000))
}

// seed has people make n tickets, in turn at every place, and lets them go everywhere.
func (s *storm) seed(n int) {
	s.Helper()
	places := s.Members()
	for k := range n {
		if k%(len(places)+1) == len(places) {
			_, err := s.Engine.CreateTicket(s.Context(), ticket.Fields{
				ticket.Title: ticket.Text(s.title()), ticket.Body: ticket.Text(s.words()), ticket.Labels: ticket.Set(stormLabels()...),
			}, ticket.Public, "ada")
			s.must(err)
			continue
		}
		site := places[k%(len(places)+1)].Site
		id, err := site.Create(pick(s.rnd, fleet.People()), fleet.Change{Title: p(s.title()), Body: p(s.words()), Label: stormLabels()})
		s.must(err)
		if k%3 == 0 {
			_, err := site.Comment(pick(s.rnd, fleet.People()), id, s.words())
			s.must(err)
		}
	}
	s.settle()
}

// edit has a person change something of one ticket at one place.
func (s *storm) edit() {
	s.Helper()
	places := s.Members()
	n := s.rnd.IntN(len(places) + 1)
	s.edits++
	if n == len(places) {
		s.editHere()
		return
	}
	site := places[n].Site
	seen := pick(s.rnd, site.Look())
	who := pick(s.rnd, fleet.People())
	if s.rnd.IntN(8) == 0 {
		s.remark(site, seen, who)
		return
	}
	s.must(site.Edit(who, seen.ID, s.change(site.Vocabulary(), seen)))
}

// remark adds a comment or edits one of the person's own.
func (s *storm) remark(site fleet.Site, seen fleet.Seen, who string) {
	s.Helper()
	own := slices.IndexFunc(seen.Comments, func(r fleet.Remark) bool { return r.Author == who })
	if own >= 0 && s.rnd.IntN(2) == 0 {
		s.must(site.EditComment(who, seen.ID, seen.Comments[own].ID, s.words()))
		return
	}
	_, err := site.Comment(who, seen.ID, s.words())
	s.must(err)
}

// change is one field or one element.
func (s *storm) change(v fleet.Vocabulary, seen fleet.Seen) (c fleet.Change) {
	switch n := s.rnd.IntN(6); {
	case n == 0:
		c.Title = p(s.title())
	case n == 1:
		c.Body = p(s.words())
	case n == 2:
		c.State = p(pick(s.rnd, v.States))
	case n == 3:
		c.Assignee = p(pick(s.rnd, append(fleet.People(), "")))
	case n == 4 && len(v.Priorities) > 0:
		c.Priority = p(pick(s.rnd, v.Priorities))
	default:
		l := pick(s.rnd, stormLabels())
		if slices.Contains(seen.Labels, l) {
			c.Unlabel = []string{l}
		} else {
			c.Label = []string{l}
		}
	}
	return c
}

func (s *storm) editHere() {
	s.Helper()
	all, err := s.Tickets(s.Context())
	s.must(err)
	t := pick(s.rnd, all)
	set := ticket.Fields{}
	switch s.rnd.IntN(6) {
	case 0:
		set[ticket.Title] = ticket.Text(s.title())
	case 1:
		set[ticket.Body] = ticket.Text(s.words())
	case 2:
		set[ticket.State] = ticket.Text(pick(s.rnd, ticket.States()))
	case 3:
		set[ticket.Priority] = ticket.Text(pick(s.rnd, ticket.Priorities()))
	case 4:
		set[ticket.Assignees] = ticket.Set(pick(s.rnd, fleet.People()))
	default:
		l, had := pick(s.rnd, stormLabels()), t.Fields[ticket.Labels]
		if slices.Contains(had.Elements(), l) {
			set[ticket.Labels] = ticket.Set(had.Minus(ticket.Set(l))...)
		} else {
			set[ticket.Labels] = ticket.Set(append(had.Elements(), l)...)
		}
	}
	s.must(s.EditLocal(s.Context(), pick(s.rnd, fleet.People()), t.ID, set))
}
