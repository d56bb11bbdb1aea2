package model

import (
	"fmt"
	"net/http"
)

// Error is a refusal in GitHub's words.
type Error struct {
	Status  int // HTTP status
	Message string
	Details []Detail // the errors array of a 422
	MovedTo *Issue   // 301 only: where a transferred issue lives now
}

// Detail is one entry of the errors array of a validation failure.
type Detail struct {
	Resource string `json:"resource"`
	Field    string `json:"field,omitempty"`
	Code     string `json:"code"`
	Message  string `json:"message,omitempty"`
	Value    any    `json:"value,omitempty"`
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s %v", e.Status, e.Message, e.Details) }

// Sizes GitHub enforces, in characters.
const (
	MaxTitle = 256
	MaxBody  = 65_536
	MaxLabel = 50
)

func invalid(resource, field, code, message string) *Error {
	return &Error{Status: http.StatusUnprocessableEntity, Message: "Validation Failed",
		Details: []Detail{{Resource: resource, Field: field, Code: code, Message: message}}}
}

func tooLong(resource, field string, limit int) *Error {
	return invalid(resource, field, "custom", fmt.Sprintf("%s is too long (maximum is %d characters)", field, limit))
}

// NotFound is GitHub's answer to what is not there and to what the asker may not see.
func NotFound() *Error { return &Error{Status: http.StatusNotFound, Message: "Not Found"} }
