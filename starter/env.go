package starter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/api/client"
)

// Env is what a command sees of its surroundings.
type Env struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	// Terminal: a person looks at Out, so that lines may be rewritten; and at Err and
	// In, so that questions can be asked.
	Terminal bool
	// Dir holds what the service keeps on this machine: the admin token, the address of
	// the API, the keys.
	Dir string
	// Patience is how long a command waits for a worker that does not answer; zero: two minutes.
	Patience time.Duration
	// Build is what the builder noted of this binary; nil: nothing is known.
	Build *debug.BuildInfo
	// ReadSecret reads a line from the terminal without showing it; nil: from In.
	ReadSecret func(context.Context) (string, error)
}

// DefaultDir is where the service keeps its data unless told otherwise.
const DefaultDir = ".extsync"

// System returns the surroundings of this process.
func System() *Env {
	e := &Env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Dir: os.Getenv("EXTSYNC_DIR")}
	if e.Dir == "" {
		e.Dir = DefaultDir
	}
	e.Build, _ = debug.ReadBuildInfo() // nil where there is none
	e.Terminal = term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
	if e.Terminal {
		e.ReadSecret = func(ctx context.Context) (string, error) { return readSecret(ctx, int(os.Stdin.Fd())) }
	}
	return e
}

// readSecret reads a line from a terminal without showing it. Ctrl-C leaves the terminal as it was.
func readSecret(ctx context.Context, fd int) (string, error) {
	was, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	b, err := unlessInterrupted(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), term.Restore(fd, was))
	}
	return string(b), err
}

// file names a file of the data directory.
func (e *Env) file(name string) string { return filepath.Join(e.Dir, name) }

// The files of the data directory that concern the API and its clients.
func (e *Env) tokenFile() string   { return e.file("token") }
func (e *Env) addressFile() string { return e.file("api") }
func (e *Env) keysetFile() string  { return e.file("keys.json") }

// line reads the one line of a file, or nothing when there is no such file.
func line(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "" // the caller says what is missing, and how to give it
	}
	return strings.TrimSpace(string(b))
}

// remote is where the API is and what it wants to see.
type remote struct {
	api, token, actor string
}

// client makes a client: what the flags say, else the environment, else the files of
// the data directory.
func (e *Env) client(r remote) *client.Client {
	address := first(r.api, e.Getenv("EXTSYNC_API"), line(e.addressFile()), "http://"+api.DefaultListen)
	c := client.New(address, first(r.token, e.Getenv("EXTSYNC_TOKEN"), line(e.tokenFile())))
	c.Actor = first(r.actor, e.Getenv("EXTSYNC_ACTOR"))
	return c
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// say writes for people, beside the result: progress, hints and what went wrong, in which an external
// system may have had its say.
func (e *Env) say(format string, args ...any) {
	fmt.Fprintln(e.Err, plain(fmt.Sprintf(format, args...)))
}
