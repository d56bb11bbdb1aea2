package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/extsync/extsync/ticket"
)

// The kinds of disagreement about a whole item.
const (
	Gone    Kind = "gone"           // one side is deleted, and nobody edited the other
	Edited  Kind = "edited_deleted" // one side is deleted, and somebody edited the other
	TwinNew Kind = "twin_created"   // the ticket and another item outside look like one
	// RolledBack: an undo would have taken the item back, and somebody has worked on it since.
	// Both sides are there and go on. Of a field: a rollback restored it.
	RolledBack Kind = "undone"
)

// Choice is what a person decided on a whole item. Local and External name the side
// whose existence or deletion the other one is to follow.
type Choice string

// The choices.
const (
	LeadLocal    Choice = "local"
	LeadExternal Choice = "external"
	LeadNone     Choice = "unlink" // leave both as they are, and stop synchronising them
	// Of TwinNew alone:
	AreOne Choice = "link"     // the ticket and the item are one: join them
	AreTwo Choice = "separate" // they are different: keep both
)

// Whole is a conflict about an item as a whole that is not closed.
type Whole struct {
	Kind Kind
	// Local and External are the sides as they were shown, from the Disagreement.
	Local, External ticket.Value
	Decided         bool
	Choice          Choice // once decided
}

// What a person is shown of a side of an item. An edited one comes with a fingerprint of
// the edits: a decision made on some does not hold for others.
const (
	deleted   = "deleted"
	untouched = "there, not edited since"
	touchedAs = "there, edited: "
)

// ShowsDeleted reports whether a side of a conflict about a whole item was shown as deleted.
func ShowsDeleted(side ticket.Value) bool { return side.Text() == deleted }

// sight is what a person is shown of one side: that it is deleted, or that it is there
// and how it differs from its base. What we write there ourselves changes nothing of it.
func (in Input) sight(s Side, side func(Base) ticket.Value, norm func(ticket.Field, ticket.Value) ticket.Value) ticket.Value {
	if !s.Exists || s.Deleted {
		return ticket.Text(deleted)
	}
	edits := in.edits(s.Fields, side, norm)
	if len(edits) == 0 {
		return ticket.Text(untouched)
	}
	b, err := json.Marshal(edits)
	if err != nil {
		panic(err) // unreachable: values always marshal
	}
	sum := sha256.Sum256(b)
	return ticket.Text(touchedAs + hex.EncodeToString(sum[:6]))
}

// edits returns the fields that differ from their base on one side. A base that was never
// recorded counts as empty.
func (in Input) edits(f ticket.Fields, side func(Base) ticket.Value, norm func(ticket.Field, ticket.Value) ticket.Value) ticket.Fields {
	edits := ticket.Fields{}
	look := func(name ticket.Field) {
		is, was := f[name], side(in.Bases[name])
		if norm != nil {
			is, was = norm(name, is), norm(name, was)
		}
		if !is.Equal(was) {
			edits[name] = is
		}
	}
	for _, r := range in.Rules {
		if !r.OnCreate {
			look(r.Field)
		}
	}
	for name := range in.Bases {
		look(name)
	}
	return edits
}

func (in Input) editedHere() bool { return len(in.edits(in.Local.Fields, localBase, nil)) > 0 }

func (in Input) editedOutside() bool {
	return len(in.edits(in.External.Fields, externalBase, in.Reads)) > 0
}

// sights are both sides of an input as a person is shown them.
func (in Input) sights() (local, ext ticket.Value) {
	local, ext = in.sight(in.Local, localBase, nil), in.sight(in.External, externalBase, in.Reads)
	if in.Remarks > 0 {
		ext = ticket.Text(fmt.Sprintf("%s; comments: %d", ext.Text(), in.Remarks))
	}
	if in.Moved != "" && in.External.Deleted {
		ext = ticket.Text("moved to " + in.Moved)
	}
	return local, ext
}

// shown reports whether the conflict shows both sides as they are.
func (in Input) shown() bool {
	local, ext := in.sights()
	return in.Whole != nil && in.Whole.Local.Equal(local) && in.Whole.External.Equal(ext)
}

// decision is what a person decided on the sides as they are, or "".
func (in Input) decision() Choice {
	if in.Whole == nil || !in.Whole.Decided || !in.shown() {
		return ""
	}
	return in.Whole.Choice
}

// What a person is shown of an item that an undo left.
const (
	workedOn  = "there; the session that is undone made it, and somebody has worked on it since"
	otherSide = "there"
)

// Left is what a person is asked about an item that an undo would have taken back from one
// side, had nobody worked on it since. The question holds whatever is edited meanwhile:
// neither answer overrides anything.
func Left(here bool, reason string) Disagreement {
	d := Disagreement{Local: ticket.Text(otherSide), External: ticket.Text(workedOn), Strategy: Manual, Kind: RolledBack, Reason: reason}
	if here {
		d.Local, d.External = d.External, d.Local
	}
	return d
}

// left returns what becomes of an item that an undo left, once a person has decided.
func (in Input) left() Choice {
	if in.Whole == nil || in.Whole.Kind != RolledBack || !in.Whole.Decided {
		return ""
	}
	return in.Whole.Choice
}

// letGo ends the link of an item that an undo left, where a person has decided that.
func (in Input) letGo() (Plan, bool) {
	if in.left() == LeadNone {
		return one(Unlink, unlinked), true
	}
	return Plan{}, false
}

// meetWhole settles the question about an item of which both sides are there: it is moot,
// but for one that an undo left, which nobody but a person answers.
func (in Input) meetWhole() []Step {
	switch {
	case in.Whole == nil:
		return nil
	case in.Whole.Kind != RolledBack:
		return []Step{{Action: CloseConflict, Reason: "both sides are there again"}}
	case in.Whole.Decided:
		return []Step{{Action: Stay, Reason: "an undo left it: a person decided that it stays"}}
	}
	return nil
}

// ask plans a conflict about the whole item.
func (in Input) ask(k Kind, reason string) Plan {
	local, ext := in.sights()
	d := Disagreement{Local: local, External: ext, Strategy: Manual, Kind: k}
	if in.Moved != "" {
		d.Reason = "it was moved to " + in.Moved
	}
	if reason == cameBack {
		d.Reason = cameBack
	}
	return Plan{Steps: []Step{{Action: OpenConflict, Reason: reason + ": a person must decide"}}, Conflicts: []Disagreement{d}}
}

func one(a Action, reason string) Plan { return Plan{Steps: []Step{{Action: a, Reason: reason}}} }

// follows plans that ours is deleted since its item is, or stays so.
func follows(a Action, reason string) Plan {
	return Plan{Steps: []Step{{Action: a, Reason: reason, Follows: true}}}
}
