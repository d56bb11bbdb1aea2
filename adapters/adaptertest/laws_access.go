package adaptertest

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// Permission is one right of our account that can be missing by itself.
type Permission struct {
	Name       string // as Probe must call it
	Take, Give func()
	// Hinders is the least that cannot be done without it. Vague says that the system's
	// refusal does not tell the missing right from content that it never takes.
	Hinders Deed
	Vague   bool
}

// Deed is one kind of write. Field is the one that is changed by an update, a field of
// the ticket or of the comment.
type Deed struct {
	Kind   external.Kind
	Action outbound.Action
	Field  string
}

// Permitted is a site that can take each right from our account by itself.
type Permitted interface{ Permissions() []Permission }

// lawEachPermission: each right that is missing is named by Probe, and without it what it
// is for is forbidden and not done.
func lawEachPermission(b *bench) {
	p, ok := b.Site.(Permitted)
	if !ok {
		b.notOffered("Permissions, each by itself")
	}
	made := b.create(0)
	comment := b.comment(made.Ref, 1)
	for n, right := range p.Permissions() {
		before := [2]external.Item{b.read(made.Ref), b.read(comment.Ref)}
		right.Take()
		who, err := b.a.Probe(b.Context())
		if err != nil || !slices.Contains(who.Missing, right.Name) {
			b.Errorf("without %s: Probe names %q, %v", right.Name, who.Missing, err)
		}
		ops := b.ops(b.deed(right.Hinders, before, n+10))
		if _, err := b.a.Write(b.Context(), ops[0]); external.KindOf(err) != external.Forbidden &&
			(!right.Vague || external.KindOf(err) != external.Invalid) {
			b.Errorf("without %s: %s: got %v, want kind forbidden", right.Name, ops[0].Name, err)
		}
		right.Give()
		for _, was := range before {
			if now := b.read(was.Ref); now.Gone {
				b.Errorf("without %s the %s was deleted", right.Name, was.Kind)
			} else {
				b.same(now.Fields, was.Fields)
			}
		}
		who, err = b.a.Probe(b.Context())
		if err != nil || len(who.Missing) > 0 {
			b.Fatalf("after %s was given back: missing %q, %v", right.Name, who.Missing, err)
		}
	}
}

// deed is the content of a write of that kind; before are a ticket and its comment.
func (b *bench) deed(d Deed, before [2]external.Item, n int) outbound.Content {
	item, sample := before[0], b.Ticket(1)
	if d.Kind == external.KindComment {
		item, sample = before[1], b.Comment(2)
	}
	switch d.Action {
	case outbound.Create:
		c := outbound.Content{ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: d.Kind}, Set: sample, CreateKey: key(n)}
		if d.Kind == external.KindComment {
			c.Ref.Parent = before[0].Key
		}
		return c
	case outbound.Delete:
		return outbound.Content{ProjectID: "p", Action: outbound.Delete, Ref: item.Ref}
	}
	return edit(item, external.Fields{d.Field: sample[d.Field]})
}

// lawRefusedEverywhere: a token that is not accepted is told as such by every verb that
// makes a call, and nothing is written with it.
func lawRefusedEverywhere(b *bench) {
	made := b.create(0)
	op := b.ops(edit(made, external.Fields{b.title(): ticket.Text("not to be")}))[0]
	heard := 0
	for _, v := range b.verbs(made.Ref, op) {
		a, n := b.metered(func(c *adapters.Config) { c.Token = "not-a-token" })
		err := v.call(b.Context(), a)
		heard += n.calls()
		if n.calls() > 0 && external.KindOf(err) != external.Unauthorised {
			b.Errorf("%s: got %v, want kind unauthorised", v.name, err)
		}
	}
	if heard == 0 {
		b.Error("the meter of the configuration hears of no call")
	}
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(0)))
}

// lawLimitedReads: a limit is told by every verb that reads, with its time, and is over
// when it is over.
func lawLimitedReads(b *bench) {
	made := b.create(0)
	op := b.ops(edit(made, b.Ticket(1)))[0]
	for _, v := range b.verbs(made.Ref, op) {
		if v.write {
			continue
		}
		a, n := b.metered(nil)
		if err := v.call(b.Context(), a); err != nil {
			b.Fatalf("%s: %v", v.name, err)
		}
		if n.calls() == 0 {
			continue // it knows the answer
		}
		b.LimitRead(90 * time.Second)
		err := v.call(b.Context(), b.Adapter(nil))
		if d := external.RetryAfter(err); external.KindOf(err) != external.RateLimited || d <= 0 || d > 91*time.Second {
			b.Errorf("%s: got %v with %s to wait, want kind rate_limited and about 90 s", v.name, err, d)
		}
		b.Advance(91 * time.Second)
		if err := v.call(b.Context(), b.Adapter(nil)); err != nil {
			b.Errorf("%s, when the limit is over: %v", v.name, err)
		}
	}
}

// lawCancelled: a verb whose context is over makes no call that counts, and fails in a
// way that lets it be tried again.
func lawCancelled(b *bench) {
	made := b.create(0)
	over, cancel := context.WithCancel(b.Context())
	cancel()
	op := b.ops(edit(made, external.Fields{b.title(): ticket.Text("not to be")}))[0]
	before := b.Writes()
	for _, v := range b.verbs(made.Ref, op) {
		a, n := b.metered(nil)
		err := v.call(over, a)
		if err == nil && n.calls() == 0 {
			continue // it knows the answer
		}
		if k := external.KindOf(err); k != external.Temporary && (k != external.Ambiguous || !v.write) {
			b.Errorf("%s: got %v, want kind temporary", v.name, err)
		}
	}
	if b.Writes() != before {
		b.Error("a write whose context was over reached the system")
	}
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(0)))
}
