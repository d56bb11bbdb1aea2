package markup

import "strings"

// Keep is the put of the Markdown side. ours is a text as its author typed it, theirs
// is the text that another system shows instead, spelled in that system's way. The
// result says what theirs says, in the bytes of ours wherever both say the same:
// blocks, items of lists and lines that did not change stay, and so does the white
// space between those that stayed neighbours. What ours holds and norm drops, such
// as an HTML comment, stays at its place.
//
// norm returns the normal form of a text; two texts that say the same have one. It is
// asked a few times for the whole text and once for each of its blocks. Laws, for all
// texts o and t:
//
//   - norm(Keep(o, t)) = norm(t).
//   - Keep(o, t) = o, byte for byte, where norm(o) = norm(t).
//
// Where what stays would change the meaning of what is new, more is taken from
// theirs; at last all of it.
func Keep(ours, theirs string, norm func(string) string) string {
	if ours == theirs {
		return ours
	}
	k := keeper{norm: norm, want: norm(theirs), newline: newlineOf(ours)}
	normal := norm(ours)
	if normal == k.want {
		return ours
	}
	k.ours, k.theirs = k.spelling(ours, normal), k.spelling(theirs, k.want)
	k.pairs = align(k.ours.parts(), k.theirs.parts())
	for _, how := range [...]effort{{inside: true}, {}, {strict: true}} {
		if got := k.weave(how); norm(got) == k.want {
			return got
		}
	}
	for grow := 1; grow < len(k.pairs); grow *= 2 {
		if got := k.weave(effort{strict: true, grow: grow}); norm(got) == k.want {
			return got
		}
	}
	return theirs
}

// Keep is the function Keep under the normal form of Jira's formats.
func (f Format) Keep(ours, theirs string) string { return Keep(ours, theirs, f.Normalize) }

// keeper is one call of Keep.
type keeper struct {
	norm         func(string) string
	want         string // the normal form of theirs
	ours, theirs spelled
	pairs        []pair // of the parts of both
	newline      string // how ours ends its lines
	nested       bool   // the texts are one block, its units are lines
	items        bool   // or items of a list
}

// effort says how much of ours is kept.
type effort struct {
	inside bool // also items and lines of blocks that changed
	strict bool // blocks that are new have empty lines around them
	grow   int  // how many unchanged blocks around a change are taken from theirs
}

// newlineOf returns how a text ends its lines.
func newlineOf(s string) string {
	if at := strings.IndexByte(s, '\n'); at > 0 && s[at-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
