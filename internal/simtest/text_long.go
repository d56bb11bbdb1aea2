package simtest

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/ticket"
)

// A long text is made of paragraphs that blank lines part. Each edit brings one new token
// and leaves most of the paragraphs that stood there, with their tokens: so the oracle can
// follow every paragraph through merges. Among them stand others without a token, the same
// again and again, as in checklists.

const between = "\n\n"

// longHere reports whether texts are long in this run, which people then edit more often.
func (w *world) longHere() bool { return w.has(longTexts) && w.fleet == nil }

// onHot reports whether somebody goes to the item that others just touched.
func (w *world) onHot() bool { return w.work.IntN(3) == 0 || w.profile == Texts && w.work.IntN(3) > 0 }

// lengthen makes a long text that carries a new token out of the one that stood there.
func (w *world) lengthen(text, now string) string {
	ends, tail := "", ""
	if w.has(untidy) { // as the forms of web pages send it, and as editors end it
		text += [...]string{"", "", "", " ", " @ann fixes #1"}[w.work.IntN(5)]
		ends, tail = [...]string{"", "", "", "\r"}[w.work.IntN(4)], [...]string{"", "", "\n", "\n\n"}[w.work.IntN(4)]
	}
	now = strings.TrimRight(strings.ReplaceAll(now, "\r\n", "\n"), "\n")
	return strings.ReplaceAll(w.amend(text, now)+tail, "\n", ends+"\n")
}

// amend puts a new token into a text.
func (w *world) amend(text, now string) string {
	piece := strings.Replace(longLeads()[w.work.IntN(len(longLeads()))], "%", text, 1)
	old := strings.Split(now, between)
	if now == "" || len(old) > 9 || w.work.IntN(12) == 0 {
		for range 2 + w.work.IntN(5) {
			piece += between + longBlocks()[w.work.IntN(len(longBlocks()))]
		}
		return piece
	}
	at := w.work.IntN(len(old))
	switch w.work.IntN(8) {
	case 0, 1, 2: // another paragraph instead of one
		old[at] = piece
	case 3: // one more
		old = slices.Insert(old, at, piece)
	case 4: // one more at the end
		old = append(old, piece)
	case 5, 6: // one goes, and another one comes somewhere else
		old = slices.Delete(old, at, at+1)
		old = slices.Insert(old, w.work.IntN(len(old)+1), piece)
	default: // one is moved, and another one stands for its neighbour
		moved := old[at]
		old = slices.Delete(old, at, at+1)
		old = slices.Insert(old, w.work.IntN(len(old)+1), moved)
		old[w.work.IntN(len(old))] = piece
	}
	return strings.Join(old, between)
}

func longLeads() []string {
	return []string{"%", "% in words\nand more", "- [ ] %", "- [x] %\n- [ ] open", "## %", "```\n%\n\ncode\n```"}
}

func longBlocks() []string {
	return []string{
		"- [ ] open", "- [ ] open\n- [ ] open", "# Head", "```\ncode\n\ncode\n```", "alike", "first", "second", "third", "fourth\nand last", "fifth", "sixth",
	}
}

// dropped returns the tokens of a text that its next version does not carry any more: what
// the author of that version replaced, having seen it.
func dropped(was ticket.Value, next string) (out []int) {
	stays := tokensIn(ticket.Text(next))
	for _, id := range tokensIn(was) {
		if !slices.Contains(stays, id) {
			out = append(out, id)
		}
	}
	return out
}

// newestIn returns the token of a text that was written last, which names its version; nil:
// there is none.
func (o *Oracle) newestIn(v ticket.Value) *token {
	newest := 0
	for _, id := range tokensIn(v) {
		newest = max(newest, id)
	}
	return o.token(newest)
}
