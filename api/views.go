package api

import (
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func viewProject(p store.Project) v1.Project {
	v := v1.Project{
		ID: p.ID, System: string(p.System), Address: p.Key, APIURL: p.BaseURL, Login: p.Login,
		User: p.User, Filter: p.Filter, Settings: p.Settings,
		Status: string(p.Status), StatusReason: p.StatusReason, Failures: p.Failures, Direction: string(p.Direction),
		PollEvery: v1.Duration(p.PollEvery), Pace: viewPace(p.Pace), ConflictPolicy: viewPolicy(p.Conflicts), RollbackFailed: p.RollbackFailed,
		Strategies: []v1.Strategy{}, PassOn: []v1.PassOn{}, Deletions: viewDeletions(p.Deletions), CreatedAt: p.CreatedAt, SyncedAt: p.SyncedAt,
	}
	for _, s := range p.Strategies {
		v.Strategies = append(v.Strategies, v1.Strategy{
			Field: string(s.Field), Strategy: string(s.Strategy), ConfirmedBy: s.ConfirmedBy, ConfirmedAt: s.ConfirmedAt,
		})
	}
	for _, r := range p.Rules.PassOn {
		v.PassOn = append(v.PassOn, v1.PassOn{From: r.From, To: r.To})
	}
	return v
}

func viewPolicy(p store.ConflictPolicy) *v1.ConflictPolicy {
	if p == (store.ConflictPolicy{}) {
		return nil
	}
	return &v1.ConflictPolicy{
		RemindAfter: v1.Duration(p.RemindAfter), RemindEvery: v1.Duration(p.RemindEvery), ExpireAfter: v1.Duration(p.ExpireAfter),
		OnExpiry: string(p.OnExpiry), ConfirmedBy: p.ConfirmedBy, ConfirmedAt: p.ConfirmedAt,
	}
}

func policyOf(p v1.ConflictPolicy) store.ConflictPolicy {
	out := store.ConflictPolicy{
		RemindAfter: time.Duration(p.RemindAfter), RemindEvery: time.Duration(p.RemindEvery), ExpireAfter: time.Duration(p.ExpireAfter),
	}
	if p.OnExpiry != keepParked {
		out.OnExpiry = store.Choice(p.OnExpiry)
	}
	return out
}

// keepParked is the expiry that decides nothing.
const keepParked = "keep_parked"

func viewPace(p store.Pace) v1.Pace {
	return v1.Pace{Off: p.Off, WritesPerMinute: p.WritesPerMinute, WritesPerHour: p.WritesPerHour, WriteGap: v1.Duration(p.WriteGap)}
}

func paceOf(p v1.Pace) store.Pace {
	return store.Pace{Off: p.Off, WritesPerMinute: p.WritesPerMinute, WritesPerHour: p.WritesPerHour, WriteGap: time.Duration(p.WriteGap)}
}

// viewTicket shows a ticket as lists do; with comments, grants and stamps left out.
func viewTicket(t ticket.Ticket, links []v1.Link) v1.Ticket {
	return v1.Ticket{
		ID: t.ID, Revision: t.Revision, Custom: customOf(t.Fields),
		Priority: t.Fields[ticket.Priority].Text(), Estimate: t.Fields[ticket.Estimate].Text(), Due: t.Fields[ticket.Due].Text(),
		Iteration: t.Fields[ticket.Iteration].Text(), Parent: t.Fields[ticket.Parent].Text(),
		Title: t.Fields[ticket.Title].Text(), Body: t.Fields[ticket.Body].Text(), State: or(t.Fields[ticket.State].Text(), ticket.StateOpen),
		Labels: elements(t.Fields[ticket.Labels]), Assignees: elements(t.Fields[ticket.Assignees]),
		Milestone: t.Fields[ticket.Milestone].Text(), Privacy: string(t.Privacy), Origin: t.Origin, Deleted: t.Deleted,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, Links: orEmpty(links),
	}
}

// customOf returns the fields that mappings add and that hold something; nil for none.
func customOf(f ticket.Fields) map[string]v1.Value {
	var out map[string]v1.Value
	for field, v := range f {
		name, custom := field.CustomName()
		if !custom || v.IsEmpty() {
			continue
		}
		if out == nil {
			out = map[string]v1.Value{}
		}
		out[name] = v
	}
	return out
}

func viewStamps(stamps ticket.Stamps) map[string]v1.Stamp {
	out := make(map[string]v1.Stamp, len(stamps))
	for f, s := range stamps {
		out[string(f)] = v1.Stamp{By: s.By, At: s.At, Revision: s.Revision}
	}
	return out
}

func viewComment(c ticket.Comment, links []v1.Link) v1.Comment {
	return v1.Comment{
		ID: c.ID, Ticket: c.TicketID, Revision: c.Revision, Body: c.Body.Text(), Author: c.Author, Privacy: string(c.Privacy),
		Origin: c.Origin, Deleted: c.Deleted, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Links: orEmpty(links),
	}
}

func viewLink(l store.Link) v1.Link {
	return v1.Link{ID: l.ID, Project: l.ProjectID, Key: l.ExternalKey, State: string(l.State), Reason: l.Reason, Waiting: l.Waits()}
}

func viewConflict(c store.Conflict, title string) v1.Conflict {
	v := v1.Conflict{
		ID: c.ID, Project: c.ProjectID, Ticket: c.TicketID, Comment: c.CommentID, Title: title, Field: string(c.Field),
		Kind: string(c.Kind), State: string(c.State), BaseLocal: c.Base.Local, BaseExternal: c.Base.External,
		Local: c.Local, External: c.External, Digest: c.Digest, Strategy: string(c.Strategy), Choice: string(c.Choice),
		DecidedBy: c.DecidedBy, DetectedAt: c.DetectedAt, DecidedAt: c.DecidedAt, ClosedAt: c.ClosedAt,
		Reminders: c.Reminders, RemindedAt: c.RemindedAt, What: whatHappened(c), Reason: c.Reason, Choices: []v1.Choice{},
	}
	switch {
	case c.Choice != "":
		v.Value = &c.Value
	case !c.Value.IsEmpty() && !c.Value.Equal(c.Local) && !c.Value.Equal(c.External):
		v.Earlier = &c.Value
	}
	return v
}

func viewSession(s store.Session) v1.Session {
	return v1.Session{
		ID: s.ID, Project: s.ProjectID, Kind: string(s.Kind), State: string(s.State), Reason: s.Reason,
		StartedAt: s.StartedAt, EndedAt: s.EndedAt, Mapping: s.Mapping, Undoes: s.Undoes, By: s.By, Report: v1.Report(s.Counts),
	}
}

func viewStep(s store.Step) v1.Step {
	return v1.Step{
		Seq: s.Seq, Ticket: s.TicketID, Field: string(s.Field), Action: string(s.Action), Before: s.Before, After: s.After,
		Reason: s.Reason, Outcome: s.Outcome, At: s.At,
	}
}

func viewAudit(e store.AuditEntry) v1.AuditEntry {
	return v1.AuditEntry{
		Seq: e.Seq, At: e.At, Actor: e.Actor, Action: e.Action, Subject: e.Subject, Detail: e.Detail,
		Digest: e.Digest, Prev: e.Prev, Hash: e.Hash,
	}
}

func elements(v ticket.Value) []string { return orEmpty(v.Elements()) }

// orEmpty makes an absent list an empty one: the JSON shapes have no null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
