package canon

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Project returns p as it is stored.
func Project(p store.Project) (store.Project, error) {
	err := oneOf("status", p.Status,
		external.Configuring, external.Active, external.Paused, external.InError, external.Disconnected)
	if err == nil && !p.Direction.Valid() {
		err = fmt.Errorf("direction %q: want push, pull, bidirectional or disabled", p.Direction)
	}
	for _, s := range p.Strategies {
		if err == nil && !s.Strategy.Valid() {
			err = fmt.Errorf("strategy %q of field %q: want local_wins, external_wins, newest_wins, manual or merge", s.Strategy, s.Field)
		}
	}
	if err == nil {
		err = oneOf("on expiry", p.Conflicts.OnExpiry, "", store.ChooseLocal, store.ChooseExternal)
	}
	if err == nil {
		if p.Settings, err = document(p.Settings); err != nil {
			err = fmt.Errorf("settings: %w", err)
		}
	}
	if err != nil {
		return p, fmt.Errorf("project %s: %w", p.ID, err)
	}
	p = CloneProject(p)
	p.StatusReason = told(p.StatusReason)
	for i := range p.Strategies {
		p.Strategies[i].ConfirmedAt = Time(p.Strategies[i].ConfirmedAt)
	}
	p.Guard.At, p.Restored.At = Time(p.Guard.At), Time(p.Restored.At)
	p.Conflicts.ConfirmedAt = Time(p.Conflicts.ConfirmedAt)
	p.Deletions.ConfirmedAt = Time(p.Deletions.ConfirmedAt)
	p.CreatedAt, p.SyncedAt = Time(p.CreatedAt), Time(p.SyncedAt)
	return p, nil
}

// CloneProject returns a copy that shares no slice with p.
func CloneProject(p store.Project) store.Project {
	p.Strategies = cloneSlice(p.Strategies)
	p.Rules.PassOn = cloneSlice(p.Rules.PassOn)
	p.Settings = cloneSlice(p.Settings)
	p.Formerly = cloneSlice(p.Formerly)
	return p
}

// Budget returns b as it is stored.
func Budget(b store.Budget) store.Budget {
	b = CloneBudget(b)
	for i := range b.Writes {
		b.Writes[i] = Time(b.Writes[i])
	}
	b.Reset, b.BlockedTill, b.LastWrite = Time(b.Reset), Time(b.BlockedTill), Time(b.LastWrite)
	return b
}

// CloneBudget returns a copy that shares no slice with b.
func CloneBudget(b store.Budget) store.Budget {
	b.Writes = cloneSlice(b.Writes)
	return b
}
