package worker

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

const (
	// headsEvery is the time between two looks for heads that wait, and headsRetry the one
	// after a failure.
	headsEvery = 5 * time.Second
	headsRetry = time.Minute
	// headsDaily is how often every head is published though no session asked for it, and
	// headsFresh how long the same head need not be published again.
	headsDaily = 24 * time.Hour
	headsFresh = 20 * time.Hour
	// headsBatch is how many are published in one transaction, and headTimeout bounds one.
	headsBatch  = 20
	headTimeout = 10 * time.Second
)

// headSink keeps a line outside, durably, or says why it did not.
type headSink func(ctx context.Context, line []byte) error

// heads publishes signed audit heads. What is to be published waits in the outbox, put
// there by the transaction that ended a session, and leaves it once the sink has it: a
// crash publishes a head twice rather than never. Why one fails is kept for `status`.
type heads struct {
	store store.Store
	key   ed25519.PrivateKey
	sink  headSink // nil: nothing is published
	log   *slog.Logger
	now   func() time.Time
}

func newHeads(s *Services, key ed25519.PrivateKey) (*heads, error) {
	h := &heads{store: s.Store, key: key, log: s.Log, now: time.Now}
	if s.cfg.AuditHeads == "" {
		return h, nil
	}
	var err error
	h.sink, err = sinkOf(s.cfg.AuditHeads, guarded(s.cfg.AllowAddresses))
	return h, err
}

// run publishes until ctx ends, what waits and every head once a day.
func (h *heads) run(ctx context.Context) {
	var daily time.Time
	repeat(ctx, 0, func() time.Duration {
		err := error(nil)
		if now := h.now(); h.sink != nil && now.Sub(daily) >= headsDaily {
			if err = h.queueAll(ctx); err == nil {
				daily = now
			}
		}
		for more := err == nil; more && err == nil; {
			more, err = h.publish(ctx)
		}
		if err != nil && ctx.Err() == nil {
			h.log.WarnContext(ctx, "audit heads not published; it is tried again", "error", err.Error())
			return headsRetry
		}
		return headsEvery
	})
}

// queueAll asks for the head of every connected project.
func (h *heads) queueAll(ctx context.Context) error {
	return h.store.Tx(ctx, func(tx store.Tx) error {
		projects, err := tx.ListProjects(ctx)
		if err != nil {
			return err
		}
		for _, p := range projects {
			if p.Status == external.Configuring {
				continue
			}
			err := tx.AddOutbox(ctx, store.Outbox{ID: uuid.NewString(), Kind: store.OutboxHead, ProjectID: p.ID, Subject: p.ID, At: h.now()})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// publish publishes what waits, one head a project, and reports whether more may wait. Of
// a project that fails one request stays, which stands for all, and goes behind the others:
// however many fail, and however often they ask, they are in nobody's way.
func (h *heads) publish(ctx context.Context) (more bool, err error) {
	var failed error
	err = h.store.Tx(ctx, func(tx store.Tx) error {
		failed = nil
		due, err := tx.DueOutbox(ctx, []store.OutboxKind{store.OutboxHead}, headsBatch)
		if err != nil {
			return err
		}
		more = len(due) == headsBatch
		told := map[string]error{} // what became of each project
		var done, later []string
		for _, o := range due {
			outcome, seen := told[o.Subject]
			if !seen {
				if outcome, err = h.one(ctx, tx, o.Subject); err != nil {
					return err
				}
				told[o.Subject] = outcome
			}
			if outcome == nil || seen {
				done = append(done, o.ID)
				continue
			}
			if later = append(later, o.ID); errors.Is(outcome, errElsewhere) {
				more = false // the same ones would come again, until the other worker has looked
				continue
			}
			failed = outcome
		}
		if err := tx.PostponeOutbox(ctx, h.now(), later...); err != nil {
			return err
		}
		return tx.MarkDelivered(ctx, h.now(), done...)
	})
	return more, errors.Join(err, failed)
}

// headsLeft is how long a worker that publishes nowhere leaves the heads of a project to others after one of
// these has published: each does so daily.
const headsLeft = 2 * headsDaily

// errElsewhere is why a head stays that another worker publishes.
var errElsewhere = errors.New("another worker publishes it")

// elsewhere is what becomes of a head in a worker that was told no place for it: it is for the worker beside
// it that was, if one publishes; else nobody wants it.
func (h *heads) elsewhere(ctx context.Context, tx store.Tx, projectID string) (outcome, err error) {
	mark, err := tx.HeadMark(ctx, projectID)
	if err == nil && mark.Published.Seq > 0 && h.now().Sub(mark.PublishedAt) < headsLeft {
		outcome = errElsewhere
	}
	return outcome, err
}

// one publishes the head of a project and notes what became of it. outcome is why the
// head could not be published; err, why that could not be noted.
func (h *heads) one(ctx context.Context, tx store.Tx, projectID string) (outcome, err error) {
	if h.sink == nil {
		return h.elsewhere(ctx, tx, projectID)
	}
	last, err := tx.AuditHead(ctx, projectID)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	mark, err := tx.HeadMark(ctx, projectID)
	if err != nil {
		return nil, err
	}
	outcome, err = h.continues(ctx, tx, mark, last)
	if err != nil {
		return nil, err
	}
	now := h.now()
	signed := store.Sign(store.AuditHead{ProjectID: projectID, Seq: last.Seq, Hash: last.Hash, At: now}, h.key)
	if outcome == nil {
		if last.Seq == 0 || mark.Error == "" && mark.Published.Hash == last.Hash && now.Sub(mark.PublishedAt) < headsFresh {
			return nil, nil // there is nothing to say, or it was said
		}
		outcome = h.send(ctx, signed)
	}
	if outcome == nil {
		return nil, tx.PutHeadMark(ctx, store.HeadMark{ProjectID: projectID, Published: signed, PublishedAt: now})
	}
	if mark.Error = outcome.Error(); mark.FailedAt.IsZero() {
		mark.FailedAt = now
	}
	return outcome, tx.PutHeadMark(ctx, mark)
}

// continues says what is wrong where the chain does not go on from the head that was
// published last: it must never look as if it had always been so.
func (h *heads) continues(ctx context.Context, tx store.Tx, mark store.HeadMark, last store.AuditEntry) (outcome, err error) {
	published := mark.Published
	if published.Seq == 0 {
		return nil, nil
	}
	if last.Seq < published.Seq {
		return fmt.Errorf("the audit log of project %s ends at entry %d, but entry %d was published: its tail was cut off, or an older database restored; run extsync audit verify with the published heads",
			mark.ProjectID, last.Seq, published.Seq), nil
	}
	at, err := tx.AuditLog(ctx, mark.ProjectID, published.Seq-1, 1)
	if err != nil {
		return nil, err
	}
	if len(at) == 0 || at[0].Seq != published.Seq || at[0].Hash != published.Hash {
		return fmt.Errorf("entry %d of the audit log of project %s is not the one that was published: the log was written anew; run extsync audit verify with the published heads",
			published.Seq, mark.ProjectID), nil
	}
	return nil, nil
}

func (h *heads) send(ctx context.Context, head store.SignedHead) error {
	line, err := json.Marshal(head)
	if err != nil {
		return err // unreachable: a head always marshals
	}
	ctx, cancel := context.WithTimeout(ctx, headTimeout)
	defer cancel()
	return h.sink(ctx, append(line, '\n'))
}
