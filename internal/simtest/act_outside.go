package simtest

import (
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// actOutside does one thing in a tracker's own pages and tells the oracle. It
// reports whether it changed anything.
func (w *world) actOutside(p *peer, k actKind) bool {
	if k == actCreate {
		return w.createOutside(p)
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
		s := w.someState()
		w.must(p.tracker.EditField("mallory", it.ID, "state", ticket.Text(s)))
		w.trace.add("at", p.id, "state", it.ID, s)
	case actLabel:
		l := w.oracle.next()
		w.oracle.wrote(p.n+1, it.ID, ticket.Labels, l)
		w.must(p.tracker.AddLabel("mallory", it.ID, l))
		w.trace.add("at", p.id, "label", it.ID, l)
	case actUnlabel:
		had := it.Fields["labels"].Elements()
		if len(had) == 0 {
			return false
		}
		l := had[w.work.IntN(len(had))]
		w.must(p.tracker.RemoveLabel("mallory", it.ID, l))
		w.oracle.unlabelled(tokenIn(l))
		w.trace.add("at", p.id, "unlabel", it.ID, l)
	case actComment:
		raw := w.newText(false, false)
		ref, err := p.tracker.AddComment("mallory", it.Key, raw)
		w.must(err)
		w.oracle.wrote(p.n+1, ref.ID, ticket.Body, raw)
		w.trace.add("at", p.id, "comment", ref.ID, "on", it.ID, raw)
	case actEditComment:
		return w.setOutside(p, it, ticket.Body)
	case actDeleteComment, actDeleteTicket:
		return w.deleteOutside(p, it)
	case actForge:
		return w.forge(p, it)
	case actErase:
		// Who takes the marker out of an item before we ever saw it there makes it a
		// stranger's item for all that anybody can tell: known, and out of reach of a key
		// that stands in the text. From the first sight on it must not matter.
		if w.linkOf(p, "", it.Ref).LocalID == "" {
			return w.setOutside(p, it, ticket.Body)
		}
		raw := w.newText(false, false)
		w.oracle.wrote(p.n+1, it.ID, ticket.Body, raw, tokensIn(it.Fields["body"])...)
		w.must(p.tracker.EditRaw("mallory", it.ID, raw))
		w.trace.add("at", p.id, "erase marker", it.ID, raw)
	}
	return true
}

// someItem returns an item of the tracker that exists.
func (w *world) someItem(p *peer, kind external.Kind) (external.Item, bool) {
	all := p.memory.Look(kind)
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
	if w.work.IntN(3) == 0 {
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
	title := w.newText(true, false)
	first := w.oracle.wrote(p.n+1, "", ticket.Title, title).id
	f := external.Fields{"title": ticket.Text(title)}
	if w.work.IntN(2) == 0 {
		body := w.newText(false, false)
		f["body"] = ticket.Text(body)
		w.oracle.wrote(p.n+1, "", ticket.Body, body)
	}
	if w.has(labels) && w.work.IntN(3) == 0 {
		l := w.oracle.next()
		f["labels"] = ticket.Set(l)
		w.oracle.wrote(p.n+1, "", ticket.Labels, l)
	}
	ref, err := p.tracker.CreateTicket("mallory", f)
	w.must(err)
	for id := first; id <= len(w.oracle.tokens); id++ {
		w.oracle.token(id).item = ref.ID
	}
	w.trace.add("at", p.id, "create", ref.ID, title)
	return true
}

func (w *world) editOutside(p *peer, it external.Item) bool {
	switch w.work.IntN(5) {
	case 0, 1:
		return w.setOutside(p, it, ticket.Title)
	case 2, 3:
		return w.setOutside(p, it, ticket.Body)
	}
	w.setOutside(p, it, ticket.Title)
	return w.setOutside(p, it, ticket.Body)
}

func (w *world) setOutside(p *peer, it external.Item, f ticket.Field) bool {
	raw := w.newText(f == ticket.Title, false)
	w.oracle.wrote(p.n+1, it.ID, f, raw, tokensIn(it.Fields[string(f)])...)
	w.must(p.tracker.EditField("mallory", it.ID, string(f), ticket.Text(raw)))
	w.trace.add("at", p.id, "edit", it.ID, string(f), raw)
	return true
}

func (w *world) deleteOutside(p *peer, it external.Item) bool {
	saw := allTokens(it)
	if it.Kind == external.KindTicket {
		for _, c := range p.memory.Look(external.KindComment) {
			if c.Parent == it.Key && !c.Gone {
				saw = append(saw, allTokens(c)...)
			}
		}
	}
	w.oracle.deleted(saw)
	w.must(p.tracker.Delete("mallory", it.ID))
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
	key := it.CreateKey
	if key == "" || w.work.IntN(2) == 0 {
		key = "made-up." + strconv.Itoa(w.work.IntN(1000))
	}
	title := w.newText(true, false)
	first := w.oracle.wrote(p.n+1, "", ticket.Title, title).id
	text := w.oracle.next()
	raw := text + "\n<!-- memory-key:" + key + " -->"
	w.oracle.wrote(p.n+1, "", ticket.Body, raw)
	ref, err := p.tracker.CreateTicket("mallory", external.Fields{"title": ticket.Text(title), "body": ticket.Text(raw)})
	w.must(err)
	w.oracle.token(first).item, w.oracle.token(first+1).item = ref.ID, ref.ID
	w.trace.add("at", p.id, "forge", ref.ID, raw)
	return true
}

// rival edits an item that the engine has just read or is about to write.
func (w *world) rival(p *peer, id string) {
	it, ok := p.memory.Peek(id)
	if !ok || it.Gone || !w.has([...]feature{byFirst, bySecond}[p.n]) {
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
