package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

// The simulated repository, and whom the demo's credential speaks as.
const (
	repository = "demo/ivy"
	token      = "demo-token"
	signature  = "what-the-demo-signs-webhooks-with"
	bot        = "extsync-bot"
	colleague  = "ada-m" // a person who works on GitHub's own pages
)

// The made issues. Where the recorded ones are missing there are as many more.
const (
	madeIssues      = 30
	substitutes     = 150
	substitutePulls = 0.48 // share of pull requests among the substitutes, as recorded
)

// GitHub is a simulated GitHub on loopback, seeded for the demo.
type GitHub struct {
	URL     string // of its API
	sim     *github.Sim
	repo    *github.Repo
	server  *http.Server
	stop    context.CancelFunc
	workers sync.WaitGroup
}

// NewGitHub starts a simulated GitHub on a free loopback port. data is the folder with
// recorded issues and comments (issues.json, comments.json); where it is missing,
// issues are made up instead, which the notice tells. Close ends it.
func NewGitHub(ctx context.Context, data string) (*GitHub, string, error) {
	g := &GitHub{sim: github.New(github.Options{Seed: 1})}
	g.sim.AddToken(token, github.Token{Login: bot, Push: true})
	g.repo = g.sim.AddRepo("demo", "ivy")
	notice, err := g.seed(data)
	if err != nil {
		return nil, "", fmt.Errorf("seed the simulated GitHub: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("listen for the simulated GitHub: %w", err)
	}
	g.URL = "http://" + l.Addr().String()
	g.sim.SetBaseURL(g.URL)
	g.server = &http.Server{Handler: g.sim.Handler(), ReadHeaderTimeout: 10 * time.Second}
	deliver, stop := context.WithCancel(context.WithoutCancel(ctx))
	g.stop = stop
	g.workers.Go(func() { _ = g.server.Serve(l) })                              // ends with Close, which has the error
	g.workers.Go(func() { _ = g.sim.DeliverLoop(deliver, http.DefaultClient) }) // ends with its context only
	return g, notice, nil
}

// Close ends the server and the delivery of webhooks.
func (g *GitHub) Close() error {
	g.stop()
	err := g.server.Close()
	g.workers.Wait()
	if err != nil {
		return fmt.Errorf("stop the simulated GitHub: %w", err)
	}
	return nil
}

// seed fills the repository and returns a notice about what with.
func (g *GitHub) seed(data string) (string, error) {
	notice := "the recorded issues of a real repository, and 30 made ones"
	err := g.record(data)
	if errors.Is(err, fs.ErrNotExist) {
		notice = fmt.Sprintf("made issues only: there are no recorded ones at %s", data)
		err = g.repo.Generate(substitutes, model.GenerateOptions{Seed: 3, PullRequests: substitutePulls})
	}
	if err != nil {
		return "", err
	}
	return notice, g.repo.Generate(madeIssues, model.GenerateOptions{Seed: 5})
}

// record plays GitHub's own answers of a real repository in.
func (g *GitHub) record(data string) error {
	issues, err := os.Open(filepath.Join(data, "issues.json"))
	if err != nil {
		return err
	}
	defer issues.Close()
	comments, err := os.Open(filepath.Join(data, "comments.json"))
	if err != nil {
		return err
	}
	defer comments.Close()
	return g.repo.Seed(io.Reader(issues), io.Reader(comments))
}

// held counts what the repository holds.
type held struct{ issues, issueComments, pulls, pullComments int }

func (g *GitHub) held() held {
	var h held
	g.repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if i.PullRequest {
				h.pulls++
				h.pullComments += i.Comments
				continue
			}
			h.issues++
			h.issueComments += i.Comments
		}
	})
	return h
}
