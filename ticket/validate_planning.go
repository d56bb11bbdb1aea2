package ticket

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	maxName   = 40 // characters of a custom field's name
	maxNumber = 32 // characters of a number
	maxID     = 64 // characters of a ticket's ID
)

// validatePlanning checks the fields that say when and in what order work is done.
// Each may be empty.
func validatePlanning(n Field, s string) error {
	if s == "" {
		return nil
	}
	switch n {
	case Priority:
		if !slices.Contains(Priorities(), s) {
			return errors.New("want p1, p2, p3, p4, p5 or nothing")
		}
	case Estimate:
		if !IsNumber(s) {
			return fmt.Errorf("want a decimal number of at most %d characters, such as 3 or 0.5", maxNumber)
		}
	case Due:
		if !IsDate(s) {
			return errors.New("want a day, such as 2006-01-02")
		}
	case Parent:
		if strings.ContainsFunc(s, isBlank) {
			return errors.New("want the ID of a ticket, which has no blanks")
		}
		return limit(s, maxID)
	case Iteration:
		if strings.ContainsAny(s, "\r\n") {
			return errors.New("want one line")
		}
		return limit(s, MaxTitle)
	}
	return nil
}

// IsNumber reports whether s is a decimal number: digits with at most one point
// between them, and perhaps a minus before them.
func IsNumber(s string) bool {
	if len(s) > maxNumber {
		return false
	}
	whole, part, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return digits(whole) && (digits(part) || !point)
}

// IsDate reports whether s is a day of the calendar, "2006-01-02".
func IsDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isBlank(r rune) bool { return r <= ' ' }

// validName reports whether a custom field may be called that.
func validName(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789_-"
	return s != "" && len(s) <= maxName && strings.Trim(s, letters) == ""
}
