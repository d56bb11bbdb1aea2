package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/itchyny/gojq"
)

// The bounds of one run of a program. Weights are about bytes, see weigh.
const (
	maxSource       = 8 << 10   // bytes of a program's text
	maxInstructions = 5_000_000 // instructions of one run: a second on a slow machine, however loaded it is
	maxWeight       = 8 << 20   // of one value that a program handles
	maxTotal        = 64 << 20  // of all that one run makes
	maxDepth        = 64        // of a result
	maxOutputs      = 1000      // results of one run
)

// steps is a context that is over after so many instructions: the library asks it whether
// it is before each. A clock would blame a program for what else the machine has to do.
type steps struct {
	context.Context //nolint:containedctx // it is one, and lives as long as the run
	left            int
	ended           chan struct{} // closed; nil: not yet
}

// Done counts one more instruction.
func (s *steps) Done() <-chan struct{} {
	if s.left--; s.left >= 0 {
		return s.Context.Done()
	}
	if s.ended == nil {
		s.ended = make(chan struct{})
		close(s.ended)
	}
	return s.ended
}

// Err says which of the two came first.
func (s *steps) Err() error {
	if s.left < 0 {
		return errTooLong
	}
	return s.Context.Err()
}

// program is one compiled gojq program. It reads its input and nothing else: no file,
// no environment, no clock, no other input. A run is bounded in time and memory.
type program struct {
	path string // where in the settings it stands
	code *gojq.Code

	mu    sync.Mutex // one run at a time: the allowance belongs to the run
	spent allowance
}

var (
	errTooLong = errors.New("it ran longer than it may")
	errStopped = errors.New("it was stopped with the call that it was run for")
	errTooMuch = errors.New("it made more than it may")
	errTooMany = errors.New("it gave more results than it may")
	errType    = errors.New("it met a value of a type that it does not expect")
)

// compile parses a program, refuses what it may not use, and puts the bounds into it.
func compile(path, source string) (*program, error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("the program is longer than %d bytes", maxSource)
	}
	q, err := gojq.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("the program cannot be parsed: %w", err)
	}
	if err := fence(q); err != nil {
		return nil, err
	}
	p := &program{path: path}
	p.code, err = gojq.Compile(q,
		gojq.WithFunction(fnWeigh, 0, 0, func(v any, _ []any) any { return p.spent.weighed(v, maxWeight) }),
		gojq.WithFunction(fnSmall, 0, 0, func(v any, _ []any) any { return p.spent.weighed(v, maxSmall) }),
		gojq.WithFunction(fnSubject, 0, 0, func(v any, _ []any) any { return p.spent.weighed(v, maxSubject) }),
		gojq.WithFunction(fnGlobal, 0, 0, func(v any, _ []any) any { return p.spent.weighed(v, maxGlobal) }),
		gojq.WithFunction(fnPattern, 0, 0, func(v any, _ []any) any { return pattern(v) }),
		gojq.WithFunction(fnDigits, 0, 0, func(v any, _ []any) any { return digits(v) }),
		gojq.WithFunction(fnIndex, 0, 0, func(v any, _ []any) any { return indexable(v) }),
		gojq.WithFunction(fnPair, 3, 3, func(_ any, a []any) any { return p.spent.pair(a[0], a[1], a[2]) }),
		gojq.WithFunction(fnJoin, 1, 1, func(v any, a []any) any { return p.spent.join(v, a[0]) }),
	)
	if err != nil {
		return nil, fmt.Errorf("the program cannot be compiled: %w", err)
	}
	return p, nil
}

// run returns the results for an input, null among them. The error names the program and never
// what it worked on.
func (p *program) run(ctx context.Context, input any) (out []any, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = allowance{left: maxTotal}
	limited := &steps{Context: ctx, left: maxInstructions}
	defer func() {
		if broken := recover(); broken != nil { // a library that meets what it cannot hold
			out, err = nil, p.failed(errTooMuch)
		}
	}()
	results := p.code.RunWithContext(limited, input) //nolint:contextcheck // it wraps the caller's
	for {
		v, more := results.Next()
		if !more {
			return out, nil
		}
		if failure, isErr := v.(error); isErr {
			return nil, p.failed(verdict(limited, failure))
		}
		if len(out) == maxOutputs {
			return nil, p.failed(errTooMany)
		}
		if _, err := weigh(v, maxWeight, maxDepth); err != nil {
			return nil, p.failed(err)
		}
		out = append(out, v)
	}
}

// one returns the single result for an input.
func (p *program) one(ctx context.Context, input any) (any, error) {
	out, err := p.run(ctx, input)
	switch {
	case err != nil:
		return nil, err
	case len(out) == 0:
		return nil, nil
	case len(out) > 1:
		return nil, p.failed(errTooMany)
	}
	return out[0], nil
}

func (p *program) failed(cause error) error {
	return fmt.Errorf("the program %s of the settings: %w", p.path, cause)
}

// verdict leaves the library's words out: they quote values.
func verdict(run *steps, failure error) error {
	var bound *boundError
	switch err := run.Err(); {
	case errors.Is(err, errTooLong):
		return errTooLong
	case err != nil:
		return errStopped
	case errors.As(failure, &bound):
		return bound.error
	}
	return errType
}

// boundError is a bound of ours as it travels through the library.
type boundError struct{ error }

func tooMuch() error { return &boundError{errTooMuch} }
