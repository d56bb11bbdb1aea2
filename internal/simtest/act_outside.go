package simtest

import (
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// actOutside does one thing in a tracker's own pages and tells the oracle. It
// reports whether it changed anything.
func (w *world) actOutside(p *peer, k actKind) bool {
	switch k {
	case actCreate:
		return w.createOutside(p)
	case actRename:
		return w.renameProject(p)
	}
	kind := external.KindTicket
	if k == actEditComment || k == actDeleteComment {
		kind = external.KindComment
	}
	it, ok := w.someItem(p, kind)
	if !ok {
		return kind == external.KindTicket && w.createOutside(p)
	}
	switch k {
	case actEdit:
		return w.editOutside(p, it)
	case actState:
		all := p.site.states()
		s := all[w.work.IntN(len(all))]
		w.must(p.site.move(w.somebody(), it, s))
		w.hops++
		w.trace.add("at", p.id, "state", it.ID, s)
	case actLabel:
		l := w.oracle.next()
		w.oracle.wrote(p.n+1, it.ID, ticket.Labels, l)
		w.must(p.site.label(w.somebody(), it, l))
		w.trace.add("at", p.id, "label", it.ID, l)
	case actUnlabel:
		had := it.Fields["labels"].Elements()
		if len(had) == 0 {
			return false
		}
		l := had[w.work.IntN(len(had))]
		w.must(p.site.unlabel(w.somebody(), it, l))
		w.oracle.unlabelled(tokenIn(l))
		w.trace.add("at", p.id, "unlabel", it.ID, l)
	case actComment:
		w.commentOutside(p, it)
	case actEditComment:
		return w.setOutside(p, it, ticket.Body)
	case actDeleteComment, actDeleteTicket:
		return w.deleteOutside(p, it)
	case actTwin:
		return w.remakeOutside(p, it)
	case actMove:
		return w.moveOutside(p, it)
	case actRestrict:
		return w.restrictOutside(p, it)
	case actForge:
		return w.forge(p, it)
	case actAssign:
		who := w.someone()
		w.must(p.site.write(w.somebody(), it, ticket.Assignees, who))
		w.trace.add("at", p.id, "assign", it.ID, who)
	case actParent:
		return w.adopt(p, it)
	case actErase:
		// Who takes the marker out of an item before we ever saw it there makes it a
		// stranger's item for all that anybody can tell: known, and out of reach of a key
		// that stands in the text. From the first sight on it must not matter.
		if w.linkOf(p, "", it.Ref).LocalID == "" {
			return w.setOutside(p, it, ticket.Body)
		}
		raw := w.newText(p.site.markup(), false, false, p.site.sees(it))
		w.oracle.wrote(p.n+1, it.ID, ticket.Body, raw, dropped(it.Fields["body"], raw)...).at(it.Kind).under = w.under(p, it, ticket.Body)
		w.must(p.site.erase(w.somebody(), it, raw))
		w.trace.add("at", p.id, "erase marker", it.ID, raw)
	}
	return true
}

// someItem returns an item of the tracker that exists.
func (w *world) someItem(p *peer, kind external.Kind) (external.Item, bool) {
	all := p.site.Look(kind)
	there := all[:0]
	for _, it := range all {
		if !it.Gone {
			there = append(there, it)
		}
	}
	if len(there) == 0 {
		return external.Item{}, false
	}
	it := there[w.work.IntN(len(there))]
	if w.onHot() {
		for _, other := range there {
			if w.linkOf(p, "", other.Ref).LocalID == w.hot && w.hot != "" {
				it = other
			}
		}
	}
	if local := w.linkOf(p, "", it.Ref).LocalID; local != "" {
		w.hot = local
	}
	return it, true
}

func (w *world) createOutside(p *peer) bool {
	title := w.newText(plain, true, false, "")
	first := w.oracle.wrote(p.n+1, "", ticket.Title, title).id
	f := external.Fields{"title": ticket.Text(title)}
	if w.work.IntN(2) == 0 {
		body := w.newText(p.site.markup(), false, false, "")
		f["body"] = ticket.Text(body)
		w.oracle.wrote(p.n+1, "", ticket.Body, body)
	}
	if w.has(labels) && w.work.IntN(3) == 0 {
		l := w.oracle.next()
		f["labels"] = ticket.Set(l)
		w.oracle.wrote(p.n+1, "", ticket.Labels, l)
	}
	ref, err := p.site.create(w.somebody(), f)
	w.must(err)
	w.hops += w.filledIn()
	for id := first; id <= len(w.oracle.tokens); id++ {
		w.oracle.token(id).at(external.KindTicket).item = ref.ID
	}
	w.trace.add("at", p.id, "create", ref.ID, title)
	return true
}

func (w *world) editOutside(p *peer, it external.Item) bool {
	switch n := w.work.IntN(5); {
	case n > 1 && (n < 4 || w.longHere()):
		return w.setOutside(p, it, ticket.Body)
	case n < 2:
		return w.setOutside(p, it, ticket.Title)
	}
	w.setOutside(p, it, ticket.Title)
	return w.setOutside(p, it, ticket.Body)
}

func (w *world) setOutside(p *peer, it external.Item, f ticket.Field) bool {
	kind, now := plain, ""
	if f == ticket.Body {
		kind, now = p.site.markup(), p.site.sees(it)
	}
	raw := w.newText(kind, f == ticket.Title, false, now)
	w.oracle.wrote(p.n+1, it.ID, f, raw, dropped(it.Fields[string(f)], raw)...).at(it.Kind).under = w.under(p, it, f)
	w.must(p.site.write(w.somebody(), it, f, raw))
	w.trace.add("at", p.id, "edit", it.ID, string(f), raw)
	return true
}

func (w *world) commentOutside(p *peer, it external.Item) {
	raw := w.newText(p.site.markup(), false, false, "")
	ref, err := p.site.comment(w.somebody(), it, raw)
	w.must(err)
	w.oracle.wrote(p.n+1, ref.ID, ticket.Body, raw).at(external.KindComment)
	w.trace.add("at", p.id, "comment", ref.ID, "on", it.ID, raw)
}

func (w *world) deleteOutside(p *peer, it external.Item) bool {
	var comments []external.Item
	if it.Kind == external.KindTicket {
		comments = p.remarksOf(it)
	}
	w.oracle.deleted(tokensOf(it, comments))
	w.letFollow(p, it)
	w.must(p.site.delete(w.somebody(), it))
	w.trace.add("at", p.id, "delete", it.ID)
	return true
}

// allTokens returns the tokens that an item shows.
func allTokens(it external.Item) []int {
	var out []int
	for _, n := range []string{"title", "body", "labels"} {
		out = append(out, tokensIn(it.Fields[n])...)
	}
	return out
}

// forge copies the marker of one item into a new one, or makes one up.
func (w *world) forge(p *peer, it external.Item) bool {
	copied := w.work.IntN(2) == 0
	title := w.newText(plain, true, false, "")
	first := w.oracle.wrote(p.n+1, "", ticket.Title, title).id
	text := w.oracle.next()
	w.oracle.wrote(p.n+1, "", ticket.Body, text)
	ref, err := p.site.forge(w.somebody(), it, title, text, copied)
	w.must(err)
	w.oracle.token(first).at(external.KindTicket).item = ref.ID
	w.oracle.token(first + 1).at(external.KindTicket).item = ref.ID
	w.trace.add("at", p.id, "forge", ref.ID, text)
	return true
}

// rivalOrAct has somebody edit the very item, or do something else.
func (w *world) rivalOrAct(p *peer, ref external.Ref) {
	if ref.ID != "" && w.sched.IntN(2) == 0 {
		w.rival(p, ref)
		return
	}
	w.act()
}

// adopt gives an item a parent, or none. A person makes no ring.
func (w *world) adopt(p *peer, it external.Item) bool {
	if !w.families() || !slices.Contains(p.site.fields(external.KindTicket), ticket.Parent) {
		return false
	}
	all := p.site.Look(external.KindTicket)
	parent, id := all[w.work.IntN(len(all))], ""
	if !parent.Gone && !w.above(p, parent, it.ID) {
		id = parent.ID
	}
	w.must(p.site.write(w.somebody(), it, ticket.Parent, id))
	w.trace.add("at", p.id, "parent", it.ID, id)
	return true
}

// families reports whether any ticket may be another one's parent, wherever it goes.
func (w *world) families() bool {
	return !slices.ContainsFunc(w.cast, func(v vendor) bool { return !v.families })
}

// above reports whether an item is, or stands under, the one with that id.
func (w *world) above(p *peer, it external.Item, id string) bool {
	for range 50 {
		if it.ID == id {
			return true
		}
		next := it.Fields[string(ticket.Parent)].Text()
		if next == "" {
			return false
		}
		it, _ = p.site.Peek(external.KindTicket, next)
	}
	return true
}

// rival edits an item that the engine has just read or is about to write.
func (w *world) rival(p *peer, ref external.Ref) {
	it, ok := p.site.Peek(ref.Kind, ref.ID)
	if !ok || it.Gone || !w.has(w.sides()[p.n+1]) {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	first := len(w.oracle.tokens) + 1
	if it.Kind == external.KindComment {
		w.setOutside(p, it, ticket.Body)
	} else {
		w.editOutside(p, it)
	}
	w.shown(p, first)
	w.collect(p)
	w.verbs++
}
