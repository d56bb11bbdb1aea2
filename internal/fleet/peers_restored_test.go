package fleet_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// revival is one peer whose tickets go on after a backup that is then restored.
type revival struct {
	*world
	p     peer
	m     *fleet.Member
	words int
	// said is what somebody wrote last into a field of a ticket, by both; here and there are the tickets by the side
	// on which they were made, by their first titles.
	said        map[string]string
	here, there map[string]string
	remarks     map[string]ticket.Comment
}

func (r *revival) word(what string) string {
	r.words++
	return fmt.Sprintf("%s%dqz", what, r.words)
}

// create makes a ticket here, with a comment.
func (r *revival) create(name string) {
	r.Helper()
	title := r.word("title")
	t, err := r.Engine.CreateTicket(r.Context(), ticket.Fields{
		ticket.Title: ticket.Text(title), ticket.Body: ticket.Text("words of " + title), ticket.Labels: ticket.Set("red"), ticket.Estimate: ticket.Text("3"),
	}, ticket.Public, "ada")
	r.must(err)
	r.here[name], r.said[name+" title"] = t.ID, title
	r.remark(name)
}

func (r *revival) remark(name string) {
	r.Helper()
	body := r.word("remark")
	c, err := r.Engine.AddComment(r.Context(), r.here[name], body, "", "ada")
	r.must(err)
	r.said[name+" "+body], r.remarks[name] = body, c
}

// createThere makes one outside, where anything comes in from there.
func (r *revival) createThere(name string) {
	r.Helper()
	if !r.in() {
		return
	}
	title := r.word("title")
	id, err := r.m.Site.Create("ada", fleet.Change{Title: &title, Body: p("words of " + title), Label: []string{"red"}})
	r.must(err)
	r.there[name], r.said[name+" title"] = id, title
	body := r.word("remark")
	_, err = r.m.Site.Comment("bob", id, body)
	r.must(err)
	if r.p.name != "has no comments" {
		r.said[name+" "+body] = body
	}
}

func (r *revival) in() bool { return r.p.direction.In() || r.p.direction == "" }

// idHere is a ticket here; empty: there is none.
func (r *revival) idHere(name string) string {
	if id, ok := r.here[name]; ok {
		return id
	}
	t, err := r.TicketOf(r.Context(), r.m, r.there[name])
	if err != nil {
		return ""
	}
	return t.ID
}

func (r *revival) idThere(name string) string {
	if id, ok := r.there[name]; ok {
		return id
	}
	l, err := r.LinkOf(r.Context(), r.m, r.here[name])
	if err != nil {
		return ""
	}
	return l.ExternalID
}

func (r *revival) edit(name string, f ticket.Field) {
	r.Helper()
	id := r.idHere(name)
	if id == "" {
		return
	}
	v := r.word(string(f))
	r.must(r.EditLocal(r.Context(), "cyn", id, ticket.Fields{f: ticket.Text(v)}))
	r.said[name+" "+string(f)] = v
}

func (r *revival) editThere(name string, f ticket.Field) {
	r.Helper()
	id := r.idThere(name)
	if id == "" || !r.in() {
		return
	}
	v := r.word(string(f))
	c := fleet.Change{Title: &v}
	if f == ticket.Body {
		c = fleet.Change{Body: &v}
	}
	r.must(r.m.Site.Edit("bob", id, c))
	r.said[name+" "+string(f)] = v
}

// round is one that may be stopped by what a person has to say first.
func (r *revival) rounds(n int) {
	r.Helper()
	for range n {
		_, err := r.Round(r.Context())
		var vendor *external.Error
		if err != nil && !strings.Contains(err.Error(), "paused") && !errors.As(err, &vendor) {
			r.Errorf("a round: %v", err)
		}
		r.Clock.Advance(20 * time.Minute)
	}
}

// since is what happens after the backup. Each goes out or comes in before the database is restored.
func sinces() []struct {
	name string
	do   func(r *revival)
} {
	set := ticket.Set
	return []struct {
		name string
		do   func(r *revival)
	}{
		{"nothing more", func(*revival) {}},
		{"edits", func(r *revival) {
			r.edit("old", ticket.Title)
			r.editThere("old", ticket.Body)
			r.edit("theirs", ticket.Body)
			r.editThere("theirs", ticket.Title)
			r.edit("pending", ticket.Title)
			r.rounds(2)
			r.edit("pending", ticket.Body)
			r.edit("old", ticket.Title)
		}},
		{"sets and numbers", func(r *revival) {
			for _, name := range []string{"old", "pending"} {
				r.must(r.EditLocal(r.Context(), "cyn", r.here[name], ticket.Fields{ticket.Labels: set("green"), ticket.Estimate: ticket.Text("8"), ticket.State: ticket.Text(ticket.StateDone)}))
			}
		}},
		{"creates", func(r *revival) {
			r.create("new")
			r.createThere("new theirs")
			r.remark("old")
			r.remark("pending")
			r.rounds(2)
			r.edit("new", ticket.Title)
			r.editThere("new", ticket.Body)
			r.edit("new theirs", ticket.Title)
		}},
		{"comments change and go", func(r *revival) {
			c := r.remarks["old"]
			body := r.word("remark")
			_, err := r.Engine.EditComment(r.Context(), c.ID, body, c.Revision, "ada")
			r.must(err)
			delete(r.said, "old "+c.Body.Text())
			if r.p.name != "has no comments" {
				r.said["old "+body] = body
			}
			c = r.remarks["pending"]
			_, err = r.Engine.DeleteComment(r.Context(), c.ID, c.Revision, "ada")
			r.must(err)
			delete(r.said, "pending "+c.Body.Text())
		}},
	}
}

// TestPeersBesideARestoredDatabase: a backup is made, work goes on, the database is restored, read anew and released,
// and what was set aside is tried again. Nothing is there twice, and what somebody wrote and that left, or was in the
// backup, is still somewhere.
func TestPeersBesideARestoredDatabase(t *testing.T) {
	t.Parallel()
	for _, s := range peers() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			for _, since := range sinces() {
				for _, lost := range []fleet.FaultKind{"", fleet.LoseReply} {
					t.Run(fmt.Sprintf("%s %s", since.name, lost), func(t *testing.T) {
						r := &revival{world: newWorld(t, fleet.Options{Seed: 7, Allow: true}), p: s, said: map[string]string{}, here: map[string]string{}, there: map[string]string{}, remarks: map[string]ticket.Comment{}}
						r.live(since.do, lost)
					})
				}
			}
		})
	}
}

func (r *revival) live(since func(*revival), lost fleet.FaultKind) {
	r.Helper()
	m, err := r.Connect(r.Context(), fleet.Spec{Site: r.Peer(r.p.o), Settings: r.p.settings(r.T), Direction: r.p.direction})
	r.must(err)
	r.m = m
	r.create("old")
	r.createThere("theirs")
	r.settle()

	r.create("pending") // not out yet as the backup is made
	if lost != "" {
		r.must(r.m.Site.Lose(fleet.Fault{Kind: lost, Calls: []string{"write"}, Next: 1}))
		r.rounds(1) // done outside, and in the backup its outcome is not known
	}
	st := r.Store.(*memory.Store) //nolint:errcheck // it is ours
	st.Backup()
	r.rounds(3)
	since(r)
	r.settle()
	r.twice("before the restore")
	before, err := r.Project(r.Context(), r.m)
	r.must(err)
	outside := r.outside()
	st.Restore()
	r.Reset()
	_, err = r.Engine.Witness(r.Context(), r.m.ID, before.WriterEpoch)
	r.must(err)
	r.rounds(6)
	if total, _ := r.Writes(); total > 0 {
		r.Errorf("%d writes before the release: %v", total, r.kinds())
	}
	r.twice("before the release")
	_, err = r.Engine.Resume(r.Context(), r.m.ID, "op", true)
	r.must(err)
	r.rounds(4)
	r.twice("after the release")
	r.kept("after the release", outside)
	r.retry()
	r.rounds(6)
	r.twice("after all was tried again")
	if !r.p.o.Blind { // who has a create tried again of which nothing can be read has looked, and wants what is here
		r.kept("after all was tried again", outside)
	}
	r.Reset()
	r.rounds(3)
	if total, _ := r.Writes(); total > 0 {
		r.Errorf("%d writes though nothing changed: %v", total, r.kinds())
	}
}

// outside is all that stands there, one text a line.
func (r *revival) outside() (all []string) {
	for _, s := range r.m.Site.Look() {
		all = append(all, s.Title, unmarked(s.Body))
		for _, c := range s.Comments {
			all = append(all, unmarked(c.Body))
		}
	}
	return all
}

func (r *revival) inside() (all []string) {
	r.Helper()
	list, err := r.Tickets(r.Context())
	r.must(err)
	for _, t := range list {
		all = append(all, t.Fields[ticket.Title].Text(), t.Fields[ticket.Body].Text())
		remarks, err := r.Comments(r.Context(), t.ID)
		r.must(err)
		for _, c := range remarks {
			if !c.Deleted {
				all = append(all, c.Body.Text())
			}
		}
	}
	return all
}

// twice looks for texts that stand on one side more than once, and for items beyond those that were made.
func (r *revival) twice(when string) {
	r.Helper()
	for side, all := range map[string][]string{"here": r.inside(), "there": r.outside()} {
		seen := map[string]bool{}
		for _, text := range all {
			if text != "" && seen[text] {
				r.Errorf("%s: %q stands twice %s", when, text, side)
			}
			seen[text] = true
		}
	}
	if n := len(r.m.Site.Look()); n > len(r.here)+len(r.there) {
		r.Errorf("%s: %d tickets outside, of %d", when, n, len(r.here)+len(r.there))
	}
}

// kept looks for what people wrote last, as far as it stood outside when the database was restored.
func (r *revival) kept(when string, outside []string) {
	r.Helper()
	open, err := r.Conflicts(r.Context(), nil)
	r.must(err)
	all := fmt.Sprint(open)
	now, here := r.outside(), r.inside()
	for at, v := range r.said {
		if slices.Contains(outside, v) && !slices.Contains(now, v) && !slices.Contains(here, v) && !strings.Contains(all, v) {
			r.Errorf("%s: %q of %s is lost", when, v, at)
		}
	}
}

// retry is a person who has what was set aside tried again.
func (r *revival) retry() {
	r.Helper()
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		links, err := r.Links(r.Context(), r.m, kind)
		r.must(err)
		for _, l := range links {
			if l.State == store.Quarantined || l.State == store.ParkedLink {
				r.must(r.Store.Tx(r.Context(), func(tx store.Tx) error { return r.Engine.RetryTx(r.Context(), tx, l.ID) }))
			}
		}
	}
}
