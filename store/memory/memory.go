package memory

import (
	"context"
	"sync"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// Store implements store.Store. Make one with New.
type Store struct {
	mu   sync.Mutex
	undo []func() // of the running transaction, kept for its capacity
	// since undoes what was committed since the last Backup; nil: there was none.
	since []func()
	// latest is the greatest time a caller has told. Links are marked dirty just
	// after it, so that the order of marks is kept without a clock.
	latest time.Time

	projects   projects
	tickets    tickets
	comments   comments
	links      links
	observed   observed
	intents    intents
	sessions   sessions
	conflicts  conflicts
	deliveries deliveries
	requests   table[requestKey, store.Request]
	budgets    table[string, *store.Budget]
	audit      table[string, []store.AuditEntry]
	heads      table[string, store.HeadMark]
	histories  histories
	secrets    table[secretKey, []byte]
	mappings   mappings
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{
		projects: newProjects(), tickets: newTickets(), comments: newComments(),
		links: newLinks(), observed: newObserved(), intents: newIntents(),
		sessions: newSessions(), conflicts: newConflicts(), deliveries: newDeliveries(),
		requests: table[requestKey, store.Request]{}, budgets: table[string, *store.Budget]{},
		audit: table[string, []store.AuditEntry]{},
		heads: table[string, store.HeadMark]{}, histories: newHistories(),
		secrets: table[secretKey, []byte]{}, mappings: mappings{},
	}
}

// tx is the running transaction. Its store is taken away when it ends, so that a
// late use panics instead of racing.
type tx struct {
	*Store
}

var _ store.Tx = (*tx)(nil)

// Tx implements store.Store. fn runs exactly once.
func (s *Store) Tx(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{s}
	committed := false
	// No recover: a panic keeps its stack, and what was done is undone on its way out.
	defer func() {
		s.end(committed)
		t.Store = nil
	}()
	if err := fn(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	committed = true
	return nil
}

// end undoes the transaction in reverse order unless it is committed.
func (s *Store) end(committed bool) {
	for i := len(s.undo) - 1; i >= 0; i-- {
		if !committed {
			s.undo[i]()
		}
	}
	if committed && s.since != nil {
		s.since = append(s.since, s.undo...)
	}
	clear(s.undo) // let go of what the functions hold
	s.undo = s.undo[:0]
}

// Backup remembers the present state for Restore, which costs memory with every change
// from now on. A later one takes its place.
func (s *Store) Backup() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = []func(){}
}

// Restore goes back to the state of the last Backup, as a database does that is restored
// from one. Without a backup it does nothing.
func (s *Store) Restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.since) - 1; i >= 0; i-- {
		s.since[i]()
	}
	// What the functions themselves registered is of no transaction.
	s.undo, s.since = s.undo[:0], []func(){}
}

// onUndo registers how to take one change back.
func (s *Store) onUndo(f func()) { s.undo = append(s.undo, f) }

// told remembers the latest time that a caller has spoken of.
func (s *Store) told(at time.Time) {
	if at = canon.Time(at); at.After(s.latest) {
		s.latest = at
	}
}

// mark returns a time after every time told and every earlier mark.
func (s *Store) mark() time.Time {
	s.latest = s.latest.Add(time.Microsecond)
	return s.latest
}
