package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// AuditHead says how far a project's chain reached at some time: its newest entry. A
// head that is kept where the database's owner cannot reach it is what gives a cut or
// rewritten chain away.
type AuditHead struct {
	ProjectID string
	Seq       int64
	Hash      string
	At        time.Time // when it was taken
}

// ChainFlaw says in what way a chain is broken.
type ChainFlaw string

// The flaws. Each names the first entry at which the chain cannot be what was written.
const (
	FlawHash      ChainFlaw = "hash"      // the hash is not that of the entry: something in it was changed
	FlawPrev      ChainFlaw = "prev"      // it does not continue the entry before it
	FlawGap       ChainFlaw = "gap"       // entries before it are missing
	FlawOrder     ChainFlaw = "order"     // its number was there before
	FlawProject   ChainFlaw = "project"   // it is another project's
	FlawForm      ChainFlaw = "form"      // it holds what is never stored: invalid text, a time finer than microseconds
	FlawHead      ChainFlaw = "head"      // a head that was published shows another hash: the chain was rewritten
	FlawTruncated ChainFlaw = "truncated" // a head that was published reaches further: the tail was cut off
)

// ChainFault is the first entry that is wrong, and what is wrong with it.
type ChainFault struct {
	Flaw ChainFlaw
	Seq  int64  // of the entry at which it shows, as the entry tells it
	What string // for a person
}

// ChainReport is what a look at a whole chain has shown.
type ChainReport struct {
	Entries int64       // that hold together, before the fault if there is one
	Hash    string      // of the last of them; empty: there is none
	Heads   int         // published heads that were met and agree
	Fault   *ChainFault // nil: none
	// Backwards counts the entries with a time before their neighbour's: a clock that was
	// set. It proves nothing by itself.
	Backwards int
}

// ChainVerifier walks a project's audit chain in the order of its entries, page after
// page, and keeps the first fault. What is appended by the rules of the chain cannot be
// told from what the service wrote; all else can, the loss of the tail with the help of
// heads that were published. Its memory grows with the heads, not with the entries.
type ChainVerifier struct {
	project string
	heads   []AuditHead // not met yet, by number
	last    AuditEntry
	report  ChainReport
}

// NewChainVerifier begins with no entry seen. Heads of other projects are left out.
func NewChainVerifier(projectID string, heads ...AuditHead) *ChainVerifier {
	own := slices.DeleteFunc(slices.Clone(heads), func(h AuditHead) bool { return h.ProjectID != projectID })
	slices.SortFunc(own, func(a, b AuditHead) int { return cmp.Compare(a.Seq, b.Seq) })
	return &ChainVerifier{project: projectID, heads: own}
}

// Add looks at the next entries and reports whether there is still no fault. After one
// it looks at nothing any more.
func (v *ChainVerifier) Add(entries ...AuditEntry) bool {
	for _, e := range entries {
		if v.report.Fault != nil {
			break
		}
		if flaw, what := v.judge(e); flaw != "" {
			v.report.Fault = &ChainFault{flaw, e.Seq, what}
			break
		}
		if e.At.Before(v.last.At) {
			v.report.Backwards++
		}
		v.last = e
		v.report.Entries, v.report.Hash = e.Seq, e.Hash
	}
	return v.report.Fault == nil
}

// End returns the report once every entry has been added.
func (v *ChainVerifier) End() ChainReport {
	r := v.report
	if n := len(v.heads); r.Fault == nil && n > 0 {
		far := v.heads[n-1]
		r.Fault = &ChainFault{FlawTruncated, r.Entries + 1, fmt.Sprintf(
			"the chain ends after entry %d, but a head taken at %s reached entry %d", r.Entries, far.At.UTC().Format(time.RFC3339), far.Seq)}
	}
	return r
}

func (v *ChainVerifier) judge(e AuditEntry) (ChainFlaw, string) {
	want := v.last.Seq + 1
	switch {
	case e.ProjectID != v.project:
		return FlawProject, fmt.Sprintf("it belongs to project %q", e.ProjectID)
	case e.Seq > want:
		return FlawGap, fmt.Sprintf("entry %d is missing: it was deleted, or another number written over its own", want)
	case e.Seq < want:
		return FlawOrder, fmt.Sprintf("entry %d was expected here: entries were moved, doubled or put in between", want)
	case !storedForm(e):
		return FlawForm, "it holds invalid text or a time finer than microseconds, which the service never writes"
	case e.Hash != HashAudit(e):
		return FlawHash, "its hash is not that of what it says: some of it was changed"
	case e.Prev != v.last.Hash:
		return FlawPrev, fmt.Sprintf("it does not continue entry %d: one of the two was replaced", v.last.Seq)
	}
	for len(v.heads) > 0 && v.heads[0].Seq <= e.Seq {
		if h := v.heads[0]; h.Seq < e.Seq || h.Hash != e.Hash {
			return FlawHead, fmt.Sprintf("a head taken at %s shows another hash: the chain up to here was written anew", h.At.UTC().Format(time.RFC3339))
		}
		v.heads = v.heads[1:]
		v.report.Heads++
	}
	return "", ""
}

// storedForm reports whether the entry can be one that the service wrote. The hash is
// over text in JSON, where every byte that is no text reads alike.
func storedForm(e AuditEntry) bool {
	for _, s := range []string{e.ProjectID, e.Actor, e.Action, e.Subject, e.Detail, e.Digest, e.Prev, e.Hash} {
		if !utf8.ValidString(s) {
			return false
		}
	}
	return e.At.Equal(e.At.Truncate(time.Microsecond))
}
