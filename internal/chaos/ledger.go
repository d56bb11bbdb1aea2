package chaos

import (
	"slices"
	"sync"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/ticket"
)

// ledger is the oracle, for people who write at the same time.
type ledger struct {
	mu     sync.Mutex
	oracle simtest.Oracle
	moot   int                    // edits of which nobody knows what became
	blind  map[int]map[place]bool // by token: where a write of ours replaced it
	births []birth
	secret map[int]bool // tokens that may not leave now
}

// place is a field of an item at one side.
type place struct {
	side  int
	item  string
	field ticket.Field
}

// birth is the creation of a ticket by a person: token is the label that it keeps for ever.
type birth struct {
	token, side int
	sure        bool // it was answered
}

// entry is one value that a person is about to write.
type entry struct {
	place
	kind external.Kind
	text func(token string) string // what he types
	saw  []int
}

// reserve records an entry as moot and returns what to type. [ledger.sure] makes it count.
func (l *ledger) reserve(e entry) (id int, raw string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw = e.text(l.oracle.Next())
	id = l.oracle.Wrote(simtest.Token{Side: e.side, Item: e.item, Field: e.field, Raw: raw}, e.kind, e.saw...)
	l.oracle.Moot(id, true)
	l.moot++
	return id, raw
}

// hide says that a token may not leave from now on.
func (l *ledger) hide(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.secret == nil {
		l.secret = map[int]bool{}
	}
	l.secret[id] = true
}

// show lets tokens leave that were hidden.
func (l *ledger) show(ids ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		delete(l.secret, id)
	}
}

// leaks returns which of the tokens may not leave.
func (l *ledger) leaks(ids []int) []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return !l.secret[id] })
}

// sure makes entries count that were accepted.
func (l *ledger) sure(ids ...int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.oracle.Moot(id, false)
		l.moot--
	}
}

func (l *ledger) deleted(saw []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.oracle.Deleted(saw...)
}

func (l *ledger) unlabelled(token int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.oracle.Unlabelled(token)
}

func (l *ledger) born(b birth) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.births = append(l.births, b)
}

// vanished notes that a write of ours replaced a value outside.
func (l *ledger) vanished(token int, at place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.blind == nil {
		l.blind = map[int]map[place]bool{}
	}
	if l.blind[token] == nil {
		l.blind[token] = map[place]bool{}
	}
	l.blind[token][at] = true
}
