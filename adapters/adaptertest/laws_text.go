package adaptertest

import (
	"embed"
	"maps"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// texts are Markdown of every construct that people write.
//
//go:embed testdata/*.md
var texts embed.FS

// corpus returns the texts by name, each whole and each of its paragraphs.
func (b *bench) corpus() []string {
	b.Helper()
	files, err := texts.ReadDir("testdata")
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, f := range files {
		raw, err := texts.ReadFile("testdata/" + f.Name())
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, string(raw))
		if parts := strings.Split(string(raw), "\n\n"); len(parts) > 1 && !strings.Contains(string(raw), "```") {
			out = append(out, parts...)
		}
	}
	return out
}

// lawDamage: what is not damage arrives whole, on a new item and over what an item holds;
// what is damage names the field in a sentence. Asking changes nothing.
func lawDamage(b *bench) {
	d, ok := offers[adapters.Damager](b.a)
	if !ok {
		b.notOffered("Damager")
	}
	on := b.create(0)
	item := b.create(1)
	comment := b.comment(on.Ref, 2)
	whole := 0
	for _, text := range b.corpus() {
		for _, it := range []*external.Item{&item, &comment} {
			name := b.prose()
			if it.Kind == external.KindComment {
				name = b.a.Capabilities().Comment.Name
			}
			set := external.Fields{name: ticket.Text(text)}
			empty := b.a.Normalize(set)[name].IsEmpty() && it.Kind == external.KindComment // which many systems refuse
			if b.damaged(d, it.Kind, set, it.Fields, name) || empty {
				continue
			}
			whole++
			b.write(edit(*it, set))
			*it = b.read(it.Ref)
			b.same(it.Fields, b.a.Normalize(set))
			if b.damaged(d, it.Kind, external.Fields{name: it.Fields[name]}, it.Fields, name) {
				b.Errorf("what the %s holds would be damaged if it were written again: %q", it.Kind, it.Fields[name].Text())
			}
		}
	}
	if whole == 0 {
		b.Error("no text at all would arrive whole")
	}
	b.damagedNew(d)
}

// damaged asks twice and reports whether the field would be damaged.
func (b *bench) damaged(d adapters.Damager, k external.Kind, set, now external.Fields, name string) bool {
	b.Helper()
	setBefore, nowBefore := maps.Clone(set), maps.Clone(now)
	first, second := d.Damage(k, set, now), d.Damage(k, set, now)
	if !maps.Equal(first, second) {
		b.Errorf("asked twice: %q and %q", first, second)
	}
	b.same(set, setBefore)
	b.same(now, nowBefore)
	for field, says := range first {
		if _, asked := set[field]; !asked || !strings.HasSuffix(says, ".") || strings.TrimSpace(says) == "." {
			b.Errorf("damage of %q is %q; want a sentence about a field that was asked about", field, says)
		}
	}
	return first[name] != ""
}

// damagedNew holds the same of tickets that do not exist yet.
func (b *bench) damagedNew(d adapters.Damager) {
	b.Helper()
	for n, text := range b.corpus() {
		c := b.newTicket(0)
		c.CreateKey = key(n + 100)
		set := external.Fields{b.prose(): ticket.Text(text)}
		maps.Copy(c.Set, set)
		if !b.damaged(d, external.KindTicket, set, nil, b.prose()) {
			made := b.write(c)
			b.same(b.read(made.Ref).Fields, b.a.Normalize(set))
		}
	}
}

// lawRespell: a text that comes in says what theirs says, in our spelling where both say
// the same: all of it when nothing was edited, else all paragraphs but the edited one.
func lawRespell(b *bench) {
	r, ok := offers[adapters.Respeller](b.a)
	if !ok {
		b.notOffered("Respeller")
	}
	name := b.prose()
	say := func(s string) string { return b.a.Normalize(external.Fields{name: ticket.Text(s)})[name].Text() }
	respell := func(ours, theirs string) string {
		got := r.Respell(external.KindTicket, name, ours, theirs)
		if again := r.Respell(external.KindTicket, name, ours, theirs); again != got {
			b.Errorf("asked twice: %q and %q", got, again)
		}
		if say(got) != say(theirs) {
			b.Errorf("respelled %q says %q, want what theirs says: %q", got, say(got), say(theirs))
		}
		return got
	}
	all := b.corpus()
	for _, text := range all { // as the forms of web pages send it
		all = append(all, strings.ReplaceAll(text, "\n", "\r\n"))
	}
	for n, ours := range all {
		if got := respell(ours, say(ours)); got != ours {
			b.Errorf("nothing was edited: got %q, want ours %q", got, ours)
		}
		respell(ours, say(all[(n+1)%len(all)]))
		respell(ours, "")
		respell("", say(ours))
	}
	const ours = "* one\n* two\n\n__bold__ words\n\nthe end\n"
	got := respell(ours, say(strings.Replace(ours, "the end", "another end", 1)))
	if !strings.HasPrefix(got, "* one\n* two\n\n__bold__ words\n\n") || !strings.Contains(got, "another end") {
		b.Errorf("one paragraph was edited: got %q, want ours but for that one", got)
	}
}

// Scribe is a site whose people write in a markup of the system's own. Scripts are texts
// in it, in every spelling that the system takes; Scribble makes a ticket of one.
type Scribe interface {
	Scripts() []string
	Scribble(login, raw string) external.Ref
}

// lawSidecar: the raw form that people wrote stays as it is, byte for byte, when what the
// item holds is written back, and where a paragraph is edited all around it does.
func lawSidecar(b *bench) {
	name := b.prose()
	side := name + external.SidecarSuffix
	if _, has := b.create(0).Fields[side]; !has {
		b.notOffered("SidecarSuffix")
	}
	scribe, ok := b.Site.(Scribe)
	if !ok {
		b.Fatal("items have raw forms and the site's people do not write in them")
	}
	for _, raw := range scribe.Scripts() {
		ref := scribe.Scribble("ann", raw)
		was := b.read(ref)
		if was.Fields[side].IsEmpty() || was.Fields[name].IsEmpty() {
			b.Errorf("%q reads as %q, raw form %q", raw, was.Fields[name].Text(), was.Fields[side].Text())
		}
		b.write(edit(was, external.Fields{name: was.Fields[name]}))
		if now := b.read(ref); !now.Fields[side].Equal(was.Fields[side]) {
			b.Errorf("written back untouched:\n%s\nbecame\n%s", was.Fields[side].Text(), now.Fields[side].Text())
		}
	}
	b.paragraph(name, side)
	b.noSidecars()
}

// paragraph edits the middle one of three.
func (b *bench) paragraph(name, side string) {
	b.Helper()
	f := b.Ticket(1)
	f[name] = ticket.Text("Alpha *begins* here.\n\nBravo stands between.\n\n* Charlie\n* ends it\n")
	ref := b.CreateTicket("ann", f)
	was := b.read(ref)
	b.write(edit(was, external.Fields{name: ticket.Text(strings.Replace(was.Fields[name].Text(), "Bravo", "Delta", 1))}))
	want := strings.Replace(was.Fields[side].Text(), "Bravo", "Delta", 1)
	if got := b.read(ref).Fields[side].Text(); got != want || !strings.Contains(got, "Delta") {
		b.Errorf("one paragraph was edited: got\n%s\nwant\n%s", got, want)
	}
}

// noSidecars: raw forms are nothing that could be mapped.
func (b *bench) noSidecars() {
	b.Helper()
	s, err := b.a.Schema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range slices.Concat(s.Fields, b.a.Capabilities().Fields) {
		if strings.HasSuffix(f.Name, external.SidecarSuffix) {
			b.Errorf("the raw form %s shows as a field", f.Name)
		}
	}
}
