package memory

import "slices"

// table maps keys to rows. Rows are never changed, only replaced, so that putting
// the old one back undoes a change.
type table[K comparable, V any] map[K]V

func (t table[K, V]) put(s *Store, k K, v V) {
	old, had := t[k]
	s.onUndo(func() {
		if had {
			t[k] = old
		} else {
			delete(t, k)
		}
	})
	t[k] = v
}

func (t table[K, V]) del(s *Store, k K) {
	if old, had := t[k]; had {
		s.onUndo(func() { t[k] = old })
		delete(t, k)
	}
}

// list holds ids in the order in which they were added.
type list struct{ ids []string }

func (l *list) add(s *Store, id string) { l.insert(s, len(l.ids), id) }

func (l *list) insert(s *Store, at int, id string) {
	l.ids = slices.Insert(l.ids, at, id)
	// Undo runs backwards, so that the position is right again when its turn comes.
	s.onUndo(func() { l.ids = slices.Delete(l.ids, at, at+1) })
}

func (l *list) remove(s *Store, id string) {
	if at := slices.Index(l.ids, id); at >= 0 {
		l.removeAt(s, at)
	}
}

func (l *list) removeAt(s *Store, at int) {
	id := l.ids[at]
	l.ids = slices.Delete(l.ids, at, at+1)
	s.onUndo(func() { l.ids = slices.Insert(l.ids, at, id) })
}

// sorted holds ids in ascending order.
type sorted struct{ list }

func (x *sorted) add(s *Store, id string) {
	if at, found := slices.BinarySearch(x.ids, id); !found {
		x.insert(s, at, id)
	}
}

func (x *sorted) remove(s *Store, id string) {
	if at, found := slices.BinarySearch(x.ids, id); found {
		x.removeAt(s, at)
	}
}

// after returns the ids greater than id.
func (x *sorted) after(id string) []string {
	at, found := slices.BinarySearch(x.ids, id)
	if found {
		at++
	}
	return x.ids[at:]
}

// groups holds one collection per key. An empty one may stay behind.
type groups[K comparable, C any] map[K]*C

// of returns the collection of k, made when there is none.
func (g groups[K, C]) of(k K) *C {
	c, ok := g[k]
	if !ok {
		c = new(C)
		g[k] = c
	}
	return c
}
