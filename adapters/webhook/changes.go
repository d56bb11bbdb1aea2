package webhook

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/extsync/extsync/external"
)

// Changes asks the list of the settings for what changed since window.Lo, page by page
// as its cursor leads. The system must list in ascending order of update, by position: a
// page that goes back is refused. A list of one page carries the ETag of its answer as
// version, where it has one.
func (a *adapter) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	kind := external.KindTicket
	switch stream {
	case external.StreamTickets:
	case external.StreamComments:
		kind = external.KindComment
	default:
		return external.Page{}, fail(external.Invalid, "list changes", "there is no stream "+string(stream), nil)
	}
	if !a.listed(kind) {
		return external.Page{}, fail(external.Invalid, "list changes",
			"the settings have no list of "+string(kind)+"s; what changes there is told by deliveries alone", nil)
	}
	if page != "" {
		version = ""
	}
	return a.page(ctx, kind, w.Lo, page, version)
}

// page reads one page of a list.
func (a *adapter) page(ctx context.Context, kind external.Kind, since time.Time, cursor, version string) (external.Page, error) {
	what := "list " + string(kind) + "s"
	place := a.places[kind]
	values := a.values(external.Ref{})
	values["since"], values["page"] = a.spell(since), cursor
	got, err := a.get(ctx, what, string(kind)+".list", place.list, values, version)
	if err != nil {
		return external.Page{}, err
	}
	if got.status == http.StatusNotModified {
		return external.Page{Version: version, Unchanged: true}, nil
	}
	raw, err := place.items.run(ctx, got.doc)
	if err != nil {
		return external.Page{}, unreadable(what, err)
	}
	r := reader{ctx: ctx, raw: got.doc}
	out := external.Page{Next: r.text(place.next)}
	if r.err != nil {
		return external.Page{}, unreadable(what, r.err)
	}
	if out.Next != "" && out.Next == cursor {
		return external.Page{}, fail(external.Temporary, what, "the list's next page is the one that was asked for", nil)
	}
	if out.Items, err = a.listedItems(ctx, kind, raw); err != nil {
		return external.Page{}, unreadable(what, err)
	}
	if cursor == "" && out.Next == "" {
		out.Version = got.header.Get("ETag")
	}
	return out, nil
}

var errOrder = errors.New("the list is not in ascending order of updated_at, so that a walk would miss items; sort it")

// listedItems reads what a list holds. Deleted ones do not show.
func (a *adapter) listedItems(ctx context.Context, kind external.Kind, raw []any) ([]external.Item, error) {
	var out []external.Item
	var last time.Time
	for _, one := range raw {
		item, err := a.shapes[kind].item(ctx, one, a.ownKey)
		if err != nil {
			return nil, err
		}
		if item.UpdatedAt.Before(last) {
			return nil, errOrder
		}
		if err := a.shapes[kind].dated(item, a.now()); err != nil {
			return nil, err
		}
		last = item.UpdatedAt
		if !item.Gone {
			out = append(out, item)
		}
	}
	return out, nil
}

// spell writes a time as {since} wants it, rounded down.
func (a *adapter) spell(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	switch t = t.UTC(); a.since {
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return t.Format(time.RFC3339Nano)
}
