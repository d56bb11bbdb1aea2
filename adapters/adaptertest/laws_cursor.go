package adaptertest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// reader follows one stream as the engine does: one cursor, pages of walks one after
// another, a listed state believed when its stamp is newer, and the item read directly
// when an older or equal stamp shows something else.
type reader struct {
	*bench
	cur       external.Cursor
	now       func() time.Time // our own clock
	seen      map[string]external.Item
	unchanged bool // what the last page said
}

func (b *bench) follow(s external.Stream, now func() time.Time) *reader {
	return &reader{bench: b, cur: external.Cursor{Stream: s}, now: now, seen: map[string]external.Item{}}
}

// turn reads one page with a new adapter. It reports whether the walk is complete.
func (r *reader) turn() bool {
	r.Helper()
	version := ""
	if r.cur.Page == "" {
		r.cur.ReadAt = r.now()
		if !r.cur.Window.Lo.Equal(r.cur.Lo) {
			r.cur.Version = ""
		}
		version = r.cur.Version
	}
	a := r.Adapter(nil)
	page, err := a.Changes(r.Context(), r.cur.Stream, r.cur.Window, r.cur.Page, version)
	if err != nil {
		r.Fatalf("changes of %s: %v", r.cur.Stream, err)
	}
	for _, item := range page.Items {
		r.see(item)
	}
	r.unchanged = page.Unchanged
	r.cur = r.cur.Turn(page, a.Capabilities(), r.now())
	return r.cur.Page == ""
}

func (r *reader) see(item external.Item) {
	r.Helper()
	old, known := r.seen[name(item.Ref)]
	if known && !item.UpdatedAt.After(old.UpdatedAt) {
		if r.differs(old, item) {
			item = r.read(item.Ref)
		} else {
			return
		}
	}
	r.seen[name(item.Ref)] = item
}

// name identifies an item: ids of tickets and comments may be alike.
func name(r external.Ref) string { return string(r.Kind) + " " + r.ID }

func (r *reader) differs(a, b external.Item) bool {
	for n, v := range b.Fields {
		if !a.Fields[n].Equal(v) {
			return true
		}
	}
	return a.Gone != b.Gone
}

// walkOn turns pages to the end of the walk.
func (r *reader) walkOn() {
	r.Helper()
	for n := 0; !r.turn(); n++ {
		if n > 300 {
			r.Fatal("the walk does not end")
		}
	}
}

// lawLag: what was written shows in lists after Lag at the latest, and when read
// directly at once.
func lawLag(b *bench) {
	if b.a.Capabilities().Lag == 0 {
		b.notOffered("Lag")
	}
	for n := range 3 {
		ref := b.CreateTicket("ann", b.Ticket(n))
		b.Advance(b.a.Capabilities().HistoryGrace)
		b.settle()
		_, early := b.listed(ref)
		b.Edit("ann", ref, b.retitled(n+1))
		want := b.a.Normalize(b.retitled(n + 1))
		b.same(b.read(ref).Fields, want)
		at, _ := b.listed(ref)
		b.Advance(b.a.Capabilities().Lag)
		later, shown := b.listed(ref)
		if !early || !shown {
			b.Fatalf("ticket %s does not show in lists", ref.ID)
		}
		b.same(later.Fields, want)
		b.Logf("before its time the list shows the edit: %t", at.Fields[b.title()].Equal(want[b.title()]))
	}
}

// listed returns an item as a walk shows it.
func (b *bench) listed(ref external.Ref) (external.Item, bool) {
	b.Helper()
	items, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	it, shown := ids(items)[ref.ID]
	return it, shown
}

// lookBackRounds is how many pages are read in lawLookBack.
const lookBackRounds = 200

// lawLookBack: the cursor of the engine misses nothing, while people and we write between
// its pages, lists are late, and stamps are equal and coarse.
func lawLookBack(b *bench) {
	p := newParty(b, 7)
	readers, long := []*reader{}, 0
	for _, s := range b.a.Capabilities().Streams {
		readers = append(readers, b.follow(s, p.clock))
	}
	for round := range lookBackRounds {
		if r := readers[round%len(readers)]; !r.turn() {
			long++
		}
		p.act()
	}
	p.pass(time.Hour)
	for range 3 {
		for _, r := range readers {
			r.walkOn()
		}
	}
	seen := map[string]external.Item{}
	for _, r := range readers {
		for id, item := range r.seen {
			seen[id] = item
		}
	}
	for _, ref := range p.all {
		got, there := seen[name(ref)]
		if want := b.read(ref); !there {
			b.Errorf("%s %s was never shown", ref.Kind, ref.ID)
		} else {
			b.same(got.Fields, want.Fields)
		}
	}
	if long == 0 {
		b.Error("no walk had a second page: the harness makes too few tickets")
	}
	b.Logf("%d tickets and comments, %d acts, %d pages that were followed by another", len(p.all), p.acts, long)
}

// party is people who act at random, and us among them. The clock is the system's; ours
// goes as fast and is wrong.
type party struct {
	*bench
	rng   *rand.Rand
	now   time.Time
	all   []external.Ref
	born  map[string]time.Time
	words int
	acts  int
}

func newParty(b *bench, seed uint64) *party {
	p := &party{bench: b, rng: rand.New(rand.NewPCG(seed, 0)), born: map[string]time.Time{}, now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	for n := range b.many {
		p.add(b.CreateTicket("ann", b.Ticket(n%4)))
	}
	p.pass(b.a.Capabilities().HistoryGrace)
	return p
}

func (p *party) clock() time.Time { return p.now }

func (p *party) pass(d time.Duration) {
	p.now = p.now.Add(d)
	p.Advance(d)
}

func (p *party) add(ref external.Ref) {
	p.all = append(p.all, ref)
	p.born[name(ref)] = p.now
}

// act does a few things with no time, little time and much time between them, and now
// and then so many at once that they fill pages.
func (p *party) act() {
	caps := p.a.Capabilities()
	if p.rng.IntN(50) == 0 {
		p.bulk(caps)
	}
	for range p.rng.IntN(4) {
		p.one(caps)
		p.acts++
		pauses := []time.Duration{0, 0, time.Millisecond, caps.Precision, time.Second, caps.Lag / 3, caps.Lag}
		p.pass(pauses[p.rng.IntN(len(pauses))])
	}
}

// bulk edits half of the tickets within one moment.
func (p *party) bulk(caps external.Capabilities) {
	p.Helper()
	p.words++
	for n, ref := range p.all {
		if ref.Kind == external.KindTicket && n%2 == p.words%2 && p.now.Sub(p.born[name(ref)]) >= caps.HistoryGrace {
			p.Edit("mallory", ref, external.Fields{p.title(): ticket.Text(fmt.Sprintf("all %d", p.words))})
			p.acts++
		}
	}
}

func (p *party) one(caps external.Capabilities) {
	p.Helper()
	p.words++
	ref := p.all[p.rng.IntN(len(p.all))]
	young := p.now.Sub(p.born[name(ref)]) < caps.HistoryGrace
	switch what := p.rng.IntN(8); {
	case what == 0:
		p.add(p.CreateTicket("bob", p.Ticket(p.rng.IntN(4))))
	case what == 1 && ref.Kind == external.KindTicket:
		p.add(p.AddComment("bob", ref, p.Comment(p.words)))
	case ref.Kind != external.KindTicket || young:
	case what == 2:
		p.write(edit(p.read(ref), external.Fields{p.title(): ticket.Text(fmt.Sprintf("ours %d", p.words))}))
	default:
		p.Edit("ann", ref, external.Fields{p.title(): ticket.Text(fmt.Sprintf("theirs %d", p.words))})
	}
}

// lawIdleVersion: after a change of so many items that they fill several pages, one more
// walk over the same window tells a version, and from then on a poll is answered with
// Unchanged until something changes, wherever it stands in the window.
func lawIdleVersion(b *bench) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	r := b.follow(external.StreamTickets, func() time.Time { return now })
	var refs []external.Ref
	for n := range b.many {
		refs = append(refs, b.CreateTicket("ann", b.Ticket(n%4)))
	}
	b.Advance(b.a.Capabilities().HistoryGrace)
	b.settle()
	for range 2 {
		r.walkOn()
	}
	if r.cur.Version == "" {
		b.notOffered("Page.Version")
	}
	for _, n := range []int{0, len(refs) / 2, len(refs) - 1} {
		r.idle()
		b.Advance(time.Hour)
		r.idle()
		b.Edit("ann", refs[n], external.Fields{b.title(): ticket.Text(fmt.Sprintf("moved %d", n))})
		b.settle()
		if r.turn(); r.unchanged {
			b.Errorf("ticket %d of %d was edited and the poll says that nothing changed", n, len(refs))
		}
		r.walkOn()
		b.same(r.seen[name(refs[n])].Fields, external.Fields{b.title(): ticket.Text(fmt.Sprintf("moved %d", n))})
	}
}

// idle polls until nothing changed, which may take two walks.
func (r *reader) idle() {
	r.Helper()
	for range 3 {
		r.walkOn()
		if r.unchanged {
			return
		}
	}
	r.Error("nothing changes and polls do not say so")
}
