package canon

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Link returns l as it is stored.
func Link(l store.Link) (store.Link, error) {
	err := oneOf("kind", l.Kind, external.KindTicket, external.KindComment, external.KindContainer)
	if err == nil {
		err = oneOf("state", l.State, store.Backlog, store.Live, store.ParkedLink,
			store.Quarantined, store.MaybeGone, store.Withdrawn, store.Tombstone)
	}
	if err == nil {
		err = oneOf("cause", l.Cause, store.NoCause, store.CauseUnlinked, store.CauseTakenBack, store.CauseTakenBackInPart,
			store.CauseUndone, store.CauseFollowed, store.CauseWentAlong, store.CauseMoved, store.CauseLeft, store.CauseMadeAgain,
			store.CauseMovedAlong, store.CauseHeldBack, store.CauseHeldGone, store.CauseHeldTwin,
			store.CauseComesLate, store.CauseAbsent, store.CauseLookedAgain)
	}
	if err == nil {
		err = nameable(l.LocalID, l.ExternalID, l.ExternalKey, l.ParentKey, l.Onward)
	}
	if err == nil && l.CleanRev > l.DirtyRev {
		err = fmt.Errorf("clean_rev %d is beyond dirty_rev %d", l.CleanRev, l.DirtyRev)
	}
	if err == nil {
		l.Bases, err = bases(l.Bases)
	}
	if err != nil {
		return l, fmt.Errorf("link %s: %w", l.ID, err)
	}
	l.Reason = told(l.Reason)
	l.DirtyAt, l.FirstTry = Time(l.DirtyAt), Time(l.FirstTry)
	l.NextTry, l.CreatedAt, l.PushedFrom = Time(l.NextTry), Time(l.CreatedAt), Time(l.PushedFrom)
	return l, nil
}

// CloneLink returns a copy that shares no map with l.
func CloneLink(l store.Link) store.Link {
	l.Bases = cloneMap(l.Bases)
	return l
}

// Observation returns o as it is stored.
func Observation(o store.Observation) (store.Observation, error) {
	err := oneOf("kind", o.Item.Kind, external.KindTicket, external.KindComment, external.KindContainer)
	if i := o.Item; err == nil {
		err = nameable(i.ID, i.Key, i.Parent, i.Author, i.URL, i.CreateKey, i.Version, i.MovedTo, i.Home.Project, i.Home.ID, i.Home.Key)
	}
	if err == nil {
		o.Item.Fields, err = externalFields(o.Item.Fields)
	}
	if err != nil {
		return o, fmt.Errorf("external item %s: %w", o.Item.ID, err)
	}
	o.Item.CreatedAt, o.Item.UpdatedAt = Time(o.Item.CreatedAt), Time(o.Item.UpdatedAt)
	o.SeenAt = Time(o.SeenAt)
	return o, nil
}

// CloneObservation returns a copy that shares no map with o.
func CloneObservation(o store.Observation) store.Observation {
	o.Item.Fields = cloneMap(o.Item.Fields)
	return o
}

// Cursor returns c as it is stored.
func Cursor(c external.Cursor) external.Cursor {
	c.Watermark, c.Seen = Time(c.Watermark), Time(c.Seen)
	c.Window.Lo, c.Window.Hi = Time(c.Window.Lo), Time(c.Window.Hi)
	c.Lo, c.ReadAt = Time(c.Lo), Time(c.ReadAt)
	return c
}

// Intent returns i as it is stored.
func Intent(i store.Intent) (store.Intent, error) {
	err := oneOf("state", i.State, store.Planned, store.Sent, store.Landed, store.Refused, store.Superseded)
	if err == nil {
		err = oneOf("audit", i.Audit, store.AuditNone, store.AuditPending, store.AuditDone, store.AuditUnaudited)
	}
	for _, c := range i.Changes {
		if err == nil {
			err = storable("seen "+string(c.Field), c.Seen)
		}
		if err == nil {
			err = storable("written "+string(c.Field), c.Written)
		}
		if err == nil {
			err = storable("local "+string(c.Field), c.Local)
		}
	}
	if err != nil {
		return i, fmt.Errorf("intent %s: %w", i.ID, err)
	}
	i.Changes = cloneSlice(i.Changes)
	i.Position, i.Deadline = Time(i.Position), Time(i.Deadline)
	i.CreatedAt, i.SentAt, i.DoneAt = Time(i.CreatedAt), Time(i.SentAt), Time(i.DoneAt)
	return i, nil
}

// CloneIntent returns a copy that shares no slice with i.
func CloneIntent(i store.Intent) store.Intent {
	i.Changes = cloneSlice(i.Changes)
	return i
}
