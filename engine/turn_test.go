package engine_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// A turn changes a setting of a project, and turns it back later. Whatever was under way when it came, it
// ends as it would have ended without it.
type turn struct {
	name string
	do   func(*scene)
	back func(*scene) // nil: it stays
	// unseen: what is edited outside of that text meanwhile is asked about, and so nobody edits it there.
	unseen bool
}

// pending is something under way in a project: a write in doubt, a question, an undo.
type pending struct {
	name  string
	o     memory.Options
	begin func(*scene)
}

// scene is a project with three tickets on both sides. Something is pending of the first, people edit the
// second here and the third outside while the setting is turned.
type scene struct {
	*world
	p      store.Project
	ids    [3]string
	remark ticket.Comment
	pulled external.Ref // made outside, with a text and a label of ours
}

func newScene(t *testing.T, o memory.Options) *scene {
	t.Helper()
	w := newWorld(t)
	s := &scene{world: w, p: w.connect("octo/hello", o)}
	for n := range s.ids {
		s.ids[n] = w.createWith(ticket.Fields{
			ticket.Title: ticket.Text(fmt.Sprintf("ticket %d", n)), ticket.Body: ticket.Text("first\n\nsecond"), ticket.Labels: ticket.Set("red"),
		}, ticket.Public)
	}
	var err error
	s.remark, err = w.engine.AddComment(t.Context(), s.ids[0], "a remark", "", "ann")
	w.must(err)
	s.pulled = w.makeOutside(s.p, made("pulled", "their text", "theirs"))
	w.sync(s.p.ID)
	w.edit(s.idOf(s.pulled.ID), ticket.Fields{ticket.Body: ticket.Text("our text"), ticket.Labels: ticket.Set("theirs", "ours")})
	w.sync(s.p.ID)
	return s
}

// idOf is the id here of what an item outside is.
func (s *scene) idOf(item string) (id string) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		l, err := tx.LinkByExternal(s.t.Context(), s.p.ID, external.KindTicket, item)
		id = l.LocalID
		return err
	})
	return id
}

// item is the id outside of one of the tickets.
func (s *scene) item(n int) string {
	s.t.Helper()
	return s.link(s.p.ID, external.KindTicket, s.ids[n]).ExternalID
}

// there edits a ticket outside.
func (s *scene) there(n int, field string, v ticket.Value) {
	s.t.Helper()
	s.must(s.trackers[s.p.ID].EditField("bob", s.item(n), field, v))
}

// goOn runs what is next in the project, an hour later, as its workflow does. It may be stopped or rest.
func (s *scene) goOn(kind store.SessionKind) {
	s.t.Helper()
	s.clock.now = s.clock.now.Add(time.Hour)
	r, err := s.engine.NextRollback(s.t.Context(), s.p.ID)
	if err == nil {
		_, err = s.undo(r)
	} else if errors.Is(err, store.ErrNotFound) {
		_, err = s.session(s.p.ID, kind)
	}
	if err != nil && !errors.Is(err, engine.ErrStopped) && !errors.Is(err, engine.ErrFenced) {
		s.t.Fatal(err)
	}
}

func (s *scene) rest() {
	s.t.Helper()
	for range 4 {
		s.goOn(store.Incremental)
	}
	s.goOn(store.Reconcile)
	for range 2 {
		s.goOn(store.Incremental)
	}
}

// meanwhileEdits are those of people who know nothing of what is turned.
func (s *scene) meanwhileEdits(unseen bool) {
	s.t.Helper()
	s.edit(s.ids[1], ticket.Fields{ticket.Title: ticket.Text("typed here"), ticket.Labels: ticket.Set("red", "blue"), ticket.Body: ticket.Text("body here")})
	s.there(2, memory.FieldTitle, ticket.Text("typed there"))
	if !unseen {
		s.there(2, memory.FieldBody, ticket.Text("body there"))
	}
	s.must(s.trackers[s.p.ID].AddLabel("bob", s.item(2), "green"))
	_, err := s.trackers[s.p.ID].AddComment("bob", s.link(s.p.ID, external.KindTicket, s.ids[2]).ExternalKey, "a remark there")
	s.must(err)
	_, err = s.engine.AddComment(s.t.Context(), s.ids[1], "a remark here", "", "ann")
	s.must(err)
}

// tells is all that anybody can see: both sides, what is asked, and what is not at rest.
func (s *scene) tells() string {
	s.t.Helper()
	var all []string
	for n, id := range s.ids {
		tk := s.ticket(id)
		if tk.Deleted {
			all = append(all, fmt.Sprintf("here %d: deleted", n))
		} else {
			all = append(all, fmt.Sprintf("here %d: %s", n, told(tk.Fields)))
		}
	}
	for _, tk := range s.tickets() {
		if !slices.Contains(s.ids[:], tk.ID) {
			all = append(all, "here more: "+told(tk.Fields))
		}
		s.view(func(tx store.Tx) error {
			remarks, err := tx.CommentsOf(s.t.Context(), tk.ID)
			for _, c := range remarks {
				if !c.Deleted {
					all = append(all, fmt.Sprintf("remark here on %q: %q", tk.Fields[ticket.Title].Text(), c.Body.Text()))
				}
			}
			return err
		})
	}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for _, it := range s.stands(s.p.ID, kind) {
			all = append(all, fmt.Sprintf("%s outside: %q %q %q %q", kind, it.Fields["title"].Text(), it.Fields["body"].Text(), it.Fields["state"].Text(), it.Fields["labels"].Elements()))
		}
	}
	for _, c := range s.conflicts("") {
		if c.State == store.OpenConflict || c.State == store.Decided {
			all = append(all, fmt.Sprintf("asked: %s %s %s here %q there %q", c.State, c.Kind, c.Field, c.Local.Elements(), c.External.Elements()))
		}
	}
	s.view(func(tx store.Tx) error {
		open, err := tx.OpenIntents(s.t.Context(), s.p.ID)
		for _, i := range open {
			all = append(all, fmt.Sprintf("in doubt: %s %s", i.Verb, i.State))
		}
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			links, err := tx.LinksOf(s.t.Context(), s.p.ID, kind, "", 100)
			if err != nil {
				return err
			}
			for _, l := range links {
				if due := l.Dirty() && l.Active(); due || l.State != store.Live {
					_, left, _ := strings.Cut(l.Reason, "left:")
					all = append(all, fmt.Sprintf("link of a %s: %s, left %q, due %t, to be taken back %q", kind, l.State, left, due, l.TakeBack))
				}
			}
		}
		return err
	})
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func told(f ticket.Fields) string {
	return fmt.Sprintf("%q %q %q %q", f[ticket.Title].Text(), f[ticket.Body].Text(), f[ticket.State].Text(), f[ticket.Labels].Elements())
}

// when a turn comes, and how many sessions run until it is turned back.
type moment struct {
	name     string
	inCall   bool
	sessions int
}

func (s *scene) turned(t turn, m moment) {
	s.t.Helper()
	if !m.inCall {
		t.do(s)
	} else {
		fired := false
		s.meanwhile("write", func() { fired = true; t.do(s) })
		s.goOn(store.Incremental)
		if s.wrap = nil; !fired {
			t.do(s)
		}
	}
	s.meanwhileEdits(t.unseen)
	for range m.sessions {
		s.goOn(store.Incremental)
	}
	if t.back != nil {
		t.back(s)
	}
	s.rest()
}

// ends plays a scene to its end, and what people do then: they decide all that is asked, and edit each ticket.
func ends(t *testing.T, what pending, how turn, m moment) string {
	t.Helper()
	s := newScene(t, what.o)
	what.begin(s)
	s.wrap = nil
	s.turned(how, m)
	out := s.tells()
	before := s.trackers[s.p.ID].Calls().Writes()
	s.rest()
	out += fmt.Sprintf("\nwrites at rest: %d\n", s.trackers[s.p.ID].Calls().Writes()-before)
	for _, c := range s.conflicts(store.OpenConflict) {
		choice := store.ChooseLocal
		if !slices.Contains(c.Choices(), choice) {
			choice = c.Choices()[0]
		}
		s.decide(c, choice)
	}
	s.rest()
	out += "\nonce decided:\n" + s.tells()
	for n, id := range s.ids {
		if tk := s.ticket(id); !tk.Deleted {
			s.edit(id, ticket.Fields{ticket.Body: ticket.Text(fmt.Sprintf("the end of %d", n)), ticket.Labels: ticket.Set("red", "last")})
		}
		if l := s.link(s.p.ID, external.KindTicket, id); l.State == store.Live {
			_ = s.trackers[s.p.ID].EditField("bob", l.ExternalID, memory.FieldTitle, ticket.Text(fmt.Sprintf("the last title of %d", n)))
		}
	}
	s.rest()
	out += "\nin the end:\n" + s.tells()
	for _, tk := range s.tickets() {
		s.hide(tk.ID, outbound.Redact)
	}
	s.rest()
	return out + "\ntaken back:\n" + s.tells()
}

func moments() []moment {
	return []moment{{"at once", false, 0}, {"for a while", false, 2}, {"in a call", true, 2}, {"in a call, at once", true, 0}}
}

// allTurns has every pair of what is pending and of what is turned tried at every moment, not at one of them.
const allTurns = "EXTSYNC_TURNS"

// TestWhatIsTurnedAndTurnedBack: each setting is turned and turned back while each kind of thing is pending.
func TestWhatIsTurnedAndTurnedBack(t *testing.T) {
	t.Parallel()
	all := os.Getenv(allTurns) == "all"
	for n, what := range pendings() {
		t.Run(what.name, func(t *testing.T) {
			t.Parallel()
			for k, m := range moments() {
				want := map[bool]string{}
				for j, how := range turns() {
					if excused(what.name, how.name) || !all && (n+j)%len(moments()) != k {
						continue
					}
					if want[how.unseen] == "" {
						want[how.unseen] = ends(t, what, turn{do: func(*scene) {}, unseen: how.unseen}, m)
					}
					if got := ends(t, what, how, m); got != want[how.unseen] {
						t.Errorf("%s, %s: it ends as\n%s", how.name, m.name, differ(got, want[how.unseen]))
					}
				}
			}
		})
	}
}

// differ tells the lines of one and of the other.
func differ(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var b strings.Builder
	for _, l := range g {
		if !slices.Contains(w, l) {
			b.WriteString("+ " + l + "\n")
		}
	}
	for _, l := range w {
		if !slices.Contains(g, l) {
			b.WriteString("- " + l + "\n")
		}
	}
	return b.String()
}
