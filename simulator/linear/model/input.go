package model

import (
	"encoding/json"
	"regexp"
	"time"
	"unicode/utf8"
)

// Input is an input object as the interface takes it, by the field names of Linear's schema: an absent field is left as it is, an
// explicit nil clears. Values are string, bool, any kind of number, []string or []any of strings, map[string]any for metadata.
type Input map[string]any

// Has says whether the field is there, be it nil.
func (in Input) Has(field string) bool {
	_, has := in[field]
	return has
}

// text is the field's string; "" where it is absent or nil.
func (in Input) text(field string) string {
	s, _ := in[field].(string)
	return s
}

// pointer is the field's string, nil where it is absent or nil.
func (in Input) pointer(field string) *string {
	if s, isText := in[field].(string); isText {
		return &s
	}
	return nil
}

func (in Input) flag(field string) bool {
	b, _ := in[field].(bool)
	return b
}

// number is the field's number; set is false where it is absent, nil or something else.
func (in Input) number(field string) (n float64, set bool) {
	switch v := in[field].(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func (in Input) list(field string) []string {
	switch v := in[field].(type) {
	case []string:
		return v
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			if s, isText := item.(string); isText {
				out = append(out, s)
			}
		}
		return out
	case string: // GraphQL takes one value for a list of one
		return []string{v}
	}
	return nil
}

// moment is the field's time, nil where absent.
func (in Input) moment(field string) (*time.Time, error) {
	s := in.text(field)
	if s == "" {
		return nil, nil //nolint:nilnil // no time is a valid answer
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC().Truncate(time.Millisecond)
			return &t, nil
		}
	}
	return nil, Refuse("Argument Validation Error: %s must be a valid ISO 8601 date", field)
}

// day is a date without time, checked.
func (in Input) day(field string) (*string, error) {
	s := in.text(field)
	if s == "" {
		return nil, nil //nolint:nilnil // no date is a valid answer
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return nil, Refuse("Argument Validation Error: %s must be a valid date, YYYY-MM-DD", field)
	}
	return &s, nil
}

var uuidV4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// newID checks the id a client chose; none is fine.
func (in Input) newID() (string, error) {
	id := in.text("id")
	if id != "" && !uuidV4.MatchString(id) {
		return "", Refuse("Argument Validation Error: id must be a UUID of version 4")
	}
	return id, nil
}

func within(field, text string, limit int) error {
	if utf8.RuneCountInString(text) > limit {
		return tooLong(field, limit)
	}
	return nil
}
