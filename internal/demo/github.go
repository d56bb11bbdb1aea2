package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

// The simulated repository, and whom the demo's credential speaks as.
const (
	repository = "demo/ivy"
	token      = "demo-token"
	signature  = "what-the-demo-signs-webhooks-with"
	bot        = "extsync-bot"
	colleague  = "ada-m" // a person who works on the pages of all three systems
)

// The made issues. Where the recorded ones are missing there are as many more.
const (
	madeIssues      = 30
	substitutes     = 150
	substitutePulls = 0.48 // share of pull requests among the substitutes, as recorded
)

// people are those whom the made issues are written by and assigned to. They have
// accounts in all three systems.
func people() []string { return []string{colleague, "bruno-k", "chen-w", "dalia-r", "emeka-o"} }

// GitHub is a simulated GitHub with one repository.
type GitHub struct {
	host
	sim  *github.Sim
	repo *github.Repo
}

func newGitHub() *GitHub {
	g := &GitHub{host: host{name: "GitHub"}, sim: github.New(github.Options{Seed: 1})}
	g.sim.AddToken(token, github.Token{Login: bot, Push: true})
	g.repo = g.sim.AddRepo("demo", "ivy")
	return g
}

// start fills the repository and serves it.
func (g *GitHub) start(ctx context.Context, data string) (string, error) {
	notice, err := g.seed(data)
	if err != nil {
		return "", fmt.Errorf("seed the simulated GitHub: %w", err)
	}
	return notice, g.open(ctx, g.sim.Handler(), g.sim.SetBaseURL, g.sim.DeliverLoop)
}

// ByHand is a command that does what the colleague would on GitHub's own pages.
func (g *GitHub) ByHand() string {
	return fmt.Sprintf(`curl %s/_sim/act -d '{"repo":"%s","login":"%s","do":"open","title":"A ticket of my own"}'`, g.URL, repository, colleague)
}

func (g *GitHub) named() string { return "GitHub" }

func (g *GitHub) ask() v1.NewProject {
	return v1.NewProject{System: "github", Address: repository, APIURL: g.URL, Token: token}
}

func (g *GitHub) account(login string) string { return login }

func (g *GitHub) amend(mapping string) (doc, what string, err error) { return mapping, "", nil }

func (g *GitHub) hook(url string) { g.repo.AddHook(url, signature) }

func (g *GitHub) has() (tickets, comments int) {
	h := g.held()
	return h.issues, h.issueComments
}

func (g *GitHub) marked(text string) int {
	issues, comments := g.repo.Marked(text)
	return issues + comments
}

func (g *GitHub) counted() Calls {
	n := g.sim.Counters()
	out := Calls{Reads: n.Reads, Writes: n.Writes, Webhooks: n.Webhooks, Kinds: make(map[string]int, len(n.Kinds))}
	for kind, c := range n.Kinds {
		out.Kinds[kind] = c.Calls
	}
	return out
}

// seed fills the repository and returns a notice about what with.
func (g *GitHub) seed(data string) (string, error) {
	notice := "the recorded issues of a real repository, and 30 made ones"
	err := g.record(data)
	if errors.Is(err, fs.ErrNotExist) {
		notice = fmt.Sprintf("made issues only: there are no recorded ones at %s", data)
		err = g.repo.Generate(substitutes, model.GenerateOptions{Seed: 3, Logins: people(), PullRequests: substitutePulls})
	}
	if err != nil {
		return "", err
	}
	return notice, g.repo.Generate(madeIssues, model.GenerateOptions{Seed: 5, Logins: people()})
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
