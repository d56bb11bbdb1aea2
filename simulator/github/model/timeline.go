package model

import "time"

// Entry is one line of an issue's timeline: an event or a comment.
type Entry struct {
	Event   *Event
	Comment *Comment
}

// Event is one thing that happened to an issue.
type Event struct {
	ID        int64
	NodeID    string
	Kind      string // renamed, labeled, unlabeled, assigned, unassigned, milestoned, demilestoned, closed, reopened, transferred
	Actor     *User
	At        time.Time
	Label     *Label // as it was then
	Assignee  *User
	Milestone string // its title then
	From, To  string // renamed
	Reason    string // closed
}

// record appends an event to the timeline, stamped with now.
func (i *Issue) record(e *Event) {
	e.ID = i.Repo.w.nextID()
	e.NodeID = nodeID("EV", e.ID)
	e.At = i.Repo.w.Now()
	i.Timeline = append(i.Timeline, Entry{Event: e})
}

// Edit is one version of a text. GitHub's userContentEdits gives each version's full text in its diff field.
type Edit struct {
	At     time.Time
	Editor *User
	Text   string
}

// addEdit appends a version; with the first edit the original text becomes the oldest entry.
func addEdit(edits []Edit, author *User, created time.Time, original string, e Edit) []Edit {
	if len(edits) == 0 {
		edits = append(edits, Edit{At: created, Editor: author, Text: original})
	}
	return append(edits, e)
}
