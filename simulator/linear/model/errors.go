package model

import "fmt"

// Error is a refusal in Linear's words. Code and Type are the extensions of the same names.
type Error struct {
	Code    string // INPUT_ERROR, FORBIDDEN, AUTHENTICATION_ERROR, RATELIMITED, ...
	Type    string // "invalid input", "forbidden", ...
	Message string
	User    string // what a person is shown
	Status  int    // the extension statusCode
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Sizes this simulator enforces, in characters. Linear has limits and does not publish them: these are our reading.
const (
	MaxTitle       = 512
	MaxDescription = 100_000
	MaxComment     = 100_000
	MaxLabel       = 80
	MaxBatch       = 50 // issues of one issueBatchCreate or issueBatchUpdate; Linear's schema says so
)

// Refuse is an INPUT_ERROR.
func Refuse(format string, args ...any) *Error {
	m := fmt.Sprintf(format, args...)
	return &Error{Code: "INPUT_ERROR", Type: "invalid input", Message: m, User: m, Status: 400}
}

// NotFound is the answer to an id that does not exist. Field names the input it came in; empty for the subject of the call.
func NotFound(entity, field string) *Error {
	e := Refuse("Entity not found: %s", entity)
	if field != "" {
		e = Refuse("Entity not found: %s: %s contained an entry that could not be found.", entity, field)
	}
	e.User = "Could not find referenced " + entity + "."
	return e
}

// Forbidden is the answer to who lacks the right.
func Forbidden(message string) *Error {
	return &Error{Code: "FORBIDDEN", Type: "forbidden", Message: message, User: message, Status: 403}
}

func taken(entity, id string) *Error {
	e := Refuse("Entity %s with id %s already exists", entity, id)
	e.User = "The " + entity + " already exists."
	return e
}

func tooLong(field string, limit int) *Error {
	return Refuse("Argument Validation Error: %s must be shorter than or equal to %d characters", field, limit)
}
