package simtest

import (
	"slices"
	"strings"
)

// skips reports whether a check is left out in this run, to see whether anybody would
// notice. The names of checks stand in checks; those that are made while a run goes on
// have names of their own. Several that stand in for one another are left out together.
func (w *world) skips(check string) bool {
	if w.bent == "" {
		return false
	}
	rest, is := strings.CutPrefix(w.bent, "skip ")
	return is && slices.Contains(strings.Split(rest, " and "), check)
}

// bend is one way to bend the oracle or to leave a check out. It must matter: either a
// planted bug that is found otherwise is not found any more, or, where mutant is empty, the
// engine is accused of what it did not do.
type bend struct {
	name   string
	mutant string
}

// bends is the bank.
func bends() []bend {
	return []bend{
		{"skip loss", "last writer wins"},
		{"skip bytes", "canonicaliser ignored"},
		{"skip seen", "exclusive cursor"},
		{"skip judge", "grants ignored"},
		{"skip still", "webhook payload trusted"},
		{"skip labels", "labels that were taken off come back"},
		{"skip once and unique and audit", "create retried blindly"},
		{"skip pairs and seen and verify", "change of labels not noticed"},
		{"skip joined and seen", "comments that look like ours dropped"},
		{"skip calls", "polls without a cursor"},
		{"skip shown", "decision applied to values not shown"},
		{"skip isolation", "one error pauses the connection"},
		{"skip direction", "direction ignored"},
		{"skip retracted", "taken back in name only"},
		{"lineage: every value is live", "last writer wins"},
		{"lineage: conflicts keep everything", "no history audit"},
		{"lineage: conflicts keep nothing", ""},
		{"lineage: deletions are no reason", ""},
		{"lineage: nobody saw anything", ""},
	}
}

// bentLineage bends what the oracle is told of the end of a run.
func (w *world) bentLineage(live, kept map[int]bool) {
	rule, is := strings.CutPrefix(w.bent, "lineage: ")
	if !is {
		return
	}
	switch rule {
	case "conflicts keep nothing":
		clear(kept)
	case "deletions are no reason":
		w.oracle.deletes = nil
	}
	for n := range w.oracle.tokens {
		t := &w.oracle.tokens[n]
		switch rule {
		case "nobody saw anything":
			t.saw = nil
		case "every value is live":
			live[t.id] = true
		case "conflicts keep everything":
			kept[t.id] = true
		}
	}
}
