package memory

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// feed is what the vendor's list call reads: an index that lags behind the items.
// Until a change reaches it, it shows the item as it was before.
type feed struct {
	all     []*item
	pending []*item // have a face that lists do not show yet
	sorted  []*item // visible items by stamp and id; nil: must be sorted again
	version int     // grows with each change that becomes visible
}

// write takes note of a change that lists will show at its face's time.
func (f *feed) write(it *item, now time.Time) {
	if !it.face.visible.After(now) || it.gone {
		f.show(it, it.face)
		it.queue = it.queue[:0]
		return
	}
	if len(it.queue) == 0 {
		f.pending = append(f.pending, it)
	}
	it.queue = append(it.queue, it.face)
}

func (f *feed) show(it *item, as *face) {
	it.shown = as
	f.sorted = nil
	f.version++
}

// publish shows what has become visible by now: of each item the newest face whose
// time has come.
func (f *feed) publish(now time.Time) {
	kept := f.pending[:0]
	for _, it := range f.pending {
		last := -1
		for n, face := range it.queue {
			if !face.visible.After(now) {
				last = n
			}
		}
		if last >= 0 {
			f.show(it, it.queue[last])
			it.queue = append(it.queue[:0], it.queue[last+1:]...)
		}
		if len(it.queue) > 0 {
			kept = append(kept, it)
		}
	}
	f.pending = kept
}

// list is the vendor's list call: visible items with a stamp of since or later, by
// stamp and id, from an offset on. Offsets drift when an item moves to the end.
func (f *feed) list(now, since, until time.Time, offset, limit int) []*item {
	f.publish(now)
	f.sort()
	from, _ := slices.BinarySearchFunc(f.sorted, since, func(it *item, at time.Time) int {
		return it.shown.item.UpdatedAt.Compare(at)
	})
	rest := f.sorted[min(from+offset, len(f.sorted)):]
	if !until.IsZero() {
		for i, it := range rest[:min(limit, len(rest))] {
			if it.shown.item.UpdatedAt.After(until) {
				return rest[:i]
			}
		}
	}
	return rest[:min(limit, len(rest))]
}

func (f *feed) sort() {
	if f.sorted != nil {
		return
	}
	f.sorted = make([]*item, 0, len(f.all))
	for _, it := range f.all {
		if it.shown != nil && !it.gone {
			f.sorted = append(f.sorted, it)
		}
	}
	slices.SortFunc(f.sorted, func(a, b *item) int {
		return cmp.Or(a.shown.item.UpdatedAt.Compare(b.shown.item.UpdatedAt), strings.Compare(a.id, b.id))
	})
}
