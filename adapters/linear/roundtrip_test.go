package linear_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/fleet"
)

const phrase = " Edited by a person."

// ring is a repository whose issues and comments go on to a team of Linear, and come back.
type ring struct {
	*testing.T
	*fleet.Fleet
	github, linear *fleet.Member
}

func newRing(t *testing.T, fill func(*fleet.GitHub) error) *ring {
	t.Helper()
	r := &ring{T: t, Fleet: fleet.New(fleet.Options{Seed: 11, Allow: true})}
	repo := r.GitHub()
	r.must(fill(repo))
	var err error
	r.github, err = r.Connect(t.Context(), fleet.Spec{Site: repo})
	r.must(err)
	r.linear, err = r.Connect(t.Context(), fleet.Spec{Site: r.Linear(), PassOn: []*fleet.Member{r.github}})
	r.must(err)
	r.must(r.PassOn(t.Context(), r.linear, r.github))
	r.settle()
	return r
}

func (r *ring) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *ring) settle() {
	r.Helper()
	_, err := r.Settle(r.Context())
	r.must(err)
}

// atGitHub is the issue at GitHub of one in Linear.
func (r *ring) atGitHub(id string) fleet.Seen {
	r.Helper()
	here, err := r.TicketOf(r.Context(), r.linear, id)
	r.must(err)
	link, err := r.LinkOf(r.Context(), r.github, here.ID)
	r.must(err)
	for _, s := range r.github.Site.Look() {
		if s.ID == link.ExternalID {
			return s
		}
	}
	r.Fatalf("issue %s is not at GitHub", link.ExternalID)
	return fleet.Seen{}
}

// texts are all texts at GitHub, by the id of their item.
func (r *ring) texts() map[string]string {
	out := map[string]string{}
	for _, s := range r.github.Site.Look() {
		out[s.ID] = s.Raw
		for _, c := range s.Comments {
			out["comment "+c.ID] = c.Raw
		}
	}
	return out
}

// same fails for every text that is not what it was, but for one.
func (r *ring) same(was map[string]string, but string) {
	r.Helper()
	is := r.texts()
	for id, text := range was {
		if is[id] != text && id != but {
			r.Errorf("the text of %s changed from\n%q\nto\n%q", id, text, is[id])
		}
	}
	if len(was) != len(is) {
		r.Errorf("%d texts, were %d", len(is), len(was))
	}
}

// TestOneParagraphEditedInLinear sends a text from GitHub to Linear, which respells all of
// it. One paragraph is edited there, and at GitHub the body differs in that one alone.
func TestOneParagraphEditedInLinear(t *testing.T) {
	const body = "Steps\r\n=====\r\n\r\n- open it\r\n- __wait__\r\n\r\nIt breaks here.\r\n\r\n~~~ go\r\nx := 1\r\n~~~\r\n\r\n<!-- form -->\r\n\r\nThanks!  \r\n"
	const remark = "- yes\n- no\n\nI see it too.\n\n\n__Really__."
	title, said := "a bug", remark
	text := body
	r := newRing(t, func(repo *fleet.GitHub) error {
		id, err := repo.Create("ada", fleet.Change{Title: &title, Body: &text})
		if err == nil {
			_, err = repo.Comment("bob", id, said)
		}
		return err
	})
	shown := r.linear.Site.Look()[0]
	if shown.Body == body || !strings.Contains(shown.Body, "* open it") || len(shown.Comments) != 1 {
		t.Fatalf("Linear shows %q and %d comments, want the text respelled and one", shown.Body, len(shown.Comments))
	}
	edited := strings.Replace(shown.Body, "It breaks here.", "It breaks there."+phrase, 1)
	r.must(r.linear.Site.Edit("bob", shown.ID, fleet.Change{Body: &edited}))
	r.settle()
	want := strings.Replace(body, "It breaks here.", "It breaks there."+phrase, 1)
	if got := r.atGitHub(shown.ID).Body; got != want {
		t.Errorf("GitHub holds\n%q, want\n%q", got, want)
	}
	c := shown.Comments[0]
	r.must(r.linear.Site.EditComment(c.Author, shown.ID, c.ID, c.Body+"\n\nAgain.")) // people sign in with the account that made it
	r.settle()
	if got := r.atGitHub(shown.ID).Comments[0].Body; got != remark+"\n\nAgain." {
		t.Errorf("GitHub's comment is\n%q, want\n%q", got, remark+"\n\nAgain.")
	}
	r.quiet()
}

// quiet fails when anything is written though nothing changed.
func (r *ring) quiet() {
	r.Helper()
	r.Reset()
	r.settle()
	if total, each := r.Writes(); total > 0 {
		r.Errorf("%d writes though nothing changed: %v", total, each)
	}
}

// TestRealTextsThroughLinear sends the issues and comments of a real repository to Linear
// and has people edit one paragraph of some there: at GitHub that one changes, and no
// other byte of any text.
func TestRealTextsThroughLinear(t *testing.T) {
	t.Parallel()
	open := func(name string) *os.File {
		f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "github-ivy", name))
		if err != nil {
			t.Skipf("SKIPPED: needs ../shared/data/github-ivy/%s beside the repository: %v", name, err)
		}
		t.Cleanup(func() { _ = f.Close() }) // read only
		return f
	}
	issues, comments := open("issues.json"), open("comments.json")
	r := newRing(t, func(repo *fleet.GitHub) error { return repo.Repo.Seed(issues, comments) })
	authored := r.texts()
	r.quiet()
	r.same(authored, "")
	edits := 0
	for n, shown := range r.linear.Site.Look() {
		was := r.atGitHub(shown.ID)
		p := plainParagraph(shown.Body, was.Body)
		if n%4 != 0 || p == "" {
			continue
		}
		before := r.texts()
		edited := strings.Replace(shown.Body, p, p+phrase, 1)
		r.must(r.linear.Site.Edit("ada", shown.ID, fleet.Change{Body: &edited}))
		r.settle()
		r.same(before, was.ID)
		head, tail, _ := strings.Cut(was.Body, p)
		if got, want := r.atGitHub(shown.ID).Body, head+p+phrase+strings.TrimLeft(tail, " "); got != want {
			t.Errorf("issue %s: GitHub holds\n%q, want\n%q", was.Key, got, want)
		}
		edits++
	}
	if edits < 10 {
		t.Errorf("only %d edits", edits)
	}
	t.Logf("%d texts at GitHub, %d edits in Linear", len(authored), edits)
}

// plainParagraph is a paragraph that both sides spell alike and have once.
func plainParagraph(shown, authored string) string {
	blocks := strings.Split(shown, "\n\n")
	for i, p := range blocks {
		if plain(p) && !fenced(blocks[:i]) && strings.Count(shown, p) == 1 && strings.Count(authored, p) == 1 {
			return p
		}
	}
	return ""
}
