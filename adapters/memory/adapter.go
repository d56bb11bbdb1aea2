package memory

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// Adapter is the port to one tracker. New makes it.
type Adapter struct {
	t   *Tracker
	cfg adapters.Config
}

var _ adapters.Adapter = (*Adapter)(nil)

// New connects an adapter to the tracker. It makes no call.
func New(t *Tracker, cfg adapters.Config) *Adapter {
	if cfg.OwnKey == nil {
		cfg.OwnKey = func(string) bool { return false }
	}
	return &Adapter{t: t, cfg: cfg}
}

// Capabilities returns facts; they follow from the tracker's options.
func (a *Adapter) Capabilities() external.Capabilities { return a.t.caps }

// capabilities returns what a tracker with these options can do.
func (o Options) capabilities() external.Capabilities {
	lag := o.Lag
	if p := o.Precision; p > 0 && lag%p != 0 {
		lag += p - lag%p // rounding a stamp down makes it older by up to p
	}
	history := 0
	if o.History != external.HistoryNone {
		history = max(o.Histories, 1)
	}
	return external.Capabilities{
		System: System, Streams: []external.Stream{external.StreamTickets, external.StreamComments},
		Fields: []external.FieldCapability{
			{Name: FieldTitle, Type: external.TypeText, MaxRunes: MaxTitle, History: o.History},
			{Name: FieldBody, Type: external.TypeProse, MaxRunes: MaxBody, History: o.History},
			{Name: FieldState, Type: external.TypeState, History: o.History},
			{Name: FieldLabels, Type: external.TypeLabels, Set: true},
			{Name: FieldAssignees, Type: external.TypePeople, Set: true},
		},
		Comment:     external.FieldCapability{Name: FieldBody, Type: external.TypeProse, MaxRunes: MaxBody, History: o.History},
		CommentEdit: true, CommentDel: true, TicketDel: o.TicketDel, CreateKey: o.CreateKey,
		Precision: max(o.Precision, 1), Lag: lag,
		PageSize: o.PageSize, ReadBatch: o.ReadBatch, WriteBatch: o.WriteBatch, History: history, Transitions: o.Steps,
		Secludes: o.Secludes,
	}
}

// Probe asks whom the credential speaks as.
func (a *Adapter) Probe(ctx context.Context) (external.Identity, error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := a.enter(ctx, &t.calls.Probe, "probe", false); err != nil {
		return external.Identity{}, err
	}
	return external.Identity{Login: t.opts.Login, Missing: slices.Clone(t.denied)}, nil
}

// Account implements adapters.AccountTeller.
func (a *Adapter) Account(ctx context.Context) (string, error) {
	id, err := a.Probe(ctx)
	return id.Login, err
}

// Project returns the tracker's one project.
func (a *Adapter) Project(ctx context.Context) (external.Project, error) {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	if err := a.enter(ctx, &a.t.calls.Probe, "project", false); err != nil {
		return external.Project{}, err
	}
	return a.t.project(), nil
}

// Projects lists the tracker's one project.
func (a *Adapter) Projects(ctx context.Context) ([]external.Project, error) {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	if err := a.call(ctx, &a.t.calls.Probe, "list projects", false); err != nil {
		return nil, err
	}
	return []external.Project{a.t.project()}, nil
}

func (t *Tracker) project() external.Project {
	return external.Project{ID: t.opts.ID, Key: t.opts.Key, Name: t.opts.Key, URL: "memory:" + t.opts.Key}
}

// Schema returns the fields and the labels used so far.
func (a *Adapter) Schema(ctx context.Context) (external.Schema, error) {
	a.t.mu.Lock()
	defer a.t.mu.Unlock()
	if err := a.enter(ctx, &a.t.calls.Probe, "schema", false); err != nil {
		return external.Schema{}, err
	}
	return external.Schema{Fields: slices.Clone(a.t.caps.Fields), Labels: slices.Clone(a.t.labels)}, nil
}

// Read returns the present state of the items.
func (a *Adapter) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]external.Item, 0, len(refs))
	for i, ref := range refs {
		if i%t.opts.ReadBatch == 0 {
			if err := a.enter(ctx, &t.calls.Read, "read", false); err != nil && !t.hidden {
				return nil, err
			}
		}
		it := t.byID[ref.ID]
		if it == nil && ref.ID == "" {
			it = t.byKey[ref.Key]
		}
		switch {
		case it != nil && it.home != nil && !t.hidden:
			left := it.left()
			left.Ref = ref
			out = append(out, left)
		case it == nil || it.gone || t.hidden: // as vendors do, it answers alike for what may not be seen
			out = append(out, external.Item{Ref: ref, Gone: true})
		default:
			out = append(out, a.item(it.face))
		}
	}
	return out, nil
}

// item returns a face as this adapter's owner sees it: only a key that is ours
// counts, any other is text like the rest.
func (a *Adapter) item(f *face) external.Item {
	it := f.item
	if f.key == "" {
		return it
	}
	if a.cfg.OwnKey(f.key) {
		it.CreateKey = f.key
		return it
	}
	if it.Fields[FieldBody].Text() != f.raw {
		it.Fields = withBody(it.Fields, f.raw)
	}
	return it
}

// Normalize returns the fields as they would read after being written.
func (a *Adapter) Normalize(f external.Fields) external.Fields { return a.t.opts.normalize(f) }

// History returns the revisions of texts since the queries' times, rounded down to
// the tracker's precision.
func (a *Adapter) History(ctx context.Context, queries []adapters.HistoryQuery) ([][]external.Revision, error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([][]external.Revision, len(queries))
	for i, q := range queries {
		if i%max(t.caps.History, 1) == 0 { // the next call
			if err := a.enter(ctx, &t.calls.History, "history", false); err != nil {
				return nil, err
			}
		}
		it := t.byID[q.Ref.ID]
		if it == nil || it.gone { // its history went with it
			continue
		}
		since := t.stamp(q.Since)
		for _, r := range it.log {
			if !r.at.Before(since) {
				out[i] = append(out[i], a.revision(r))
			}
		}
	}
	return out, nil
}

// revision tells as much as the tracker remembers.
func (a *Adapter) revision(r revision) external.Revision {
	rev := external.Revision{Field: r.field, Author: r.author, At: r.at}
	if a.t.opts.History == external.HistoryFull {
		rev.Value = r.value
		if text, key := splitMarker(r.value); r.field == FieldBody && a.t.opts.CreateKey == external.CreateKeyMarker && key != "" && a.cfg.OwnKey(key) {
			rev.Value = text
		}
		if r.field == FieldTitle { // as GitHub's renamed events do
			rev.Before, rev.HasBefore = r.before, true
		}
	}
	return rev
}

// enter is call, and refuses for want of a right or a project.
func (a *Adapter) enter(ctx context.Context, counter *int, what string, write bool) error {
	if err := a.call(ctx, counter, what, write); err != nil {
		return err
	}
	if write && slices.Contains(a.t.former, a.cfg.ProjectKey) {
		return fail(external.Moved, what, a.cfg.ProjectKey, "it lives at another address now; reads are led on, and writes are not")
	}
	if a.t.opts.ByID && a.cfg.ProjectID != "" && a.cfg.ProjectID != a.t.opts.ID {
		return fail(external.NotFound, what, a.cfg.ProjectID, "there is no such project any more")
	}
	if a.t.hidden || a.cfg.ProjectKey != "" && a.cfg.ProjectKey != a.t.opts.Key && !slices.Contains(a.t.former, a.cfg.ProjectKey) {
		return fail(external.NotFound, what, a.cfg.ProjectKey, "there is no such project, or it may not be seen; check its name")
	}
	if write && slices.Contains(a.t.denied, "write") {
		return fail(external.Forbidden, what, a.cfg.ProjectKey, "the account may not write; grant it the permission write")
	}
	return nil
}

// call counts a call, unless it is given up before it begins, and refuses it for want of
// a right to be here, or because the tracker was told to refuse what reads.
func (a *Adapter) call(ctx context.Context, counter *int, what string, write bool) error {
	if err := ctx.Err(); err != nil {
		return &external.Error{Kind: external.Temporary, Op: what, Message: "the call was given up before it was made", Err: err}
	}
	*counter++
	if a.cfg.Meter != nil {
		a.cfg.Meter.Called(what, write, adapters.Rate{})
	}
	if err := a.authorise(what); err != nil {
		return err
	}
	if fault := a.t.readFault; fault != nil && !write {
		a.t.readFault = nil
		return fault.err(what)
	}
	return nil
}

func (a *Adapter) authorise(what string) error {
	if a.t.opts.Token != "" && a.cfg.Token != a.t.opts.Token {
		return fail(external.Unauthorised, what, a.t.opts.Key, "the token is not accepted; make a new one")
	}
	return nil
}

// Now returns the tracker's own time, which nobody but a test should ask.
func (t *Tracker) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now()
}
