package linear

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
)

// comparators says whether a filter's entry compares scalars.
func comparators(name string) bool {
	_, isText := textComparators()[name]
	return isText || slices.Contains([]string{"eq", "neq", "in", "nin", "lt", "lte", "gt", "gte"}, name)
}

// textComparators are those of strings alone. Each comes with its negation where Linear has one.
func textComparators() map[string]func(value, want string) bool {
	fold := func(f func(a, b string) bool) func(a, b string) bool {
		return func(a, b string) bool { return f(strings.ToLower(a), strings.ToLower(b)) }
	}
	not := func(f func(a, b string) bool) func(a, b string) bool {
		return func(a, b string) bool { return !f(a, b) }
	}
	return map[string]func(value, want string) bool{
		"eqIgnoreCase": strings.EqualFold, "neqIgnoreCase": not(strings.EqualFold),
		"contains": strings.Contains, "notContains": not(strings.Contains),
		"containsIgnoreCase": fold(strings.Contains), "notContainsIgnoreCase": not(fold(strings.Contains)),
		"startsWith": strings.HasPrefix, "notStartsWith": not(strings.HasPrefix), "startsWithIgnoreCase": fold(strings.HasPrefix),
		"endsWith": strings.HasSuffix, "notEndsWith": not(strings.HasSuffix),
	}
}

// onScalar builds the test of a comparator.
func (v *viewer) onScalar(want map[string]any) (predicate, *model.Error) {
	var all []predicate
	for name, operand := range want {
		if operand == nil {
			continue
		}
		p, err := v.comparison(name, operand)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return func(value any) bool {
		return !slices.ContainsFunc(all, func(p predicate) bool { return !p(value) })
	}, nil
}

func (v *viewer) comparison(name string, operand any) (predicate, *model.Error) {
	if text := textComparators()[name]; text != nil {
		want, _ := operand.(string)
		negative := strings.HasPrefix(name, "n")
		return func(value any) bool {
			s, isText := value.(string)
			if !isText {
				return negative
			}
			return text(s, want)
		}, nil
	}
	switch name {
	case "null":
		return func(value any) bool { return isNone(value) == (operand == true) }, nil
	case "and", "or":
		return v.combined(name == "and", operand)
	case "in", "nin":
		list, isList := operand.([]any)
		if !isList {
			list = []any{operand}
		}
		return v.among(list, name == "in"), nil
	case "eq", "neq":
		return v.among([]any{operand}, name == "eq"), nil
	}
	return v.ordered(name, operand)
}

// among tests for being one of the operands.
func (v *viewer) among(list []any, is bool) predicate {
	set := make([]func(any) (int, bool), 0, len(list))
	for _, operand := range list {
		set = append(set, v.against(operand))
	}
	return func(value any) bool {
		return is == slices.ContainsFunc(set, func(c func(any) (int, bool)) bool { n, ok := c(value); return ok && n == 0 })
	}
}

func (v *viewer) ordered(name string, operand any) (predicate, *model.Error) {
	if text, isText := operand.(string); isText {
		if _, isMoment := v.moment(text); !isMoment {
			return nil, model.Refuse("Argument Validation Error: %s must be an ISO 8601 date or duration", name)
		}
	}
	c := v.against(operand)
	return func(value any) bool {
		n, ok := c(value)
		switch {
		case !ok:
			return false
		case name == "lt":
			return n < 0
		case name == "lte":
			return n <= 0
		case name == "gt":
			return n > 0
		}
		return n >= 0
	}, nil
}

// against compares values with one operand: as numbers, moments or strings, by what the value is; false for null and what cannot
// be compared. The operand of a moment is a date, or a duration from now.
func (v *viewer) against(operand any) func(any) (int, bool) {
	number, isNumber := graphql.Float(operand)
	text, isText := operand.(string)
	moment, isMoment := v.moment(text)
	flag, isFlag := operand.(bool)
	return func(value any) (int, bool) {
		switch value := value.(type) {
		case time.Time:
			return value.Compare(moment), isMoment
		case float64:
			return cmp.Compare(value, number), isNumber
		case string:
			if isMoment && isDay(value) {
				return cmp.Compare(value, moment.Format(time.DateOnly)), true
			}
			return cmp.Compare(value, text), isText
		case bool:
			if value == flag {
				return 0, isFlag
			}
			return 1, isFlag
		}
		return 0, false
	}
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

var duration = regexp.MustCompile(`^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// moment reads a DateTimeOrDuration: an ISO 8601 date, or a duration such as -P2W from now.
func (v *viewer) moment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	m := duration.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	var n [7]int
	for k := range n {
		n[k], _ = strconv.Atoi(m[k+2]) // absent parts are 0
		if m[1] == "-" {
			n[k] = -n[k]
		}
	}
	span := time.Duration(n[4])*time.Hour + time.Duration(n[5])*time.Minute + time.Duration(n[6])*time.Second
	return v.world.Now().AddDate(n[0], n[1], n[2]*7+n[3]).Add(span), true
}
