package ticket

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Value is what one field holds: a text, or a set of short texts. It is
// immutable. The zero Value means "empty", and an empty text, an empty set and the
// zero Value are all equal: no external system tells them apart reliably.
type Value struct {
	text string
	set  []string // sorted, without duplicates; nil for a text
	many bool
}

// Text returns a value that holds one text, byte for byte.
func Text(s string) Value { return Value{text: s} }

// Set returns a value that holds a set. Order and duplicates do not matter.
func Set(elems ...string) Value {
	s := slices.Clone(elems)
	slices.Sort(s)
	return Value{set: slices.Compact(s), many: true}
}

// IsSet reports whether the value was made as a set.
func (v Value) IsSet() bool { return v.many }

// IsEmpty reports whether the value holds nothing.
func (v Value) IsEmpty() bool { return v.text == "" && len(v.set) == 0 }

// Text returns the text, or the elements joined by ", " when it is a set.
func (v Value) Text() string {
	if v.many {
		return strings.Join(v.set, ", ")
	}
	return v.text
}

// Elements returns a copy of the set's elements in ascending order; a non-empty
// text counts as a set of one.
func (v Value) Elements() []string {
	if !v.many && v.text != "" {
		return []string{v.text}
	}
	return slices.Clone(v.set)
}

// Len returns how many elements Elements would return.
func (v Value) Len() int {
	if !v.many && v.text != "" {
		return 1
	}
	return len(v.set)
}

// At returns the element i of Elements without a copy; it panics unless 0 <= i < Len.
func (v Value) At(i int) string {
	if !v.many && i == 0 && v.text != "" {
		return v.text
	}
	return v.set[i]
}

// Has reports whether s is one of Elements.
func (v Value) Has(s string) bool {
	if !v.many {
		return s != "" && s == v.text
	}
	_, in := slices.BinarySearch(v.set, s)
	return in
}

// Equal reports whether both values hold exactly the same bytes.
func (v Value) Equal(w Value) bool {
	if v.IsEmpty() || w.IsEmpty() {
		return v.IsEmpty() && w.IsEmpty()
	}
	return v.many == w.many && v.text == w.text && slices.Equal(v.set, w.set)
}

// Minus returns the elements of v that are not in w.
func (v Value) Minus(w Value) []string {
	var out []string
	for _, e := range v.set {
		if _, in := slices.BinarySearch(w.set, e); !in {
			out = append(out, e)
		}
	}
	return out
}

// String is Text, for debugging. Never log it: values are ticket content.
func (v Value) String() string { return v.Text() }

// MarshalJSON writes a text as a JSON string and a set as a JSON array.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.many {
		if v.set == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.set)
	}
	return json.Marshal(v.text)
}

// UnmarshalJSON accepts a JSON string, an array of strings, or null for empty.
func (v *Value) UnmarshalJSON(b []byte) error {
	var set []string
	if len(b) > 0 && b[0] == '[' {
		if err := json.Unmarshal(b, &set); err != nil {
			return fmt.Errorf("value: want an array of strings: %w", err)
		}
		*v = Set(set...)
		return nil
	}
	var text *string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("value: want a string, an array of strings or null: %w", err)
	}
	*v = Value{}
	if text != nil {
		*v = Text(*text)
	}
	return nil
}
