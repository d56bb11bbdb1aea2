package canon

import "github.com/extsync/extsync/store"

// RowError says which row an error is about. It is formatted only when somebody
// reads it: looking for what is not there is part of every synchronisation.
type RowError struct {
	What, ID string
	Err      error // store.ErrNotFound, store.ErrStale, store.ErrExists or store.ErrBusy
}

// Error joins the row and what is wrong with it.
func (e *RowError) Error() string { return e.What + " " + e.ID + ": " + e.Err.Error() }

// Unwrap returns the kind of the error.
func (e *RowError) Unwrap() error { return e.Err }

// NotFound returns the error for a row that does not exist.
func NotFound(what, id string) error { return &RowError{what, id, store.ErrNotFound} }

// Stale returns the error for a row that changed since it was read.
func Stale(what, id string) error { return &RowError{what, id, store.ErrStale} }

// Exists returns the error for a row that a unique constraint holds already.
func Exists(what, id string) error { return &RowError{what, id, store.ErrExists} }

// Busy returns the error for a row that another transaction is at.
func Busy(what, id string) error { return &RowError{what, id, store.ErrBusy} }
