package webhook

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/extsync/extsync/external"
)

// item reads one item as the system told it. Only a key that is ours counts.
func (s *shape) item(ctx context.Context, raw any, own func(string) bool) (external.Item, error) {
	r := reader{ctx: ctx, raw: raw}
	out := external.Item{
		Ref:       external.Ref{Kind: s.kind, ID: r.text(s.id), Key: r.text(s.key), Parent: r.text(s.parent)},
		Author:    r.text(s.author),
		CreatedAt: r.time(s.createdAt), UpdatedAt: r.time(s.updatedAt),
		URL:     r.text(s.url),
		Version: r.sequence(s.sequence),
		Gone:    r.truth(s.gone),
	}
	if key := r.text(s.createKey); key != "" && own(key) {
		out.CreateKey = key
	}
	if r.err == nil && out.ID == "" {
		r.err = errors.New("an item has no id; check the program " + s.id.path + " of the settings")
	}
	if out.Key == "" {
		out.Key = out.ID
	}
	r.names(s.id, out.ID)
	r.names(s.key, out.Key)
	r.names(s.parent, out.Parent)
	r.names(s.author, out.Author)
	if out.Gone || r.err != nil {
		return out, r.err
	}
	out.Fields = make(external.Fields, len(s.fields))
	for _, f := range s.fields {
		if f.read == nil {
			continue
		}
		v, err := f.value(r.any(f.read))
		if err != nil && r.err == nil {
			r.err = fmt.Errorf("item %s, field %s: %w", out.ID, f.Name, err)
		}
		if !v.IsEmpty() {
			out.Fields[f.Name] = v
		}
	}
	return out, r.err
}

// maxName bounds what items are found by. The store's indexes hold some two thousand bytes; a text
// where an id should be would stop every session with an error about those.
const maxName = 1024

// names fails where a program told a text in place of a name.
func (r *reader) names(p *program, told string) {
	if p != nil && r.err == nil && len(told) > maxName {
		r.err = fmt.Errorf("an item has a name of more than %d bytes; check the program %s of the settings", maxName, p.path)
	}
}

// maxAhead is how far ahead of our clock an item's stamp may be: clocks differ, and zones are
// mistaken.
const maxAhead = 24 * time.Hour

// dated refuses an item that was changed at a time to come. What is listed later begins behind
// the newest stamp of all, so that nothing else would be seen until that time.
func (s *shape) dated(item external.Item, now time.Time) error {
	if item.UpdatedAt.After(now.Add(maxAhead)) {
		return fmt.Errorf("item %s was changed at a time that is yet to come; check the program %s of the settings", item.ID, s.updatedAt.path)
	}
	return nil
}

// ref reads an item's address alone.
func (s *shape) ref(ctx context.Context, raw any) (external.Ref, error) {
	bare := shape{kind: s.kind, id: s.id, key: s.key, parent: s.parent}
	item, err := bare.item(ctx, raw, func(string) bool { return false })
	return item.Ref, err
}

// reader runs programs over one item and keeps the first error.
type reader struct {
	ctx context.Context //nolint:containedctx // because a reader lives as long as the call that makes it
	raw any
	err error
}

func (r *reader) any(p *program) any {
	if p == nil || r.err != nil {
		return nil
	}
	v, err := p.one(r.ctx, r.raw)
	r.err = err
	return v
}

func (r *reader) text(p *program) string {
	s, ok := scalar(r.any(p))
	if !ok {
		r.err = p.failed(errType)
	}
	return s
}

func (r *reader) truth(p *program) bool {
	switch v := r.any(p).(type) {
	case nil:
	case bool:
		return v
	default:
		r.err = p.failed(errType)
	}
	return false
}

// sequence spells a number so that texts compare as numbers do.
func (r *reader) sequence(p *program) string {
	switch v := r.any(p).(type) {
	case nil:
	case int:
		if v >= 0 {
			return fmt.Sprintf("%020d", v)
		}
		r.err = p.failed(errType)
	default:
		r.err = p.failed(errType)
	}
	return ""
}

func (r *reader) time(p *program) time.Time {
	v := r.any(p)
	if v == nil {
		return time.Time{}
	}
	t, ok := moment(v)
	if !ok {
		r.err = p.failed(errType)
	}
	return t
}

// milliseconds begin where seconds would be the year 5138.
const milliseconds = 100_000_000_000

// lastYear is the last one that RFC 3339 can tell; databases end not much later.
const lastYear = 9999

// moment reads a time: RFC 3339, or Unix seconds or milliseconds.
func moment(v any) (time.Time, bool) {
	switch v := v.(type) {
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		return t.UTC(), err == nil
	case int:
		if v >= milliseconds {
			t := time.UnixMilli(int64(v)).UTC()
			return t, t.Year() <= lastYear
		}
		return time.Unix(int64(v), 0).UTC(), v >= 0
	case float64:
		if v < 0 || v >= milliseconds || math.IsNaN(v) {
			return time.Time{}, false
		}
		whole, part := math.Modf(v)
		return time.Unix(int64(whole), int64(part*1e9)).UTC(), true
	}
	return time.Time{}, false
}
