package simtest

// skips reports whether a check is left out in this run, to see whether anybody would
// notice. The names of checks stand in checks; "seen" is the first half of the quiet
// phase.
func (w *world) skips(check string) bool { return w.bent == "skip "+check }
