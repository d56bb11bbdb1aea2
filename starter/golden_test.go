package starter_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/apitest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/starter"
	"github.com/extsync/extsync/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden plays the scripts of testdata against the real API in process, and
// compares what the commands print. In a script
//
//	$ extsync ARGS         runs a command; then follow its output and exit code
//	@ open|edit N TITLE    does something in the simulated GitHub, as bob
//	@ body N TEXT          gives an issue a text; \n in it, and in commands, is a line end
//	@ begin SESSION        begins a session of the first project, as one that is under way
//	@ work                 does what the outbox asks for
//	@ quarantine REASON    sets the first ticket aside
//	@ repo NAME            makes the repository octo/NAME there
//	@ revoke               voids the token there, and makes ghp_next one
//	# anything             is a comment
//
// Ids are named by the order in which they appear, ID-1 and so on, in commands too.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &player{t: t, w: apitest.New(t), env: map[string]string{}}
			p.env["EXTSYNC_API"], p.env["EXTSYNC_TOKEN"], p.env["GITHUB_TOKEN"] = p.w.Server.URL, apitest.AdminToken, apitest.Token
			for line := range strings.Lines(string(want)) {
				p.play(strings.TrimSuffix(line, "\n"))
			}
			got := p.out.String()
			for _, secret := range []string{apitest.AdminToken, apitest.Token} {
				if strings.Contains(got, secret) || strings.Contains(p.w.Logs.String(), secret) {
					t.Errorf("the secret %s was shown or logged", secret)
				}
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) {
				t.Errorf("run `go test ./starter -update` and look at the difference; got\n%s", got)
			}
		})
	}
}

// built is what the builder noted of the binary that the scripts run.
func built() *debug.BuildInfo {
	return &debug.BuildInfo{
		GoVersion: "go1.26.0", Main: debug.Module{Path: "github.com/extsync/extsync", Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "-trimpath", Value: "true"}, {Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "108f9cd0c0ffee"},
			{Key: "vcs.time", Value: "2026-11-27T09:00:00Z"}, {Key: "vcs.modified", Value: "true"},
		},
	}
}

type player struct {
	t     *testing.T
	w     *apitest.World
	env   map[string]string
	names names
	out   bytes.Buffer
}

// names gives ids and digests names by the order in which they appear: ID-1, ID-2 ...
type names struct{ known []string }

var random = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b([0-9a-f]{32}|[0-9a-f]{24})\b`)

func (n *names) hide(text string) string {
	return random.ReplaceAllStringFunc(text, func(id string) string {
		i := slices.Index(n.known, id)
		if i < 0 {
			n.known, i = append(n.known, id), len(n.known)
		}
		return fmt.Sprintf("ID-%d", i+1)
	})
}

func (n *names) reveal(word string) string {
	var i int
	if _, err := fmt.Sscanf(word, "ID-%d", &i); err == nil && i >= 1 && i <= len(n.known) {
		return n.known[i-1]
	}
	return word
}

// play runs one line of a script; what a command printed last time is left out.
func (p *player) play(line string) {
	p.t.Helper()
	switch {
	case strings.HasPrefix(line, "$ "):
		fmt.Fprintln(&p.out, line)
		p.command(split(line)[1:])
	case strings.HasPrefix(line, "@ "):
		fmt.Fprintln(&p.out, line)
		p.act(split(line)[1:])
	case strings.HasPrefix(line, "# "), line == "#":
		fmt.Fprintln(&p.out, line)
	}
}

func (p *player) command(words []string) {
	p.t.Helper()
	env := p.env
	for strings.Contains(words[0], "=") { // as in a shell
		name, value, _ := strings.Cut(words[0], "=")
		next := map[string]string{name: value}
		for k, v := range env {
			if k != name {
				next[k] = v
			}
		}
		env, words = next, words[1:]
	}
	for i := range words {
		words[i] = lines(p.names.reveal(words[i]))
	}
	var out, errs bytes.Buffer
	e := &starter.Env{
		In: strings.NewReader("from standard input\n"), Out: &out, Err: &errs, Dir: p.t.TempDir(),
		Getenv: func(name string) string { return env[name] }, Build: built(),
	}
	code := starter.Run(p.t.Context(), e, words[1:])
	p.print("", out.String())
	p.print("! ", errs.String())
	if code != 0 {
		fmt.Fprintf(&p.out, "[exit %d]\n", code)
	}
	fmt.Fprintln(&p.out)
}

// print writes an output so that no line of it can be taken for one of the script.
func (p *player) print(before, text string) {
	text = p.names.hide(strings.ReplaceAll(text, p.w.Server.URL, "http://api.test"))
	for line := range strings.Lines(text) {
		fmt.Fprintln(&p.out, strings.TrimRight("  "+before+line, " \n"))
	}
}

func (p *player) act(words []string) {
	p.t.Helper()
	p.w.Advance(2e9) // GitHub's stamps have whole seconds
	var err error
	switch words[0] {
	case "open":
		_, err = p.w.Sim.Act(simulator.Act{Repo: apitest.Repo, Login: "bob", Do: "open", Title: &words[1]})
	case "edit":
		var n int
		if _, err = fmt.Sscan(words[1], &n); err == nil {
			_, err = p.w.Sim.Act(simulator.Act{Repo: apitest.Repo, Login: "bob", Do: "edit", Issue: n, Title: &words[2]})
		}
	case "body":
		var n int
		if _, err = fmt.Sscan(words[1], &n); err == nil {
			text := lines(words[2])
			_, err = p.w.Sim.Act(simulator.Act{Repo: apitest.Repo, Login: "bob", Do: "edit", Issue: n, Body: &text})
		}
	case "quarantine":
		err = p.quarantine(words[1])
	case "repo":
		p.w.Sim.AddRepo("octo", words[1])
	case "begin":
		err = p.begin(words[1])
	case "work":
		err = p.w.Work(context.Background())
	case "revoke":
		p.w.Sim.AddToken(apitest.Token, simulator.Token{Login: "extsync-bot", Revoked: true})
		p.w.Sim.AddToken("ghp_next", simulator.Token{Login: "extsync-bot", Push: true})
	default:
		p.t.Fatalf("unknown act %q", words[0])
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// begin begins a session and leaves it running.
func (p *player) begin(session string) error {
	ctx := p.t.Context()
	var projects []store.Project
	err := p.w.Store.Tx(ctx, func(tx store.Tx) (err error) {
		projects, err = tx.ListProjects(ctx)
		return err
	})
	if err == nil {
		_, err = p.w.Engine.Begin(ctx, session, projects[0].ID, store.Incremental)
	}
	return err
}

// lines makes line ends of what stands for them in a script.
func lines(word string) string { return strings.ReplaceAll(word, `\n`, "\n") }

// quarantine sets the first linked ticket aside, as a session does after many tries.
func (p *player) quarantine(reason string) error {
	ctx := p.t.Context()
	return p.w.Store.Tx(ctx, func(tx store.Tx) error {
		projects, err := tx.ListProjects(ctx)
		if err != nil {
			return err
		}
		links, err := tx.LinksOf(ctx, projects[0].ID, external.KindTicket, "", 1)
		if err != nil {
			return err
		}
		links[0].State, links[0].Reason, links[0].Attempts = store.Quarantined, reason, 5
		return tx.UpdateLink(ctx, links[0])
	})
}

// split takes a line apart at spaces outside single quotes.
func split(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
