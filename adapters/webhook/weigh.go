package webhook

import (
	"errors"
	"math/big"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// The weights of values, near what they take in memory.
const (
	nodeWeight = 16
	maxDigits  = 400       // of a number in text: reading one takes the square of its length
	maxBits    = 4096      // of a number that is calculated with
	maxMatches = 1 << 20   // comparisons of one subtraction of arrays
	maxSmall   = 1 << 20   // weight of what is taken to pieces
	maxSubject = 128 << 10 // weight of what is searched for a pattern
	// maxGlobal is the weight of what is searched for every match: the library counts the
	// characters before each of them from the beginning.
	maxGlobal  = 16 << 10
	maxPattern = 256 // bytes of a pattern
	maxSteps   = 500 // of a compiled pattern: searching takes their number times the subject's length
)

var errTooDeep = errors.New("it made a result that is nested deeper than it may be")

// weigh adds up a value, each part as often as it is reached. It stops at the limit, so
// that it costs no more than the limit even where a small value holds itself a million
// times.
func weigh(v any, limit, depth int) (int, error) {
	if depth < 0 {
		return 0, errTooDeep
	}
	sum := nodeWeight
	switch v := v.(type) {
	case string:
		sum += len(v)
	case *big.Int:
		sum += v.BitLen() / 8
	case []any:
		for _, e := range v {
			n, err := weigh(e, limit-sum, depth-1)
			if sum += n; err != nil {
				return sum, err
			}
		}
	case map[string]any:
		for k, e := range v {
			n, err := weigh(e, limit-sum-len(k), depth-1)
			if sum += n + len(k); err != nil {
				return sum, err
			}
		}
	}
	if sum > limit {
		return sum, errTooMuch
	}
	return sum, nil
}

// anyDepth lets a program work on what is deep; JSON that came in is at most 10,000
// levels deep.
const anyDepth = 10_000

// allowance is what one run may still handle.
type allowance struct{ left int }

// charge takes the weight of values off the allowance.
func (a *allowance) charge(limit int, values ...any) error {
	limit = min(limit, a.left)
	for _, v := range values {
		n, err := weigh(v, limit, anyDepth)
		if limit -= n; err != nil {
			return tooMuch()
		}
		a.left -= n
	}
	return nil
}

// weighed passes a value on, or fails.
func (a *allowance) weighed(v any, limit int) any {
	if err := a.charge(limit, v); err != nil {
		return err
	}
	return v
}

// pair returns both operands of an operator, or fails where their result would be too
// much.
func (a *allowance) pair(op, left, right any) any {
	limit := maxWeight
	if op == "/" { // which splits a text
		limit = maxSmall
	}
	if err := a.charge(limit, left, right); err != nil {
		return err
	}
	if op == "*" && (repeats(left, right) || repeats(right, left)) || vast(left) || vast(right) {
		return tooMuch()
	}
	l, isArray := left.([]any)
	r, both := right.([]any)
	if op == "-" && isArray && both && len(l)*len(r) > maxMatches {
		return tooMuch()
	}
	return []any{left, right}
}

// repeats reports whether a string is repeated too often.
func repeats(text, times any) bool {
	s, isText := text.(string)
	if !isText {
		return false
	}
	var n float64
	switch t := times.(type) {
	case int:
		n = float64(t)
	case float64:
		n = t
	case *big.Int:
		return true
	}
	return n*float64(len(s)) > maxWeight
}

func vast(v any) bool {
	n, isBig := v.(*big.Int)
	return isBig && n.BitLen() > maxBits
}

// join is the language's own, with a look at what it makes.
func (a *allowance) join(v, separator any) any {
	list, isArray := v.([]any)
	sep, isText := separator.(string)
	if !isArray || !isText {
		return errType
	}
	parts := make([]string, len(list))
	size := 0
	for n, e := range list {
		s, ok := scalar(e)
		if !ok {
			return errType
		}
		parts[n] = s
		if size += len(s) + len(sep); size > min(maxWeight, a.left) {
			return tooMuch()
		}
	}
	a.left -= size
	return strings.Join(parts, sep)
}

// digits passes text on that holds no number of absurd length.
func digits(v any) any {
	s, _ := v.(string)
	run := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			run = 0
			continue
		}
		if run++; run > maxDigits {
			return tooMuch()
		}
	}
	return v
}

// pattern passes a regular expression on that is soon compiled and searched for.
func pattern(v any) any {
	s, isText := v.(string)
	if !isText {
		return errType
	}
	if len(s) > maxPattern {
		return tooMuch()
	}
	parsed, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return errType
	}
	compiled, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return errType
	}
	if len(compiled.Inst) > maxSteps {
		return tooMuch()
	}
	return v
}

// indexable passes on what may be an index.
func indexable(v any) any {
	switch v := v.(type) {
	case []any, map[string]any:
		return errType
	case string:
		if !utf8.ValidString(v) {
			return errType
		}
	}
	return v
}
