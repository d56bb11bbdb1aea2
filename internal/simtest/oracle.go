package simtest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Oracle knows who wrote what having seen what, and decides whether a value was
// lost. It knows nothing of the engine.
//
// A token is accounted for iff it is live on some side, or kept in a conflict record,
// or was seen by the author of a token (or of a deletion) that is accounted for.
type Oracle struct {
	now     func() time.Time // nil: there is no time
	tokens  []token
	deletes [][]int // what each deletion's author saw; a deletion is always accounted for
	removed []int   // labels that somebody took off having seen them
	forgot  bool    // the database was restored to a backup
}

// token is one value that a person wrote.
type token struct {
	id      int
	side    int    // 0: ours; n: the tracker of peer n-1
	item    string // id of the item on that side
	kind    external.Kind
	field   ticket.Field
	raw     string // the bytes that the person typed, or that the tracker made of them
	saw     []int  // what stood there when he did
	under   []int  // what our notice had replaced that he wrote over; it counts once the database has forgotten that
	written time.Time
	void    bool // the edit was refused to its author's face
}

// tokenMark starts the text of every token.
const tokenMark = 'k'

// next returns the text that the next token must carry. Its raw bytes may go on after
// it with anything but a digit.
func (o *Oracle) next() string { return string(tokenMark) + strconv.Itoa(len(o.tokens)+1) }

// wrote records the token with the next id.
func (o *Oracle) wrote(side int, item string, f ticket.Field, raw string, saw ...int) *token {
	t := token{id: len(o.tokens) + 1, side: side, item: item, kind: external.KindTicket, field: f, raw: raw, saw: saw}
	if o.now != nil {
		t.written = o.now()
	}
	o.tokens = append(o.tokens, t)
	return &o.tokens[len(o.tokens)-1]
}

// token returns the token with that id, or nil.
func (o *Oracle) token(id int) *token {
	if id < 1 || id > len(o.tokens) {
		return nil
	}
	return &o.tokens[id-1]
}

// origins returns a token, those in whose place it was written, and so on.
func (o *Oracle) origins(id int) []int {
	all := []int{id}
	for n := 0; n < len(all); n++ {
		for _, s := range o.tokens[all[n]-1].saw {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// at says of what kind the token's item is.
func (t *token) at(kind external.Kind) *token {
	t.kind = kind
	return t
}

// deleted records that somebody deleted an item having seen these tokens on it.
func (o *Oracle) deleted(saw []int) { o.deletes = append(o.deletes, saw) }

// unlabelled records that somebody took off a label that he saw.
func (o *Oracle) unlabelled(label int) { o.removed = append(o.removed, label) }

// lost returns the tokens that are not accounted for. live and kept hold those that
// are live or in a conflict record; excused ones were overwritten in a window that
// nothing can audit, and the journal says so.
func (o *Oracle) lost(live, kept, excused map[int]bool) []*token {
	done := make([]bool, len(o.tokens)+1)
	var todo []int
	reach := func(id int) {
		if id > 0 && id < len(done) && !done[id] {
			done[id] = true
			todo = append(todo, id)
		}
	}
	for _, set := range []map[int]bool{live, kept, excused} {
		for id := range set {
			reach(id)
		}
	}
	for _, saw := range o.deletes {
		for _, id := range saw {
			reach(id)
		}
	}
	for _, id := range o.removed {
		reach(id)
	}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, s := range o.tokens[id-1].saw {
			reach(s)
		}
		for _, s := range o.tokens[id-1].under {
			if o.forgot {
				reach(s)
			}
		}
	}
	var out []*token
	for i := range o.tokens {
		if t := &o.tokens[i]; !done[t.id] && !t.void {
			out = append(out, t)
		}
	}
	return out
}

// tokenIn returns the id of the first token in a text, or 0.
func tokenIn(s string) int {
	for from := 0; ; {
		id, end := nextToken(s, from)
		if id > 0 || end == len(s) {
			return id
		}
		from = end
	}
}

// eachToken calls f with every token in a text.
func eachToken(s string, f func(id int)) {
	for from := 0; from < len(s); {
		id, end := nextToken(s, from)
		if id > 0 {
			f(id)
		}
		from = end
	}
}

// nextToken looks at the next mark from an offset on. It returns the token there, or 0
// for another word, and where to go on.
func nextToken(s string, from int) (id, end int) {
	n := strings.IndexByte(s[from:], tokenMark)
	if n < 0 {
		return 0, len(s)
	}
	at := from + n
	end = at + 1
	if at > 0 && isWord(s[at-1]) {
		return 0, end
	}
	for ; end < len(s) && s[end] >= '0' && s[end] <= '9' && id < 1e6; end++ {
		id = id*10 + int(s[end]-'0')
	}
	if end < len(s) && isWord(s[end]) {
		return 0, end
	}
	return id, end
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// tokensIn returns the tokens in a value: all of a text, one for each element of a set.
func tokensIn(v ticket.Value) (ids []int) {
	if !v.IsSet() {
		eachToken(v.Text(), func(id int) { ids = append(ids, id) })
		return ids
	}
	for _, e := range v.Elements() {
		if id := tokenIn(e); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}
