package webhook

import (
	"encoding/json"
	"time"

	"github.com/extsync/extsync/external"
)

// contract is what a project's settings agree on, checked and compiled. It is shared
// and never changed.
type contract struct {
	set     Settings
	shapes  map[external.Kind]*shape
	account *account
	places  map[external.Kind]*place // where items can be read back; empty: nowhere
	since   string
	verbs   map[external.Kind]map[verb]*action
	ping    *action
	intake  *intake

	precision, lag time.Duration
	pageSize       int
}

// verb is what is done to an item: "create", "update", "delete", or "ping".
type verb string

const (
	create verb = "create"
	update verb = "update"
	remove verb = "delete"
	ping   verb = "ping"
)

// shape reads one kind of item.
type shape struct {
	kind                                 external.Kind
	id, key, parent, author, url         *program
	createdAt, updatedAt, sequence, gone *program
	createKey                            *program
	fields                               []field // by name
}

// field is one field of a shape.
type field struct {
	external.FieldCapability
	read       *program // nil: it cannot be read
	trim, crlf bool
}

func (s *shape) field(name string) (field, bool) {
	for _, f := range s.fields {
		if f.Name == name {
			return f, true
		}
	}
	return field{}, false
}

type account struct {
	address        *address
	login, missing *program
}

// place is where one kind of item can be read.
type place struct {
	item, list  *address // list may be nil
	items, next *program
}

// action is one request that writes.
type action struct {
	verb          verb
	method        string
	address       *address
	body          *program // nil: the plain one
	full, async   bool
	item, id, key *program
}

// intake is how deliveries come in.
type intake struct {
	SignatureSettings
	deliveryID, event source
	project           *program
	timestamp         *program
	items             map[external.Kind]*program
	maxAge            time.Duration
}

// source finds a text in a header or the payload.
type source struct {
	header  string
	payload *program
}

// agree reads and checks settings. The error names all that is wrong.
func agree(raw json.RawMessage) (*contract, error) {
	set, wrong := parse(raw)
	if len(wrong) > 0 {
		return nil, wrong.err()
	}
	c := &checker{contract: &contract{
		set: set, shapes: map[external.Kind]*shape{}, places: map[external.Kind]*place{}, verbs: map[external.Kind]map[verb]*action{},
	}}
	c.items()
	c.reading()
	c.writing()
	c.receiving()
	c.together()
	return c.contract, c.err()
}

// readable reports whether items can be read back.
func (c *contract) readable() bool { return c.places[external.KindTicket] != nil }

// listed reports whether changes of a kind can be listed.
func (c *contract) listed(k external.Kind) bool { return c.places[k] != nil && c.places[k].list != nil }

// findable reports whether a create of a kind is found again by its key in lists.
func (c *contract) findable(k external.Kind) bool {
	return c.listed(k) && c.shapes[k].createKey != nil
}

// relative reports whether any address continues a base address.
func (c *contract) relative() bool {
	var all []*address
	if c.account != nil {
		all = append(all, c.account.address)
	}
	for _, p := range c.places {
		all = append(all, p.item, p.list)
	}
	for _, verbs := range c.verbs {
		for _, v := range verbs {
			all = append(all, v.address)
		}
	}
	if c.ping != nil {
		all = append(all, c.ping.address)
	}
	for _, a := range all {
		if a != nil && a.relative() {
			return true
		}
	}
	return false
}
