package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/ticket"
)

// Prose is a text that was edited on both sides, with what is needed to merge the edits.
//
// Four texts meet here, in two spellings: systems respell what they keep. All are brought
// into the spelling in which they would read back (Normalize), where equal blocks have
// equal bytes, and are merged there. The ancestor of the external text is base.External,
// that of the local one base.Local, and a merge is tried only where both read alike: then
// they are one text, and it is exactly what both authors had before them. The result goes
// back into the local spelling (Respell), so that who edited one paragraph here finds all
// others as they were typed.
type Prose struct {
	Base            Base
	Local, External ticket.Value
	// Normalize is that of Input, for the field; Respell too, and may be nil.
	Normalize func(ticket.Value) ticket.Value
	Respell   func(local, external ticket.Value) ticket.Value
}

// Merging compares both edits. Where the two ancestors do not read alike (a lossy write
// came between) there is no text that both were made on, and all of it clashes.
func (p Prose) Merging() Merging {
	o, a, b := p.text(p.Base.External), p.text(p.Local), p.text(p.External)
	if o != p.text(p.Base.Local) || !p.Base.Doubt.IsEmpty() {
		return Merging{[]part{newPart(nil, Blocks(a), Blocks(b))}}
	}
	return MergeText(o, a, b)
}

func (p Prose) text(v ticket.Value) string { return p.Normalize(v).Text() }

// Merged returns the value that the merging of both edits comes to, in the local spelling,
// or why it comes to none.
func (p Prose) Merged(m Merging) (v ticket.Value, reason string) {
	if n := m.Clashes(); n > 0 {
		return v, fmt.Sprintf("%d of %d parts of the text clash", n, len(m.parts))
	}
	if v, ok := p.settled(m, nil); ok {
		return v, ""
	}
	return v, "the merged text would not read back as it is"
}

// Decided returns the value that one choice for each clash makes, in the local spelling.
// It fails with ErrTakes.
func (p Prose) Decided(takes ...Take) (ticket.Value, error) {
	m := p.Merging()
	if _, err := m.Compose(takes...); err != nil {
		return ticket.Value{}, err
	}
	v, _ := p.settled(m, takes) // a person's word: what it says matters more than how it reads back
	return v, nil
}

// settled returns the text that those choices make in the local spelling. It reports
// false when the text does not read back as it is, in that spelling or in its own.
func (p Prose) settled(m Merging, takes []Take) (ticket.Value, bool) {
	text, err := m.Compose(takes...)
	want := ticket.Text(text)
	if err != nil || p.text(want) != text {
		return want, false
	}
	var spellings []ticket.Value // the best one first
	if p.Respell != nil {
		spellings = append(spellings, p.Respell(p.Local, want))
	} else if typed, same := m.typed(takes, Blocks(p.Local.Text()), Blocks(p.External.Text())); same {
		spellings = append(spellings, ticket.Text(endLike(p.Local.Text(), typed)), ticket.Text(typed))
	}
	for _, v := range spellings {
		if p.text(v) == text {
			return v, true
		}
	}
	return want, false
}

// typed returns the text that those choices make in the bytes that each side has of its
// blocks. It reports false where a side has not as many blocks as it has in m, but for
// blank lines at its end.
func (m Merging) typed(takes []Take, local, external []string) (string, bool) {
	sides, err := m.sides(takes)
	a, b := 0, 0
	var out strings.Builder
	for n, p := range m.parts {
		na, nb := a+len(p.local), b+len(p.external)
		if err != nil || na > len(local) || nb > len(external) {
			return "", false
		}
		blocks := local[a:na]
		if sides[n] == TakeExternal {
			blocks = external[b:nb]
		}
		out.WriteString(strings.Join(blocks, ""))
		a, b = na, nb
	}
	return out.String(), restBlank(local[a:]) && restBlank(external[b:])
}

func restBlank(blocks []string) bool {
	return !slices.ContainsFunc(blocks, func(s string) bool { return !isBlank(s) })
}

// endLike returns a text with the line ends that the typed one has throughout, and with
// its last line ended if that one's is.
func endLike(typed, s string) string {
	const crlf = "\r\n"
	if strings.Contains(typed, crlf) && strings.Count(typed, "\n") == strings.Count(typed, crlf) {
		s = strings.ReplaceAll(strings.ReplaceAll(s, crlf, "\n"), "\n", crlf)
	}
	for _, end := range []string{crlf, "\n"} {
		if strings.HasSuffix(typed, end) && s != "" && !strings.HasSuffix(s, "\n") {
			s += end
		}
	}
	return s
}
