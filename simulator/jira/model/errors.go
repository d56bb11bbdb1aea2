package model

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// Error is a refusal in Jira's words: general messages and messages by field.
type Error struct {
	Status   int // HTTP status
	Messages []string
	Fields   map[string]string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d %v %v", e.Status, e.Messages, slices.Sorted(maps.Keys(e.Fields)))
}

// Sizes Jira enforces, in characters.
const (
	MaxSummary  = 255
	MaxText     = 32_767
	MaxProperty = 32_768
	MaxKey      = 255 // of properties, global ids
	MaxLabel    = 255
)

// Refuse makes an error of one message.
func Refuse(status int, format string, args ...any) *Error {
	return &Error{Status: status, Messages: []string{fmt.Sprintf(format, args...)}}
}

func bad(format string, args ...any) *Error { return Refuse(http.StatusBadRequest, format, args...) }

// badField is a 400 about one field.
func badField(field, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Fields: map[string]string{field: fmt.Sprintf(format, args...)}}
}

// NoIssue is Jira's answer for an issue that is not there and for one the asker may not see.
func NoIssue() *Error {
	return Refuse(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
}

// merge adds the field messages of another error; nil receives nil.
func (e *Error) merge(o *Error) *Error {
	if e == nil || o == nil {
		if e == nil {
			return o
		}
		return e
	}
	fields := maps.Clone(e.Fields)
	if fields == nil {
		fields = map[string]string{}
	}
	maps.Copy(fields, o.Fields)
	return &Error{Status: e.Status, Messages: append(e.Messages, o.Messages...), Fields: fields}
}
