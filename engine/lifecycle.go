package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// Connection is what a person says to connect an external project.
type Connection struct {
	System  external.System
	BaseURL string // empty: the vendor's public service
	Key     string // the project's address: "octo/hello"
	// User, Filter and Settings are as in store.Project.
	User, Filter string
	Settings     json.RawMessage
	Direction    external.Direction
	Strategies   []store.Strategy
	Rules        outbound.Rules
	PollEvery    time.Duration
	Pace         store.Pace
	Wishes       store.Wishes
	By           string // a local handle
}

// CredentialName is the name under which a project's sealed credential is stored.
const CredentialName = "token"

// CreateProject stores a connection in status configuring, with its sealed
// credential. Seal gets the project's id, to which it binds the blob. A project that
// was disconnected comes back to life, its links with it; it is read from the
// beginning again. It fails with store.ErrExists when the address is connected, and with
// store.ErrStale where others wait for their release after the database was restored.
func (e *Engine) CreateProject(ctx context.Context, c Connection, seal func(projectID string) ([]byte, error)) (store.Project, error) {
	if c.Direction == "" {
		c.Direction = external.Bidirectional
	}
	if !c.Direction.Valid() {
		return store.Project{}, fmt.Errorf("direction %q: want push, pull, bidirectional or disabled", c.Direction)
	}
	if err := c.Rules.Validate(); err != nil {
		return store.Project{}, err
	}
	p := store.Project{
		ID: e.NewID(), System: c.System, BaseURL: c.BaseURL, Key: c.Key, User: c.User, Filter: c.Filter, Settings: c.Settings, Status: external.Configuring, Direction: c.Direction,
		Strategies: c.Strategies, Rules: c.Rules, PollEvery: c.PollEvery, Pace: c.Pace, Wishes: c.Wishes, CreatedAt: e.Clock.Now(),
	}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		old, err := tx.ProjectByAddress(ctx, c.System, c.BaseURL, c.Key)
		if err == nil { // somebody may connect it, too, or change what holds of it, at this very moment
			old, err = tx.ProjectForUpdate(ctx, old.ID)
		}
		switch {
		case errors.Is(err, store.ErrNotFound):
			if err = allReleased(ctx, tx); err == nil {
				err = tx.InsertProject(ctx, p)
			}
		case err == nil && old.Status == external.Disconnected:
			err = e.reconnect(ctx, tx, old, &p)
		case err == nil:
			return fmt.Errorf("%s is connected as project %s: %w", c.Key, old.ID, store.ErrExists)
		}
		if err != nil {
			return err
		}
		sealed, err := seal(p.ID)
		if err != nil {
			return err
		}
		if err := tx.PutSecret(ctx, p.ID, CredentialName, sealed); err != nil {
			return err
		}
		return e.auditProject(ctx, tx, p.ID, c.By, "connect", c.Key)
	})
	if err != nil {
		return p, fmt.Errorf("connect %s: %w", c.Key, err)
	}
	return p, nil
}

// reconnect takes the identity of a disconnected project and forgets how far its
// streams were read. What people said about it holds, as long as nobody says otherwise: who
// connects it again need not know which rules and settings there were.
func (e *Engine) reconnect(ctx context.Context, tx store.Tx, old store.Project, p *store.Project) error {
	p.ID, p.ExternalID, p.CreatedAt, p.WriterEpoch = old.ID, old.ExternalID, old.CreatedAt, old.WriterEpoch
	p.Login, p.Formerly = old.Login, old.Formerly // what those made is ours, whoever we speak as from now on
	p.Restored = old.Restored                     // nobody has released it yet, or there is nothing to release
	if p.Rules.Equal(outbound.Rules{}) {
		p.Rules = old.Rules
	}
	if len(p.Strategies) == 0 {
		p.Strategies = old.Strategies
	}
	p.Conflicts, p.Deletions, p.RollbackFailed = old.Conflicts, old.Deletions, old.RollbackFailed
	if err := errors.Join(rewind(ctx, tx, p.ID), collide(ctx, tx, p.ID, false)); err != nil {
		return err
	}
	if err := tx.PutCursor(ctx, p.ID, external.Cursor{Stream: streamSchema}); err != nil {
		return err
	}
	if err := tx.UpdateProject(ctx, *p); err != nil {
		return err
	}
	if err := e.unplace(ctx, tx, old, *p); err != nil || !replans(old, *p) {
		return err
	}
	return e.replan(ctx, tx, p.ID)
}

// rewind has all of a project read from the beginning again.
func rewind(ctx context.Context, tx store.Tx, projectID string) error {
	for _, s := range []external.Stream{external.StreamTickets, external.StreamComments} {
		for _, name := range []external.Stream{s, sweepOf(s)} {
			if err := tx.PutCursor(ctx, projectID, external.Cursor{Stream: name}); err != nil {
				return err
			}
		}
	}
	return nil
}

// shows reports whether other items of a project may show than before, which have not changed.
func shows(before, after store.Project) bool {
	return before.Filter != after.Filter || !bytes.Equal(before.Settings, after.Settings)
}

func (e *Engine) auditProject(ctx context.Context, tx store.Tx, projectID, by, action, detail string) error {
	return tx.AppendAudit(ctx, store.AuditEntry{
		ProjectID: projectID, At: e.Clock.Now(), Actor: by, Action: action, Subject: projectID, Detail: detail,
	})
}

// Probe tries the credential, finds the project and notes its immutable id and whom
// we speak as. It fails with kind Forbidden, naming them, when permissions are missing, and
// where nothing may be written that is to be.
func (e *Engine) Probe(ctx context.Context, projectID string) (external.Identity, error) {
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return external.Identity{}, fmt.Errorf("probe: %w", err)
	}
	id, ext, err := e.whoIsThere(ctx, p)
	if err != nil {
		return id, fmt.Errorf("probe: %w", err)
	}
	if why := id.Hinders(p.project.Direction); why != "" {
		return id, &external.Error{Kind: external.Forbidden, Op: "probe " + p.project.Key, Message: why}
	}
	if p.another(ext) {
		if p.project.Status != external.Configuring {
			return id, fmt.Errorf("probe: %w", errAnother(p))
		}
		if err := e.doubtNumbers(ctx, projectID); err != nil {
			return id, fmt.Errorf("probe: %w", err)
		}
	}
	_, err = e.Configure(ctx, projectID, "", func(pr *store.Project) error {
		pr.ExternalID, pr.Key = ext.ID, ext.Key
		pr.SpeakAs(id.Login)
		return nil
	})
	if errors.Is(err, store.ErrExists) { // spelled otherwise, or by a former name: no try would find it otherwise
		err = &external.Error{
			Kind: external.Conflict, Op: "probe " + p.project.Key, Err: err,
			Message: fmt.Sprintf("this is %s, which has a connection already: by a former name, perhaps, or one that was disconnected and can be connected again by its own address", ext.Key),
		}
	}
	return id, err
}

// Activate ends the setup: sessions may run. The approved preview bounds what the
// first session may create outside.
func (e *Engine) Activate(ctx context.Context, projectID, by string, approved Preview) (store.Project, error) {
	return e.Configure(ctx, projectID, by, e.activate(by, approved))
}

// ActivateUnasked ends a setup whose preview nobody has approved, for nobody wanted to see it. It fails
// with store.ErrStale where somebody does by now.
func (e *Engine) ActivateUnasked(ctx context.Context, projectID, by string, counted Preview) (store.Project, error) {
	return e.Configure(ctx, projectID, by, func(p *store.Project) error {
		if p.Wishes.Preview {
			return fmt.Errorf("somebody wants to see the preview: %w", store.ErrStale)
		}
		return e.activate(by, counted)(p)
	})
}

func (e *Engine) activate(by string, counted Preview) func(*store.Project) error {
	return func(p *store.Project) error {
		p.Status, p.StatusReason = external.Active, ""
		p.Guard = store.GuardWaiver{By: by, At: e.Clock.Now(), Creates: counted.CreateOutside}
		return nil
	}
}

// Pause stops the project's sessions at the next ticket.
func (e *Engine) Pause(ctx context.Context, projectID, by string) (store.Project, error) {
	return e.Configure(ctx, projectID, by, func(p *store.Project) error {
		p.Status, p.StatusReason = external.Paused, "paused by "+by
		return nil
	})
}

// Resume lets a paused project sync again. With allow, the next session passes the
// guards: whoever resumes has seen what they would stop. It releases a project, too, that
// was read anew because the database was restored: its edits and tickets may leave again.
func (e *Engine) Resume(ctx context.Context, projectID, by string, allow bool) (store.Project, error) {
	return e.Configure(ctx, projectID, by, func(p *store.Project) error {
		if p.Status == external.Configuring {
			return fmt.Errorf("the setup is not finished: %w", store.ErrStale)
		}
		asked := p.Status == external.Paused // by a guard, say
		p.Status, p.StatusReason, p.Failures = external.Active, "", 0
		if allow && p.Restored.Done {
			p.Restored = store.Restored{Released: e.Clock.Now()}
		}
		if allow && (asked || !p.Restored.Open()) { // what is read anew nobody has looked at yet
			p.Guard = store.GuardWaiver{By: by, At: e.Clock.Now(), All: true}
		}
		if p.Restored.Open() { // not released: it was not read anew yet, or nobody allowed it
			p.StatusReason = restoredReason(*p)
		}
		return nil
	})
}

// Disconnect ends the connection: tickets stay, links are frozen, the credential is
// destroyed.
func (e *Engine) Disconnect(ctx context.Context, projectID, by string) (store.Project, error) {
	var p store.Project
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		p, err = e.configure(ctx, tx, projectID, by, func(p *store.Project) error {
			p.Status, p.StatusReason = external.Disconnected, "disconnected by "+by
			return nil
		})
		if err != nil {
			return err
		}
		return tx.DeleteSecrets(ctx, projectID)
	})
	if err != nil {
		return p, fmt.Errorf("disconnect project %s: %w", projectID, err)
	}
	return p, nil
}

// Strategise sets the strategy of a field, or with an empty field the default. One
// that lets the external side win takes effect only when confirmed.
func (e *Engine) Strategise(ctx context.Context, projectID, by string, s store.Strategy, confirm bool) (store.Project, error) {
	if !s.Strategy.Valid() {
		return store.Project{}, fmt.Errorf("strategy %q: want local_wins, external_wins, newest_wins, manual or merge", s.Strategy)
	}
	s.ConfirmedBy, s.ConfirmedAt = "", time.Time{}
	if confirm && s.Strategy != plan.Manual {
		s.ConfirmedBy, s.ConfirmedAt = by, e.Clock.Now()
	}
	return e.Configure(ctx, projectID, by, func(p *store.Project) error {
		kept := []store.Strategy{s}
		for _, old := range p.Strategies {
			if old.Field != s.Field {
				kept = append(kept, old)
			}
		}
		p.Strategies = kept
		return nil
	})
}

// ChangeRules changes which fields, comments and passages may leave for a project, and
// which tickets are passed on to it. From its commit on no call begins that carries what
// the new rules keep; what left before becomes what the rules say, see
// ChangeRulesAndTakeBack. It fails with ticket.ErrInvalid.
func (e *Engine) ChangeRules(ctx context.Context, projectID, by string, change func(*outbound.Rules)) (store.Project, error) {
	p, _, err := e.ChangeRulesAndTakeBack(ctx, projectID, by, "", change)
	return p, err
}

// CannotPassages is what stays outside where passages are kept here that left before.
const CannotPassages = "in texts that may stay: the passages that are kept here from now on; look for them there, and remove them by hand"

// ChangeRulesAndTakeBack changes a project's rules, and asks for what may not be outside
// any more to be taken back in a certain way; empty: in the project's own.
func (e *Engine) ChangeRulesAndTakeBack(ctx context.Context, projectID, by string, how outbound.TakeBack, change func(*outbound.Rules)) (p store.Project, back Withdrawal, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		var was []outbound.Cut
		p, err = e.configure(ctx, tx, projectID, by, func(p *store.Project) error {
			if p.Status == external.Disconnected {
				return fmt.Errorf("it is disconnected; connect it again first: %w", store.ErrStale)
			}
			was = p.Rules.Cuts
			p.Rules.Keep, p.Rules.Cuts = slices.Clone(p.Rules.Keep), slices.Clone(p.Rules.Cuts)
			change(&p.Rules)
			return p.Rules.Validate()
		})
		if err != nil {
			return err
		}
		back, err = e.askBackAll(ctx, tx, p, how)
		anew := func(c outbound.Cut) bool { return !slices.Contains(was, c) }
		back.Passages = back.How != outbound.Stop && slices.ContainsFunc(p.Rules.Cuts, anew)
		return err
	})
	if err != nil {
		return p, back, fmt.Errorf("change the rules of project %s: %w", projectID, err)
	}
	return p, back, nil
}

// Configure changes a project in one transaction, notes who did it, and wakes it. It
// fails with store.ErrStale when the status may not change so.
func (e *Engine) Configure(ctx context.Context, projectID, by string, change func(*store.Project) error) (store.Project, error) {
	var p store.Project
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		p, err = e.configure(ctx, tx, projectID, by, change)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("change project %s: %w", projectID, err)
	}
	return p, nil
}

func (e *Engine) configure(ctx context.Context, tx store.Tx, projectID, by string, change func(*store.Project) error) (store.Project, error) {
	p, err := tx.ProjectForUpdate(ctx, projectID)
	if err != nil {
		return p, err
	}
	was := p
	if err := change(&p); err != nil {
		return p, err
	}
	if err := tx.UpdateProject(ctx, p); err != nil {
		return p, err
	}
	if err := errors.Join(e.followUp(ctx, tx, was, p), e.bookChange(ctx, tx, was, p, by)); err != nil {
		return p, err
	}
	return p, tx.AddOutbox(ctx, e.wake(projectID))
}

// followUp has planned and read again what a change of a project lets be otherwise.
func (e *Engine) followUp(ctx context.Context, tx store.Tx, was, p store.Project) (err error) {
	if shows(was, p) {
		err = rewind(ctx, tx, p.ID)
	}
	if err == nil && replans(was, p) {
		err = e.replan(ctx, tx, p.ID)
	}
	if err == nil {
		err = e.unplace(ctx, tx, was, p)
	}
	if err == nil && was.Status.Syncs() && !p.Status.Syncs() && p.Restored.Open() {
		err = e.wakeRestored(ctx, tx)
	}
	released := was.Restored.Open() && !p.Restored.Open()
	if err == nil && (was.Deletions != p.Deletions || released && p.Deletions.Follow) {
		err = e.followAnew(ctx, tx, p.ID)
	}
	return err
}

// bookChange notes in the audit who changed a project; an empty by is the service itself.
func (e *Engine) bookChange(ctx context.Context, tx store.Tx, was, p store.Project, by string) error {
	if !was.Rules.Equal(p.Rules) {
		if err := e.auditProject(ctx, tx, p.ID, by, "rules", p.Rules.Describe()); err != nil {
			return err
		}
	}
	if by == "" {
		return nil
	}
	detail := fmt.Sprintf("status=%s->%s direction=%s", was.Status, p.Status, p.Direction)
	if was.Restored.Open() && !p.Restored.Open() {
		detail += " released=true"
	}
	return e.auditProject(ctx, tx, p.ID, by, "configure", detail)
}
