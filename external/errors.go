package external

import (
	"errors"
	"fmt"
	"time"
)

// ErrorKind classifies how a call to an external system failed. The adapter
// classifies where the error arises; nobody else looks at vendor errors.
type ErrorKind string

// The kinds of failure.
const (
	NotFound     ErrorKind = "not_found"    // no such item, or it may not be seen
	Gone         ErrorKind = "gone"         // existed and was deleted
	Moved        ErrorKind = "moved"        // lives at another address now
	Unauthorised ErrorKind = "unauthorised" // the credential is not accepted
	Forbidden    ErrorKind = "forbidden"    // the credential lacks a permission
	Invalid      ErrorKind = "invalid"      // the system refuses the content
	Conflict     ErrorKind = "conflict"     // the system saw a colliding update
	RateLimited  ErrorKind = "rate_limited" // nothing was done; see RetryAfter
	Temporary    ErrorKind = "temporary"    // nothing was done; later may work
	Ambiguous    ErrorKind = "ambiguous"    // a write may or may not have happened
)

// Error is a failed call. Message tells a person what to do and holds no ticket
// content and no secret.
type Error struct {
	Kind       ErrorKind
	Op         string        // what was attempted: "edit issue 12"
	Message    string        // what to do about it
	RetryAfter time.Duration // for RateLimited; zero when the system did not say
	OneItem    bool          // for RateLimited: the limit is this item's alone, others may go on
	AllItems   bool          // for Forbidden: what is lacking is lacking for every item of the project
	Err        error         // the cause, may be nil
}

// Error joins what was attempted, its kind and what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Op, e.Kind, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first Error in err's chain, or Temporary for any
// other error that is not nil: what was not classified may be tried again.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if err != nil {
		return Temporary
	}
	return ""
}

// RetryAfter returns the delay that the system asked for, or zero.
func RetryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// LimitsOneItem reports whether err is a limit on one item alone.
func LimitsOneItem(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == RateLimited && e.OneItem
}

// ForbidsAll reports whether err is a refusal that no item of the project is to blame for.
func ForbidsAll(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Forbidden && e.AllItems
}
