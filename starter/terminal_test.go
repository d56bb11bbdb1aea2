package starter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/starter"
)

// person runs commands on a terminal: lines are rewritten, and questions are asked.
type person struct {
	t        *testing.T
	w        *apitest.World
	patience time.Duration
}

// run answers questions with says and the hidden one with secret.
func (p person) run(says, secret string, args ...string) (out, errs string, code int) {
	p.t.Helper()
	var o, e bytes.Buffer
	code = starter.Run(p.t.Context(), &starter.Env{
		In: strings.NewReader(says), Out: &o, Err: &e, Dir: p.t.TempDir(), Terminal: true, Patience: p.patience,
		Getenv: func(name string) string {
			return map[string]string{"EXTSYNC_API": p.w.Server.URL, "EXTSYNC_TOKEN": apitest.AdminToken}[name]
		},
		ReadSecret: func(context.Context) (string, error) {
			if secret == "" {
				return "", errors.New("end of input")
			}
			return secret, nil
		},
	}, args)
	if strings.Contains(o.String()+e.String(), apitest.Token) {
		p.t.Error("the token was shown")
	}
	return o.String(), e.String(), code
}

// TestConnectOnATerminal asks for the token without showing it, shows the preview, and
// starts only when told to.
func TestConnectOnATerminal(t *testing.T) {
	connect := []string{"connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--preview"}
	p := person{t: t, w: apitest.New(t)}
	if _, errs, code := p.run("", "", connect...); code != 1 || !strings.Contains(errs, "GitHub token for octo/hello (not shown)") {
		t.Fatalf("no answer: %d %s", code, errs)
	}
	_, errs, code := p.run("n\n", apitest.Token, connect...)
	if code != 5 || !strings.Contains(errs, "would create 0 items outside; 0 stay here") || !strings.Contains(errs, "waits for approval") {
		t.Fatalf("no: %d %s", code, errs)
	}
	if _, errs, code = p.run("", "", "disconnect", apitest.Repo); code != 5 || !strings.Contains(errs, "[y/N]") {
		t.Fatalf("disconnect without an answer: %d %s", code, errs)
	}
	if out, errs, code := p.run("y\n", "", "disconnect", apitest.Repo); code != 0 || !strings.Contains(out, "is disconnected") {
		t.Fatalf("disconnect: %d %s%s", code, out, errs)
	}
	out, errs, code := p.run("y\n", apitest.Token, connect...)
	if code != 0 || !strings.Contains(out, "octo/hello is connected") || !strings.Contains(errs, "\r\x1b[Kdone: 0 tickets") {
		t.Fatalf("yes: %d %q %q", code, out, errs)
	}
}

// TestConnectToWhatExistsAlready: who is to approve the first synchronisation hears how many
// tickets stand on both sides, before anything was brought in.
func TestConnectToWhatExistsAlready(t *testing.T) {
	p := person{t: t, w: apitest.New(t)}
	for _, title := range []string{"Login fails on Safari", "Logout fails on Safari", "Nothing of ours"} {
		p.outside(simulator.Act{Do: "open", Title: &title})
	}
	for _, title := range []string{"Login fails on Safari", "Logout fails on Safari", "Write the manual"} {
		p.run("", "", "tickets", "create", "--title", title, "--privacy", "public")
	}
	_, errs, code := p.run("n\n", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--preview")
	if code != 5 || !strings.Contains(errs, "would create 3 items outside; 0 stay here") ||
		!strings.Contains(errs, "2 of the tickets here seem to exist there already") || strings.Contains(errs, "looked up") {
		t.Fatalf("%d: %s", code, errs)
	}
}

// TestConnectToWhatIsReadInPart: where the preview could not look at all tickets there, who is
// to approve it hears among how many it looked.
func TestConnectToWhatIsReadInPart(t *testing.T) {
	tests := []struct {
		name  string
		pages int // that can be read
		says  []string
	}{
		{"the first page alone", 1, []string{"1 of the tickets here seem to exist there already", "looked up among 100 tickets there only"}},
		{"nothing", 0, []string{"could not be looked up, for nothing there could be read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := person{t: t, w: apitest.New(t)}
			for n := range 101 { // a page, and one more
				title := fmt.Sprintf("Ticket number %d of them", n)
				p.outside(simulator.Act{Do: "open", Title: &title})
			}
			for _, n := range []int{0, 100} {
				p.run("", "", "tickets", "create", "--title", fmt.Sprintf("Ticket number %d of them", n), "--privacy", "public")
			}
			// What passes first: the probe of the token, and that of the setup.
			p.w.Sim.Faults().Add(simulator.Fault{Kind: simulator.ServerError, Calls: []string{"issues.list"}, Skip: 2 + tt.pages})
			_, errs, code := p.run("n\n", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--preview")
			if code != 5 {
				t.Errorf("exit %d, want 5", code)
			}
			for _, said := range tt.says {
				if !strings.Contains(errs, said) {
					t.Errorf("it does not say %q: %s", said, errs)
				}
			}
		})
	}
}

// TestDecideOnATerminal shows both sides before it asks: the digest is of values that
// somebody saw. What outsiders wrote cannot steer the terminal.
func TestDecideOnATerminal(t *testing.T) {
	p := person{t: t, w: apitest.New(t)}
	title, next := "Login fails", "Sign-in \x1b[2Jfails"
	issue := p.outside(simulator.Act{Do: "open", Title: &title})
	p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing")
	out, _, _ := p.run("", "", "tickets", "list")
	id := random.FindString(out)
	p.run("", "", "tickets", "edit", id, "--revision", "1", "--title", "Login fails on Mondays")
	p.outside(simulator.Act{Do: "edit", Issue: issue, Title: &next})
	p.run("", "", "sync", apitest.Repo)
	out, _, _ = p.run("", "", "conflicts", "list")
	conflict := random.FindString(out)

	decide := []string{"conflicts", "decide", conflict, "--take", "external", "--wait", "0"}
	if _, errs, code := p.run("n\n", "", decide...); code != 5 || !strings.Contains(errs, "not decided") {
		t.Fatalf("no: %d %s", code, errs)
	}
	out, errs, code := p.run("yes\n", "", decide...)
	if code != 0 || !strings.Contains(out, "Login fails on Mondays") || !strings.Contains(out, "is decided: external") || !strings.Contains(errs, "Decide so?") {
		t.Fatalf("yes: %d %s%s", code, out, errs)
	}
	if strings.Contains(out, "\x1b") || !strings.Contains(out, "Sign-in �[2Jfails") {
		t.Errorf("control characters reach the terminal: %q", out)
	}
}

func (p person) outside(a simulator.Act) int {
	p.t.Helper()
	p.w.Advance(2e9) // GitHub's stamps have whole seconds
	a.Repo, a.Login = apitest.Repo, "bob"
	out, err := p.w.Sim.Act(a)
	if err != nil {
		p.t.Fatal(err)
	}
	return out.Issue
}

// TestPreviewOnTheRealStack: the workflow of the setup waits for the answer.
func TestPreviewOnTheRealStack(t *testing.T) {
	s := newStack(t)
	run[v1.Ticket](s, 0, "tickets", "create", "--title", "Write the manual", "--privacy", "public")
	var out, errs buffer
	e := s.environment(&out, &errs)
	e.Terminal, e.In = true, strings.NewReader("y\n")
	code := starter.Run(t.Context(), e, []string{"connect", "github", "octo/hello", "--api-url", s.url, "--no-pacing", "--preview", "--poll-every", "0"})
	if code != 0 || !strings.Contains(errs.String(), "would create 1 items outside; 0 stay here") || !strings.Contains(errs.String(), "done: 1 tickets") {
		t.Fatalf("%d: %s\n%s\nthe service said\n%s", code, out.String(), errs.String(), s.log.String())
	}
	run[v1.Project](s, 0, "disconnect", "octo/hello", "--yes")
	again := run[v1.Project](s, 0, "connect", "github", "octo/hello", "--api-url", s.url, "--no-pacing", "--poll-every", "0")
	if again.Status != "active" || again.Links.Tickets != 1 {
		t.Errorf("connected again: %+v", again)
	}
	if got := run[v1.Session](s, 0, "sync", "octo/hello"); got.Report.Writes != 0 {
		t.Errorf("what was linked before is not made again: %+v", got.Report)
	}
}

// TestConnectedAgainToSeeThePreview: the setup waits for a system that is away, and was begun with
// the word that nobody needs to approve what leaves. Whoever connects again to see it is asked.
func TestConnectedAgainToSeeThePreview(t *testing.T) {
	s := newStack(t)
	run[v1.Ticket](s, 0, "tickets", "create", "--title", "Write the manual", "--privacy", "public")
	connect := []string{"connect", "github", "octo/hello", "--api-url", s.url, "--no-pacing", "--mapping", "default", "--poll-every", "0"}
	s.sim.Faults().Set(simulator.Fault{Kind: simulator.ServerError, Calls: []string{"issues.list"}, Skip: 1}) // after the first probe
	run[v1.Project](s, 6, connect...)
	s.sim.Faults().Set()
	var out, errs buffer
	e := s.environment(&out, &errs)
	e.Terminal, e.In = true, strings.NewReader("n\n")
	code := starter.Run(t.Context(), e, append(connect, "--preview"))
	if code != 5 || !strings.Contains(errs.String(), "would create 1 items outside; 0 stay here") {
		t.Errorf("%d: %s\n%s\nthe service said\n%s", code, out.String(), errs.String(), s.log.String())
	}
	if n := s.sim.Counters().Kinds["issues.create"].Calls; n != 0 {
		t.Errorf("%d issues left unapproved", n)
	}
	run[v1.Project](s, 0, "disconnect", "octo/hello", "--yes")
}

// TestConnectWhereTheSetupCouldNotBeStarted: the workflow service was away when the project was
// connected, so that nothing sets it up. Connecting again does.
func TestConnectWhereTheSetupCouldNotBeStarted(t *testing.T) {
	connect := []string{"connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing"}
	p := person{t: t, w: apitest.New(t)}
	p.w.Break(errors.New("connection refused"))
	if _, errs, code := p.run("", apitest.Token, connect...); code != 6 || !strings.Contains(errs, "connect it again") {
		t.Fatalf("no workflow service: %d %s", code, errs)
	}
	p.w.Break(nil)
	if out, _, code := p.run("", "", "status", apitest.Repo); code != 0 || !strings.Contains(out, "connect it again") {
		t.Errorf("status: %d %s", code, out)
	}
	if out, errs, code := p.run("", apitest.Token, connect...); code != 0 || !strings.Contains(out, "octo/hello is connected") {
		t.Fatalf("again: %d %s%s", code, out, errs)
	}
}

// TestAFirstSynchronisationThatFailsOnce is tried again by itself: whoever waits for it goes on
// waiting. Connecting again, as where a setup waits, would help nothing.
func TestAFirstSynchronisationThatFailsOnce(t *testing.T) {
	p := person{t: t, w: apitest.New(t)}
	failed := false
	p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
		if strings.HasSuffix(path, "/setup") && !failed {
			failed = true
			return `{"step":7,"name":"first synchronisation","problem":"no \u001b[2Janswer","fault":"temporary","done":false,"needs_approval":false}`
		}
		return body
	})
	_, errs, code := p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing")
	if code != 0 || !failed || !strings.Contains(errs, "no �[2Janswer; it is tried again by itself") {
		t.Errorf("%d: %s", code, errs)
	}
}

// TestAFirstSynchronisationThatIsPaused, by a guard or by somebody: whoever waits for it hears of it.
func TestAFirstSynchronisationThatIsPaused(t *testing.T) {
	p := person{t: t, w: apitest.New(t)}
	p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
		switch {
		case strings.HasSuffix(path, "/setup"):
			return `{"step":7,"name":"first synchronisation","problem":"12 creations","fault":"","done":false,"needs_approval":false}`
		case strings.HasPrefix(path, "/v1/projects/"):
			return strings.Replace(body, `"status":"active"`, `"status":"paused","status_reason":"12 creations"`, 1)
		}
		return body
	})
	_, errs, code := p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing")
	if code != 5 || !strings.Contains(errs, "is paused: 12 creations") || !strings.Contains(errs, "extsync resume octo/hello") || strings.Contains(errs, "connect it again") {
		t.Errorf("%d: %s", code, errs)
	}
}

// TestAResumeThatReleasesNothing: the database was restored, and not all is read anew. Who resumes the project hears
// that nothing is written outside still, not that it synchronises again.
func TestAResumeThatReleasesNothing(t *testing.T) {
	p := person{t: t, w: apitest.New(t)}
	if _, errs, code := p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-wait"); code != 0 {
		t.Fatal(errs)
	}
	p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
		if strings.HasSuffix(path, "/resume") {
			return strings.Replace(body, `"status":"active"`, `"status":"active","status_reason":"nothing is written outside meanwhile"`, 1)
		}
		return body
	})
	out, errs, code := p.run("", apitest.Token, "resume", apitest.Repo, "--allow")
	if strings.Contains(out, "synchronises again") || !strings.Contains(out, "is active: nothing is written outside meanwhile") {
		t.Errorf("%d: %s%s", code, out, errs)
	}
}

// TestConnectWhereNobodyAnswersForTheSetup: no worker runs, or Temporal was lost, or does not answer.
// Whoever waits is told after a while what is in the way.
func TestConnectWhereNobodyAnswersForTheSetup(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after func(w *apitest.World) // the setup was started
		says  string
	}{
		{"no Temporal", func(w *apitest.World) { w.Break(errors.New("connection refused")) }, "workflows: does not answer; check that Temporal runs"},
		{"a new Temporal", (*apitest.World).Forget, "the workflow service knows of no setup"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := person{t: t, w: apitest.New(t), patience: time.Second}
			p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
				if path == "/v1/projects" {
					tt.after(p.w)
				}
				return body
			})
			_, errs, code := p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--preview")
			for _, said := range []string{"waiting for a worker", tt.says, "extsync status octo/hello"} {
				if !strings.Contains(errs, said) {
					t.Errorf("it does not say %q", said)
				}
			}
			if code != 6 {
				t.Errorf("exit %d: %s", code, errs)
			}
		})
	}
}

// TestCtrlCAtAQuestion ends the command, though nobody has answered, and answers no.
func TestCtrlCAtAQuestion(t *testing.T) {
	w := apitest.New(t)
	c := console{t, w}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	for _, args := range [][]string{
		{"disconnect", apitest.Repo},
		{"tickets", "create", "--title", "Never", "--body-file", "-"},
	} {
		typing, _ := io.Pipe() // nothing comes
		ctx, press := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, press)
		ended := make(chan int, 1)
		var errs buffer
		go func() {
			ended <- starter.Run(ctx, &starter.Env{
				In: typing, Out: &buffer{}, Err: &errs, Dir: t.TempDir(), Terminal: true,
				Getenv: func(name string) string {
					return map[string]string{"EXTSYNC_API": w.Server.URL, "EXTSYNC_TOKEN": apitest.AdminToken}[name]
				},
			}, args)
		}()
		select {
		case code := <-ended:
			if code == 0 {
				t.Errorf("%v: exit 0", args)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%v does not end", args)
		}
	}
	if out := c.must("status", apitest.Repo); !strings.Contains(out, "active") {
		t.Errorf("it was disconnected:\n%s", out)
	}
}

// full is a disk with no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestADiskThatIsFull: who writes a mapping into a file hears that it is not whole.
func TestADiskThatIsFull(t *testing.T) {
	w := apitest.New(t)
	console{t, w}.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	for _, args := range [][]string{{"mapping", "show", apitest.Repo}, {"status"}} {
		var errs buffer
		code := starter.Run(t.Context(), &starter.Env{In: strings.NewReader(""), Out: full{}, Err: &errs, Dir: t.TempDir(),
			Getenv: func(name string) string {
				return map[string]string{"EXTSYNC_API": w.Server.URL, "EXTSYNC_TOKEN": apitest.AdminToken}[name]
			},
		}, args)
		if code != 1 || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%v: exit %d: %s", args, code, errs.String())
		}
	}
}

// TestConnectWhoseSetupIsEndedByHand in the first synchronisation, which goes on: whoever waits for the
// setup hears that nobody tells of it any more.
func TestConnectWhoseSetupIsEndedByHand(t *testing.T) {
	p := person{t: t, w: apitest.New(t), patience: 20 * time.Second}
	p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
		if path == "/v1/projects" {
			p.w.Forget()
		}
		return body
	})
	_, errs, code := p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing")
	if code != 1 || !strings.Contains(errs, "the first synchronisation goes on") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestARollbackThatDoesNotBegin: whoever waits for it hears why, as far as that can be seen.
func TestARollbackThatDoesNotBegin(t *testing.T) {
	for _, tt := range []struct {
		name, status, says string
		code               int
	}{
		{"no worker", "active", "check that a worker runs", 6},
		{"the project is disconnected meanwhile", "disconnected", "is disconnected", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := person{t: t, w: apitest.New(t), patience: time.Second}
			title := "Login fails"
			p.outside(simulator.Act{Do: "open", Title: &title})
			p.run("", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
			looks := 0
			p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
				switch {
				case strings.HasPrefix(path, "/v1/sessions/"):
					return regexp.MustCompile(`"state":"\w+"`).ReplaceAllString(body, `"state":"pending"`)
				case strings.HasPrefix(path, "/v1/projects/"):
					if looks++; looks > 1 {
						return strings.Replace(body, `"status":"active"`, `"status":"`+tt.status+`"`, 1)
					}
				}
				return body
			})
			_, errs, code := p.run("", "", "rollback", "session-1", "--yes")
			if code != tt.code || !strings.Contains(errs, tt.says) {
				t.Errorf("exit %d, want %d and %q: %s", code, tt.code, tt.says, errs)
			}
		})
	}
}

// TestAnApprovalIsAskedForOnce: it takes the setup a moment to hear of it.
func TestAnApprovalIsAskedForOnce(t *testing.T) {
	p := person{t: t, w: apitest.New(t)}
	asked, seen := "", 0
	p.w.Server.URL = between(t, p.w.Server.URL, func(path, body string) string {
		switch {
		case !strings.HasSuffix(path, "/setup"):
			return body
		case strings.Contains(body, `"needs_approval":true`):
			asked = body
		case seen < 2:
			seen++
			return asked
		}
		return body
	})
	_, errs, code := p.run("y\n", apitest.Token, "connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--preview")
	if code != 0 || strings.Count(errs, "Go on?") != 1 || seen != 2 {
		t.Errorf("%d after %d late answers: %s", code, seen, errs)
	}
}
