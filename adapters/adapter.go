// Package adapters is the port to external systems. An [Adapter] reads, writes and
// translates for one connected project; it never compares, retries, waits or
// decides. The packages below it implement the port, catalog lists them, and
// adaptertest is the suite that each must pass.
package adapters

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// Adapter speaks to one external project. Its methods may be called by several
// goroutines. Every error is, or wraps, an *external.Error whose kind the adapter
// chose. Fields carry the system's own names, as in Capabilities.Fields.
type Adapter interface {
	// Capabilities returns facts; it needs no connection.
	Capabilities() external.Capabilities

	// Probe asks whom the credential speaks as and which permissions it lacks in
	// this project. A refused credential is an error of kind Unauthorised, an
	// unknown project one of kind NotFound.
	Probe(ctx context.Context) (external.Identity, error)

	// Project returns the connected project with its immutable id.
	Project(ctx context.Context) (external.Project, error)

	// Projects lists what the credential could be connected to.
	Projects(ctx context.Context) ([]external.Project, error)

	// Schema returns what this project offers now, its containers included.
	Schema(ctx context.Context) (external.Schema, error)

	// Changes returns one page of the items of a stream that changed in the window.
	// page is empty or the Next of the page before; version is empty or the Version
	// of the last complete walk with the same window.Lo. Walking to the end misses
	// no item that was visible when the walk began, whatever changes meanwhile; it
	// may show an item twice. Deleted items do not show, or show with Gone set.
	Changes(ctx context.Context, stream external.Stream, window external.Window, page, version string) (external.Page, error)

	// Read returns the present state of the items, in the order of refs, reading
	// past any index. An item that is provably gone comes back with Gone set; one
	// that was moved to another project too, with an error of kind Moved only when
	// that is all the system says.
	Read(ctx context.Context, refs []external.Ref) ([]external.Item, error)

	// Ops splits content into operations of exactly one vendor call each, in the
	// order in which they must be written. It is pure. It refuses content that was
	// not cleared.
	Ops(out outbound.Outbound) ([]Op, error)

	// Write performs one operation and returns the item as the system now shows it,
	// with at least the fields in op.Writes (a call that answers with labels only
	// leaves UpdatedAt zero); after a delete, an item with Gone set. A write to a ticket that
	// was moved to another project is an error of kind Moved and did nothing, or went on at
	// the new place, and then Gone, MovedTo and Home of the item say so. An error of kind Ambiguous means that
	// the write may have happened; every other kind means that it did not.
	Write(ctx context.Context, op Op) (external.Item, error)

	// Normalize returns the fields as they would read after being written. It is
	// pure and idempotent. The result may be f itself: nobody changes it.
	Normalize(f external.Fields) external.Fields

	// History returns, for each query, the revisions of the item's fields since a
	// little before query.Since, oldest first, in the order of the queries. Fields
	// without history (see Capabilities) do not appear; an item that is gone has none.
	History(ctx context.Context, queries []HistoryQuery) ([][]external.Revision, error)
}

// HistoryQuery asks for the revisions of one item since a time by the vendor's
// clock.
type HistoryQuery struct {
	Ref   external.Ref
	Since time.Time
}

// BatchWriter is the extra verb of adapters that can make several items in one vendor
// call, see Capabilities.WriteBatch.
type BatchWriter interface {
	// WriteBatch performs creates of tickets in one vendor call, all with the same
	// non-empty Op.Batch, and returns one result each, in their order. One refused
	// element does not hinder the others. An error means that nobody knows more than
	// its kind says of every element: Ambiguous, that each may have happened.
	WriteBatch(ctx context.Context, ops []Op) ([]Result, error)
}

// Result is what became of one operation of a batch: as Write returns it.
type Result struct {
	Item external.Item
	Err  error
}

// Damager is the extra verb of adapters whose system keeps text in a markup of its own
// that cannot hold everything.
type Damager interface {
	// Damage says for the fields what would be lost of them if they were written over
	// now (what the item holds at present, sidecars included; nil for a create): one
	// sentence a field, none for a field that would arrive whole. It is pure.
	Damage(kind external.Kind, f, now external.Fields) map[string]string
}

// Respeller is the extra verb of adapters whose system respells every text that it
// keeps, so that an edit of one paragraph comes back with all others respelled.
type Respeller interface {
	// Respell returns a text as the system shows it, in our own spelling wherever both
	// say the same. Normalize says the same of the result and of theirs, and the result
	// is ours where Normalize says the same of both. It is pure.
	Respell(kind external.Kind, field, ours, theirs string) string
}

// AccountTeller is the extra verb of adapters that can tell in one call, which changes nothing, whom
// the credential speaks as: Identity.Login, without what else Probe looks at.
type AccountTeller interface {
	Account(ctx context.Context) (login string, err error)
}

// ContainerLister is the extra verb of adapters that can list the containers of a
// project in fewer calls than its whole schema.
type ContainerLister interface {
	// Containers returns what Schema would return as Containers.
	Containers(ctx context.Context) ([]external.Container, error)
}

// WebhookReceiver is the extra verb of adapters whose system can call us.
type WebhookReceiver interface {
	// VerifyWebhook checks the signature of a raw body with the secret and tells
	// which items it hints at. It is pure and constant in time over the signature. A
	// forged or unsigned delivery is an error of kind Unauthorised. Where the system
	// signs a time, Delivery.SignedAt is that time, for the caller to refuse old ones.
	VerifyWebhook(secret []byte, header http.Header, body []byte) (Delivery, error)
}

// Delivery is one verified webhook. It is a hint: the items are read again before
// anything is believed.
type Delivery struct {
	ID    string // the vendor's id of the delivery, the same when it is delivered again
	Event string
	// ProjectKey is the address the vendor names, empty when it names none.
	ProjectKey string
	Refs       []external.Ref // items to look at; empty for an event that needs none
	// SignedAt is when the system says it sent the delivery, under its signature; zero
	// where it signs none. MaxAge is how old it may be then.
	SignedAt time.Time
	MaxAge   time.Duration
	// Items are whole items, told only by a system that cannot be read (see
	// Factory.Settle): there the delivery is all there is.
	Items []external.Item
}

// Config is what an adapter needs to speak to one project.
type Config struct {
	BaseURL    string // empty: the vendor's public service
	ProjectKey string // the project's address: "octo/hello"
	ProjectID  string // its immutable id; empty until it was connected
	Token      string
	// User goes with the token where the system wants both (Jira's API tokens: an e-mail
	// address). Empty: the token speaks for itself.
	User string
	// Filter narrows the project to some tickets, in the system's own language (JQL). It
	// was validated by Probe.
	Filter string
	// Settings are the adapter's own, as JSON; empty: its defaults. Each adapter says what
	// it takes.
	Settings json.RawMessage
	// Fields names the external fields that are mapped. Those that cost something to read,
	// or that a project may not have (Capabilities.Custom, a sprint), are read only if they
	// are named.
	Fields    []string
	Transport http.RoundTripper // nil: http.DefaultTransport
	Timeout   time.Duration     // hard limit of one call; zero: 30 s
	// OwnKey reports whether a create key found on an item was made by us. Text that
	// merely looks like a marker stays text.
	OwnKey func(key string) bool
	// KeyOf returns the create key that belongs to an item whose id we chose, for systems
	// of CreateKeyClientID: such an adapter makes items under ClientID(key) and reports
	// KeyOf(id) for every item of its own account. Whether we made it, the engine knows.
	// Nil: no item has a key.
	KeyOf func(id string) string
	// Made reports whether an id may be that of an item which we made under an id that we chose: no other item of our
	// account is, as of somebody's who lends it to us. Nil: nobody can tell.
	Made func(id string) bool
	// Meter hears of each call; nil: nobody does.
	Meter Meter
	// Now is our clock, for signatures and for asking what is new; nil: time.Now.
	Now func() time.Time
}

// ClientID returns the id under which an item with that create key is made where we
// choose ids: a random UUID of version 4. Empty when the key holds none.
func ClientID(createKey string) string {
	id, _, _ := strings.Cut(createKey, ".")
	if len(id) != 36 {
		return ""
	}
	return id
}

// Meter hears what the vendor says about our allowance.
type Meter interface {
	// Called is told after every call; rate is zero where the vendor said nothing.
	Called(kind string, write bool, rate Rate)
}

// Rate is the vendor's own account of the credential's allowance.
type Rate struct {
	Known     bool
	Remaining int
	Reset     time.Time
}

// Factory makes adapters of one system.
type Factory struct {
	Capabilities external.Capabilities
	New          func(Config) (Adapter, error)
	// Settle checks a project's settings and returns the capabilities as they narrow
	// them: a webhook peer that cannot be read does not serve every direction. An error
	// of kind Invalid says what to mend. Nil: settings change no capability.
	Settle func(settings json.RawMessage) (external.Capabilities, error)
	// Places says where in the system the fields of each kind of item stand, by their names, as far as the
	// settings say so: with other settings another value may be read there, and nobody has edited anything.
	// Nil: they say of no field.
	Places func(settings json.RawMessage) map[external.Kind]map[string]string
	// Public is the address of the vendor's public service, which an empty Config.BaseURL stands for;
	// empty: there is none.
	Public string
}
