package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// peer is one external project as a session sees it.
type peer struct {
	project store.Project
	opened  store.Project // as it was when its connection was opened
	adapter adapters.Adapter
	caps    external.Capabilities
	mapping mapping.Mapping
	refs    references
	links   int             // of the project, in this Sync
	planned store.Link      // the link that was planned last, as it was then
	gone    map[string]bool // links of tickets that its session found gone; nil: not counted yet
	ends    map[string]bool // links of items that its session deletes, likewise
	near    []store.Project // of the same installation; nil: not looked up yet
	repeats []string        // links whose create is to be made once more; nil: not looked up yet
	strays  map[string]bool // links whose item was moved where it cannot be followed
	probed  bool            // it was asked whether the project as a whole hinders what was refused
	shut    *external.Error // why nothing may be written to it at present; nil: something may
	keeps   map[string]bool // links whose ticket is not to be deleted: the system refused, or others commented on it
	// collided: another project seems to bear the address, for a list showed one ticket under the
	// number of another one, say.
	collided bool
}

func (e *Engine) peer(ctx context.Context, projectID string) (*peer, error) {
	p := &peer{refs: references{here: map[string]string{}, there: map[string]string{}}}
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if p.project, err = tx.Project(ctx, projectID); err != nil {
			return err
		}
		if p.collided, err = collided(ctx, tx, projectID); err != nil {
			return err
		}
		p.mapping, err = e.mappings.inForce(ctx, tx, &p.project)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load project: %w", err)
	}
	return p, e.open(ctx, p)
}

// open opens the connection of a project as it is known by now.
func (e *Engine) open(ctx context.Context, p *peer) error {
	a, err := e.Adapters.For(ctx, p.project)
	if err != nil {
		return fmt.Errorf("open the connection: %w", err)
	}
	p.adapter, p.caps, p.opened = a, a.Capabilities(), p.project
	return nil
}

// Observed is what an Observe found.
type Observed struct {
	Items   int // items seen
	Changed int // of which were new or different from what was stored
}

// Observe walks every stream from its cursor and stores what changed, when walk is
// set or when a lost create can only be found by listing. A reconcile session reads
// everything and marks what did not show up, to be read directly.
func (e *Engine) Observe(ctx context.Context, r Run, walk bool) (Observed, error) {
	for {
		sum, err := e.observe(ctx, r, walk)
		if !errors.Is(err, errShowsOther) {
			return sum, err
		}
	}
}

// errShowsOther says that a project shows other items than when a walk of it began, for somebody has changed
// its filter, say. It is read from the beginning since: a place in that walk tells nothing of what to skip.
var errShowsOther = errors.New("the project shows other items by now")

func (e *Engine) observe(ctx context.Context, r Run, walk bool) (Observed, error) {
	var sum Observed
	p, err := e.peer(ctx, r.ProjectID)
	if err == nil {
		err = e.askWhoIsWho(ctx, r, p)
	}
	if err != nil {
		return sum, fmt.Errorf("observe: %w", err)
	}
	if again := p.project.Restored; again.Open() && !again.Read {
		if till := showsAll(p); e.Clock.Now().Before(till) {
			return sum, &PacedError{RetryAt: till, Reason: "the database was restored, and what was made right before that is in no list yet"}
		}
		r.Kind, walk = store.Reconcile, true // whoever asked for less
	}
	if !walk {
		if walk, err = e.mustWalk(ctx, p); err != nil {
			return sum, fmt.Errorf("observe: %w", err)
		}
	}
	if !walk && r.Kind != store.Reconcile {
		return sum, nil
	}
	if r.Kind == store.Reconcile && p.readable() {
		if _, err := e.readdress(ctx, r, p); err != nil {
			return sum, fmt.Errorf("observe: %w", err)
		}
	}
	began := e.Clock.Now()
	for _, s := range p.caps.Streams {
		name := s
		if r.Kind == store.Reconcile {
			name = sweepOf(s)
		}
		seen, err := e.walk(ctx, r, p, s, name)
		sum.Items, sum.Changed = sum.Items+seen.Items, sum.Changed+seen.Changed
		if err != nil {
			return sum, fmt.Errorf("observe %s: %w", s, e.witnessed(ctx, r, err))
		}
	}
	if err := e.askWhoIsThere(ctx, r, p); err != nil { // a list may have shown it just now
		return sum, fmt.Errorf("observe: %w", err)
	}
	if r.Kind != store.Reconcile {
		return sum, nil
	}
	if err := e.doubtAbsent(ctx, r, p, began); err != nil {
		return sum, err
	}
	if p.project.Restored.Open() {
		return sum, e.readAnew(ctx, r)
	}
	return sum, nil
}

// mustWalk reports whether a create of unknown outcome has been invisible long
// enough that a walk begun now settles it.
func (e *Engine) mustWalk(ctx context.Context, p *peer) (bool, error) {
	now, must := e.Clock.Now(), false
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		open, err := tx.OpenIntents(ctx, p.project.ID)
		for _, i := range open {
			must = must || i.State == store.Sent && i.Verb == verbCreate && !now.Before(settledAt(i, p.caps))
		}
		return err
	})
	return must, err
}

// settledAt is when a walk begun then shows the item of a create, if there is one.
func settledAt(i store.Intent, caps external.Capabilities) time.Time {
	return i.Deadline.Add(caps.Lag + caps.Precision)
}

// walk reads one stream page by page; the cursor, named name, moves in the
// transaction that stores the page. A page at which an earlier walk was interrupted may not be
// there any more: the system forgets where it was, or has other settings. The walk begins anew then.
func (e *Engine) walk(ctx context.Context, r Run, p *peer, stream, name external.Stream) (Observed, error) {
	cur, err := e.startWalk(ctx, r, name, false)
	if err != nil {
		return Observed{}, err
	}
	sum, err := e.walkOn(ctx, r, p, stream, cur)
	if cur.Page == "" || external.KindOf(err) != external.Invalid {
		return sum, err
	}
	if cur, err = e.startWalk(ctx, r, name, true); err != nil {
		return sum, err
	}
	anew, err := e.walkOn(ctx, r, p, stream, cur)
	return Observed{sum.Items + anew.Items, sum.Changed + anew.Changed}, err
}

// walkOn reads one stream from a cursor on.
func (e *Engine) walkOn(ctx context.Context, r Run, p *peer, stream external.Stream, cur external.Cursor) (Observed, error) {
	var sum Observed
	for first := true; first || cur.Page != ""; first = false {
		if err := e.pace(ctx, p, store.UseRead); err != nil {
			return sum, err
		}
		readAt := e.Clock.Now()
		version := ""
		if cur.Page == "" {
			version = cur.Version
		}
		page, err := p.adapter.Changes(ctx, stream, cur.Window, cur.Page, version)
		if err != nil {
			return sum, e.vendorError(ctx, p, err)
		}
		cur = cur.Turn(page, p.caps, e.Clock.Now())
		changed, err := e.storePage(ctx, r, p, page, cur, readAt)
		if err != nil {
			return sum, err
		}
		sum.Items, sum.Changed = sum.Items+len(page.Items), sum.Changed+changed
		r.beat()
	}
	return sum, nil
}

// storePage makes a page that was asked for at such a time, and the cursor behind it, durable
// in one transaction.
func (e *Engine) storePage(ctx context.Context, r Run, p *peer, page external.Page, next external.Cursor, readAt time.Time) (changed int, err error) {
	j := &journal{run: r}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts = store.Counts{Reads: 1, Observed: len(page.Items)}
		if project, err := e.fence(ctx, tx, r); err != nil {
			return err
		} else if shows(p.opened, project) {
			return errShowsOther
		}
		for _, item := range page.Items {
			news, err := e.see(ctx, tx, p, item, listed, readAt)
			if err != nil {
				return err
			}
			if news {
				j.counts.Changed++
			}
		}
		if err := tx.PutCursor(ctx, r.ProjectID, next); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
	return j.counts.Changed, err
}

// startWalk continues an unfinished walk, unless it is to begin anew, or begins one.
func (e *Engine) startWalk(ctx context.Context, r Run, name external.Stream, anew bool) (external.Cursor, error) {
	var c external.Cursor
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		c, err = tx.Cursor(ctx, r.ProjectID, name)
		return err
	})
	if err != nil || c.Page != "" && !anew {
		return c, err
	}
	if c.Page = ""; r.Kind == store.Reconcile {
		c = external.Cursor{Stream: name} // a sweep reads everything
	}
	c.ReadAt = e.Clock.Now()
	if !c.Window.Lo.Equal(c.Lo) {
		c.Version = ""
	}
	return c, nil
}

// source says how an item was seen, which decides what may be believed of it.
type source int

const (
	listed source = iota // in a list, which may lag behind
	read                 // directly
)

// see stores one observed item and marks its link dirty when it changed. An item
// that nobody knows yet gets a stub link, which is planned like any other.
func (e *Engine) see(ctx context.Context, tx store.Tx, p *peer, item external.Item, from source, at time.Time) (bool, error) {
	item = storable(item)
	o := seenAt(p, item, at)
	old, err := tx.Observation(ctx, p.project.ID, item.Kind, item.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if !p.project.Restored.Open() {
			if orphan, err := e.orphaned(ctx, tx, p, item); err != nil || orphan {
				return false, errors.Join(err, orphanError(orphan))
			}
		}
	case err != nil:
		return false, err
	case from == listed && old.Hash == o.Hash:
		return e.seeAlike(ctx, tx, p, old, o)
	case from == listed && (contradicts(item, old.Item) || !item.UpdatedAt.After(old.Item.UpdatedAt)):
		// A list that lags shows an older state under an older or equal stamp. It is not
		// believed; reading the item directly tells which one is true. Nor is one that shows
		// what was read to be gone, under whatever stamp.
		return true, e.disbelieve(ctx, tx, p, old, item)
	case from == listed && old.Hash == "":
		if waits, err := e.isToBeRead(ctx, tx, p, item, old.Item); err != nil {
			return false, err
		} else if waits {
			return true, e.disbelieve(ctx, tx, p, old, item)
		}
	}
	changed, err := tx.PutObservation(ctx, o)
	if err != nil || !changed {
		return false, err
	}
	return true, e.tellSeen(ctx, tx, p, item, old.Item)
}

// tellSeen marks the link of an item dirty that is not as it was before, and wakes what waited
// for it while it could not be seen. It was never seen before: old is the zero one.
func (e *Engine) tellSeen(ctx context.Context, tx store.Tx, p *peer, item, old external.Item) error {
	appears := !item.Gone && (old.ID == "" || old.Gone)
	opened := old.Restricted() != "" && item.Restricted() == ""
	if err := e.markSeen(ctx, tx, p, item, appears); err != nil || old.ID == "" || !appears && !opened {
		return err
	}
	return e.seenAgain(ctx, tx, p, item.Ref)
}

// seenAgain wakes what waited for an item that could not be seen for a while.
func (e *Engine) seenAgain(ctx context.Context, tx store.Tx, p *peer, ref external.Ref) error {
	l, err := tx.LinkByExternal(ctx, p.project.ID, ref.Kind, ref.ID)
	if err != nil {
		return err
	}
	return wakeChildren(ctx, tx, l)
}

// markSeen finds or makes the item's link and marks it dirty.
func (e *Engine) markSeen(ctx context.Context, tx store.Tx, p *peer, item external.Item, appears bool) error {
	l, err := tx.LinkByExternal(ctx, p.project.ID, item.Kind, item.ID)
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return err
	}
	if unknown || l.LocalID == "" {
		if claimed, err := e.claim(ctx, tx, p, l, item); err != nil || claimed {
			return err
		}
	}
	if unknown {
		if err := e.collides(ctx, tx, p, item); err != nil {
			return err
		}
		return e.stub(ctx, tx, p, item.Ref)
	}
	if isMoved(l) {
		return e.cameBack(ctx, tx, p, item, l)
	}
	// Somebody may have asked for it to be taken back since it was read: whoever does locks no project.
	if l, err = tx.LinkForUpdate(ctx, l.ID); err != nil {
		return err
	}
	if !item.Gone {
		if l, err = e.takeBackShown(ctx, tx, p, l, appears); err == nil && appears {
			l, err = shownAgain(ctx, tx, l)
		}
		if err != nil {
			return err
		}
	}
	return e.markKnown(ctx, tx, p, l, item, appears)
}

// markKnown marks a link dirty, with what changes of it as its item is seen. One that has not
// come in yet is here since it appeared: a webhook may have told of it before, and it was
// elsewhere meanwhile.
func (e *Engine) markKnown(ctx context.Context, tx store.Tx, p *peer, l store.Link, item external.Item, appears bool) error {
	revived, since := l.State == store.Quarantined, appears && l.LocalID == ""
	if revived {
		l = l.AtWork()
	}
	if since {
		l.CreatedAt = e.Clock.Now()
	}
	rekeyed := l.LocalID == "" && item.Parent != "" && (l.ParentKey != item.Parent || l.Parent == "") // since a webhook told of it
	if rekeyed {
		var err error
		if l, err = under(ctx, tx, l, item.Ref); err != nil {
			return err
		}
	}
	// A list that shows what is gone may lag: the item is read before anything is planned.
	back := l.State == store.MaybeGone && (!item.Gone || asksAboutGone(l))
	if other := l.ExternalKey != item.Key; revived || since || rekeyed || other || back {
		if back && l.LocalID != "" {
			l = l.As(store.Live, store.NoCause, "")
		}
		if wasAway(l, item) {
			l.Bases = carriedBases(p, l, item)
		}
		if err := e.seenAs(ctx, tx, l, item.Key); err != nil {
			return err
		}
	}
	return errors.Join(e.goneTwin(ctx, tx, l, item), tx.MarkDirty(ctx, l.ID))
}

// seenAs stores what changes of a link as its item is seen under a key. Comments may have named a ticket by
// that key already.
func (e *Engine) seenAs(ctx context.Context, tx store.Tx, l store.Link, key string) error {
	other := l.ExternalKey != key
	l.ExternalKey = key
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := wakeChildren(ctx, tx, l); err != nil || !other || l.Kind != external.KindTicket {
		return err
	}
	return e.adoptOrphans(ctx, tx, l)
}

// claim gives an item that nobody knows here to the link that it belongs to, if there is
// one: of the create that made it, or of a comment that was moved along with its ticket.
// The stub, if there is one, goes.
func (e *Engine) claim(ctx context.Context, tx store.Tx, p *peer, stub store.Link, item external.Item) (bool, error) {
	owner, lost, err := e.lostCreate(ctx, tx, p, item)
	along := false
	if err == nil && !lost {
		owner, along, err = e.ownerElsewhere(ctx, tx, p, item)
	}
	if err != nil || !lost && !along {
		return false, err
	}
	if stub.ID != "" {
		if err := e.replaceStub(ctx, tx, stub, owner.ID); err != nil {
			return false, err
		}
	}
	if lost {
		return true, e.join(ctx, tx, p, owner, item)
	}
	return true, e.joinMoved(ctx, tx, owner, item)
}

// stub makes the link of an external item that has no local side yet.
func (e *Engine) stub(ctx context.Context, tx store.Tx, p *peer, ref external.Ref) error {
	now := e.Clock.Now()
	l := store.Link{
		ID: e.NewID(), ProjectID: p.project.ID, Kind: ref.Kind, ExternalID: ref.ID, ExternalKey: ref.Key,
		State: store.Backlog, DirtyRev: 1, DirtyAt: now, CreatedAt: now,
	}
	if ref.Kind != external.KindComment {
		if err := tx.InsertLink(ctx, l); err != nil {
			return err
		}
		return e.adoptOrphans(ctx, tx, l)
	}
	l, err := under(ctx, tx, l, ref)
	if err != nil {
		return err
	}
	return errors.Join(tx.InsertLink(ctx, l), e.askAnew(ctx, tx, l))
}

// seenAt is what is stored of an item that was seen. It is as old as the call that showed it:
// an answer may be long on its way, and the item elsewhere by the time it is stored.
func seenAt(p *peer, item external.Item, asked time.Time) store.Observation {
	return store.Observation{ProjectID: p.project.ID, Item: item, Hash: hashItem(p, item), TitleKey: p.titleKey(item), SeenAt: asked}
}

// titleKey is what an external ticket is found by among those that bear its title.
func (p *peer) titleKey(item external.Item) string {
	if r := p.mapping.Rule(external.KindTicket, ticket.Title); r != nil && item.Kind == external.KindTicket {
		return ticket.TitleKey(p.mapping.Canonical(r, item.Fields).Text())
	}
	return ""
}

// hashItem identifies what planning would see of an item.
func hashItem(p *peer, item external.Item) string {
	h := sha256.New()
	h.Write([]byte(item.Key))
	if item.Gone {
		h.Write([]byte{1})
	}
	f := p.adapter.Normalize(item.Fields)
	names := make([]string, 0, len(f))
	for n := range f {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		h.Write([]byte{0})
		h.Write([]byte(n))
		for _, v := range f[n].Elements() {
			h.Write([]byte{2})
			h.Write([]byte(v))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
