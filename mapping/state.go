package mapping

import "github.com/extsync/extsync/ticket"

// GitHub's words, from its REST description of issues: state is open or closed;
// state_reason is empty, completed, not_planned, duplicate or reopened.
const (
	githubOpen       = "open"
	githubClosed     = "closed"
	githubCompleted  = "completed"
	githubNotPlanned = "not_planned"
	githubDuplicate  = "duplicate"
)

// githubState returns GitHub's state and reason. A state that is none of the valid
// ones is taken as open: it never closes anything.
func githubState(state string) (string, string) {
	switch state {
	case ticket.StateDone:
		return githubClosed, githubCompleted
	case ticket.StateNotPlanned:
		return githubClosed, githubNotPlanned
	case ticket.StateDuplicate:
		return githubClosed, githubDuplicate
	}
	return githubOpen, ""
}

// canonicalState returns the State value. Issues closed before GitHub had reasons
// have none; they, and those with a reason made since, are done. The reason of an
// open issue (reopened) says nothing that we keep.
func canonicalState(state, reason string) string {
	if state != githubClosed {
		return ticket.StateOpen
	}
	switch reason {
	case githubNotPlanned:
		return ticket.StateNotPlanned
	case githubDuplicate:
		return ticket.StateDuplicate
	}
	return ticket.StateDone
}
