package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// historyReach is how much older than the local edit an external one may be and still be
// looked for. It bounds the pages of a long history; what is older has no time.
const historyReach = 7 * 24 * time.Hour

// date asks when the fields were edited on each side whose conflict that would settle, and
// plans again. It costs one call at most, and none where nothing was asked.
func (e *Engine) date(ctx context.Context, r Run, p *peer, w *work) error {
	if len(w.plan.Undated) == 0 {
		return nil
	}
	times, since := map[ticket.Field]plan.Times{}, time.Time{}
	for _, f := range w.plan.Undated {
		if !p.isDatable(w, f) {
			continue
		}
		at := writtenHere(w, f)
		times[f] = plan.Times{Local: at, Blur: p.caps.Precision}
		if since.IsZero() || at.Before(since) {
			since = at
		}
	}
	if len(times) > 0 {
		history, err := e.askHistory(ctx, r, p, adapters.HistoryQuery{Ref: refOf(w.link), Since: since.Add(-historyReach)})
		if err != nil {
			return err
		}
		for f, t := range times {
			t.External = p.writtenThere(w.link.Kind, f, w.input.External.Fields[f], history)
			if w.seen != nil && !t.External.Before(w.seen.Item.UpdatedAt.Add(p.caps.Precision)) {
				t.External = time.Time{} // of a value that we have not read yet
			}
			times[f] = t
		}
	}
	w.input.Times = times
	w.plan = plan.Make(w.input)
	return nil
}

// isDatable reports whether it can be found out which edit of a field is the newest.
func (p *peer) isDatable(w *work, f ticket.Field) bool {
	return !writtenHere(w, f).IsZero() && p.remembers(w.link.Kind, f) != external.HistoryNone
}

// askHistory reads the history of one item.
func (e *Engine) askHistory(ctx context.Context, r Run, p *peer, q adapters.HistoryQuery) ([]external.Revision, error) {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return nil, err
	}
	histories, err := p.adapter.History(ctx, []adapters.HistoryQuery{q})
	if err != nil {
		return nil, e.vendorError(ctx, p, err)
	}
	j := &journal{run: r}
	return histories[0], e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts.Reads = 1
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
}

// remembers says what the system keeps of a field's history.
func (p *peer) remembers(kind external.Kind, f ticket.Field) external.HistoryKind {
	switch {
	case p.caps.History == 0:
		return external.HistoryNone
	case kind == external.KindComment:
		return p.caps.Comment.History
	}
	return p.capability(kind, p.externals(kind, f)[0]).History
}

// writtenHere is when a person wrote the local value. A value that a synchronisation
// brought has no time of its own: its stamp says when it came, not when it was written.
func writtenHere(w *work, f ticket.Field) time.Time {
	s := w.ticket.Stamps[f]
	if w.comment != nil {
		s = w.comment.Stamp
	}
	if strings.HasPrefix(s.By, "project:") {
		return time.Time{}
	}
	return s.At
}

// writtenThere is when somebody wrote the value that a field holds outside: the time of its
// last revision, provided that it is no write of ours and, where the history tells values,
// that it is this very one. Zero: the history does not say.
func (p *peer) writtenThere(kind external.Kind, f ticket.Field, value ticket.Value, history []external.Revision) time.Time {
	names, held := p.externals(kind, f), external.Fields{}
	var last *external.Revision
	for n := range history {
		if slices.Contains(names, history[n].Field) {
			last = &history[n]
			held[last.Field] = ticket.Text(last.Value)
		}
	}
	if last == nil || p.project.SpokeAs(last.Author) {
		return time.Time{}
	}
	if p.remembers(kind, f) == external.HistoryFull {
		norm := p.normalize(kind)
		if _, told := held[names[0]]; !told || !norm(f, p.revised(kind, f, held)).Equal(norm(f, value)) {
			return time.Time{}
		}
	}
	return last.At
}
