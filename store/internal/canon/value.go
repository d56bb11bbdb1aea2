package canon

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// Time returns t in UTC at the precision of Postgres.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// storable refuses what jsonb cannot hold (NUL) or what encoding it would change
// silently (invalid UTF-8).
func storable(name string, v ticket.Value) error {
	for i := range v.Len() {
		s := v.At(i)
		if !utf8.ValidString(s) {
			return fmt.Errorf("%s is not valid UTF-8 and cannot be stored; the adapter must replace it", name)
		}
		if strings.IndexByte(s, 0) >= 0 {
			return fmt.Errorf("%s contains a NUL character and cannot be stored; the adapter must strip it", name)
		}
	}
	return nil
}

// told returns a text for a person as it can be stored. It may repeat what another system
// answered, and that something failed must be on record whatever that was.
func told(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// nameable refuses names that the database would refuse.
func nameable(names ...string) error {
	for _, s := range names {
		if err := storable("a name", ticket.Text(s)); err != nil {
			return err
		}
	}
	return nil
}

// cloneMap copies m; the copy is never nil.
func cloneMap[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return M{}
	}
	return maps.Clone(m)
}

// cloneSlice copies s; the copy of an empty slice is nil.
func cloneSlice[S ~[]E, E any](s S) S {
	if len(s) == 0 {
		return nil
	}
	return slices.Clone(s)
}

func fields(f ticket.Fields) (ticket.Fields, error) {
	for n, v := range f {
		if err := storable(string(n), v); err != nil {
			return nil, err
		}
	}
	return cloneMap(f), nil
}

func externalFields(f external.Fields) (external.Fields, error) {
	for n, v := range f {
		if err := storable(n, v); err != nil {
			return nil, err
		}
	}
	return cloneMap(f), nil
}

func stamps(s ticket.Stamps) ticket.Stamps {
	s = cloneMap(s)
	for n, st := range s {
		st.At = Time(st.At)
		s[n] = st
	}
	return s
}

func bases(b plan.Bases) (plan.Bases, error) {
	for n, v := range b {
		if err := base(string(n), v); err != nil {
			return nil, err
		}
	}
	return cloneMap(b), nil
}

func base(name string, b plan.Base) error {
	if err := storable("local base of "+name, b.Local); err != nil {
		return err
	}
	return storable("external base of "+name, b.External)
}

// oneOf refuses a value that is none of the allowed ones. It hands allowed to nobody,
// so that the list need not leave the caller's stack.
func oneOf[T ~string](what string, got T, allowed ...T) error {
	if slices.Contains(allowed, got) {
		return nil
	}
	var names strings.Builder
	for _, a := range allowed {
		names.WriteString(" " + string(a))
	}
	return fmt.Errorf("%s %q: want one of%s", what, string(got), names.String())
}
