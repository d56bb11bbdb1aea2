package starter

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"
)

// seenRevision is the value of a flag that names the revision which somebody saw. The first one is 1: anything
// below it would say that nobody saw any, and the API's answer to that speaks of headers.
type seenRevision int64

// revisionFlag adds such a flag.
func revisionFlag(f *pflag.FlagSet, to *int64, use string) {
	f.Var((*seenRevision)(to), "revision", use)
}

// Set implements pflag.Value.
func (r *seenRevision) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return errors.New("want the number of the revision that you saw, 1 or more")
	}
	*r = seenRevision(n)
	return nil
}

// String implements pflag.Value.
func (r *seenRevision) String() string { return strconv.FormatInt(int64(*r), 10) }

// Type implements pflag.Value: how the help calls what is wanted.
func (*seenRevision) Type() string { return "int" }
