// Package mappinglaws checks the laws that package mapping states, over every shipped
// mapping and over random ones, with random items and tickets. It is for tests and for
// the simulation; a seed repeats its cases exactly. Start with [Check].
package mappinglaws

import (
	"fmt"
	"math/rand/v2"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// itemsEach is how many items are tried with one random mapping.
const itemsEach = 8

// Check tries as many cases with each shipped mapping, with random tables of people,
// and with random mappings. The error names the law, the mapping and the case.
func Check(seed uint64, cases int) error {
	for i, system := range mapping.Systems() {
		m, err := mapping.Default(system)
		if err != nil {
			return err
		}
		g := gen{rand.New(rand.NewPCG(seed, uint64(i)))}
		for n := range cases {
			if n%itemsEach == 0 {
				m.Users = g.users()
			}
			if err := g.laws(m); err != nil {
				return fmt.Errorf("%s, seed %d, case %d: %w", system, seed, n, err)
			}
		}
	}
	return checkRandom(seed, cases)
}

// checkRandom draws mappings until enough of those that Check finds no error in were
// tried. Every fourth is proposed for a random project.
func checkRandom(seed uint64, cases int) error {
	g := gen{rand.New(rand.NewPCG(seed, 1<<32))}
	drawn, good := 0, 0
	for n := 0; n < cases; drawn++ {
		m, err := g.any(drawn)
		if err != nil {
			return fmt.Errorf("random project %d, seed %d: %w", drawn, seed, err)
		}
		if mapping.Failed(mapping.Check(m)) {
			if drawn > 100 && good*4 < drawn {
				return fmt.Errorf("only %d of %d random mappings are without error: too few to tell", good, drawn)
			}
			continue
		}
		good++
		n += itemsEach
		if err := g.one(m); err != nil {
			return fmt.Errorf("random mapping %d, seed %d: %w", drawn, seed, err)
		}
	}
	return nil
}

// any draws a mapping, or has one proposed.
func (g gen) any(n int) (mapping.Mapping, error) {
	if n%4 != 0 {
		return g.mapping(), nil
	}
	return g.proposed()
}

// one checks all that must hold of one mapping.
func (g gen) one(m mapping.Mapping) error {
	for range itemsEach {
		if err := g.laws(m); err != nil {
			return err
		}
	}
	if err := written(m); err != nil {
		return err
	}
	return g.rebase(m)
}

// trial is one mapping with one item and two tickets.
type trial struct {
	m    mapping.Mapping
	s    external.Fields
	v, w ticket.Fields
}

// laws draws an item and two tickets and checks every law on them.
func (g gen) laws(m mapping.Mapping) error {
	t := trial{m: m, s: g.item(m)}
	seen := t.get(t.s)
	t.v, t.w = g.ticket(m, seen), g.ticket(m, seen)
	for _, law := range []func() error{t.getPut, t.putGet, t.putPut, t.idempotent, t.total, t.opaque, t.complement} {
		if err := law(); err != nil {
			return err
		}
	}
	return nil
}

func (t trial) get(s external.Fields) ticket.Fields {
	return t.m.ToCanonical(external.KindTicket, s)
}

// put overlays what is written over the item.
func (t trial) put(v ticket.Fields, s external.Fields) external.Fields {
	out := make(external.Fields, len(s))
	for n, val := range s {
		out[n] = val
	}
	for n, val := range t.m.Put(external.KindTicket, v, s) {
		out[n] = val
	}
	return out
}

// canon is how a value of the rule i reads back once written into an empty item, and
// whether it can be written.
func (t trial) canon(i int, v ticket.Value) (ticket.Value, bool) {
	alone := mapping.Mapping{Tickets: t.m.Tickets[i : i+1], Users: t.m.Users}
	f := alone.Tickets[0].Field
	only := ticket.Fields{f: v}
	if alone.Unwritable(external.KindTicket, only) != nil {
		return v, false
	}
	return alone.ToCanonical(external.KindTicket, alone.ToExternal(external.KindTicket, only))[f], true
}

func (t trial) getPut() error {
	got := t.put(t.get(t.s), t.s)
	for n, v := range got {
		if !v.Equal(t.s[n]) {
			return fmt.Errorf("GetPut: %s was %q and became %q", n, t.s[n], v)
		}
	}
	return nil
}

func (t trial) putGet() error {
	before, got := t.get(t.s), t.get(t.put(t.v, t.s))
	for i, r := range t.m.Tickets {
		v, there := t.v[r.Field]
		want, writable := t.canon(i, v)
		foreign := t.m.Foreign(external.KindTicket, ticket.Fields{r.Field: v}, t.s) != nil
		if !there || !writable || foreign || !r.Writes() {
			want = before[r.Field]
		}
		if !got[r.Field].Equal(want) && (!writable || !means(r, got[r.Field], v)) {
			return fmt.Errorf("PutGet: %s over %q: wrote %q, want %q, got %q", r.Field, before[r.Field], v, want, got[r.Field])
		}
	}
	return nil
}

// means reports whether the item already said v: to the letter, though v would be
// written in another way, or as many of several as we write, or more that others put there.
func means(r mapping.Rule, got, v ticket.Value) bool {
	_, custom := r.Field.CustomName()
	set := r.Field == ticket.Labels || r.Field == ticket.Assignees || custom && r.Set
	room := r.Max
	if !r.Set {
		room = 1
	}
	return got.Equal(v) || set && room > 0 && got.Len() >= min(room, v.Len()) && len(got.Minus(v)) == 0
}

func (t trial) putPut() error {
	once, twice := t.get(t.put(t.w, t.s)), t.get(t.put(t.w, t.put(t.v, t.s)))
	for i, r := range t.m.Tickets {
		w, there := t.w[r.Field]
		canon, writable := t.canon(i, w)
		foreign := t.m.Foreign(external.KindTicket, ticket.Fields{r.Field: w}, nil) != nil
		if !there || !writable || foreign || !r.Writes() {
			continue // what may be written depends on whom the item names already
		}
		same := func(v ticket.Value) bool { return v.Equal(canon) || means(r, v, w) }
		if !same(once[r.Field]) || !same(twice[r.Field]) {
			return fmt.Errorf("PutPut: %s: %q after another write, %q without", r.Field, twice[r.Field], once[r.Field])
		}
	}
	return nil
}

func (t trial) idempotent() error {
	for i, r := range t.m.Tickets {
		v := t.v[r.Field]
		once, writable := t.canon(i, v)
		if !writable || !r.Writes() {
			continue
		}
		twice, again := t.canon(i, once)
		if !again || !twice.Equal(once) {
			return fmt.Errorf("idempotence: %s: %q reads back as %q, and that as %q", r.Field, v, once, twice)
		}
	}
	return nil
}
