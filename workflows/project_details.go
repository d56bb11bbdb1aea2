package workflows

import (
	"github.com/extsync/extsync/activities"
)

func projectDetails(p activities.ProjectState, s ProjectSyncState) string {
	var b page
	b.add("## %s on %s: %s\n\n", p.Key, p.System, p.Status)
	if p.Reason != "" {
		b.add("Because: %s\n\n", p.Reason)
	}
	b.add("%s", linksTable(p)+"\n")
	b.add("- direction: %s\n- next: %s\n", p.Direction, nextOf(p, s))
	if s.Initial {
		b.add("- the first synchronisation is still being drained\n")
	}
	if s.Note != "" {
		b.add("- **%s**\n", s.Note)
	}
	if s.Sessions > 0 && !s.LastEnd.IsZero() {
		b.add("%s", "\n"+lastSession(s))
	}
	return b.String()
}

// nextOf says what the project waits for.
func nextOf(p activities.ProjectState, s ProjectSyncState) string {
	switch {
	case !p.Status.Syncs():
		return "nothing, until a person resumes it"
	case s.Wanted && s.Limit:
		return "a session at " + clock(s.NotBefore) + ", when the external system's limit allows it"
	case s.Wanted && !s.NotBefore.IsZero():
		return "another try at " + clock(s.NotBefore)
	case s.Wanted:
		return "a session, now"
	case !s.NextDue.IsZero():
		return "a session at " + clock(s.NextDue) + " for what rests until then"
	}
	return "a session when something changes"
}

func lastSession(s ProjectSyncState) string {
	var b page
	b.add("### Last session (%d so far)\n\n%s, ended %s: **%s**", s.Sessions, s.LastKind, clock(s.LastEnd), s.Last.State)
	if s.Last.Reason != "" {
		b.add(", because: %s", s.Last.Reason)
	}
	b.add("\n\n")
	if s.Last.Counts != (activities.Counts{}) {
		b.add("%s", countsTable(s.Last.Counts))
	}
	return b.String()
}
