package demo

import (
	"context"
	"errors"

	v1 "github.com/extsync/extsync/api/v1"
)

// World is the three simulated systems, on loopback.
type World struct {
	GitHub *GitHub
	Jira   *Jira
	Linear *Linear
	// Notice says what GitHub is filled with.
	Notice string
}

// NewWorld starts the simulated systems. data is the folder with recorded issues and
// comments of GitHub (issues.json, comments.json); where it is missing, issues are made
// up instead, which the notice tells. Close ends them.
func NewWorld(ctx context.Context, data string) (*World, error) {
	w := &World{GitHub: newGitHub(), Jira: newJira(), Linear: newLinear()}
	var err error
	if w.Notice, err = w.GitHub.start(ctx, data); err == nil {
		err = w.Jira.start(ctx)
	}
	if err == nil {
		err = w.Linear.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close ends the servers and the delivery of webhooks.
func (w *World) Close() error { return errors.Join(w.GitHub.Close(), w.Jira.Close(), w.Linear.Close()) }

// side is one simulated system as the story treats all of them alike.
type side interface {
	// named is how people call the system.
	named() string
	// ask is how a person connects it.
	ask() v1.NewProject
	// account is what the system's API calls one of the people.
	account(login string) string
	// amend changes what a person would change in the mapping that was proposed, in YAML,
	// and says what.
	amend(mapping string) (doc, what string, err error)
	// hook has the system tell the address of what changes.
	hook(url string)
	counted() Calls
	// has counts the tickets that people of the system see, and their comments.
	has() (tickets, comments int)
	// marked counts the tickets and comments that hold the text.
	marked(text string) int
}

// Calls are what a system was called for.
type Calls struct {
	Reads    int            `json:"reads"`
	Writes   int            `json:"writes"`
	Webhooks int            `json:"webhooks"` // that it sent
	Kinds    map[string]int `json:"kinds"`
}

// total is how many calls there were.
func (c Calls) total() int { return c.Reads + c.Writes }

// since is what was called after an earlier count.
func (c Calls) since(was Calls) Calls {
	return Calls{Reads: c.Reads - was.Reads, Writes: c.Writes - was.Writes, Webhooks: c.Webhooks - was.Webhooks}
}
