package starter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// The exit codes, as `extsync help exit-codes` tells them.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitRefused     = 4
	exitConflict    = 5
	exitUnavailable = 6
	exitFound       = 7
)

func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `The exit codes of every command:

  0  done
  1  failed, for a reason that none of the others names
  2  the command line, or a value in it, is not acceptable
  3  there is no such project, ticket or conflict, here or outside
  4  refused: the admin token or the external credential is wrong or lacks a permission
  5  conflict: it changed since you read it, exists already, is decided already, or its
     status does not allow it
  6  not reachable or too slow: the API, the workflow service or the external system;
     trying again later may help
  7  a verification found something: an audit chain that does not hold, or differences
     between both sides that nothing explains`,
	}
}

// usageError is a mistake on the command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// codedError is a failure with an exit code of its own.
type codedError struct {
	code int
	text string
}

func (e *codedError) Error() string { return e.text }

// exitCode is the one table from errors to exit codes.
func exitCode(err error) int {
	var coded *codedError
	var bad *usageError
	var p *v1.Problem
	var away *client.UnreachableError
	var noTemporal *serviceerror.Unavailable
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &bad):
		return exitUsage
	case errors.As(err, &p):
		return problemCode(p)
	case errors.Is(err, context.Canceled):
		return exitFailure
	case errors.As(err, &away), errors.As(err, &noTemporal), errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	case isCobraUsage(err):
		return exitUsage
	}
	return exitFailure
}

func problemCode(p *v1.Problem) int {
	switch p.Type {
	case v1.NotFound, v1.ExternalNotFound:
		return exitNotFound
	case v1.NotAuthenticated, v1.ExternalRefused, v1.ExternalForbidden:
		return exitRefused
	case v1.Stale, v1.WrongStatus, v1.Exists, v1.Decided, v1.Moved, v1.UnknownRevision, v1.NeedsRevision, v1.ExternalConflict:
		return exitConflict
	case v1.Unavailable, v1.ExternalDown, v1.ExternalLimited, v1.KeyInUse:
		return exitUnavailable
	case v1.InvalidRequest, v1.MalformedRequest, v1.TooLarge, v1.ExternalInvalid, v1.KeyReused:
		return exitUsage
	}
	return exitFailure
}

// isCobraUsage recognises cobra's own complaints, which have no type.
func isCobraUsage(err error) bool {
	for _, start := range []string{"unknown command", "unknown flag", "required flag", "invalid argument",
		"at least one of the flags", "if any flags in the group"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}

// stopped is how a command that runs a service itself says that it was interrupted before it was up: then
// nothing goes on behind it.
const stopped = "interrupted; what it had started is stopped again"

// explain says what went wrong in a command and what to do about it.
func explain(cmd *cobra.Command, err error) string {
	var unknown *client.UnknownError
	if errors.As(err, &unknown) {
		return explain(cmd, unknown.Err) + "; " + unknown.Advice()
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted; what was ordered goes on in the service, see `extsync status`"
	}
	var p *v1.Problem
	if !errors.As(err, &p) {
		if isCobraUsage(err) {
			if !cmd.HasParent() {
				return err.Error() + "; see `extsync help`"
			}
			return err.Error() + "; see `" + cmd.CommandPath() + " --help`"
		}
		return err.Error()
	}
	text := p.Title + ": " + p.Error()
	switch p.Type {
	case v1.NotAuthenticated:
		return "the API refuses the token: set EXTSYNC_TOKEN, or run in the directory whose .extsync/token the service wrote (EXTSYNC_DIR names another folder than .extsync); `extsync api --new-token` makes a new one"
	case v1.NotFound:
		if slices.ContainsFunc(p.Errors, func(f v1.Fault) bool { return f.Where == "path.ticket" }) {
			return text + "; `extsync tickets list --key KEY` finds a ticket by what it is called outside"
		}
	case v1.Internal:
		return text + " (" + p.Instance + ")"
	}
	return text
}
