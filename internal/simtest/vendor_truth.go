package simtest

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
)

// truth is what stands at a vendor, the deleted included. It is read anew when somebody
// may have written, and only what changed.
type truth struct {
	items map[place]*known
	order map[external.Kind][]place // by first sight
	stale bool
}

// place is where an item stands.
type place struct {
	kind external.Kind
	id   string
}

// known is one item.
type known struct {
	looks  string        // of what people saw when it was read
	shown  external.Item // as the adapter shows it
	face   external.Item // with canonical fields
	raw    string        // its text as the vendor keeps it
	ticket string        // id of the ticket: its own, or a comment's
	seen   bool          // in the look that goes on
}

func newTruth() truth {
	return truth{items: map[place]*known{}, order: map[external.Kind][]place{}, stale: true}
}

// touch has an item read anew: people do not see all that a write may change.
func (t *truth) touch(ref external.Ref) {
	t.stale = true
	if k := t.items[place{ref.Kind, ref.ID}]; k != nil {
		k.looks = ""
	}
}

// Look returns all items of a kind.
func (s *vendorSite) Look(kind external.Kind) []external.Item {
	s.refresh()
	out := make([]external.Item, 0, len(s.truth.order[kind]))
	for _, at := range s.truth.order[kind] {
		out = append(out, s.truth.items[at].face)
	}
	return out
}

// Peek returns one.
func (s *vendorSite) Peek(kind external.Kind, id string) (external.Item, bool) {
	s.refresh()
	k := s.truth.items[place{kind, id}]
	if k == nil {
		return external.Item{}, false
	}
	return k.face, true
}

// glimpse returns what is known of an item now; nil: nothing.
func (s *vendorSite) glimpse(ref external.Ref) *known {
	s.refresh()
	k := s.truth.items[place{ref.Kind, ref.ID}]
	if k == nil {
		return nil
	}
	now := *k
	return &now
}

// refresh compares what people see with what is known, and reads what differs through
// the adapter.
func (s *vendorSite) refresh() {
	if !s.truth.stale {
		return
	}
	s.truth.stale = false
	for _, k := range s.truth.items {
		k.seen = false
	}
	var tickets, comments []glance
	for _, seen := range s.site.Look() {
		looks := fmt.Sprintf("%q", []any{seen.Title, seen.Raw, seen.State, seen.Priority, seen.Labels, seen.Assignees, seen.Parent})
		tickets = append(tickets, glance{external.Ref{Kind: external.KindTicket, ID: seen.ID, Key: seen.Key}, looks, seen.Raw, seen.ID})
		for _, r := range seen.Comments {
			ref := external.Ref{Kind: external.KindComment, ID: s.commentID(r), Key: r.ID, Parent: seen.Key}
			comments = append(comments, glance{ref, r.Raw, r.Raw, seen.ID})
		}
	}
	s.read(tickets)
	s.read(comments)
	for _, k := range s.truth.items {
		k.face.Gone = !k.seen
	}
}

// glance is one item as people see it.
type glance struct {
	ref    external.Ref
	looks  string
	raw    string
	ticket string
}

// commentID is the id of a comment, which people know by its key.
func (s *vendorSite) commentID(r fleet.Remark) string {
	for _, at := range s.truth.order[external.KindComment] {
		if k := s.truth.items[at]; k.face.Key == r.ID {
			return at.id
		}
	}
	if s.idOf != nil {
		return s.idOf(s.site, r.ID)
	}
	return r.ID
}

func (s *vendorSite) read(all []glance) {
	var refs []external.Ref
	var news []glance
	for _, g := range all {
		k := s.truth.items[place{g.ref.Kind, g.ref.ID}]
		if k != nil {
			k.seen = true
		}
		if k == nil || k.looks != g.looks {
			refs, news = append(refs, g.ref), append(news, g)
		}
	}
	if len(refs) == 0 {
		return
	}
	items, err := s.eye.Read(s.w.ctx, refs)
	s.w.must(err)
	for n, it := range items {
		at := place{it.Kind, it.ID}
		k := s.truth.items[at]
		if k == nil {
			k = &known{}
			s.truth.items[at] = k
			s.truth.order[it.Kind] = append(s.truth.order[it.Kind], at)
		}
		if it.Gone {
			s.w.fail("I1", fmt.Sprintf("%s %s of %s is there and cannot be read", it.Kind, it.Key, s.p.id))
		}
		*k = known{looks: news[n].looks, shown: it, face: s.canonical(it), raw: news[n].raw, ticket: news[n].ticket, seen: true}
		s.checkTruth(k, news[n])
	}
}

// checkTruth: what the adapter shows of a text is what the vendor keeps.
func (s *vendorSite) checkTruth(k *known, g glance) {
	if a, b := tokenIn(k.face.Fields["body"].Text()), tokenIn(g.raw); a != b {
		s.w.fail("I3", fmt.Sprintf("%s of %s holds k%d, and the adapter shows k%d: %q read as %q", g.ref.ID, s.p.id, b, a, g.raw, k.face.Fields["body"].Text()))
	}
}
