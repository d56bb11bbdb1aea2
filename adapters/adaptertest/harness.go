package adaptertest

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// Harness opens fresh, empty projects. PageSize of the adapters must be small
// enough that a few dozen tickets fill several pages; Pages tells how many tickets
// to make for that.
type Harness struct {
	Open func(t *testing.T) Site
	// Tickets is how many tickets fill at least three pages of Changes.
	Tickets int
}

// Site is one project on a simulator. Its verbs fail the test when they cannot be
// done.
type Site interface {
	// Adapter returns a new adapter, as another process would make it. change may
	// alter the configuration; nil leaves it.
	Adapter(change func(*adapters.Config)) adapters.Adapter

	// Ticket and Comment return content that the system accepts, in its own field
	// names; each n gives other values in every field. The texts are untidy in the ways that the
	// system is known to tidy.
	Ticket(n int) external.Fields
	Comment(n int) external.Fields

	// The verbs of people. Edit sets the given fields.
	CreateTicket(login string, f external.Fields) external.Ref
	AddComment(login string, on external.Ref, f external.Fields) external.Ref
	Edit(login string, ref external.Ref, f external.Fields)
	// Delete deletes an item; it reports false where the system has no such thing.
	Delete(login string, ref external.Ref) bool

	// Advance moves the system's clock.
	Advance(d time.Duration)
	// LoseReply lets the next write happen and loses its answer. LoseRequest loses the
	// next write on its way. Limit refuses the next write for a while, LimitRead the next
	// call that reads.
	LoseReply()
	LoseRequest()
	Limit(retryAfter time.Duration)
	LimitRead(retryAfter time.Duration)
	// Deny takes the permission to write from our account and returns what Probe
	// must call it.
	Deny() string
	// Writes returns how many calls that write have reached the system.
	Writes() int
}

// ownMAC ends the create keys that the suite calls its own, as the engine's do: the
// part before it is a random UUID, which systems that let us choose ids are given.
const ownMAC = ".0123456789"

// OwnKey is the suite's notion of a key that is ours; a harness puts it into the
// adapter's configuration.
func OwnKey(key string) bool { return strings.HasSuffix(key, ownMAC) && adapters.ClientID(key) != "" }

// KeyOf is the suite's counterpart for ids that we chose, for the configuration too.
func KeyOf(id string) string { return id + ownMAC }

// Run checks every law, each on a project of its own.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, law := range laws() {
		t.Run(law.name, func(t *testing.T) {
			law.check(newBench(t, h.Open(t), h.Tickets, nil))
		})
	}
}

// NotOffered starts the reason of a law that was skipped because of a capability.
const NotOffered = "not offered: "
