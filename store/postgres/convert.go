package postgres

import (
	"math"
	"time"
)

// opt returns what a nullable column holds for t: NULL for the zero time.
func opt(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// at is the way back from opt.
func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// list returns s, never nil: pgx writes a nil slice as NULL.
func list[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}

// unlist is the way back from list: an empty slice is nil, as in every store.
func unlist[E any](s []E) []E {
	if len(s) == 0 {
		return nil
	}
	return s
}

// maxRows brings a limit into the range of LIMIT.
func maxRows(limit int) int32 {
	return int32(min(max(limit, 0), math.MaxInt32))
}

// each converts a result, row by row.
func each[R, T any](rows []R, convert func(R) T) []T {
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		out = append(out, convert(r))
	}
	return out
}
