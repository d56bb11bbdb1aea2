package model

import (
	"slices"
	"time"
)

// stamped is an item kept in order of its last change.
type stamped interface {
	comparable
	stamp() (second, id int64)
}

// index keeps items ordered by (time, id), so that "everything since" is a binary search and not a sort of the whole repository.
// An item must be removed before its stamp changes and inserted again after.
type index[T stamped] struct{ items []T }

func compareStamps[T stamped](a, b T) int {
	as, ai := a.stamp()
	bs, bi := b.stamp()
	return compareKeys(as, ai, bs, bi)
}

func compareKeys(as, ai, bs, bi int64) int {
	switch {
	case as < bs, as == bs && ai < bi:
		return -1
	case as == bs && ai == bi:
		return 0
	}
	return 1
}

func (x *index[T]) insert(v T) {
	at, _ := slices.BinarySearchFunc(x.items, v, compareStamps[T])
	x.items = slices.Insert(x.items, at, v)
}

func (x *index[T]) remove(v T) {
	if at, found := slices.BinarySearchFunc(x.items, v, compareStamps[T]); found {
		x.items = slices.Delete(x.items, at, at+1)
	}
}

// since returns the items changed at or after t, oldest change first. The result aliases the index: do not keep it.
func (x *index[T]) since(t time.Time) []T {
	if t.IsZero() {
		return x.items
	}
	at, _ := slices.BinarySearchFunc(x.items, t.Unix(), func(v T, second int64) int {
		s, _ := v.stamp()
		return compareKeys(s, 0, second, -1)
	})
	return x.items[at:]
}

// versions holds what lists still show of an item while its latest writes are not visible there.
type versions[T any] struct{ old []version[T] }

type version[T any] struct {
	until time.Time
	was   *T // nil: the item was not there
}

// visible picks what a list shows at time t: the oldest version still in force, or the item itself.
func (v *versions[T]) visible(t time.Time, current *T) *T {
	for _, o := range v.old {
		if t.Before(o.until) {
			return o.was
		}
	}
	return current
}

// settled says that lists have caught up, and forgets the old versions.
func (v *versions[T]) settled(t time.Time) bool {
	if n := len(v.old); n > 0 && t.Before(v.old[n-1].until) {
		return false
	}
	v.old = nil
	return true
}

func (v *versions[T]) keep(was *T, until time.Time) { v.old = append(v.old, version[T]{until, was}) }
