package jira

import (
	"slices"
	"strconv"
	"sync"
)

// recentBook holds the ids of the issues that this adapter wrote last. Search may not
// know of them yet; named in reconcileIssues, it looks at them again.
// Source: https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
type recentBook struct {
	mu  sync.Mutex
	ids []int64
}

// add remembers an id, the oldest of too many making room.
func (b *recentBook) add(id string) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return // no number is no issue id, and an unremembered one costs only its lag
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids = slices.DeleteFunc(b.ids, func(o int64) bool { return o == n })
	b.ids = append(b.ids, n)
	if over := len(b.ids) - maxReconcile; over > 0 {
		b.ids = slices.Clone(b.ids[over:])
	}
}

// forget drops the id of an issue that is gone.
func (b *recentBook) forget(id string) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return // it was never remembered
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids = slices.DeleteFunc(b.ids, func(o int64) bool { return o == n })
}

// clear forgets them all: one of them cannot be looked at, and nobody says which.
func (b *recentBook) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ids = nil
}

// list returns the ids, ascending.
func (b *recentBook) list() []int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(slices.Values(b.ids))
}
