package adaptertest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// lawContainers: a container that a field names and nobody knows is made by an operation
// of its own, once, is found again in the schema, and is used where it is known.
func lawContainers(b *bench) {
	made, creates, named := b.create(0), 0, 0
	for n, f := range b.a.Capabilities().Fields {
		if f.Type != external.TypeContainer || f.ReadOnly {
			continue
		}
		named++
		if b.container(made, f, n) {
			creates++
		}
	}
	switch {
	case named == 0:
		b.notOffered("TypeContainer")
	case creates == 0:
		b.notOffered("Op.CreatesContainer")
	}
}

// container reports whether the system lets us make containers of a field. One that does
// not refuses a name that it does not know.
func (b *bench) container(on external.Item, f external.FieldCapability, n int) bool {
	b.Helper()
	name := fmt.Sprintf("Next %d", n)
	set := external.Fields{f.Name: ticket.Text(name)}
	if f.Set {
		set[f.Name] = ticket.Set(name)
	}
	ops := b.ops(edit(on, set))
	if !ops[0].CreatesContainer {
		_, err := b.a.Write(b.Context(), ops[0])
		b.wants(err, external.Invalid)
		return false
	}
	if len(ops[0].Writes) > 0 || len(ops) < 2 || ops[1].CreatesContainer {
		b.Fatalf("%s: %d operations, of which the first writes %q", f.Name, len(ops), ops[0].Writes)
	}
	b.LoseReply()
	_, err := b.a.Write(b.Context(), ops[0])
	b.wants(err, external.Ambiguous)
	b.settle()
	known := b.containers(f.Name, name)
	if len(known) != 1 {
		b.Fatalf("%s: %d containers are called %q after one was made", f.Name, len(known), name)
	}
	c := edit(on, set)
	c.Containers = known
	if ops = b.ops(c); ops[0].CreatesContainer {
		b.Errorf("%s: a container that is known is made again", f.Name)
	}
	b.write(c)
	b.same(b.read(on.Ref).Fields, set)
	b.containerAnswer(on, f, n)
	return true
}

// containerAnswer makes another one, whose answer arrives: it names the field and the title.
func (b *bench) containerAnswer(on external.Item, f external.FieldCapability, n int) {
	b.Helper()
	name := fmt.Sprintf("Later %d", n)
	set := external.Fields{f.Name: ticket.Text(name)}
	ops := b.ops(edit(b.read(on.Ref), set))
	got, err := b.a.Write(b.Context(), ops[0])
	if err != nil {
		b.Fatalf("%s: %v", ops[0].Name, err)
	}
	if c := madeContainer(got); got.Kind != external.KindContainer || c.ID == "" || c.Field != f.Name || c.Name != name {
		b.Errorf("%s answers %+v", ops[0].Name, got)
	}
	follow(ops[1:], ops[0], got)
	for _, op := range ops[1:] {
		if _, err := b.a.Write(b.Context(), op); err != nil {
			b.Fatalf("%s: %v", op.Name, err)
		}
	}
	b.same(b.read(on.Ref).Fields, set)
	b.settle()
	known := b.containers(f.Name, name)
	if len(known) != 1 || known[0].ID != got.ID {
		b.Errorf("%s: the schema knows %+v, want the one that was made: %s", f.Name, known, got.ID)
	}
	// Two of one name: any of them will do, and none is made.
	c := edit(b.read(on.Ref), external.Fields{f.Name: ticket.Text(name)})
	c.Containers = append(slices.Clone(known), known...)
	if ops, err := b.a.Ops(Cleared(b.T, c)); err != nil || slices.ContainsFunc(ops, func(o adapters.Op) bool { return o.CreatesContainer }) {
		b.Errorf("%s: two containers of one name: %v", f.Name, err)
	}
}

// containers are those of a field with a name, as a new adapter sees them.
func (b *bench) containers(field, name string) []external.Container {
	b.Helper()
	a := b.Adapter(nil)
	s, err := a.Schema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if l, ok := offers[adapters.ContainerLister](a); ok {
		list, err := l.Containers(b.Context())
		if err != nil || !slices.Equal(list, s.Containers) {
			b.Errorf("Containers lists %+v, %v; want what the schema has: %+v", list, err, s.Containers)
		}
	}
	return slices.DeleteFunc(slices.Clone(s.Containers), func(c external.Container) bool { return c.Field != field || c.Name != name })
}

// lawCustom: a field that the project defined holds what its type says, is emptied, and
// refuses an option that it does not have.
func lawCustom(b *bench) {
	if b.a.Capabilities().Custom.Name == "" {
		b.notOffered("Custom")
	}
	s, err := b.a.Schema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	var custom []external.FieldCapability
	var names []string
	for _, f := range s.Fields {
		if strings.HasPrefix(f.Name, b.a.Capabilities().Custom.Name) && !f.ReadOnly {
			custom, names = append(custom, f), append(names, f.Name)
		}
	}
	if len(custom) == 0 {
		b.Fatal("the capabilities promise fields of projects and the site's project has none")
	}
	b.a = b.Adapter(func(c *adapters.Config) { c.Fields = names })
	first, second, none := external.Fields{}, external.Fields{}, external.Fields{}
	for _, f := range custom {
		v := b.samples(f, s)
		first[f.Name], second[f.Name], none[f.Name] = v[0], v[1], ticket.Value{}
		b.Logf("%s: %s, set %t", f.Name, f.Type, f.Set)
	}
	c := b.newTicket(0)
	for n, v := range first {
		c.Set[n] = v
	}
	made := b.write(c)
	b.same(b.read(made.Ref).Fields, first)
	for _, want := range []external.Fields{second, first, none, second} {
		for name, v := range want { // one by one: a fault in one hides none
			b.write(edit(b.read(made.Ref), external.Fields{name: v}))
		}
		b.same(b.read(made.Ref).Fields, want)
	}
	b.unknownOption(made, custom, second)
}

func (b *bench) unknownOption(made external.Item, custom []external.FieldCapability, held external.Fields) {
	b.Helper()
	for _, f := range custom {
		if f.Type != external.TypeOption {
			continue
		}
		v := ticket.Text("no such option")
		if f.Set {
			v = ticket.Set("no such option")
		}
		ops := b.ops(edit(b.read(made.Ref), external.Fields{f.Name: v}))
		_, err := b.a.Write(b.Context(), ops[0])
		if external.KindOf(err) != external.Invalid {
			b.Errorf("%s: an unknown option: got %v, want kind invalid", f.Name, err)
		}
	}
	b.same(b.read(made.Ref).Fields, held)
}

// samples are two values of a field's type, as the system spells them.
func (b *bench) samples(f external.FieldCapability, s external.Schema) [2]ticket.Value {
	b.Helper()
	words := map[external.FieldType][]string{
		external.TypeText: {"one line", "another"}, external.TypeProse: {"one\n\n**two**", "- three\n- four"},
		external.TypeNumber: {"2.5", "-40"}, external.TypeBool: {"true", "false"}, external.TypeDate: {"2026-06-01", "2028-02-29"},
		external.TypeTime: {"2026-06-01T10:00:00Z", "2026-12-31T23:59:59Z"}, external.TypeURL: {"https://example.com/a?b=c", "https://example.org/"},
		external.TypeLabels: {"red", "green", "blue"},
	}[f.Type]
	switch {
	case f.Type == external.TypePeople && len(s.People) > 1:
		words = []string{s.People[0].Login, s.People[1].Login}
	case f.Type == external.TypeOption && len(f.Options) > 1:
		words = []string{f.Options[0].Name, f.Options[len(f.Options)-1].Name}
	}
	if len(words) < 2 {
		b.Fatalf("the project's field %s of type %s has no two values", f.Name, f.Type)
	}
	if f.Set {
		return [2]ticket.Value{ticket.Set(words[0]), ticket.Set(words[1:]...)}
	}
	return [2]ticket.Value{ticket.Text(words[0]), ticket.Text(words[1])}
}

// lawUnknownPerson: somebody whom the system does not know is refused or left out, and
// whoever stood there stays. A system that names nobody takes any name.
func lawUnknownPerson(b *bench) {
	s, err := b.a.Schema(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	const nobody = "no-such-person"
	tried := 0
	for n, f := range b.a.Capabilities().Fields {
		if f.Type != external.TypePeople || f.ReadOnly {
			continue
		}
		tried++
		c := b.newTicket(0)
		c.CreateKey = key(n)
		made := b.write(c)
		had := made.Fields[f.Name].Elements()
		want := ticket.Text(nobody)
		if f.Set {
			want = ticket.Set(nobody)
			if f.MaxItems != 1 {
				want = ticket.Set(append(slices.Clone(had), nobody)...)
			}
		}
		ops, err := b.a.Ops(Cleared(b.T, edit(made, external.Fields{f.Name: want})))
		for i := 0; err == nil && i < len(ops); i++ {
			_, err = b.a.Write(b.Context(), ops[i])
		}
		got := b.read(made.Ref).Fields[f.Name]
		switch {
		case err != nil && external.KindOf(err) != external.Invalid:
			b.Errorf("%s: an unknown person: got %v, want kind invalid", f.Name, err)
		case err == nil && got.Equal(want) && len(s.People) == 0:
		case slices.ContainsFunc(had, func(p string) bool { return !got.Has(p) }):
			b.Errorf("%s: an unknown person took the place of others: got %q, had %q", f.Name, got.Elements(), had)
		case got.Has(nobody):
			b.Errorf("%s: holds a person whom the schema does not know: %q", f.Name, got.Elements())
		}
	}
	if tried == 0 {
		b.notOffered("TypePeople")
	}
	b.unknownOnCreate(nobody)
}

// unknownOnCreate: the same of a new ticket: it is refused, or made without the person.
func (b *bench) unknownOnCreate(nobody string) {
	b.Helper()
	c := b.newTicket(50)
	for _, f := range b.a.Capabilities().Fields {
		if f.Type == external.TypePeople && !f.ReadOnly {
			c.Set[f.Name] = ticket.Text(nobody)
			if f.Set {
				c.Set[f.Name] = ticket.Set(nobody)
			}
		}
	}
	_, err := b.a.Write(b.Context(), b.ops(c)[0])
	if err != nil && external.KindOf(err) != external.Invalid {
		b.Errorf("a create that names an unknown person: got %v, want kind invalid or none", err)
	}
	b.settle()
	items, _ := b.walk(external.StreamTickets, external.Window{}, nil)
	n := len(slices.DeleteFunc(kindOf(items, external.KindTicket), func(i external.Item) bool { return i.CreateKey != key(50) }))
	if b.keyed() && err != nil && n != 0 {
		b.Errorf("the refused create made %d tickets", n)
	}
}
