package simtest

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// What follows lends the oracle to harnesses outside of this package: the same rule
// judges runs on the real stack.

// Token is what a harness may know of one value that a person wrote.
type Token struct {
	ID    int
	Side  int    // 0: ours; n: the n-th project
	Item  string // id of the item on that side
	Field ticket.Field
	Raw   string // what the person typed
}

// Next returns the text that the next token must carry.
func (o *Oracle) Next() string { return o.next() }

// Wrote records the token with the next id, and returns it. saw are the tokens that its
// author saw where he wrote it.
func (o *Oracle) Wrote(t Token, kind external.Kind, saw ...int) int {
	return o.wrote(t.Side, t.Item, t.Field, t.Raw, saw...).at(kind).id
}

// Moot says of a token that its edit was refused to its author's face, or that nobody
// told him what became of it: it may be anywhere or nowhere. With false it counts again.
func (o *Oracle) Moot(id int, is bool) { o.token(id).void = is }

// Deleted records that somebody deleted an item having seen these tokens on it.
func (o *Oracle) Deleted(saw ...int) { o.deleted(saw) }

// Unlabelled records that somebody took off a label that he saw.
func (o *Oracle) Unlabelled(label int) { o.unlabelled(label) }

// Count is how many tokens were written.
func (o *Oracle) Count() int { return len(o.tokens) }

// Lost returns the tokens that are not accounted for: neither live nor kept in a conflict
// record, nor seen by the author of one that is accounted for, nor excused.
func (o *Oracle) Lost(live, kept, excused map[int]bool) (list []Token) {
	for _, t := range o.lost(live, kept, excused) {
		list = append(list, Token{t.id, t.side, t.item, t.field, t.raw})
	}
	return list
}

// TokensIn returns the tokens in a value: one of a text, one for each element of a set.
func TokensIn(v ticket.Value) []int { return tokensIn(v) }

// TokenIn returns the first token in a text, or 0.
func TokenIn(s string) int { return tokenIn(s) }
