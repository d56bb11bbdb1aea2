package storetest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// day is when everything happens; times in tests are day plus something.
var day = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC) //nolint:gochecknoglobals // a constant in all but name

func newID() string { return uuid.NewString() }

// nth returns an id that sorts after nth(n-1).
func nth(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// aProject returns a project in which every field holds something.
func aProject() store.Project {
	return store.Project{
		ID: newID(), System: "github", BaseURL: "https://example.test/api", ExternalID: newID(),
		Key: "octo/hello", Login: "bot", Formerly: []string{"ann", "old-bot"}, User: "bot@example.test", Filter: `labels = "a"`,
		Settings: json.RawMessage(`{"b":[1,2],"a":"Grüße <>"}`), Status: external.Active, StatusReason: "all is well",
		Failures: 2, Direction: external.Bidirectional,
		Strategies: []store.Strategy{
			{Strategy: plan.Manual},
			{Field: ticket.Title, Strategy: plan.ExternalWins, ConfirmedBy: "ada", ConfirmedAt: day},
		},
		Conflicts: store.ConflictPolicy{
			RemindAfter: time.Hour, RemindEvery: 24 * time.Hour, ExpireAfter: 72 * time.Hour, OnExpiry: store.ChooseExternal,
			ConfirmedBy: "ada", ConfirmedAt: day,
		},
		Rules:     outbound.Rules{PassOn: []outbound.PassOn{{From: "a", To: "b"}}},
		PollEvery: 90 * time.Second, RollbackFailed: true,
		Pace:      store.Pace{WritesPerMinute: 70, WriteGap: 1500 * time.Millisecond},
		Guard:     store.GuardWaiver{By: "ada", At: day, Creates: 12, All: true},
		Restored:  store.Restored{At: day, Why: "an epoch of 3, and 9 was seen", Read: true, Done: true},
		Deletions: store.Deletions{Follow: true, Delay: 24 * time.Hour, ConfirmedBy: "ada", ConfirmedAt: day},
		Wishes:    store.Wishes{Preview: true, Review: true},
		CreatedAt: day, SyncedAt: day.Add(time.Hour),
	}
}

// aTicket returns a ticket in which every field holds something.
func aTicket() ticket.Ticket {
	return ticket.Ticket{
		ID: newID(), Revision: 1, Privacy: ticket.Shareable, Origin: "elsewhere",
		Fields: ticket.Fields{
			ticket.Title: ticket.Text("Grüße, \"quoted\" \\ 漢字"), ticket.Body: ticket.Text("a\r\nb\n"),
			ticket.Labels: ticket.Set("b", "a"), ticket.Milestone: ticket.Text(""), ticket.Assignees: ticket.Set(),
		},
		Stamps:    ticket.Stamps{ticket.Title: {By: "ada", At: day, Revision: 1}},
		CreatedAt: day, UpdatedAt: day.Add(time.Minute),
	}
}

func aComment(ticketID string) ticket.Comment {
	return ticket.Comment{
		ID: newID(), TicketID: ticketID, Revision: 1, Body: ticket.Text("a remark"),
		Stamp: ticket.Stamp{By: "ada", At: day, Revision: 1}, Author: "github:octocat",
		Privacy: ticket.LocalOnly, Origin: "elsewhere", CreatedAt: day, UpdatedAt: day.Add(time.Minute),
	}
}

// aLink returns a live ticket link in which every field holds something.
func aLink(projectID string) store.Link {
	return store.Link{
		ID: newID(), ProjectID: projectID, Kind: external.KindTicket, LocalID: newID(),
		ExternalID: newID(), ExternalKey: "12", Parent: "parent", ParentKey: "11",
		State: store.Live, Reason: "because", Cause: store.CauseComesLate, Onward: newID(),
		Bases:    plan.Bases{ticket.Title: {Local: ticket.Text("here"), External: ticket.Text("there")}},
		Made:     true,
		DirtyRev: 3, CleanRev: 3, DirtyAt: day, Attempts: 2,
		FirstTry: day.Add(time.Second), NextTry: day.Add(time.Minute), CreatedAt: day.Add(-time.Hour),
		Pushes: 3, PushedFrom: day.Add(-time.Minute), TakeBack: outbound.Redact, Held: true, Unseen: outbound.Remove,
	}
}

func anObservation(projectID string) store.Observation {
	return store.Observation{
		ProjectID: projectID, Hash: "hash", TitleKey: "key of hello", SeenAt: day,
		Item: external.Item{
			Ref:    external.Ref{Kind: external.KindTicket, ID: newID(), Key: "12", Parent: "p"},
			Fields: external.Fields{"title": ticket.Text("hello"), "labels": ticket.Set("bug")},
			Author: "octocat", CreatedAt: day.Add(-time.Hour), UpdatedAt: day, URL: "https://example.test/12", MovedTo: "https://example.test/other/7",
			Home:      external.Home{Project: "other", ID: "I_7", Key: "7"},
			CreateKey: "key", Version: `W/"etag"`, Gone: true,
		},
	}
}

func anIntent(projectID, linkID string) store.Intent {
	return store.Intent{
		ID: newID(), ProjectID: projectID, LinkID: linkID, SessionID: "session", Op: "edit issue", Verb: "update",
		Changes: []store.Change{{
			Field: ticket.Title, Seen: ticket.Text("was"), Written: ticket.Text("is"),
			Local: ticket.Text("is"), Reason: "edited here", Cause: store.CauseUndone,
		}},
		State: store.Planned, Audit: store.AuditNone, Position: day, Deadline: day.Add(time.Minute),
		Epoch: 7, Error: "timeout", CreatedAt: day, SentAt: day.Add(time.Second), DoneAt: day.Add(2 * time.Second), Login: "bot", Mapping: 3,
	}
}

func aSession(projectID string) store.Session {
	return store.Session{
		ID: newID(), ProjectID: projectID, Kind: store.Incremental, State: store.Running, Reason: "woken",
		Epoch: 7, Counts: store.Counts{Observed: 4, Writes: 2}, StartedAt: day, EndedAt: day.Add(time.Minute),
		Mapping: 3, Undoes: "another", By: "ada",
	}
}

func aMapping(projectID string) store.MappingVersion {
	return store.MappingVersion{
		ProjectID: projectID, Document: json.RawMessage(`{"version":1,"tickets":[]}`), CreatedBy: "ada", CreatedAt: day,
	}
}

func aStep(sessionID string) store.Step {
	return store.Step{
		SessionID: sessionID, LinkID: "link", TicketID: "ticket", Field: ticket.Labels, Action: plan.Push,
		Before: ticket.Set("a"), After: ticket.Set("a", "b"), Reason: "edited here", Outcome: "done",
		IntentID: "intent", At: day,
		Was: plan.Base{Local: ticket.Set("a"), External: ticket.Set("a", "c")}, Met: "met",
	}
}

func aConflict(projectID, linkID string) store.Conflict {
	return store.Conflict{
		ID: newID(), ProjectID: projectID, LinkID: linkID, TicketID: "ticket", CommentID: "comment",
		Field: ticket.Title, Kind: store.BothEdited, State: store.OpenConflict,
		Base:  plan.Base{Local: ticket.Text("l"), External: ticket.Text("e")},
		Local: ticket.Text("mine"), External: ticket.Text("theirs"), Digest: "digest", Strategy: plan.Manual,
		Choice: store.ChooseValue, Value: ticket.Text("both"), DecidedBy: "ada", Twin: "I_7",
		Kept: true, DetectedAt: day, DecidedAt: day.Add(time.Minute), ClosedAt: day.Add(time.Hour),
		Untold: plan.UntoldHere, Reason: "no word for it", ClosedRevision: 3, Reminders: 2, RemindedAt: day.Add(time.Second),
	}
}

// insertProject stores a project and returns it.
func (b *bench) insertProject() store.Project {
	b.Helper()
	p := aProject()
	b.do(func(tx store.Tx) error { return tx.InsertProject(b.Context(), p) })
	return p
}

// insertTicket stores a ticket with the given id and returns it.
func (b *bench) insertTicket(id string) ticket.Ticket {
	b.Helper()
	t := aTicket()
	t.ID = id
	b.do(func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) })
	return t
}

// insertLink stores a link of the project, changed by edits, and returns it.
func (b *bench) insertLink(projectID string, edits ...func(*store.Link)) store.Link {
	b.Helper()
	l := aLink(projectID)
	for _, edit := range edits {
		edit(&l)
	}
	b.do(func(tx store.Tx) error { return tx.InsertLink(b.Context(), l) })
	return l
}
