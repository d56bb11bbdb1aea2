package fleet_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// turned is one change of a peer's settings in the middle of its life.
type turned struct {
	name   string
	change []func(doc map[string]any)
	wrong  bool // it reads what it does not write, or names what is not there: then nothing may wait
}

func reads(path, program string) func(map[string]any) { return put(path, "read", program) }

// turnedPeers are what an operator may do to the settings of a peer that works.
func turnedPeers() []turned {
	type docs = []func(map[string]any)
	field := func(name string) string { return "ticket.fields." + name }
	return []turned{
		{"a title that says more", docs{reads(field("title"), `"\(.number): \(.title)"`)}, false},
		{"a body that says more", docs{reads(field("body"), `.text + "\n\nseen at the desk"`)}, false},
		{"a body from somewhere else", docs{reads(field("body"), `.title`)}, false},
		{"a body from nowhere", docs{reads(field("body"), `.words`)}, true},
		{"an estimate in hours", docs{reads(field("estimate"), `if .points == null then null else (.points | tonumber) * 8 end`)}, false},
		{"an estimate from nowhere", docs{reads(field("estimate"), `.size`)}, false},
		{"an estimate from somewhere else", docs{reads(field("estimate"), `.sequence`)}, false},
		{"labels from nowhere", docs{reads(field("labels"), `[.tags[]?.name]`)}, false},
		{"labels in other letters", docs{reads(field("labels"), `[.labels[]?.name | ascii_upcase]`)}, false},
		{"labels from somewhere else", docs{reads(field("labels"), `.people`)}, false},
		{"people from nowhere", docs{reads(field("assignees"), `[.owners[]?]`)}, false},
		{"a state from nowhere", docs{reads(field("state"), `"open"`)}, false},
		{"a remark that says more", docs{reads("comment.fields.body", `.text + "\n\nseen at the desk"`)}, false},
		{"remarks from nowhere", docs{reads("comment.fields.body", `"-"`)}, false},
		{"texts that are trimmed", docs{put(field("body"), "normalize", []any{"crlf", "trim"})}, false},
		{"an estimate that is not written", docs{put(field("estimate"), "read_only", true)}, false},
		{"sets as a whole", docs{func(doc map[string]any) { at(doc, "write")["sets"] = "replace" }}, false},
		{"no create key", docs{noCreateKey}, false},
		{"no lists", docs{noLists}, false},
		{"ids that are keys", docs{put("ticket", "id", ".number")}, true},
		{"ids of comments", docs{put("comment", "id", `"c\(.id)"`)}, false},
		{"keys that are ids", docs{put("ticket", "key", nil)}, true},
		{"no comments", docs{noComments}, false},
		{"no deletions", docs{func(doc map[string]any) {
			delete(at(doc, "write.ticket"), "delete")
			delete(at(doc, "write.comment"), "delete")
		}}, false},
		{"another name for us", docs{put("read.account", "login", `"another"`)}, false},
		{"others' names", docs{put("ticket", "author", `.author.login | ascii_upcase`), put("comment", "author", `.author.login | ascii_upcase`)}, false},
		{"stamps of creation", docs{put("ticket", "updated_at", ".created"), put("comment", "updated_at", ".created")}, false},
		{"nothing is deleted", docs{put("ticket", "deleted", nil), put("comment", "deleted", nil)}, false},
		{"a field less", docs{func(doc map[string]any) { delete(at(doc, "ticket.fields"), "estimate") }}, false},
	}
}

// state is what stands on both sides, by ticket and field.
func (r *revival) state() map[string]string {
	r.Helper()
	all := map[string]string{}
	for _, s := range r.m.Site.Look() {
		all["there "+s.ID+" title"], all["there "+s.ID+" body"], all["there "+s.ID+" state"] = s.Title, unmarked(s.Body), s.State
		all["there "+s.ID+" labels"], all["there "+s.ID+" people"] = strings.Join(s.Labels, " "), strings.Join(s.Assignees, " ")
		for _, c := range s.Comments {
			all["there "+s.ID+" remark "+c.ID] = unmarked(c.Body)
		}
	}
	list, err := r.Tickets(r.Context())
	r.must(err)
	for _, t := range list {
		for f, v := range t.Fields {
			if !v.IsEmpty() {
				all["here "+t.ID+" "+string(f)] = strings.Join(v.Elements(), " ")
			}
		}
		remarks, err := r.Comments(r.Context(), t.ID)
		r.must(err)
		for _, c := range remarks {
			if !c.Deleted {
				all["here "+t.ID+" remark "+c.ID] = c.Body.Text()
			}
		}
	}
	return all
}

// TestPeersWhoseSettingsChange: nobody has edited anything where other settings read another value. What people typed
// stays where it is, on both sides, and what waits goes on its way.
func TestPeersWhoseSettingsChange(t *testing.T) {
	t.Parallel()
	for _, c := range turnedPeers() {
		for _, busy := range []bool{false, true} {
			if busy && c.wrong {
				continue
			}
			t.Run(fmt.Sprintf("%s, busy=%t", c.name, busy), func(t *testing.T) {
				r := &revival{world: newWorld(t, fleet.Options{Seed: 7, Allow: true}), said: map[string]string{}, here: map[string]string{}, there: map[string]string{}, remarks: map[string]ticket.Comment{}}
				r.turn(c, busy)
			})
		}
	}
}

func (r *revival) turn(c turned, busy bool) {
	r.Helper()
	m, err := r.Connect(r.Context(), fleet.Spec{Site: r.Peer(r.p.o), Settings: r.p.settings(r.T)})
	r.must(err)
	r.m = m
	r.create("quiet")
	r.createThere("quiet theirs")
	r.create("busy")
	r.createThere("busy theirs")
	r.must(r.EditLocal(r.Context(), "cyn", r.here["quiet"], ticket.Fields{ticket.State: ticket.Text(ticket.StateDone), ticket.Assignees: ticket.Set("bob")}))
	r.settle()
	before := r.state()
	if busy {
		r.edit("busy", ticket.Title)
		r.editThere("busy theirs", ticket.Title)
		r.edit("busy theirs", ticket.Body)
		r.editThere("busy", ticket.Body)
	}
	next := peer{change: c.change}
	_, err = r.Engine.Configure(r.Context(), m.ID, "op", func(p *store.Project) error {
		p.Settings = next.settings(r.T)
		return nil
	})
	if err != nil {
		r.Logf("refused: %v", err)
		return
	}
	r.rounds(6)
	if busy {
		r.remark("busy")
		r.editThere("quiet theirs", ticket.Title)
		r.rounds(4)
	}
	r.untouched(before)
	r.Reset()
	r.rounds(2)
	if total, _ := r.Writes(); total > 0 {
		r.Errorf("%d writes though nothing changed: %v", total, r.kinds())
	}
}

// untouched fails where something is gone that nobody took away, or there that nobody wrote.
func (r *revival) untouched(before map[string]string) {
	r.Helper()
	after := r.state()
	open, err := r.Conflicts(r.Context(), nil)
	r.must(err)
	parked, err := json.Marshal(open)
	r.must(err)
	words := slices.Collect(maps.Values(r.said))
	for at, was := range before {
		now, still := after[at]
		if still && (now == was || slices.Contains(words, now) || isSet(at) && holds(now, was)) {
			continue
		}
		r.Errorf("%s was %q and is %q (still there: %t)", at, was, now, still)
	}
	for at, v := range r.said {
		if !slices.Contains(slices.Collect(maps.Values(after)), v) && !strings.Contains(string(parked), v) {
			r.Errorf("%q of %s is lost", v, at)
		}
	}
	if got := len(r.m.Site.Look()); got != 4 {
		r.Errorf("there are %d tickets outside", got)
	}
	if list, err := r.Tickets(r.Context()); err != nil || len(list) != 4 {
		r.Errorf("there are %d tickets here, %v", len(list), err)
	}
	for _, o := range open {
		r.Logf("asked: %s of %s: here %q, there %q: %s", o.Kind, o.Field, o.Local.Elements(), o.External.Elements(), o.Reason)
	}
}

func isSet(at string) bool {
	return strings.HasSuffix(at, "labels") || strings.HasSuffix(at, "people") || strings.HasSuffix(at, "assignees")
}

// holds reports whether a set holds all that it held before.
func holds(now, was string) bool {
	return !slices.ContainsFunc(strings.Fields(was), func(e string) bool { return !slices.Contains(strings.Fields(now), e) })
}
