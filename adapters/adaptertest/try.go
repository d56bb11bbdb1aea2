package adaptertest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// T is what a law needs of *testing.T.
type T interface {
	Helper()
	Failed() bool
	Context() context.Context
	Log(args ...any)
	Logf(format string, args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Skip(args ...any)
}

// recorder keeps what a law says instead of failing a test.
type recorder struct {
	*testing.T // for its context and name alone
	said       []string
	skipped    string
}

func (*recorder) Helper() {}

// Failed reports whether anything was said.
func (r *recorder) Failed() bool { return len(r.said) > 0 }

func (r *recorder) Log(...any)          {}
func (r *recorder) Logf(string, ...any) {}

func (r *recorder) Error(args ...any) { r.said = append(r.said, fmt.Sprint(args...)) }

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(args ...any) {
	r.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}

// Bent holds every law against an adapter that was bent so that it breaks this law, and
// fails for each that does not see it: a law that cannot fail is none. Laws that the
// adapter does not offer are passed over.
func Bent(t *testing.T, h Harness) {
	t.Helper()
	for _, law := range laws() {
		if law.bend == nil {
			continue
		}
		t.Run(law.name, func(t *testing.T) {
			r := attempt(t, h, law)
			switch {
			case r.skipped != "":
				t.Skip(r.skipped)
			case len(r.said) == 0:
				t.Error("the law passes on an adapter that breaks it")
			default:
				t.Logf("it says: %s", strings.Join(r.said, "; "))
			}
		})
	}
}

// attempt runs a law on a bent adapter. A law that panics saw something too.
func attempt(t *testing.T, h Harness, l law) *recorder {
	t.Helper()
	r := &recorder{T: t}
	site := h.Open(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r.said = append(r.said, fmt.Sprint("panic: ", p))
			}
		}()
		l.check(newBench(r, site, h.Tickets, l.bend))
	}()
	<-done
	return r
}
