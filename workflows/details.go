package workflows

import (
	"fmt"
	"strings"
	"time"

	"github.com/extsync/extsync/activities"
)

// Current details are Markdown for people in the Temporal UI. They hold ids, counts
// and reasons, never ticket content.

// page is Markdown in the making. (workflowcheck knows Sprintf as deterministic, and
// Fprintf not.)
type page []string

func (p *page) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p *page) String() string { return strings.Join(*p, "") }

// clock formats a moment for people.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func sessionDetails(in SessionInput, out SessionResult, doing string) string {
	var b page
	b.add("**Session** `%s`, %s\n\n", in.SessionID, in.Kind)
	b.add("- now: **%s**\n- planned: %d tickets and comments of at most %d\n", doing, out.Links, sessionLinks)
	if out.State != "" {
		b.add("- outcome: **%s**\n", out.State)
	}
	if out.Reason != "" {
		b.add("- because: %s\n", out.Reason)
	}
	if out.Counts != (activities.Counts{}) {
		b.add("%s", "\n"+countsTable(out.Counts))
	}
	return b.String()
}

// countsTable lists what a session did, leaving zeros out.
func countsTable(c activities.Counts) string {
	var b page
	b.add("| what | how many |\n|---|---|\n")
	for _, row := range []struct {
		what string
		n    int
	}{
		{"seen outside", c.Observed}, {"of which new or different", c.Changed},
		{"created here", c.CreatedHere}, {"fields changed here", c.AppliedHere}, {"comments deleted here", c.DeletedHere},
		{"created outside", c.CreatedOutside}, {"fields changed outside", c.PushedOutside},
		{"comments deleted outside", c.DeletedOutside}, {"conflicts opened", c.Conflicts}, {"conflicts closed", c.Resolved},
		{"fields that may not flow", c.Drift}, {"kept here by privacy", c.Withheld}, {"came back different", c.Lossy},
		{"failed, to be tried again", c.Failed}, {"quarantined", c.Quarantined}, {"uncertain writes settled", c.Repaired},
		{"calls that read", c.Reads}, {"calls that write", c.Writes},
	} {
		if row.n != 0 {
			b.add("| %s | %d |\n", row.what, row.n)
		}
	}
	return b.String()
}

// linksTable lists what is linked, and what needs a person.
func linksTable(p activities.ProjectState) string {
	var b page
	b.add("| linked tickets | linked comments | waiting | quarantined | gone outside | parked |\n|---|---|---|---|---|---|\n")
	b.add("| %d | %d | %d | %d | %d | %d |\n", p.Tickets, p.Comments, p.Waiting, p.Quarantined, p.Gone, p.Parked)
	return b.String()
}
