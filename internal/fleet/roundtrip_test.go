package fleet_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/store"
)

// shared opens a file of the optional folder of real data beside the repository; without
// it the test is skipped and says so.
func shared(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path)))
	if err != nil {
		t.Skipf("SKIPPED: needs ../shared/%s beside the repository: %v", path, err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// ivy is a repository with real issues and comments, and a Jira project that they go on to.
type ivy struct {
	*world
	github *fleet.Member
	jira   *fleet.Member
	site   *fleet.Jira
}

func newIvy(t *testing.T, dataCenter bool) *ivy {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 9, Allow: true})
	repo := w.GitHub()
	w.must(repo.Repo.Seed(shared(t, "data/github-ivy/issues.json"), shared(t, "data/github-ivy/comments.json")))
	site, err := w.Jira(fleet.JiraOptions{DataCenter: dataCenter})
	w.must(err)
	v := &ivy{world: w, site: site}
	v.github, err = w.Connect(t.Context(), fleet.Spec{Site: repo})
	w.must(err)
	v.jira, err = w.Connect(t.Context(), fleet.Spec{Site: site, PassOn: []*fleet.Member{v.github}})
	w.must(err)
	w.must(w.PassOn(t.Context(), v.jira, v.github))
	return v
}

// texts are all texts of a place, raw, by the id of their item.
func texts(m *fleet.Member) map[string]string {
	out := map[string]string{}
	for _, s := range m.Site.Look() {
		out[s.ID] = s.Raw
		for _, c := range s.Comments {
			out["comment "+c.ID] = c.Raw
		}
	}
	return out
}

// same fails for every text that is not what it was, but for those that may.
func (v *ivy) same(place string, was, is map[string]string, may ...string) {
	v.Helper()
	for id, text := range was {
		if is[id] != text && !slices.Contains(may, id) {
			v.Errorf("%s: the text of %s changed from\n%q\nto\n%q", place, id, text, is[id])
		}
	}
	if len(was) != len(is) {
		v.Errorf("%s: %d texts, were %d", place, len(is), len(was))
	}
}

// refused looks that every text is in Jira, or kept from it for a reason that a person
// can see: at most so many, and the comments of those issues.
func (v *ivy) refused(most int) {
	v.Helper()
	var reasons []string
	written, waiting := 0, 0
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		links, err := v.Links(v.Context(), v.jira, kind)
		v.must(err)
		for _, l := range links {
			switch {
			case l.State == store.Live:
				written++
			case l.State == store.Quarantined && strings.Contains(l.Reason, "cannot hold"):
				reasons = append(reasons, l.Reason)
			case kind == external.KindComment && l.State == store.Backlog:
				waiting++
			default:
				v.Errorf("%s %s is %s: %q", kind, l.LocalID, l.State, l.Reason)
			}
		}
	}
	v.Logf("%d texts are in Jira; %d were refused, and %d comments wait for their issue: %q", written, len(reasons), waiting, reasons)
	if len(reasons) > most {
		v.Errorf("%d texts were refused, want at most %d", len(reasons), most)
	}
}

// sweep has every item read anew, so that nothing hides behind an unchanged stamp.
func (v *ivy) sweep() {
	v.Helper()
	for _, m := range v.Members() {
		_, err := v.Session(v.Context(), m, store.Reconcile)
		v.must(err)
	}
	v.settle()
}

// TestRealTextsGoRound sends the issues and comments of a real repository to Jira and
// looks what comes back.
func TestRealTextsGoRound(t *testing.T) {
	t.Parallel()
	const most = 1 // a comment in raw HTML
	for _, name := range []string{"data center", "cloud"} {
		if underRace && name == "cloud" {
			break
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newIvy(t, name == "data center")
			authored := texts(v.github)
			v.settle()
			v.refused(most)
			v.same("GitHub, first pass", authored, texts(v.github))
			there := texts(v.jira)
			v.Reset()
			v.settle()
			v.sweep()
			if total, each := v.Writes(); total > 0 {
				t.Errorf("the second pass wrote %d times, %v: %v", total, each, v.kinds())
			}
			v.same("GitHub, second pass", authored, texts(v.github))
			v.same("Jira, second pass", there, texts(v.jira))
			v.editThere(name == "data center")
			v.editAtGitHub()
		})
	}
}

const phrase = "edited by a person"

func plainStart(s string) bool {
	return s != "" && !strings.ContainsAny(s[:1], "*#{|-h!>") && !strings.Contains(s, "{code") && !strings.Contains(s, "{noformat")
}

func plainEnd(s string) bool {
	last := s[len(s)-1]
	return last == '.' || last >= 'a' && last <= 'z'
}

// editThere has a person add a phrase to one paragraph of each of some issues in Jira.
func (v *ivy) editThere(dataCenter bool) {
	v.Helper()
	edited := 0
	for n, s := range v.jira.Site.Look() {
		if n%3 != 0 || !v.amend(s, dataCenter) {
			continue
		}
		before := texts(v.github)
		here, err := v.TicketOf(v.Context(), v.jira, s.ID)
		v.must(err)
		there, err := v.LinkOf(v.Context(), v.github, here.ID)
		v.must(err)
		v.settle()
		after := texts(v.github)
		v.same("GitHub after an edit in Jira", before, after, there.ExternalID)
		v.oneParagraph(there.ExternalKey, before[there.ExternalID], after[there.ExternalID])
		edited++
	}
	if edited < 5 {
		v.Errorf("%d issues were edited in Jira, want some more for a proof", edited)
	}
	v.Logf("%d issues were edited in Jira", edited)
}

// amend adds the phrase to the first paragraph that has a text of its own; it reports
// whether there is one.
func (v *ivy) amend(s fleet.Seen, dataCenter bool) (done bool) {
	v.Helper()
	var body any
	if dataCenter {
		blocks := strings.Split(s.Raw, "\n\n")
		k := slices.IndexFunc(blocks, func(b string) bool { return plainStart(b) && plainEnd(b) })
		if k < 0 {
			return false
		}
		blocks[k] += " " + phrase
		body = strings.Join(blocks, "\n\n")
	} else {
		var doc map[string]any
		if s.Raw == "" || json.Unmarshal([]byte(s.Raw), &doc) != nil || !amendDoc(doc) {
			return false
		}
		body = doc
	}
	v.site.Sim.World(func(w *model.World) {
		err := w.EditIssue(model.Caller{User: w.User("ada"), Wiki: dataCenter}, w.Issue(s.ID), model.Input{Fields: map[string]any{"description": body}})
		if err != nil {
			v.Fatal(err)
		}
	})
	return true
}

// amendDoc adds the phrase to the first paragraph of a document that ends in a plain text.
func amendDoc(doc map[string]any) bool {
	blocks, _ := doc["content"].([]any)
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		inline, _ := block["content"].([]any)
		if block["type"] != "paragraph" || len(inline) == 0 {
			continue
		}
		last, _ := inline[len(inline)-1].(map[string]any)
		text, _ := last["text"].(string)
		if last["type"] != "text" || last["marks"] != nil || !plainEnd(text) {
			continue
		}
		last["text"] = text + " " + phrase
		return true
	}
	return false
}

// oneParagraph fails unless two Markdown texts differ within one paragraph alone.
func (v *ivy) oneParagraph(key, was, is string) {
	v.Helper()
	if !strings.Contains(is, phrase) {
		v.Errorf("issue %s: the edit did not arrive: %q", key, is)
		return
	}
	if strings.Replace(is, " "+phrase, "", 1) == was {
		return
	}
	old, now := lines(was), lines(is)
	for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	if slices.Contains(old, "") || slices.Contains(now, "") {
		v.Errorf("issue %s: more than one paragraph changed, from\n%q\nto\n%q", key, old, now)
	} else {
		v.Logf("issue %s: the edited paragraph changed from %q to %q", key, old, now)
	}
}

func lines(s string) []string { return strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") }

// editAtGitHub has people add a phrase to one paragraph of some issues at GitHub.
func (v *ivy) editAtGitHub() {
	v.Helper()
	edited := 0
	for n, s := range v.github.Site.Look() {
		blocks := strings.Split(strings.ReplaceAll(s.Body, "\r\n", "\n"), "\n\n")
		k := slices.IndexFunc(blocks, plainParagraph)
		if n%2 == 0 || k < 0 {
			continue
		}
		was := blocks[k]
		before := texts(v.jira)
		v.must(v.github.Site.Edit("ada", s.ID, fleet.Change{Body: p(strings.Replace(s.Body, was, was+" "+phrase, 1))}))
		here, err := v.TicketOf(v.Context(), v.github, s.ID)
		v.must(err)
		there, err := v.LinkOf(v.Context(), v.jira, here.ID)
		v.must(err)
		v.settle()
		after := texts(v.jira)
		v.same("Jira after an edit at GitHub", before, after, there.ExternalID)
		if there.State == store.Live {
			v.oneBlock(there.ExternalKey, before[there.ExternalID], after[there.ExternalID])
			edited++
		}
	}
	if edited < 5 {
		v.Errorf("%d issues were edited at GitHub, want some more for a proof", edited)
	}
	v.Logf("%d issues were edited at GitHub", edited)
}

// plainParagraph reports whether a block of Markdown is one line that is nothing else
// anywhere.
func plainParagraph(b string) bool {
	return b != "" && plainStart(b) && plainEnd(b) && !strings.ContainsAny(b, "`>#*|<\n\t") && !strings.HasPrefix(b, " ")
}

// oneBlock fails unless two of Jira's texts differ within one block alone.
func (v *ivy) oneBlock(key, was, is string) {
	v.Helper()
	if !strings.Contains(is, phrase) {
		v.Errorf("issue %s: the edit did not arrive: %q", key, is)
		return
	}
	old, now := blocksOf(was), blocksOf(is)
	different := 0
	for n := range min(len(old), len(now)) {
		if old[n] != now[n] {
			different++
		}
	}
	if different != 1 || len(old) != len(now) {
		v.Errorf("issue %s: %d of %d blocks changed (now %d), want one:\n%q\n%q", key, different, len(old), len(now), old, now)
	}
}

// blocksOf are the top blocks of a document, or the paragraphs of wiki markup.
func blocksOf(raw string) (out []string) {
	var doc struct {
		Content []json.RawMessage `json:"content"`
	}
	if json.Unmarshal([]byte(raw), &doc) != nil {
		return strings.Split(raw, "\n\n")
	}
	for _, b := range doc.Content {
		out = append(out, string(b))
	}
	return out
}
