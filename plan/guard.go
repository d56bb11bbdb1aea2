package plan

import "fmt"

// Totals are what the plans of one session add up to.
type Totals struct {
	Links     int // links that are live in the project
	Changes   int // links on which an existing value would be changed on either side
	Creates   int // items to be created outside
	Deletes   int // items to be deleted on either side
	Gone      int // tickets that are gone outside, about which a person would be asked
	Conflicts int // conflicts to be opened
	// Previewed is how many creations a person approved, or -1 when none were asked.
	Previewed int
}

// The limits of the guards: what is above them a person must allow first.
const (
	maxDeletes     = 10
	maxDeletesPart = 20 // one in twenty: 5 %
	maxConflicts   = 50
	minGone        = 5  // fewer that are gone outside are merely asked about,
	gonePart       = 5  // as is less than one in five
	minChanges     = 20 // fewer changes never stop a session
	previewAllowed = 10 // one in ten above the preview, and never fewer than this many:
	// people go on creating tickets between the preview and the first session
	changesPartHalf = 2
)

// Guard returns why a session with these totals must stop and ask, or "".
func Guard(t Totals) string {
	switch {
	case t.Deletes > maxDeletes || t.Deletes > 0 && t.Links >= maxDeletesPart && t.Deletes*maxDeletesPart > t.Links:
		return fmt.Sprintf("%d of %d items would be deleted", t.Deletes, t.Links)
	case t.Gone > maxDeletes || t.Gone >= minGone && t.Gone*gonePart > t.Links:
		return fmt.Sprintf("%d of %d items are gone outside", t.Gone, t.Links)
	case t.Previewed >= 0 && t.Creates > t.Previewed+max(t.Previewed/previewAllowed, previewAllowed):
		return fmt.Sprintf("%d items would be created outside, and %d were previewed", t.Creates, t.Previewed)
	case t.Changes >= minChanges && t.Changes*changesPartHalf > t.Links:
		return fmt.Sprintf("%d of %d items would be changed", t.Changes, t.Links)
	case t.Conflicts > maxConflicts:
		return fmt.Sprintf("%d new conflicts would be opened", t.Conflicts)
	}
	return ""
}
