package simtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// vendorSite is a project of a simulated vendor behind the real adapter.
type vendorSite struct {
	vendor
	w     *world
	p     *peer
	site  fleet.Site
	wire  *wire
	eye   adapters.Adapter // undisturbed: what people and checks see
	about external.Project
	who   external.Identity
	doc   mapping.Mapping
	flow  map[external.Kind][]ticket.Field

	truth truth
	told  []external.Item // by webhooks, not yet taken
}

// settle makes the world of vendors.
func (w *world) settle() {
	w.fleet = fleet.New(fleet.Options{Seed: w.seed, Start: w.now})
	w.markup = markdown
	w.cast = drawVendors(w.work.Rand, w.projects)
}

func (w *world) crew() []string { return fleet.People() }

func (w *world) newVendorSite(p *peer) *vendorSite {
	s := &vendorSite{vendor: w.cast[p.n], w: w, p: p, truth: newTruth()}
	var err error
	s.site, err = s.found(w.fleet)
	w.must(err)
	s.wire = &wire{under: s.site.Wire(), s: s, knows: map[int]bool{}, ids: ids{}}
	if w.has(smallPages) {
		s.wire.page = 2 + w.sched.IntN(3)
	}
	s.hook(s.site)
	s.eye, err = s.adapter(nil)
	w.must(err)
	s.about, err = s.eye.Project(w.ctx)
	w.must(err)
	s.who, err = s.eye.Probe(w.ctx)
	w.must(err)
	if late := s.eye.Capabilities().Lag; w.has(lag) && late > 0 {
		s.setLag(s.site, time.Duration(w.sched.Int64N(int64(late))))
	}
	s.analyse()
	return s
}

// analyse makes the mapping as the setup does.
func (s *vendorSite) analyse() {
	schema, err := s.eye.Schema(s.w.ctx)
	s.w.must(err)
	caps, words := s.eye.Capabilities(), s.site.Vocabulary()
	s.doc = mapping.Propose(caps, schema, words.Emails).Mapping
	if words.Accounts != nil {
		s.doc.Users, err = mapping.NewUsers(words.Accounts)
		s.w.must(err)
	}
	if bad := mapping.Validate(s.doc, caps, schema); mapping.Failed(bad) {
		s.w.must(fmt.Errorf("the mapping of %s cannot be used: %v", s.name, bad))
	}
	s.flow = map[external.Kind][]ticket.Field{}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for _, r := range s.doc.Rules(kind) {
			if r.Reads() && r.Writes() && !r.OnCreate {
				s.flow[kind] = append(s.flow[kind], r.Field)
			}
		}
	}
}

// adapter makes one over the wire, or without it for those who only look.
func (s *vendorSite) adapter(over *wire) (adapters.Adapter, error) {
	a := s.site.Account()
	cfg := adapters.Config{
		BaseURL: a.BaseURL, ProjectKey: a.Key, ProjectID: s.about.ID, Token: a.Token, User: a.User, Settings: a.Settings,
		Transport: s.site.Wire(), OwnKey: remembered(s.w.engine.OwnKey(s.p.id)), KeyOf: s.w.engine.KeyOf, Made: s.w.engine.Made,
		Now: s.w.fleet.Clock.Now,
	}
	if over != nil {
		cfg.Transport = over
	}
	return catalog.All()[s.site.System()].New(cfg)
}

func (s *vendorSite) open() adapters.Adapter {
	a, err := s.adapter(s.wire)
	s.w.must(err)
	return a
}

func (s *vendorSite) project() store.Project {
	a := s.site.Account()
	return store.Project{
		System: s.site.System(), ExternalID: s.about.ID, Key: a.Key, BaseURL: a.BaseURL, User: a.User, Settings: a.Settings,
	}
}

// connect puts the mapping in force.
func (s *vendorSite) connect(ctx context.Context, tx store.Tx, id string) error {
	raw, err := json.Marshal(s.doc)
	if err != nil {
		return fmt.Errorf("encode the mapping: %w", err)
	}
	v, err := tx.AddMapping(ctx, store.MappingVersion{ProjectID: id, State: store.MappingDraft, Document: raw, CreatedBy: "op", CreatedAt: s.w.now})
	if err != nil {
		return err
	}
	return tx.ActivateMapping(ctx, id, v.Version, "op", s.w.now)
}

func (s *vendorSite) caps() external.Capabilities              { return s.eye.Capabilities() }
func (s *vendorSite) login() string                            { return s.who.Login }
func (s *vendorSite) ours(author string) bool                  { return author == s.who.Login }
func (s *vendorSite) markup() markupKind                       { return s.writes }
func (s *vendorSite) fields(kind external.Kind) []ticket.Field { return s.flow[kind] }

func (s *vendorSite) historyOf(kind external.Kind, f ticket.Field) external.HistoryKind {
	caps := s.caps()
	if caps.History == 0 {
		return external.HistoryNone
	}
	if kind == external.KindComment {
		return caps.Comment.History
	}
	c, _ := caps.Field(s.external(kind, f))
	return c.History
}

// external is the field that holds a canonical one; empty: none does.
func (s *vendorSite) external(kind external.Kind, f ticket.Field) string {
	for _, r := range s.doc.Rules(kind) {
		if r.Field == f {
			return r.External[0]
		}
	}
	return ""
}

// view translates a value there and back.
func (s *vendorSite) view(pr *pair, f ticket.Field, v ticket.Value) (ticket.Value, bool) {
	kind := pr.link.Kind
	if f == ticket.Parent {
		return s.w.parentView(s.p, v)
	}
	if v.IsEmpty() && f != ticket.State {
		return v, true
	}
	in := ticket.Fields{f: v}
	if len(s.doc.Unwritable(kind, in)) > 0 {
		return v, false
	}
	var now external.Fields
	if k := s.truth.items[place{kind, pr.item.ID}]; k != nil {
		now = k.shown.Fields
	}
	if d, ok := s.eye.(adapters.Damager); ok && len(d.Damage(kind, s.doc.Put(kind, in, now), now)) > 0 {
		return v, false
	}
	back := s.canonical(external.Item{Ref: pr.item.Ref, Fields: s.eye.Normalize(s.doc.ToExternal(kind, in))}).Fields[string(f)]
	if back.IsSet() {
		return back, true
	}
	return ticket.Text(outbound.Restore(back.Text())), true
}

// enough reports whether the item holds one of several where it has room for one.
func (s *vendorSite) enough(pr *pair, f ticket.Field, v ticket.Value) bool {
	there := pr.item.Fields[string(f)]
	for _, r := range s.doc.Rules(pr.link.Kind) {
		if r.Field == f && (!r.Set || r.Max == 1) {
			return v.Len() > 1 && there.Len() == 1 && v.Has(there.At(0))
		}
	}
	return false
}

// noteIgnored notes a state that people gave an item between our look and our write, and that the
// vendor left although it took the write: GitHub ignores why an issue is to be closed that is closed
// already. No answer tells that from a value that the vendor bends; both are in the queue.
func (a *port) noteIgnored(op adapters.Op, was external.Item) {
	now, _ := a.p.site.Peek(was.Kind, was.ID)
	there := now.Fields[string(ticket.State)]
	for _, c := range a.w.intentOf(a.p, op).Changes {
		if c.Field == ticket.State && there.Equal(was.Fields[string(c.Field)]) && !there.Equal(c.Seen) && !there.Equal(c.Written) {
			a.w.ignored[fieldAt{stay{a.p.n, was.Kind, was.ID}, c.Field}] = there
		}
	}
}

// parentView returns a parent as the local side names it, from either side; false where
// the two have not met.
func (w *world) parentView(p *peer, v ticket.Value) (out ticket.Value, met bool) {
	if v.IsEmpty() {
		return v, true
	}
	w.read(func(tx store.Tx) error {
		l, err := tx.LinkByLocal(w.ctx, p.id, external.KindTicket, v.Text())
		if errors.Is(err, store.ErrNotFound) {
			l, err = tx.LinkByExternal(w.ctx, p.id, external.KindTicket, v.Text())
		}
		if met = err == nil && l.LocalID != "" && l.ExternalID != ""; met {
			out = ticket.Text(l.LocalID)
		}
		return nil
	})
	return out, met
}

// settles reports whether two texts are one to a project that respells all it keeps.
func (s *vendorSite) settles(a, b string) bool {
	if _, ok := s.eye.(adapters.Respeller); !ok {
		return a == b
	}
	name := s.external(external.KindTicket, ticket.Body)
	norm := func(t string) string {
		return s.eye.Normalize(external.Fields{name: ticket.Text(outbound.Restore(t))})[name].Text()
	}
	return a == b || norm(a) == norm(b)
}

// canonical returns an item with its fields under our names, in our words.
func (s *vendorSite) canonical(it external.Item) external.Item {
	f := s.doc.ToCanonical(it.Kind, it.Fields)
	it.Fields = make(external.Fields, len(f))
	for n, v := range f {
		it.Fields[string(n)] = v
	}
	return it
}

// drawVendors chooses different ones.
func drawVendors(rng interface{ IntN(int) int }, n int) []vendor {
	all := allVendors()
	var out []vendor
	for len(out) < n {
		v := all[rng.IntN(len(all))]
		if !slices.ContainsFunc(out, func(o vendor) bool { return o.name == v.name }) {
			out = append(out, v)
		}
	}
	return out
}

// tail returns the part of a raw text that people do not touch: a marker that holds the
// key.
func tail(raw, key string) string {
	if key == "" || !strings.Contains(raw, key) {
		return ""
	}
	text := raw[:max(0, strings.LastIndex(raw, "<!--"))]
	return raw[len(strings.TrimRight(text, "\n")):]
}
