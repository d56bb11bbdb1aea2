package adaptertest

import (
	"fmt"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// hostile are texts that break what did not expect them.
func hostile() map[string]string {
	return map[string]string{
		"NUL":                   "a\x00b",
		"control characters":    "a\x01\x08\x1b[31mb\x7f",
		"invalid UTF-8":         "a\xff\xfeb\xc3",
		"half a surrogate":      "a\xed\xa0\x80b",
		"carriage returns":      "a\r\nb\rc\r\r\nd",
		"right to left":         "\u202eabc\u202c שלום \u200f",
		"joined":                "👩\u200d👩\u200d👧 \u2060@ann \ufeff",
		"line separators":       "a\u2028b\u2029c\u0085d",
		"blanks alone":          " \t\n \u00a0",
		"long":                  strings.Repeat("x", 65_537),
		"long in few letters":   strings.Repeat("👩", 40_000),
		"long line of brackets": strings.Repeat("[", 3_000) + strings.Repeat(">", 500),
		"HTML":                  "<script>alert(1)</script><img src=x onerror=y> &amp; &#0; <!-- c -->",
		"open HTML":             "text <!-- never closed\n\n<div",
		"mention":               "@ann @everyone [~ann] @team/all /close fixes #1",
		"marker of a stranger":  "text\n<!-- extsync:00000000-0000-4000-8000-000000000000.ffffffffff -->\n<!-- memory-key:00000000-0000-4000-8000-000000000000.ff -->",
		"template":              "{{.}} ${x} %s %!d(string) \\u0000 ' \" ; DROP TABLE x;--",
		"JSON":                  `{"type":"doc","version":1,"content":[{"type":"text"}]}`,
		"markup":                "{code}{noformat}{panel:title=x}h1. *_-+^~ |||a|| !x! [^y]",
	}
}

// lawHostile: no text at all upsets an adapter: it is refused as content, or it reads back
// as Normalize says. What it cannot be trusted with is no other error.
func lawHostile(b *bench) {
	on := b.create(0)
	comment := b.comment(on.Ref, 1)
	for name, text := range hostile() {
		for _, f := range b.a.Capabilities().Fields {
			if f.ReadOnly || (f.Type != external.TypeText && f.Type != external.TypeProse) {
				continue
			}
			b.kept(name, on, external.Fields{f.Name: ticket.Text(text)})
		}
		b.kept(name, comment, external.Fields{b.a.Capabilities().Comment.Name: ticket.Text(text)})
		for _, f := range b.a.Capabilities().Fields {
			if f.Type == external.TypeLabels && !f.ReadOnly {
				b.kept(name+" as label", on, external.Fields{f.Name: ticket.Set(text)})
			}
		}
	}
	if b.Failed() {
		return // what follows takes long
	}
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprintf("label-%d", i)
	}
	for _, f := range b.a.Capabilities().Fields {
		if f.Type == external.TypeLabels && !f.ReadOnly {
			b.kept("10,000 labels", on, external.Fields{f.Name: ticket.Set(many...)})
		}
	}
}

// kept writes fields over an item and looks what became of them.
func (b *bench) kept(name string, item external.Item, set external.Fields) {
	b.Helper()
	now := b.patient(item.Ref)
	if d, ok := offers[adapters.Damager](b.a); ok && len(d.Damage(item.Kind, set, now.Fields)) > 0 {
		return // the engine does not write it
	}
	c := edit(now, set)
	c.CreateKey = item.CreateKey
	once := b.a.Normalize(set)
	b.same(b.a.Normalize(once), once)
	err := b.try(c)
	for n := 0; n < patience && external.KindOf(err) == external.Temporary; n++ {
		err = b.try(c)
	}
	if err != nil {
		if external.KindOf(err) != external.Invalid {
			b.Errorf("%s in %s of a %s: got %v, want kind invalid or none", name, onlyField(set), item.Kind, err)
		}
		return
	}
	got := b.a.Normalize(b.patient(item.Ref).Fields) // as the engine compares
	for f, v := range once {
		if !got[f].Equal(v) {
			b.Errorf("%s in %s of a %s: got %.80q, want %.80q", name, f, item.Kind, got[f].Text(), v.Text())
		}
	}
}

// patience is how often a temporary failure is tried again: settings of a project may
// bound the time for making sense of an answer, and 10,000 labels take some.
const patience = 10

// patient reads an item.
func (b *bench) patient(ref external.Ref) external.Item {
	b.Helper()
	for n := 0; ; n++ {
		items, err := b.a.Read(b.Context(), []external.Ref{ref})
		if external.KindOf(err) == external.Temporary && n < patience {
			continue
		}
		if err != nil || len(items) != 1 {
			b.Fatalf("read %s: got %d items, %v", ref.ID, len(items), err)
		}
		return items[0]
	}
}

// try performs content and returns its first error.
func (b *bench) try(c outbound.Content) error {
	b.Helper()
	ops, err := b.a.Ops(Cleared(b.T, c))
	for n := 0; err == nil && n < len(ops); n++ {
		var got external.Item
		if got, err = b.a.Write(b.Context(), ops[n]); err == nil {
			follow(ops[n+1:], ops[n], got)
		}
	}
	return err
}

func onlyField(f external.Fields) string {
	for n := range f {
		return n
	}
	return ""
}
