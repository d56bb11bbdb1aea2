package webhook

import (
	"context"

	"github.com/extsync/extsync/external"
)

// Read makes one call for each ref. What answers 404 or 410, or says itself that it is
// deleted, is gone. A project without a read-back address cannot be read: an error of
// kind Invalid says so.
func (a *adapter) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out := make([]external.Item, 0, len(refs))
	for _, ref := range refs {
		item, err := a.readOne(ctx, ref)
		if kind := external.KindOf(err); kind == external.NotFound || kind == external.Gone {
			item, err = external.Item{Ref: ref, Gone: true}, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func (a *adapter) readOne(ctx context.Context, ref external.Ref) (external.Item, error) {
	what := "read " + string(ref.Kind) + " " + ref.ID
	place := a.places[ref.Kind]
	if place == nil {
		return external.Item{}, fail(external.Invalid, what, "the settings have no read: what this project holds can only be sent or received", nil)
	}
	got, err := a.get(ctx, what, string(ref.Kind)+".get", place.item, a.values(ref), "")
	if err != nil {
		return external.Item{}, err
	}
	item, err := a.shapes[ref.Kind].item(ctx, got.doc, a.ownKey)
	if err != nil {
		return external.Item{}, unreadable(what, err)
	}
	if item.Gone || ref.ID != "" && item.ID != ref.ID {
		return external.Item{Ref: ref, Gone: true, URL: item.URL}, nil
	}
	return item, nil
}
