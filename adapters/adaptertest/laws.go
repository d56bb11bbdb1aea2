package adaptertest

import (
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

func lawProbe(b *bench) {
	who, err := b.a.Probe(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if who.Login == "" || len(who.Missing) != 0 {
		b.Errorf("got %+v, want a login and nothing missing", who)
	}
	p, err := b.a.Project(b.Context())
	if err != nil || p.ID == "" || p.Key == "" {
		b.Fatalf("project: got %+v, %v", p, err)
	}
	all, err := b.a.Projects(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range all {
		if q.ID == p.ID {
			return
		}
	}
	b.Errorf("Projects does not list the connected project %s", p.ID)
}

func lawMissing(b *bench) {
	want := b.Deny()
	who, err := b.a.Probe(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range who.Missing {
		if m == want {
			return
		}
	}
	b.Errorf("missing: got %q, want %q among them", who.Missing, want)
}

func lawRefusedToken(b *bench) {
	a := b.Adapter(func(c *adapters.Config) { c.Token = "not-a-token" })
	_, err := a.Probe(b.Context())
	b.wants(err, external.Unauthorised)
}

func lawUnknownProject(b *bench) {
	a := b.Adapter(func(c *adapters.Config) { c.ProjectKey, c.ProjectID = "nobody/nothing", "" })
	_, err := a.Probe(b.Context())
	b.wants(err, external.NotFound)
}

func lawSchema(b *bench) {
	s, err := b.a.Schema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	caps := b.a.Capabilities()
	for _, f := range s.Fields {
		c, ok := caps.Field(f.Name)
		custom := caps.Custom.Name != "" && strings.HasPrefix(f.Name, caps.Custom.Name) // may hold a set or none
		if !ok || c.Set != f.Set && !custom {
			b.Errorf("schema field %s is not one of the capabilities", f.Name)
		}
	}
	if len(caps.Streams) == 0 || caps.PageSize < 1 || caps.Precision < 1 || caps.CreateKey == "" {
		b.Errorf("capabilities lack a fact: %+v", caps)
	}
}

// lawQuiet: what was written reads back as Normalize said, so a second look finds
// nothing to do.
func lawQuiet(b *bench) {
	for n := range 3 {
		sent := b.Ticket(n)
		made := b.create(n)
		b.same(made.Fields, b.a.Normalize(sent))
		b.same(b.read(made.Ref).Fields, b.a.Normalize(sent))
		next := b.Ticket(n + 1)
		got := b.write(edit(b.read(made.Ref), next))
		b.same(got.Fields, b.a.Normalize(next))
		b.same(b.read(made.Ref).Fields, b.a.Normalize(next))
	}
}

func lawQuietComment(b *bench) {
	on := b.create(0)
	made := b.comment(on.Ref, 1)
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Comment(1)))
	if made.Parent != on.Key || b.read(made.Ref).Parent != on.Key {
		b.Errorf("parent: got %q and %q, want the ticket's key %q", made.Parent, b.read(made.Ref).Parent, on.Key)
	}
	if !b.a.Capabilities().CommentEdit {
		b.notOffered("CommentEdit")
	}
	got := b.write(edit(made, b.Comment(2)))
	b.same(got.Fields, b.a.Normalize(b.Comment(2)))
}

func (b *bench) comment(on external.Ref, n int) external.Item {
	b.Helper()
	return b.write(outbound.Content{
		ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: on.Key},
		Set: b.Comment(n), CreateKey: key(n),
	})
}

func lawNormalize(b *bench) {
	for n := range 8 {
		for _, f := range []external.Fields{b.Ticket(n), b.Comment(n)} {
			once := b.a.Normalize(f)
			b.same(b.a.Normalize(once), once)
		}
	}
	nasty := []string{"", "\r\n", "a\r\r\n\r\nb", "a\r", "  a \t", "\n\na\n\n", "a \n b", "é e\u0301"}
	for _, s := range nasty {
		for _, c := range b.a.Capabilities().Fields {
			if c.Type == external.TypeText || c.Type == external.TypeProse {
				once := b.a.Normalize(external.Fields{c.Name: ticket.Text(s)})
				b.same(b.a.Normalize(once), once)
			}
		}
	}
}

// lawEcho: our own write shows up like any other change, with our key and login,
// so that it can be told from a stranger's.
func lawEcho(b *bench) {
	ours := b.create(0)
	theirs := b.CreateTicket("mallory", b.Ticket(1))
	b.settle()
	items, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	seen := ids(items)
	if got := seen[ours.ID]; b.keyed() && got.CreateKey != key(0) {
		b.Errorf("our item: got key %q, want %q", got.CreateKey, key(0))
	}
	who, err := b.a.Probe(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if got := seen[ours.ID]; got.Author != who.Login {
		b.Errorf("our item: got author %q, want %q", got.Author, who.Login)
	}
	if got, ok := seen[theirs.ID]; !ok || got.CreateKey != "" || got.Author != "mallory" {
		b.Errorf("their item: got %+v, want author mallory and no key", got)
	}
}

// keyed reports whether items carry the key of their create.
func (b *bench) keyed() bool { return b.a.Capabilities().CreateKey != external.CreateKeyNone }

// lawKeySurvives: an edit of the text that the key stands in keeps the key.
func lawKeySurvives(b *bench) {
	made := b.create(0)
	if !b.keyed() {
		b.notOffered("CreateKey")
	}
	got := b.write(edit(made, b.Ticket(1)))
	if got.CreateKey != key(0) {
		b.Errorf("after our edit: got key %q, want %q", got.CreateKey, key(0))
	}
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(1)))
}

// lawForeignKey: a key that is not ours is no key, and nothing of its text is cut.
func lawForeignKey(b *bench) {
	stranger := b.Adapter(func(c *adapters.Config) { c.OwnKey, c.KeyOf = func(string) bool { return false }, nil })
	made := b.create(0)
	items, err := stranger.Read(b.Context(), []external.Ref{made.Ref})
	if err != nil {
		b.Fatal(err)
	}
	if items[0].CreateKey != "" {
		b.Errorf("got key %q, want none", items[0].CreateKey)
	}
	if b.a.Capabilities().CreateKey == external.CreateKeyMarker && items[0].Fields[b.prose()].Equal(made.Fields[b.prose()]) {
		b.Error("the marker of a stranger was taken out of the text")
	}
}

func lawUncleared(b *bench) {
	if _, err := b.a.Ops(outbound.Outbound{}); err == nil {
		b.Error("Ops accepted content that was not cleared")
	}
	before := b.Writes()
	if _, err := b.a.Write(b.Context(), adapters.Op{Name: "create ticket", Verb: "create", Creates: true}); err == nil {
		b.Error("Write accepted an operation without cleared content")
	}
	if b.Writes() != before {
		b.Error("an uncleared operation reached the system")
	}
}

// lawOneCall: an operation is one vendor call, which the engine can journal.
func lawOneCall(b *bench) {
	content := b.newTicket(0)
	var item external.Item
	for round := range 2 {
		for _, op := range b.ops(content) {
			if item.ID != "" {
				op = op.At(item.Ref)
			}
			before := b.Writes()
			got, err := b.a.Write(b.Context(), op)
			if err != nil {
				b.Fatalf("%s: %v", op.Name, err)
			}
			if n := b.Writes() - before; n != 1 {
				b.Errorf("round %d: operation %q made %d calls that write, want 1", round, op.Name, n)
			}
			if got.Kind != external.KindContainer {
				item = got
			}
		}
		content = edit(item, b.Ticket(1))
	}
}

func lawLimited(b *bench) {
	made := b.create(0)
	b.Limit(90 * time.Second)
	_, err := b.a.Write(b.Context(), b.ops(edit(made, b.Ticket(1)))[0])
	b.wants(err, external.RateLimited)
	if d := external.RetryAfter(err); d <= 0 || d > 91*time.Second {
		b.Errorf("retry after: got %s, want about 90 s", d)
	}
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(0)))
}

func lawForbidden(b *bench) {
	made := b.create(0)
	b.Deny()
	_, err := b.a.Write(b.Context(), b.ops(edit(made, b.Ticket(1)))[0])
	b.wants(err, external.Forbidden)
	b.same(b.read(made.Ref).Fields, b.a.Normalize(b.Ticket(0)))
}
