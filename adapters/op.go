package adapters

import (
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// Op is exactly one vendor call that writes. Only an adapter's Ops makes them, from
// cleared content; the engine journals each, writes it, and hands it back unchanged
// but for At and Know.
type Op struct {
	// Name says what the call does, for the journal: "edit issue", "add labels".
	Name string
	// Verb is the adapter's own name of the call; nobody else reads it.
	Verb string
	// Writes names the fields that this call changes; a create names all it sets.
	Writes []string
	// Creates reports whether the call makes the item itself.
	Creates bool
	// CreatesContainer reports whether the call makes a container; Write then
	// returns it as an item of KindContainer.
	CreatesContainer bool
	// Batch is equal and not empty for operations that may share one WriteBatch call.
	Batch string
	// Add and Remove are the elements of a set that the call adds or removes.
	Add, Remove []string

	ref        external.Ref
	containers []external.Container
	out        outbound.Outbound
}

// NewOp makes an operation on the content's item. It fails for content that was
// not cleared, and as Invalid for text that is not UTF-8: JSON has no way to carry it.
func NewOp(out outbound.Outbound, op Op) (Op, error) {
	c, err := out.Open()
	if err != nil {
		return Op{}, err
	}
	for name, v := range c.Set {
		for i := range v.Len() {
			if !utf8.ValidString(v.At(i)) {
				return Op{}, &external.Error{Kind: external.Invalid, Op: op.Name, Message: "the field " + name + " is not UTF-8; write it anew"}
			}
		}
	}
	op.out, op.ref, op.containers = out, c.Ref, c.Containers
	return op, nil
}

// Open returns the content, with Ref and Containers as At and Know left them. It
// fails for an Op that was not made from cleared content.
func (o Op) Open() (outbound.Content, error) {
	c, err := o.out.Open()
	if err != nil {
		return outbound.Content{}, err
	}
	c.Ref, c.Containers = o.ref, o.containers
	return c, nil
}

// At returns the operation aimed at ref: what follows a create needs its item.
func (o Op) At(ref external.Ref) Op {
	o.ref = ref
	return o
}

// Know returns the operation with one more known container.
func (o Op) Know(c external.Container) Op {
	o.containers = append(append([]external.Container(nil), o.containers...), c)
	return o
}
