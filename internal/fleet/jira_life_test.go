package fleet_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// life is what people do at a Jira and here, of whatever settings.
type life struct {
	*world
	c    *jiraConfig
	m    *fleet.Member
	site *fleet.Jira
	item string // an issue that came in
	here string // its ticket
}

// hush is in every text that only some may see in Jira.
const hush = "hush-hush"

func newLife(t *testing.T, row []jiraSetting) *life {
	t.Helper()
	l := &life{world: nil, c: configured(row)}
	l.world = newWorld(t, fleet.Options{Seed: 5, Allow: true, Lag: l.c.lag})
	l.site = l.c.open(l.world)
	for _, who := range append(fleet.People(), l.site.Account().Login) { // our account sees everything
		l.site.Sim.AddUser(model.User{Login: who, Roles: []string{"Board"}})
	}
	var err error
	l.m, err = l.Connect(t.Context(), fleet.Spec{Site: l.site, Filter: l.c.filter, Mapping: l.c.mapping})
	l.must(err)
	l.c.deliver(l.world, l.m)
	l.item, err = l.site.Create("ada", fleet.Change{Title: p("umbrella of ada"), Body: p("some words"), Label: []string{"theirs"}, Assignee: p("bob")})
	l.must(err)
	_, err = l.site.Comment("bob", l.item, "a remark")
	l.must(err)
	l.rest()
	tk, err := l.TicketOf(t.Context(), l.m, l.item)
	l.must(err)
	l.here = tk.ID
	return l
}

// rest lets everything come to rest, however late the search is.
func (l *life) rest() {
	l.Helper()
	for range 2 {
		l.Clock.Advance(2 * time.Minute)
		l.settle()
	}
}

func (l *life) act(a simulator.Act) string {
	l.Helper()
	if a.Login == "" {
		a.Login = "ada"
	}
	out, err := l.site.Sim.Act(a)
	l.must(err)
	if a.Do == "create" {
		return out.Issue
	}
	return out.Comment
}

// meanwhile does something once, right before the next call of a kind of method.
func (l *life) meanwhile(when func(r *http.Request) bool, do func()) {
	l.Helper()
	done := false
	usual := func(*http.Request) {}
	if l.c.webhooks == doubled {
		post := l.hooked(l.m)
		usual = func(*http.Request) { post(); post() }
	}
	l.site.Wire().Meanwhile(func(r *http.Request) {
		if !done && when(r) {
			done = true
			do()
		}
		usual(r)
	})
	l.Cleanup(func() {
		if !done {
			l.Error("no such call came: the test tests nothing")
		}
	})
}

func writes(r *http.Request) bool {
	read := r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/search/jql") || strings.HasSuffix(r.URL.Path, "/bulkfetch") || strings.HasSuffix(r.URL.Path, "/list") || strings.HasSuffix(r.URL.Path, "/workflows")
	return !read
}

// quietly fails where something that only some may see is here, or something stands twice there.
func (l *life) quietly() {
	l.Helper()
	l.rest()
	all, err := l.Tickets(l.Context())
	l.must(err)
	texts := ""
	for _, t := range all {
		texts += fmt.Sprintln(t.Fields)
		comments, err := l.Comments(l.Context(), t.ID)
		l.must(err)
		texts += fmt.Sprintln(comments)
	}
	open, err := l.Conflicts(l.Context(), nil)
	l.must(err)
	texts += fmt.Sprintln(open)
	if strings.Contains(texts, hush) && l.c.Settings["secured_issues"] == nil {
		l.Errorf("what only some may see in Jira is here: %s", texts)
	}
	titles := map[string]bool{}
	for _, s := range l.site.Look() {
		if titles[s.Title] {
			l.Errorf("%q stands twice in Jira", s.Title)
		}
		titles[s.Title] = true
		for n, c := range s.Comments {
			if slices.ContainsFunc(s.Comments[:n], func(o fleet.Remark) bool { return o.Body == c.Body }) {
				l.Errorf("%q is said twice below %q", c.Body, s.Title)
			}
		}
	}
	l.quiet()
}

// stands fails unless both sides show the values.
func (l *life) stands(title, body string, labels ...string) {
	l.Helper()
	l.standsHere(title, body, labels...)
	l.standsThere(title, body, labels...)
}

func (l *life) standsHere(title, body string, labels ...string) {
	l.Helper()
	tk, err := l.Ticket(l.Context(), l.here)
	l.must(err)
	f := tk.Fields
	slices.Sort(labels)
	if f[ticket.Title].Text() != title || f[ticket.Body].Text() != body || !slices.Equal(f[ticket.Labels].Elements(), labels) {
		l.Errorf("here it is %q, %q, %q, want %q, %q, %q", f[ticket.Title].Text(), f[ticket.Body].Text(), f[ticket.Labels].Elements(), title, body, labels)
	}
}

func (l *life) standsThere(title, body string, labels ...string) {
	l.Helper()
	slices.Sort(labels)
	if s := l.seen(l.item); s.Title != title || s.Body != body || !slices.Equal(s.Labels, labels) {
		l.Errorf("there it is %q, %q, %q, want %q, %q, %q", s.Title, s.Body, s.Labels, title, body, labels)
	}
}

func (l *life) seen(id string) fleet.Seen {
	l.Helper()
	for _, s := range l.site.Look() {
		if s.ID == id {
			return s
		}
	}
	l.Fatalf("Jira does not show issue %s", id)
	return fleet.Seen{}
}

// said are the bodies of a ticket's comments here, and there.
func (l *life) said() (here, there []string) {
	l.Helper()
	list, err := l.Comments(l.Context(), l.here)
	l.must(err)
	for _, c := range list {
		if !c.Deleted {
			here = append(here, c.Body.Text())
		}
	}
	for _, c := range l.seen(l.item).Comments {
		there = append(there, c.Body)
	}
	return here, there
}

type scene struct {
	name string
	play func(l *life)
}

// scenes are what happens, each at a Jira of its own.
func scenes() []scene {
	return []scene{
		{"edits in the middle of a session", func(l *life) {
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{
				ticket.Body: ticket.Text("words from here"), ticket.Labels: ticket.Set("theirs", "ours"), ticket.State: ticket.Text(ticket.StateDone), ticket.Estimate: ticket.Text("5"),
			}))
			l.meanwhile(writes, func() {
				l.must(l.site.Edit("ada", l.item, fleet.Change{Title: p("umbrella since"), Label: []string{"since"}}))
				_, err := l.site.Comment("bob", l.item, "said since")
				l.must(err)
			})
			l.quietly()
			l.stands("umbrella since", "words from here", "theirs", "ours", "since")
			here, there := l.said()
			if len(here) != 2 || len(there) != 2 {
				l.Errorf("here it says %q, there %q", here, there)
			}
		}},
		{"a rival in the middle of a write", func(l *life) {
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Title: ticket.Text("umbrella from here")}))
			l.meanwhile(writes, func() { l.must(l.site.Edit("ada", l.item, fleet.Change{Title: p("umbrella of a rival")})) })
			l.rest()
			open, err := l.Conflicts(l.Context(), l.m)
			l.must(err)
			if kept := fmt.Sprint(open); !strings.Contains(kept, "umbrella of a rival") {
				l.Errorf("what the rival wrote is lost: %s", kept)
			}
		}},
		{"a new one whose answer is lost, told by a webhook", func(l *life) {
			l.must(l.site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"issues.create"}}))
			made, err := l.Engine.CreateTicket(l.Context(), ticket.Fields{ticket.Title: ticket.Text("made here"), ticket.State: ticket.Text(ticket.StateDone), ticket.Labels: ticket.Set("x")}, ticket.Public, "ada")
			l.must(err)
			_, err = l.Engine.AddComment(l.Context(), made.ID, "said here", "", "ada")
			l.must(err)
			l.meanwhile(writes, func() {})
			l.rest()
			for _, s := range l.site.Look() {
				if s.Title == "made here" {
					l.must(l.Engine.Hint(l.Context(), l.m.ID, []external.Ref{{Kind: external.KindTicket, ID: s.ID, Key: s.Key}}))
				}
			}
			l.quietly()
			l.tickets(2)
		}},
		{"comments for some alone", func(l *life) {
			some := &model.Visibility{Type: "role", Value: "Board"}
			l.act(simulator.Act{Do: "comment", Issue: l.item, Text: p(hush + " from the start"), Visible: some})
			if l.c.Spec.Service {
				id := l.act(simulator.Act{Do: "comment", Issue: l.item, Text: p(hush + " internal")})
				l.act(simulator.Act{Do: "internal", Issue: l.item, Comment: id})
			}
			l.quietly()
			bobs := l.seen(l.item).Comments[0].ID
			l.act(simulator.Act{Login: "bob", Do: "edit_comment", Issue: l.item, Comment: bobs, Text: p(hush + " from now on"), Visible: some})
			l.quietly()
			_, err := l.Engine.AddComment(l.Context(), l.here, "said here", "", "ada")
			l.must(err)
			l.quietly()
			list := l.seen(l.item).Comments
			ours := list[len(list)-1]
			l.must(l.site.Project.Grant("ada", model.EditAllComments))
			l.act(simulator.Act{Do: "edit_comment", Issue: l.item, Comment: ours.ID, Text: p(hush + " of ours"), Visible: some})
			l.quietly()
			l.site.Sim.World(func(w *model.World) { // opened again
				c, err := w.CommentOf(w.User("ada"), w.Issue(l.item), ours.ID)
				l.must(err)
				l.must(w.EditComment(model.Caller{User: w.User("ada"), Wiki: true}, c, "open again", nil, nil))
			})
			l.rest()
			l.retry()
			l.rest()
			if here, _ := l.said(); !slices.Contains(here, "open again") {
				l.Errorf("what was opened again is not here: %q", here)
			}
			l.quiet()
		}},
		{"an issue for some alone", func(l *life) {
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Body: ticket.Text("words from here")}))
			l.meanwhile(writes, func() {
				l.act(simulator.Act{Do: "secure", Issue: l.item, To: "Board"})
				l.must(l.site.Edit("ada", l.item, fleet.Change{Title: p("umbrella " + hush)}))
				l.act(simulator.Act{Do: "comment", Issue: l.item, Text: p(hush + " below it")})
			})
			l.quietly()
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Labels: ticket.Set("theirs", "later")}))
			l.quietly()
			l.must(l.site.Edit("ada", l.item, fleet.Change{Title: p("umbrella for all")}))
			for _, c := range l.seen(l.item).Comments {
				if strings.Contains(c.Body, hush) {
					l.must(l.site.DeleteComment("ada", l.item, c.ID))
				}
			}
			l.act(simulator.Act{Do: "secure", Issue: l.item, To: ""})
			l.rest()
			l.stands("umbrella for all", "words from here", "theirs", "later")
			l.quiet()
		}},
		{"deleted", func(l *life) {
			ours, err := l.Engine.AddComment(l.Context(), l.here, "said here", "", "ada")
			l.must(err)
			l.quietly()
			bobs := l.seen(l.item).Comments[0].ID
			l.must(l.site.DeleteComment("bob", l.item, bobs))
			_, err = l.Engine.DeleteComment(l.Context(), ours.ID, 1, "ada")
			l.must(err)
			l.quietly()
			l.sweep()
			l.quietly()
			if here, there := l.said(); len(here)+len(there) != 0 {
				l.Errorf("it still says %q here and %q there", here, there)
			}
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Body: ticket.Text("words from here")}))
			l.meanwhile(writes, func() { l.must(l.site.Delete("ada", l.item)) })
			l.quietly()
			l.sweep()
			l.quietly()
			l.asked()
		}},
		{"moved away", func(l *life) {
			beside, err := l.site.Beside()
			l.must(err)
			l.movesTo(beside)
			l.asked()
		}},
		{"undone", func(l *life) {
			made, err := l.Engine.CreateTicket(l.Context(), ticket.Fields{ticket.Title: ticket.Text("made here")}, ticket.Public, "ada")
			l.must(err)
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{
				ticket.Title: ticket.Text("umbrella from here"), ticket.Labels: ticket.Set("ours"), ticket.Priority: ticket.Text("p1"),
				ticket.Estimate: ticket.Text("5"), ticket.Iteration: ticket.Text("Sprint 1"), ticket.Milestone: ticket.Text("v1"),
			}))
			l.must(l.site.Edit("ada", l.item, fleet.Change{Body: p("words from there")}))
			l.Clock.Advance(2 * time.Minute)
			s := l.one(l.m)
			l.rest()
			l.stands("umbrella from here", "words from there", "ours")
			_, _, err = l.Rollback(l.Context(), s.ID)
			l.must(err)
			l.rest()
			// What people wrote stays, and goes nowhere by itself.
			l.standsHere("umbrella from here", "some words", "ours")
			l.standsThere("umbrella of ada", "words from there", "theirs")
			l.quiet()
			if lk, err := l.LinkOf(l.Context(), l.m, made.ID); err != nil || lk.State == store.Live {
				l.Errorf("what was made is %s (%s), %v", lk.State, lk.Reason, err)
			}
		}},
		{"a restored database", func(l *life) {
			l.backup()
			_, err := l.Engine.CreateTicket(l.Context(), ticket.Fields{ticket.Title: ticket.Text("made since")}, ticket.Public, "ada")
			l.must(err)
			_, err = l.Engine.AddComment(l.Context(), l.here, "said since", "", "ada")
			l.must(err)
			l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Body: ticket.Text("words from here"), ticket.Estimate: ticket.Text("8")}))
			l.must(l.site.Edit("ada", l.item, fleet.Change{Title: p("umbrella since")}))
			l.quietly()
			l.restore()
			l.Clock.Advance(time.Hour)
			for range 4 {
				_, _ = l.Round(l.Context()) // it is found out, and held
				l.Clock.Advance(10 * time.Minute)
			}
			_, err = l.Engine.Resume(l.Context(), l.m.ID, "op", true)
			l.must(err)
			l.quietly()
			l.retry() // what is ours, and nothing here knows of
			l.quietly()
			l.stands("umbrella since", "words from here", "theirs")
			here, there := l.said()
			if slices.Sort(here); !slices.Equal(here, []string{"a remark", "said since"}) || len(there) != 2 {
				l.Errorf("here it says %q, there %q", here, there)
			}
			l.tickets(2)
		}},
	}
}

// movesTo has somebody move the item away while a write of ours is on its way.
func (l *life) movesTo(beside fleet.Site) {
	l.must(l.EditLocal(l.Context(), "cyn", l.here, ticket.Fields{ticket.Body: ticket.Text("words from here")}))
	l.meanwhile(writes, func() {
		_, err := l.site.Move("ada", l.item, beside)
		l.must(err)
	})
	l.quietly()
	l.sweep()
	l.quietly()
}

func (l *life) backup()  { l.Store.(interface{ Backup() }).Backup() }   //nolint:errcheck // because the store is in memory
func (l *life) restore() { l.Store.(interface{ Restore() }).Restore() } //nolint:errcheck // because the store is in memory

// tickets fails unless so many are here.
func (l *life) tickets(want int) {
	l.Helper()
	all, err := l.Tickets(l.Context())
	l.must(err)
	if len(all) != want {
		l.Errorf("%d tickets are here, want %d: %v", len(all), want, all)
	}
}

// sweep reads everything.
func (l *life) sweep() {
	l.Helper()
	l.Clock.Advance(time.Hour)
	_, err := l.Session(l.Context(), l.m, store.Reconcile)
	l.must(err)
}

// asked fails unless a person is asked what is to become of the ticket, which is as it was.
func (l *life) asked() {
	l.Helper()
	open, err := l.Conflicts(l.Context(), l.m)
	l.must(err)
	tk, err := l.Ticket(l.Context(), l.here)
	l.must(err)
	if len(open) != 1 || tk.Deleted || tk.Fields[ticket.Body].Text() != "words from here" {
		lk, err := l.LinkOf(l.Context(), l.m, l.here)
		l.Errorf("nobody is asked, or the ticket went: %+v, %+v; the link is %s (%s) %v", open, tk, lk.State, lk.Reason, err)
	}
}

// retry tries again what was set aside.
func (l *life) retry() {
	l.Helper()
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		links, err := l.Links(l.Context(), l.m, kind)
		l.must(err)
		for _, lk := range links {
			if lk.State == store.Quarantined || lk.State == store.ParkedLink {
				l.must(l.Store.Tx(l.Context(), func(tx store.Tx) error { return l.Engine.RetryTx(l.Context(), tx, lk.ID) }))
			}
		}
	}
}

// TestLifeHowever plays every scene at Jiras of other settings.
func TestLifeHowever(t *testing.T) {
	t.Parallel()
	for n, row := range append([][]jiraSetting{nil}, jiraRows(15)...) {
		for _, s := range slices.Concat(scenes(), strangeScenes()) {
			t.Run(fmt.Sprintf("%s/%d: %s", s.name, n, nameOf(row)), func(t *testing.T) {
				t.Parallel()
				s.play(newLife(t, row))
			})
		}
	}
}
