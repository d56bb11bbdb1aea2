package starter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// lookEvery is how often a waiting command looks how things stand.
const lookEvery = 300 * time.Millisecond

// progress shows how something goes: on a terminal in one line that is rewritten,
// else in a line for each news.
type progress struct {
	*Env
	last     string
	asks     bool      // somebody wants to see the preview before anything leaves
	answered time.Time // when somebody last told how the setup stands
	approved time.Time // when the preview of a setup was; zero: not, or what followed was seen
}

func (p *progress) tell(format string, args ...any) {
	text := plain(fmt.Sprintf(format, args...))
	if text == p.last {
		return
	}
	p.last = text
	if p.Terminal {
		fmt.Fprintf(p.Err, "\r\x1b[K%s", text)
		return
	}
	p.say("%s", text)
}

// end finishes the line.
func (p *progress) end() {
	if p.Terminal && p.last != "" {
		fmt.Fprintln(p.Err)
	}
}

// every calls look until it says that it is done, fails, or ctx ends.
func every(ctx context.Context, look func() (done bool, err error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if done, err := look(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// waitForSetup shows the steps of a setup and of the first synchronisation until they
// are through or need a person. asks: somebody wants to see the preview.
func (a *app) waitForSetup(ctx context.Context, c *client.Client, p v1.Project, asks bool) (v1.Project, error) {
	show := &progress{Env: a.Env, asks: asks, answered: time.Now()}
	err := every(ctx, func() (bool, error) {
		now, err := c.Project(ctx, p.ID)
		if err != nil {
			return false, err
		}
		p = now
		st, err := c.Setup(ctx, p.ID)
		if isMissing(err) && p.Status == "active" {
			return false, &codedError{exitFailure, fmt.Sprintf("nobody tells any more how the setup of %s stands, for it was ended by hand; "+
				"the first synchronisation goes on without it, see `extsync status %s`", p.Address, p.Address)}
		}
		if isMissing(err) && p.Status != "configuring" { // the project tells enough
			return a.setupStep(ctx, c, p, v1.Setup{Step: 7}, show)
		}
		if isUnavailable(err) {
			return a.unanswered(ctx, c, p, err, show)
		}
		if err != nil {
			return false, err
		}
		show.answered = time.Now()
		return a.setupStep(ctx, c, p, st, show)
	})
	show.end()
	if errors.Is(err, context.Canceled) {
		a.say("the setup goes on without this command; `extsync status %s` tells how far it is", p.Address)
	}
	return p, err
}

// workerTakes is how long a worker may take to answer for a setup.
const workerTakes = 2 * time.Minute

// unanswered goes on waiting for somebody who can tell how a setup stands. After a while it gives up,
// and says what is in the way, as far as that can be seen from here.
func (a *app) unanswered(ctx context.Context, c *client.Client, p v1.Project, silence error, show *progress) (bool, error) {
	show.tell("waiting for a worker: start one with `extsync worker` if none runs")
	if time.Since(show.answered) < cmp.Or(a.Patience, workerTakes) {
		return false, nil
	}
	why := "check that a worker runs (`extsync worker`), and what its log says"
	var away *v1.Problem
	switch err := c.Ready(ctx); {
	case errors.As(err, &away) && len(away.Errors) > 0:
		why = away.Error()
	case isMissing(silence):
		why = "the workflow service knows of no setup: a worker begins it anew within minutes; check that one runs (`extsync worker`)"
	}
	return true, &codedError{exitUnavailable, fmt.Sprintf("nobody tells how the setup of %s stands: %s. It goes on by itself, see `extsync status %s`",
		p.Address, why, p.Address)}
}

// approvalTakes is how long an approval may be on its way before somebody is asked once more.
const approvalTakes = 15 * time.Second

// setupStep shows one state of a setup and says whether the wait is over.
func (a *app) setupStep(ctx context.Context, c *client.Client, p v1.Project, st v1.Setup, show *progress) (bool, error) {
	switch {
	case p.Status == "disconnected":
		return true, &codedError{exitConflict, "the project was disconnected meanwhile"}
	case show.asks && st.Step >= 7 && show.approved.IsZero():
		return true, letGo(p)
	case p.Status == "error":
		return true, &codedError{exitFailure, "the first synchronisation failed: " + p.StatusReason + "; mend it, it goes on by itself"}
	case st.Done:
		show.tell("done: %s", linked(p))
		return true, nil
	case p.Status == "paused":
		return true, paused(p)
	case st.Problem != "" && st.Step >= 7:
		show.tell("step %d of 7: %s: %s; it is tried again by itself", st.Step, st.Name, st.Problem)
	case st.Problem != "":
		return true, setupProblem(p, st)
	case waitsForReview(st), st.Mapping != nil && st.Mapping.Problem != "":
		return true, mappingProblem(p, st)
	case st.NeedsApproval && time.Since(show.approved) < approvalTakes:
		show.tell("step %d of 7: %s: approved", st.Step, st.Name)
	case st.NeedsApproval:
		if err := a.approve(ctx, c, p, st, show); err != nil {
			return true, err
		}
		show.approved = time.Now()
	case st.Step == 7 && p.Links != nil:
		show.tell("step 7 of 7: %s: %s so far", st.Name, linked(p))
	default:
		show.tell("step %d of 7: %s", st.Step, st.Name)
	}
	return false, nil
}

func linked(p v1.Project) string {
	if p.Links == nil {
		return "nothing is linked yet"
	}
	return fmt.Sprintf("%d tickets and %d comments are linked", p.Links.Tickets, p.Links.Comments)
}

// paused says that the first synchronisation stands still, by somebody's word or by a guard.
func paused(p v1.Project) error {
	why := ""
	if p.StatusReason != "" {
		why = ": " + plain(p.StatusReason)
	}
	return &codedError{exitConflict, fmt.Sprintf("the first synchronisation of %s is paused%s; `extsync resume %s` lets it go on, "+
		"with --allow past a guard that stopped it", p.Address, why, p.Address)}
}

func setupProblem(p v1.Project, st v1.Setup) error {
	code := exitFailure
	switch st.Fault {
	case "unauthorised", "forbidden":
		code = exitRefused
	case "not_found", "gone", "moved":
		code = exitNotFound
	case "rate_limited", "temporary":
		code = exitUnavailable
	}
	return &codedError{code, fmt.Sprintf("the setup of %s waits: %s; then connect it again, or disconnect it", p.Address, st.Problem)}
}

// waitsForReview reports whether the mapping waits for a person.
func waitsForReview(st v1.Setup) bool { return st.Mapping != nil && st.Mapping.Step == "review" }

// mappingProblem says what a person is to do about the mapping.
func mappingProblem(p v1.Project, st v1.Setup) error {
	m := st.Mapping
	if m.Version == 0 {
		return &codedError{exitFailure, fmt.Sprintf("no field mapping of %s can be proposed yet: %s; it is tried again by itself, "+
			"or store one with `extsync mapping edit %s --file`", p.Address, m.Problem, p.Address)}
	}
	text := fmt.Sprintf("version %d of the field mapping waits for review (%d errors, %d warnings)", m.Version, m.Errors, m.Warnings)
	if m.Problem != "" {
		text += ": " + m.Problem
	}
	return &codedError{exitConflict, fmt.Sprintf("%s; look at it with `extsync mapping validate %s --version %d`, then activate it, store another one, or reject it; "+
		"the setup goes on by itself", text, p.Address, m.Version)}
}

// approve shows what would leave and asks.
func (a *app) approve(ctx context.Context, c *client.Client, p v1.Project, st v1.Setup, show *progress) error {
	show.end()
	show.last = ""
	a.say("The first synchronisation of %s would create %d items outside; %d stay here.", p.Address, st.CreateOutside, st.Withheld)
	if st.Twins > 0 {
		a.say("%d of the tickets here seem to exist there already; you are asked about each before it is created on the other side.", st.Twins)
	}
	switch {
	case st.TwinsPart && st.Outside == 0:
		a.say("Which of them exist there already could not be looked up, for nothing there could be read; the first synchronisation reads it all, and asks.")
	case st.TwinsPart:
		a.say("Which of them exist there already was looked up among %d tickets there only; the first synchronisation reads them all, and asks.", st.Outside)
	}
	if !a.Terminal {
		return &codedError{exitConflict, fmt.Sprintf("it waits for approval: approve it with POST /v1/projects/%s/approve, or connect on a terminal", p.ID)}
	}
	if !a.ask("Go on?") {
		return &codedError{exitConflict, "it waits for approval; disconnect it to give up: extsync disconnect " + p.Address}
	}
	_, err := c.ApproveSetup(ctx, p.ID)
	return err
}

// ask asks a question on the terminal; anything but yes is no, and so is Ctrl-C.
func (a *app) ask(question string) bool {
	fmt.Fprintf(a.Err, "%s [y/N] ", question)
	var answer string
	if _, err := fmt.Fscanln(a.In, &answer); err != nil {
		if errors.Is(err, context.Canceled) {
			a.say("")
		}
		return false // or an empty line
	}
	return answer == "y" || answer == "Y" || answer == "yes"
}

func isUnavailable(err error) bool {
	var p *v1.Problem
	return errors.As(err, &p) && (p.Type == v1.Unavailable || p.Type == v1.NotFound)
}

func isMissing(err error) bool {
	var p *v1.Problem
	return errors.As(err, &p) && p.Type == v1.NotFound
}

// sinceThen is how many sessions are looked at for the one that somebody has asked for.
const sinceThen = 20

// waitForSession waits until the session has ended that somebody asked for after the one before: one that
// fails, or has read what changed outside, with full all there is. Others may come first, which an edit has
// asked for, say.
func (a *app) waitForSession(ctx context.Context, c *client.Client, p v1.Project, before string, full bool) (v1.Session, error) {
	show := &progress{Env: a.Env}
	var last v1.Session
	err := every(ctx, func() (bool, error) {
		list, err := c.Sessions(ctx, p.ID, "", sinceThen)
		if err != nil || len(list.Sessions) == 0 {
			return false, err
		}
		last = list.Sessions[0]
		since := list.Sessions
		if n := slices.IndexFunc(since, func(s v1.Session) bool { return s.ID == before }); n >= 0 {
			since = since[:n]
		}
		if n := slices.IndexFunc(since, func(s v1.Session) bool { return answers(s, full) }); n >= 0 {
			last = since[n]
			return true, nil
		}
		switch {
		case goesFirst(last): // what was asked for comes after it
			show.tell("rollback %s goes first: %s %s", last.ID, last.State, last.Reason)
		case last.State == "running" && last.ID != before:
			show.tell("synchronising: %s so far", report(last.Report))
		default:
			show.tell("waiting for the session to start")
		}
		return false, nil
	})
	show.end()
	if errors.Is(err, context.DeadlineExceeded) {
		if goesFirst(last) {
			return last, &codedError{exitUnavailable, fmt.Sprintf("rollback %s goes first and is not through: %s %s; the session comes after it, see `extsync status %s`",
				last.ID, last.State, plain(last.Reason), p.Address)}
		}
		return last, &codedError{exitUnavailable, fmt.Sprintf(
			"no session has ended in time; it goes on without this command, see `extsync status %s`; if none starts, check that a worker runs", p.Address)}
	}
	return last, err
}

// goesFirst reports whether a session is a rollback that is to be carried out yet.
func goesFirst(s v1.Session) bool {
	return s.Kind == "rollback" && s.State != "succeeded" && s.State != "cancelled"
}

// answers reports whether a session that has ended is what somebody asked for.
func answers(s v1.Session, full bool) bool {
	switch {
	case s.Kind == "rollback" || s.State == "running":
		return false
	case s.State != "succeeded":
		return true
	}
	return s.Report.Walks > 0 && (!full || s.Kind != "incremental")
}
