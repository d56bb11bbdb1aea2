package starter

import (
	"context"
	"io"
)

// stdin is standard input that ends with ctx: a read from a terminal hears of no signal, and Ctrl-C would
// do nothing as long as it lasts.
type stdin struct {
	ctx  context.Context //nolint:containedctx // the command's, for which it reads
	from io.Reader
}

func (s stdin) Read(p []byte) (int, error) {
	own := make([]byte, len(p)) // a read that is given up may still write into it
	n, err := unlessInterrupted(s.ctx, func() (int, error) { return s.from.Read(own) })
	return copy(p, own[:n]), err
}

// unlessInterrupted reads what a person types, or gives up when ctx ends. What it began is left to the
// end of the process.
func unlessInterrupted[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// stdout notes that something could not be written: a disk that is full, say. What prints tables and
// lines has nobody to tell.
type stdout struct {
	to     io.Writer
	failed error
}

func (s *stdout) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if err != nil && s.failed == nil {
		s.failed = err
	}
	return n, err
}
