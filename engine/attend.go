package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// The shortest times that a policy may name: a reminder is for people.
const (
	minRemind = time.Minute
	minExpire = time.Hour
)

// expiryActor is who decides a conflict that nobody decided in time.
const expiryActor = "expiry"

// SetConflictPolicy says what happens to a project's conflicts that nobody decides. An
// expiry that takes a side needs a person's word; without confirm it acts as if it took
// none. It fails with ticket.ErrInvalid.
func (e *Engine) SetConflictPolicy(ctx context.Context, projectID, by string, p store.ConflictPolicy, confirm bool) (store.Project, error) {
	if err := ValidPolicy(p); err != nil {
		return store.Project{}, err
	}
	p.ConfirmedBy, p.ConfirmedAt = "", time.Time{}
	if confirm && p.OnExpiry != "" {
		p.ConfirmedBy, p.ConfirmedAt = by, e.Clock.Now()
	}
	var project store.Project
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if project, err = tx.ProjectForUpdate(ctx, projectID); err != nil {
			return err
		}
		p := confirmedStill(p, project.Conflicts)
		project.Conflicts = p
		if err := tx.UpdateProject(ctx, project); err != nil {
			return err
		}
		detail := fmt.Sprintf("remind after %s, every %s; expire after %s: %s, confirmed: %t",
			p.RemindAfter, p.RemindEvery, p.ExpireAfter, onExpiry(p), p.ConfirmedBy != "")
		if err := e.auditProject(ctx, tx, projectID, by, "conflict_policy", detail); err != nil {
			return err
		}
		open, err := tx.FindConflicts(ctx, store.ConflictFilter{ProjectID: projectID, State: store.OpenConflict}, maxRuled)
		if err != nil {
			return err
		}
		for _, c := range open { // the others look again within a day
			if err := tx.AddOutbox(ctx, e.news(c)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return project, fmt.Errorf("set the conflict policy of project %s: %w", projectID, err)
	}
	return project, nil
}

// confirmedStill keeps a person's word about an expiry where only the reminders change.
func confirmedStill(p, was store.ConflictPolicy) store.ConflictPolicy {
	if p.ConfirmedBy == "" && p.OnExpiry == was.OnExpiry && p.ExpireAfter == was.ExpireAfter {
		p.ConfirmedBy, p.ConfirmedAt = was.ConfirmedBy, was.ConfirmedAt
	}
	return p
}

func onExpiry(p store.ConflictPolicy) store.Choice {
	if p.OnExpiry == "" {
		return "keep_parked"
	}
	return p.OnExpiry
}

// ValidPolicy fails with ticket.ErrInvalid where a policy makes no sense, and says what
// would.
func ValidPolicy(p store.ConflictPolicy) error {
	short := func(d, least time.Duration) bool { return d != 0 && d < least }
	switch {
	case short(p.RemindAfter, minRemind), short(p.RemindEvery, minRemind):
		return fmt.Errorf("a reminder comes after %s at the earliest: %w", minRemind, ticket.ErrInvalid)
	case p.RemindEvery != 0 && p.RemindAfter == 0:
		return fmt.Errorf("reminders need a time for the first one: %w", ticket.ErrInvalid)
	case short(p.ExpireAfter, minExpire):
		return fmt.Errorf("a conflict expires after %s at the earliest: %w", minExpire, ticket.ErrInvalid)
	case p.OnExpiry != "" && p.ExpireAfter == 0:
		return fmt.Errorf("what is decided on expiry needs a time of expiry: %w", ticket.ErrInvalid)
	case p.OnExpiry != "" && p.OnExpiry != store.ChooseLocal && p.OnExpiry != store.ChooseExternal:
		return fmt.Errorf("on expiry %q: want local or external: %w", p.OnExpiry, ticket.ErrInvalid)
	}
	return nil
}

// due is the next thing to do about a conflict that nobody decides.
type due struct {
	at     time.Time // zero: nothing ever
	expire bool      // else somebody is to be reminded
}

// nextDue says what a project's policy asks for next. Reminders end with the expiry.
func nextDue(p store.Project, c store.Conflict) due {
	rules := p.Conflicts
	if c.State != store.OpenConflict || !p.Status.Syncs() {
		return due{}
	}
	var d due
	switch {
	case rules.RemindAfter == 0:
	case c.RemindedAt.IsZero():
		d.at = c.DetectedAt.Add(rules.RemindAfter)
	case rules.RemindEvery > 0:
		d.at = c.RemindedAt.Add(rules.RemindEvery)
	}
	if rules.ExpireAfter == 0 || c.AsksAboutDeletion() || p.Restored.Open() {
		return d
	}
	since := c.DetectedAt
	if p.Restored.Released.After(since) { // what was decided on it had no effect before
		since = p.Restored.Released
	}
	end := since.Add(rules.ExpireAfter)
	if !d.at.IsZero() && d.at.Before(end) {
		return d
	}
	if rules.OnExpiry == "" || rules.ConfirmedBy == "" || !c.Offers(rules.OnExpiry) || outlives(c, rules.OnExpiry) {
		return due{} // it stays parked
	}
	return due{at: end, expire: true}
}

// outlives reports whether a conflict stays parked though others expire so. What it shows of outside may stand
// nowhere any more, and is kept for whoever wants it back: to bring it back without being asked would go over
// what people agree on today. What is refused outside would be refused again, and expire again, for ever. And
// what somebody typed stays for whoever decides next where the values moved before it was carried out.
func outlives(c store.Conflict, on store.Choice) bool {
	lost := c.Kept || c.Kind == store.Overwritten
	said := !c.Value.IsEmpty() && !c.Value.Equal(c.Local) && !c.Value.Equal(c.External)
	return said || on == store.ChooseExternal && lost || on == store.ChooseLocal && c.Kind == store.RefusedOutside
}

// NextDue returns when somebody is to be reminded of a conflict, or it expires; the zero
// time where nobody configured either.
func NextDue(p store.Project, c store.Conflict) time.Time { return nextDue(p, c).at }

// Attend does what is due about a conflict that nobody decides: it reminds by an event
// and counts that on the row, or decides as configured. Where nothing is due it does
// nothing, so that it may be called at any time and any number of times.
func (e *Engine) Attend(ctx context.Context, conflictID string) error {
	var c store.Conflict
	var rules store.ConflictPolicy
	expire := false
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		expire = false
		if c, err = tx.ConflictForUpdate(ctx, conflictID); err != nil {
			return err
		}
		p, err := tx.Project(ctx, c.ProjectID)
		if err != nil {
			return err
		}
		rules = p.Conflicts
		d, now := nextDue(p, c), e.Clock.Now()
		if d.at.IsZero() || now.Before(d.at) {
			return nil
		}
		if expire = d.expire; expire {
			return nil
		}
		c.Reminders++
		c.RemindedAt = now
		if err := tx.UpdateConflict(ctx, c); err != nil {
			return err
		}
		return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictReminder", c.ID))
	})
	if err != nil {
		return fmt.Errorf("attend to conflict %s: %w", conflictID, err)
	}
	if !expire {
		return nil
	}
	_, err = e.Decide(ctx, c.ID, Decision{Choice: rules.OnExpiry, Digest: c.Digest, By: expiryActor, Because: "configured by " + rules.ConfirmedBy})
	if errors.Is(err, ErrDecided) || errors.Is(err, ErrMoved) { // by somebody, or the next look decides on the new values
		return nil
	}
	return err
}
