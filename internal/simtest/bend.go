package simtest

import "strings"

// skips reports whether a check is left out in this run, to see whether anybody would
// notice. The names of checks stand in checks; those that are made while a run goes on
// have names of their own.
func (w *world) skips(check string) bool { return w.bent == "skip "+check }

// bend is one way to bend the oracle or to leave a check out, and the planted bug that
// nobody finds any more where it is bent so. A check without such a bug proves nothing.
type bend struct {
	name   string
	mutant string // empty: a history told by hand shows it, see TestBentLineage
}

// bends is the bank: every check, and every rule of the lineage.
func bends() []bend {
	return []bend{
		{"skip loss", "last writer wins"},
		{"skip bytes", "canonicaliser ignored"},
		{"skip pairs", "halfway state taken as reached"},
		{"skip joined", "comments that look like ours dropped"},
		{"skip unique", "author of a marker not looked at"},
		{"skip labels", "label set written whole"},
		{"skip seen", "exclusive cursor"},
		{"skip once", "create retried blindly"},
		{"skip judge", "grants ignored"},
		{"skip still", "webhook payload trusted"},
		{"lineage: every value is live", "last writer wins"},
		{"lineage: whatever was seen once is kept", "last writer wins"},
		{"lineage: conflicts keep everything", "no history audit"},
		{"lineage: deletions ignored", ""},
		{"lineage: comments left out", ""},
	}
}

// bentLineage bends what the oracle is told of the end of a run.
func (w *world) bentLineage(live, kept map[int]bool) {
	rule, is := strings.CutPrefix(w.bent, "lineage: ")
	if !is {
		return
	}
	for _, t := range w.oracle.tokens {
		switch rule {
		case "every value is live":
			live[t.id] = true
		case "whatever was seen once is kept":
			for _, id := range t.saw {
				kept[id] = true
			}
		case "conflicts keep everything":
			kept[t.id] = true
		}
	}
}
