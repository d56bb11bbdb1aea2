package simtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// knobs are how the quiet phase is carried out, which must not matter for where it ends:
// in what order and in how large parts due links are taken, how many creates one call makes and
// how many histories one tells (I18), whether webhooks come, how often sessions run, and how long pages are (I19).
type knobs struct {
	shuffled bool
	limit    int // of links in one call of Sync; 0: as always
	hinted   bool
	every    time.Duration // between two rounds; 0: as always
	page     int           // items of one page
	writes   int           // creates of one call; 0: one by one
	// histories that one call tells; 0: one by one
	histories int
}

// otherKnobs draws some for a seed.
func otherKnobs(seed uint64) *knobs {
	rng := keyed(seed, "knobs")
	return &knobs{
		shuffled: true, limit: 1 + rng.IntN(4), hinted: rng.IntN(2) == 0,
		every: [...]time.Duration{0, 90 * time.Minute, 5 * time.Hour}[rng.IntN(3)],
		page:  [...]int{1, 2, 7, 100}[rng.IntN(4)], writes: [...]int{0, 2, 50}[rng.IntN(3)],
		histories: [...]int{0, 3, 100}[rng.IntN(3)],
	}
}

// resize lets trackers in memory have the knobs' sizes from now on.
func (w *world) resize() {
	for _, p := range w.peers {
		if s, in := p.site.(*memorySite); in && w.knobs != nil {
			s.tracker.Resize(w.knobs.page, w.knobs.writes, w.knobs.histories)
			s.capabilities = s.Capabilities()
		}
	}
}

// parts is how many links one call of Sync takes in the quiet phase.
func (w *world) parts() int {
	if w.calm && w.knobs != nil {
		return w.knobs.limit
	}
	return 50
}

// DueLinks returns them in another order where that is to be tried: tickets before their
// comments still, but none of the rest.
func (t *txPort) DueLinks(ctx context.Context, projectID string, now time.Time, limit int) ([]store.Link, error) {
	if !t.w.calm || t.w.knobs == nil || !t.w.knobs.shuffled {
		return t.Tx.DueLinks(ctx, projectID, now, limit)
	}
	all, err := t.Tx.DueLinks(ctx, projectID, now, 10_000)
	t.w.sched.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortStableFunc(all, func(a, b store.Link) int { return strings.Compare(string(b.Kind), string(a.Kind)) })
	return all[:min(limit, len(all))], err
}

// hintAll tells of everything once more.
func (w *world) hintAll() {
	for _, p := range w.peers {
		for _, h := range p.firstAndLast() {
			w.hint(p, h)
		}
	}
}

// releaser decides what was held before the release of a restored database.
const releaser = "releaser"

// letFlow has a person let go the way it would have gone after the release what was held before: a
// value that one side alone has changed. Whether it is read before or after it, webhooks and intervals
// decide, and both are right.
func (w *world) letFlow() {
	if !w.keepsEnd || !w.past.happened {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for _, c := range w.openConflicts() {
		here, there := c.Local.Equal(c.Base.Local), c.External.Equal(c.Base.External)
		if c.Kind != store.BothEdited || c.Field == "" || here == there {
			continue
		}
		d := engine.Decision{Digest: c.Digest, By: releaser, Choice: store.ChooseLocal}
		if here {
			d.Choice = store.ChooseExternal
		}
		err := w.decideOnly(c, d)
		if errors.Is(err, engine.ErrMoved) {
			continue // it is shown anew in the next round
		}
		w.must(err)
		w.oracle.deleted(tokensIn(c.Value)) // of an older decision that came to nothing: he saw it
		w.choseSide(c, d.Choice)
		w.hops++
	}
}

// fields are those of a ticket in words.
func fields(v ticket.Fields) string {
	var b strings.Builder
	for _, n := range v.Names() {
		if n != ticket.Parent && !v[n].IsEmpty() {
			b.WriteString(" " + string(n) + "=" + strings.Join(slices.Sorted(slices.Values(v[n].Elements())), ","))
		}
	}
	return b.String()
}

// saidApart returns what tells whether a text is a comment of others on an item of a ticket that was
// taken back there. It comes in if it is planned before that, and stays where it is if not; it is lost
// nowhere, so that both are right.
func (w *world) saidApart() func(ticket.Value) bool {
	said := map[int]bool{}
	for _, p := range w.peers {
		for _, it := range p.site.Look(external.KindComment) {
			var l store.Link
			w.read(func(tx store.Tx) (err error) {
				l, err = tx.LinkByKey(w.ctx, p.id, external.KindTicket, it.Parent)
				return ignoreNotFound(err)
			})
			if l.State == store.Withdrawn && !it.Gone && !p.site.ours(it.Author) {
				note(said, it.Fields["body"])
			}
		}
	}
	return func(v ticket.Value) bool {
		return slices.ContainsFunc(tokensIn(v), func(id int) bool { return said[id] })
	}
}

// end is where a run ended: the fields of tickets that are no outcome of it (see cameFirst and onItsWay), and the rest in
// words without those that are none of either run.
type end struct {
	late    map[string][]ticket.Field
	outcome func(late map[string][]ticket.Field) []string
}

// outcome is where a run ended, for a person who compares two: tickets and their twins in
// words, without ids, times and the order in which they came about, and without the fields of tickets
// that are no outcome of one of the two.
func (w *world) outcome(f final, late map[string][]ticket.Field) []string {
	out, apart, kept := []string{}, w.saidApart(), w.keptLate(f)
	for id, names := range late {
		kept[id] = append(kept[id], names...)
	}
	for _, t := range f.tickets {
		out = append(out, "ticket"+fields(less(t.Fields, kept[t.ID])))
	}
	for _, c := range f.comments {
		if !c.Deleted && !apart(c.Body) {
			out = append(out, "comment body="+c.Body.Text())
		}
	}
	for _, c := range f.conflicts {
		if slices.Contains(kept[c.TicketID], c.Field) {
			continue
		}
		if c.DecidedBy == "strategy" {
			continue // how many versions of a text it met before the last one depends on when it looked
		}
		if c.DecidedBy == releaser && c.Closed() {
			continue // see letFlow
		}
		if w.past.happened && c.DecidedBy == "kept" {
			continue // so does whether it met one outside before or after its project was released
		}
		if c.Kind == store.TwinCreated && c.State == store.Converged {
			continue // so does whether an item was seen where it went before it was missed where it was
		}
		there := c.External.Text()
		if c.State == store.Converged {
			there, _, _ = strings.Cut(there, "; comments: ") // of how many it told before both sides agreed depends on when it was looked at last
		}
		out = append(out, "conflict "+string(c.Kind)+" "+string(c.State)+" "+string(c.Field)+" "+c.Local.Text()+" / "+there)
	}
	for _, pr := range f.pairs {
		// A comment that was to be made where its ticket has left is over if that was tried before
		// it was known, and waits for its ticket if not. There is nothing of it either way.
		unmade := pr.link.Kind == external.KindComment && pr.link.ExternalID == "" && (pr.link.State == store.Backlog || pr.link.State == store.Tombstone)
		if pr.link.LocalID != "" && !unmade && !f.wentAlong(pr) && (pr.comment == nil || !apart(pr.comment.Body)) {
			out = append(out, "link "+pr.p.id+" "+string(pr.link.State)+" "+string(pr.link.Kind))
		}
	}
	out = append(out, w.standing(f, apart, kept)...)
	slices.Sort(out)
	return out
}

// wentAlong says whether a pair is what a comment left where its ticket was: it was known there before that
// moved, or written to the item after it had, and stands where it went, with a link of its own there. Seen or
// written later, it comes in or is made there.
func (f final) wentAlong(left pair) bool {
	if left.link.Kind != external.KindComment || left.link.State != store.Tombstone {
		return false
	}
	live := func(pr pair, kind external.Kind, id string) bool {
		return pr.link.Kind == kind && pr.link.LocalID == id && pr.link.State == store.Live
	}
	stays := slices.ContainsFunc(f.pairs, func(pr pair) bool { return pr.p == left.p && live(pr, external.KindTicket, left.ticket.ID) })
	return !stays && slices.ContainsFunc(f.pairs, func(pr pair) bool { return pr.p != left.p && live(pr, external.KindComment, left.link.LocalID) })
}

// standing is what stands outside.
func (w *world) standing(f final, apart func(ticket.Value) bool, kept map[string][]ticket.Field) (out []string) {
	late := w.lateDecided(f)
	for _, pr := range f.pairs {
		for _, n := range kept[pr.ticket.ID] {
			late[fieldAt{w.stayOf(pr.link), n}] = pr.link.Kind == external.KindTicket
		}
	}
	for _, p := range w.peers {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, it := range p.site.Look(kind) {
				v := ticket.Fields{}
				for n, x := range it.Fields {
					if n := ticket.Field(n); !late[fieldAt{stay{p.n, kind, it.ID}, n}] {
						v[n] = x
					}
				}
				if !it.Gone && (kind != external.KindComment || !apart(v[ticket.Body])) {
					out = append(out, string(kind)+" at "+p.id+fields(v))
				}
			}
		}
	}
	return out
}

// lateDecided returns the fields of items that a strategy decided about, and whose ticket is deleted here
// because its item in another project is gone, as a person decided. Whether the decision reached the
// item before that depends on which of the two projects came first: what such a field reads is no outcome.
func (w *world) lateDecided(f final) map[fieldAt]bool {
	byStrategy := map[string][]ticket.Field{} // by link
	for _, c := range f.conflicts {
		if c.DecidedBy == "strategy" {
			byStrategy[c.LinkID] = append(byStrategy[c.LinkID], c.Field)
		}
	}
	goneIn := f.goneIn()
	late := map[fieldAt]bool{}
	for _, pr := range f.pairs {
		if slices.ContainsFunc(goneIn[pr.link.LocalID], func(p *peer) bool { return p != pr.p }) {
			for _, n := range byStrategy[pr.link.ID] {
				late[fieldAt{w.stayOf(pr.link), n}] = true
			}
		}
	}
	return late
}

// goneIn returns the projects where the item of a ticket that is deleted here is gone, by ticket.
func (f final) goneIn() map[string][]*peer {
	all := map[string][]*peer{}
	for _, pr := range f.pairs {
		if pr.link.Kind == external.KindTicket && pr.ticket.Deleted && pr.item.Gone {
			all[pr.link.LocalID] = append(all[pr.link.LocalID], pr.p)
		}
	}
	return all
}

// onItsWay adds the fields of a ticket that is deleted here because its item in another project is gone, as
// a person decided, and that were edited here and had not reached an item of it by then: that item stays as it
// is, and is asked about. An edit that was refused for a moment, as under a project's former address, reaches it
// before that with the next call or not until then, by how much one call takes.
func (f final) onItsWay(to map[string][]ticket.Field) map[string][]ticket.Field {
	goneIn := f.goneIn()
	for _, pr := range f.pairs {
		if pr.link.Kind != external.KindTicket || pr.item.Gone || !slices.ContainsFunc(goneIn[pr.link.LocalID], func(p *peer) bool { return p != pr.p }) {
			continue
		}
		for n, v := range pr.ticket.Fields {
			if !pr.link.Bases[n].Local.Equal(v) { // the base is none where it was never told
				to[pr.ticket.ID] = append(to[pr.ticket.ID], n)
			}
		}
	}
	return to
}

// keptLate returns, by ticket, the fields of a restored database that came in or did not by when they were
// read, and both are right. What a rule keeps out that the database had forgotten comes in before people
// say the rule again: items of one moment do if a page shows them together. What others wrote on an item
// that is to be taken back comes in before the release, and stays there once it is taken back, or once
// people have said again that nothing of it comes in.
func (w *world) keptLate(f final) map[string][]ticket.Field {
	kept := map[string][]ticket.Field{}
	if !w.past.happened {
		return kept
	}
	for _, pr := range f.pairs {
		l := pr.link
		if l.Kind != external.KindTicket || l.LocalID == "" || l.ExternalID == "" {
			continue
		}
		for _, n := range w.rulesOf(pr.p).Keep {
			if !w.past.rules[pr.p].Keeps(n) {
				kept[l.LocalID] = append(kept[l.LocalID], n)
			}
		}
		shut := l.State == store.Withdrawn || w.past.again[l.LocalID] && !mayCome(pr.ticket, nil)
		for n, v := range pr.item.Fields {
			theirs := func(id int) bool { return w.oracle.token(id).side == pr.p.n+1 }
			if shut && !pr.item.Gone && slices.ContainsFunc(tokensIn(v), theirs) {
				kept[l.LocalID] = append(kept[l.LocalID], ticket.Field(n))
			}
		}
	}
	return kept
}

// cameFirst returns the fields of tickets that people edited in two projects, and about which a person is
// asked: whose edit is here, and whose waits, depends on whose list showed it first. A walk that was
// interrupted passes it by until the next one. Where a person has decided in one run before the second
// edit was seen, only the other run shows that there were two: it is no outcome of both.
func (w *world) cameFirst(f final) map[string][]ticket.Field {
	to := map[string][]ticket.Field{}
	for _, c := range f.conflicts {
		outside := func(v ticket.Value) bool {
			ids := slices.DeleteFunc(tokensIn(v), func(id int) bool { return slices.Contains(tokensIn(c.Base.Local), id) })
			return len(ids) > 0 && !slices.ContainsFunc(ids, func(id int) bool { return w.oracle.token(id).side == 0 })
		}
		if c.Kind == store.BothEdited && !c.Closed() && outside(c.Local) && outside(c.External) {
			to[c.TicketID] = append(to[c.TicketID], c.Field)
		}
	}
	return to
}

// less returns fields without some of them.
func less(v ticket.Fields, without []ticket.Field) ticket.Fields {
	v = v.Clone()
	for _, n := range without {
		delete(v, n)
	}
	return v
}

// differ returns what stands in one list alone, in words.
func differ(a, b []string) string {
	var out []string
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, s := range slices.Sorted(slices.Values(slices.Concat(a, b))) {
		if n := count[s]; n > 0 {
			out = append(out, "- "+s)
		} else if n < 0 {
			out = append(out, "+ "+s)
		}
		count[s] = 0
	}
	return strings.Join(out, "; ")
}

// Turned does a run twice, the quiet phase with other knobs, and returns both. elsewhere says
// where they ended differently, or what one of them violated; empty: nowhere, nothing.
func Turned(o Options) (as, other Result, elsewhere string) {
	o.keepsEnd = true
	knobs := otherKnobs(o.Seed)
	// What a picky tracker refuses depends on which values one call carries, and that on
	// when it is made.
	// What nobody answers in time is decided, and what stands there by then.
	// Whether a ticket was passed on before a rollback took it away depends on when that was.
	o.Mask.Without = append(slices.Clone(o.Mask.Without), picky.name(), undos.name(), twinned.name(), policies.name(), mappings.name())
	if knobs.hinted {
		// Whether an item that was deleted before it was planned comes in, and is gone then,
		// or never comes in, a webhook decides rightly; so it does whether one that was moved
		// comes in where it was, and what was written to it, or made where it went, before
		// anybody knew; and whether one that was restricted since a list showed it comes in as
		// it was then.
		o.Mask.Without = append(o.Mask.Without, deletions.name(), moving.name(), secluding.name())
	}
	as = Run(o)
	o.knobs = knobs
	other = Run(o)
	for _, r := range []Result{as, other} {
		if r.Violation != nil {
			return as, other, r.Violation.Invariant + ": " + r.Violation.What
		}
	}
	late := as.end.late
	for id, names := range other.end.late {
		late[id] = append(late[id], names...)
	}
	return as, other, differ(as.end.outcome(late), other.end.outcome(late))
}

// turned is where a run ends differently with other knobs, or what it violates.
func turned(o Options) string {
	_, _, elsewhere := Turned(o)
	return elsewhere
}
