// Package model is Linear's issue tracker as one in-memory value: a workspace with users, teams, states, labels, cycles, projects,
// issues, comments, attachments, the issues' history, and the notices from which webhooks are made.
//
// It knows nothing of HTTP, GraphQL, tokens, limits or faults: package linear serves it. It is pure in the sense that matters for
// reproducible runs: no goroutine, no lock, no wall clock. Time comes from the function given to [New], ids from its seed, so the
// same calls give the same world. The caller serialises access.
//
// The entry point is [New]; writes take an [Input], an input object as the interface takes it.
package model

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Options of a world.
type Options struct {
	Now           func() time.Time
	Seed          uint64
	Organization  string        // name; its lower-case form is the URL key
	Lag           time.Duration // how late writes of issues and comments appear in lists
	CommentsTouch bool          // a comment moves its issue's updatedAt
}

// Meta is what every entity has.
type Meta struct {
	ID         string
	Seq        int64 // order of creation, breaks ties of CreatedAt
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ArchivedAt *time.Time
}

// World holds a workspace. It is not safe for concurrent use.
type World struct {
	Organization *Organization

	opts     Options
	rng      *rand.Rand
	emit     func(Notice)
	seq      int64
	users    []*User
	teams    []*Team
	states   []*State
	labels   []*Label
	cycles   []*Cycle
	projects []*Project

	issues      []*Issue // in order of creation; trashed ones too, purged ones not
	issueByID   map[string]*Issue
	issueByKey  map[string]*Issue // by identifier in upper case, former ones too
	comments    []*Comment        // not deleted
	commentByID map[string]*Comment
	attachments []*Attachment
	trash       map[*Issue]struct{}
	lateIssues  map[*Issue]struct{}
	lateNotes   map[*Comment]struct{}
}

// Organization is the workspace.
type Organization struct {
	Meta
	Name, URLKey string
}

// New returns an empty workspace.
func New(o Options) *World {
	w := &World{
		opts: o, rng: rand.New(rand.NewPCG(o.Seed, 7)), emit: func(Notice) {},
		issueByID: map[string]*Issue{}, issueByKey: map[string]*Issue{}, commentByID: map[string]*Comment{},
		trash: map[*Issue]struct{}{}, lateIssues: map[*Issue]struct{}{}, lateNotes: map[*Comment]struct{}{},
	}
	w.Organization = &Organization{Meta: w.meta(""), Name: o.Organization, URLKey: slug(o.Organization)}
	return w
}

// OnNotice sets the function that hears of every change a webhook would tell about. It runs inside the change, after it is
// complete, and must not change the world.
func (w *World) OnNotice(f func(Notice)) { w.emit = f }

// SetLag makes writes from now on appear in lists only d later, as on a lagging replica. Direct reads are never late.
func (w *World) SetLag(d time.Duration) { w.opts.Lag = d }

// Now is the world's time in Linear's resolution: milliseconds, UTC.
func (w *World) Now() time.Time { return w.opts.Now().UTC().Truncate(time.Millisecond) }

// SyncID is Linear's lastSyncId: it grows with every write.
func (w *World) SyncID() int64 { return w.seq }

// meta makes the common part of an entity; an empty id is drawn.
func (w *World) meta(id string) Meta {
	if id == "" {
		id = w.UUID()
	}
	w.seq++
	now := w.Now()
	return Meta{ID: id, Seq: w.seq, CreatedAt: now, UpdatedAt: now}
}

// UUID draws a random version 4 UUID from the seed.
func (w *World) UUID() string {
	a, b := w.rng.Uint64(), w.rng.Uint64()
	a, b = a&^0xf000|0x4000, b&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

// touch stamps a change.
func (w *World) touch(m *Meta) {
	w.seq++
	m.UpdatedAt = w.Now()
}

// slug is the form of a name in addresses.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := strings.Trim(b.String(), "-")
	if len(s) > 60 {
		s = strings.Trim(s[:60], "-")
	}
	return s
}

// find returns the first match, or the zero value.
func find[T any](list []T, match func(T) bool) T {
	if k := slices.IndexFunc(list, match); k >= 0 {
		return list[k]
	}
	var none T
	return none
}

// bySeq sorts entities by creation.
func bySeq[T any](list []T, meta func(T) *Meta) {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(meta(a).Seq, meta(b).Seq) })
}
