package ticket

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of the local side. They are the widest of any external system we
// speak to; a narrower one is the adapter's capability.
const (
	MaxTitle    = 1024    // characters
	MaxBody     = 262_144 // characters
	MaxElements = 1000    // elements of one set
	MaxElement  = 256     // characters of one element
)

// ErrInvalid is wrapped by every error that Validate returns.
var ErrInvalid = errors.New("invalid value")

// Validate reports the first field that a person must mend: invalid UTF-8, a NUL
// character, a value over its limit, an empty title, a value that the field cannot
// hold, or a custom field with a name that is none.
func (f Fields) Validate() error {
	for _, n := range f.Names() {
		if err := validate(n, f[n]); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInvalid, n, err)
		}
	}
	return nil
}

func validate(n Field, v Value) error {
	for _, e := range append(v.Elements(), v.text) {
		if !utf8.ValidString(e) {
			return errors.New("is not valid UTF-8")
		}
		if strings.ContainsRune(e, 0) {
			return errors.New("contains a NUL character, which cannot be stored")
		}
	}
	name, custom := n.CustomName()
	switch {
	case custom && !validName(name):
		return errors.New("want x: and a name of 1 to 40 characters out of a-z, 0-9, _ and -")
	case n == Labels, n == Assignees, custom && v.IsSet():
		return validateSet(v)
	case v.IsSet() && !v.IsEmpty():
		return errors.New("want a text, not a list")
	}
	switch n {
	case Title:
		if strings.TrimSpace(v.text) == "" {
			return errors.New("must not be empty")
		}
		return limit(v.text, MaxTitle)
	case State:
		if v.text != StateOpen && !IsClosed(v.text) {
			return errors.New("want open, done, not_planned or duplicate")
		}
	case Priority, Estimate, Due, Iteration, Parent:
		return validatePlanning(n, v.text)
	}
	return limit(v.text, MaxBody)
}

func validateSet(v Value) error {
	if !v.IsEmpty() && !v.IsSet() {
		return errors.New("want a list")
	}
	if len(v.set) > MaxElements {
		return fmt.Errorf("has %d elements, at most %d are allowed", len(v.set), MaxElements)
	}
	for _, e := range v.set {
		if e == "" {
			return errors.New("has an empty element")
		}
		if err := limit(e, MaxElement); err != nil {
			return err
		}
	}
	return nil
}

func limit(s string, n int) error {
	if c := utf8.RuneCountInString(s); c > n {
		return fmt.Errorf("has %d characters, at most %d are allowed", c, n)
	}
	return nil
}

// Blank reports whether people see nothing of a text: it is made of spaces, and of characters without a shape, such as
// U+200B.
func Blank(text string) bool {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }) == ""
}

// Valid reports whether there may be such a field: one of the canonical ones, or a custom one.
func (f Field) Valid() bool {
	name, custom := f.CustomName()
	return custom && validName(name) || slices.Contains(Known(), f)
}
