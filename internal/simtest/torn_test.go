package simtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// In Postgres others commit while a transaction runs: each of its statements may see more than the one
// before. The store in memory lets nobody in. Here people act in the middle of the engine's transactions,
// on connections of their own. Who comes upon a row that the transaction has locked would wait for its
// end: he gives up, as if the server had not answered him.

// waits is how long somebody waits for a row. There is one goroutine: nobody lets go of it meanwhile.
const waits = "&lock_timeout=3"

// TestWithinTransactions: a schedule over Postgres in which people act within transactions keeps every
// promise. SIM_TORN is how many there are, or 6, from SIM_SEED on.
func TestWithinTransactions(t *testing.T) {
	from, n := numberIn(t, "SIM_SEED", 1), numberIn(t, "SIM_TORN", 6)
	acts := 0
	for seed := from; seed < from+n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := Options{Seed: seed, Profile: Mixed, Trace: true, torn: tearing(&acts)}
			o.base = func(now func() time.Time) database { return newOnPostgres(t, now, waits) }
			if r := Run(o); r.Violation != nil {
				t.Errorf("%s: %v\n%s", r.Profile, r.Violation, strings.Join(r.Trace, "\n"))
			}
		})
	}
	if acts == 0 {
		t.Error("nobody acted within a transaction")
	}
}

// tearing lets people act before one statement of a session's in some dozen, and early at each place of the
// engine that makes one.
func tearing(acts *int) tear {
	n, inside := 0, false
	at := map[spot]uint64{}
	return func(s *storePort, tx store.Tx) store.Tx {
		w := s.w
		return &tornTx{Tx: tx, gap: func(reads string) {
			if inside || w.acting > 0 || w.depth == 0 || w.calm || !w.has(w.sides()[0]) {
				return
			}
			place := here()
			at[place]++
			if n++; lot(w.seed, "within "+itoa(n))%min(at[place]+1, 40) != 0 {
				return
			}
			inside = true
			w.hot = reads // he likes to touch what the transaction is about
			if w.actWithin(s) {
				*acts++
			}
			inside = false
		}}
	}
}

// actWithin lets one person do one thing here in the middle of a transaction, and reports whether he came through.
func (w *world) actWithin(s *storePort) (done bool) {
	one, keeping, call, acting, first := s.one, w.keeping, w.call, w.acting, len(w.oracle.tokens)+1
	var pending []func()
	if w.ledger != nil {
		pending = w.ledger.pending
	}
	s.one.held, w.keeping = nil, nil
	defer func() {
		s.one, w.keeping, w.call, w.acting, w.deciding = one, keeping, call, acting, nil
		if w.ledger != nil {
			w.ledger.pending = pending
		}
		switch r := recover(); {
		case r == nil:
		case !strings.Contains(fmt.Sprint(r), "lock timeout"):
			panic(r)
		default:
			done = false
			for id := first; id <= len(w.oracle.tokens); id++ {
				w.oracle.token(id).void = true
			}
			w.trace.add("here: no answer")
		}
	}()
	w.trace.add("! within a transaction")
	w.acting++
	k := w.pickAct(true)
	if (k == actDeleteComment || k == actDeleteTicket) && !w.has(deletions) {
		k = actEdit
	}
	if done = w.actHere(k); done {
		w.verbs++
		w.did[k]++
	}
	return done
}

// tornTx lets somebody in before some of its statements.
type tornTx struct {
	store.Tx
	gap   func(reads string)
	reads string // the ticket that was read last
}

func (t *tornTx) Project(ctx context.Context, id string) (store.Project, error) {
	t.gap(t.reads)
	return t.Tx.Project(ctx, id)
}

func (t *tornTx) ListProjects(ctx context.Context) ([]store.Project, error) {
	t.gap(t.reads)
	return t.Tx.ListProjects(ctx)
}

func (t *tornTx) Session(ctx context.Context, id string) (store.Session, error) {
	t.gap(t.reads)
	return t.Tx.Session(ctx, id)
}

func (t *tornTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	t.gap(t.reads)
	t.reads = id
	return t.Tx.Ticket(ctx, id)
}

func (t *tornTx) Comment(ctx context.Context, id string) (ticket.Comment, error) {
	t.gap(t.reads)
	return t.Tx.Comment(ctx, id)
}

func (t *tornTx) Grants(ctx context.Context, ticketID string) ([]ticket.Grant, error) {
	t.gap(t.reads)
	return t.Tx.Grants(ctx, ticketID)
}

func (t *tornTx) Link(ctx context.Context, id string) (store.Link, error) {
	t.gap(t.reads)
	return t.Tx.Link(ctx, id)
}

func (t *tornTx) LinkForUpdate(ctx context.Context, id string) (store.Link, error) {
	t.gap(t.reads)
	return t.Tx.LinkForUpdate(ctx, id)
}

func (t *tornTx) LinkByExternal(ctx context.Context, projectID string, kind external.Kind, id string) (store.Link, error) {
	t.gap(t.reads)
	return t.Tx.LinkByExternal(ctx, projectID, kind, id)
}

func (t *tornTx) LinkByLocal(ctx context.Context, projectID string, kind external.Kind, id string) (store.Link, error) {
	t.gap(t.reads)
	return t.Tx.LinkByLocal(ctx, projectID, kind, id)
}

func (t *tornTx) LinksOfLocal(ctx context.Context, kind external.Kind, id string) ([]store.Link, error) {
	t.gap(t.reads)
	return t.Tx.LinksOfLocal(ctx, kind, id)
}

func (t *tornTx) LinksOfParent(ctx context.Context, id string) ([]store.Link, error) {
	t.gap(t.reads)
	return t.Tx.LinksOfParent(ctx, id)
}

func (t *tornTx) LinkConflicts(ctx context.Context, linkID string) ([]store.Conflict, error) {
	t.gap(t.reads)
	return t.Tx.LinkConflicts(ctx, linkID)
}

func (t *tornTx) LinkIntents(ctx context.Context, linkID string) ([]store.Intent, error) {
	t.gap(t.reads)
	return t.Tx.LinkIntents(ctx, linkID)
}

func (t *tornTx) Observation(ctx context.Context, projectID string, kind external.Kind, id string) (store.Observation, error) {
	t.gap(t.reads)
	return t.Tx.Observation(ctx, projectID, kind, id)
}

func (t *tornTx) MarkClean(ctx context.Context, linkID string, rev int64) error {
	t.gap(t.reads)
	return t.Tx.MarkClean(ctx, linkID, rev)
}

func (t *tornTx) UpdateLink(ctx context.Context, l store.Link) error {
	t.gap(t.reads)
	return t.Tx.UpdateLink(ctx, l)
}

func (t *tornTx) AppendSteps(ctx context.Context, steps ...store.Step) error {
	t.gap(t.reads)
	return t.Tx.AppendSteps(ctx, steps...)
}
