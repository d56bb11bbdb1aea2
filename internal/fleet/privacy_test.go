package fleet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/ticket"
)

// secrets are texts that must not be seen where they do not belong. Each stands in one
// field of one item, so that what was seen says what leaked.
type secrets struct {
	suffix string
	made   []string
}

// of returns a word of letters and digits, which no escaping changes.
func (s *secrets) of(what string) string {
	word := "canary" + what + s.suffix
	s.made = append(s.made, word)
	return word
}

// vault is a Jira with confidential issues, with a public repository, a Linear team and a
// peer beside it. Jira's tickets may go on to Linear alone.
type vault struct {
	*world
	jira, github, linear, peer *fleet.Member
	site                       *fleet.Jira
}

func newVault(t *testing.T) *vault {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 3, Allow: true})
	site, err := w.Jira(fleet.JiraOptions{Spec: model.ProjectSpec{Fields: []model.FieldSpec{
		{Name: "Customer", Type: model.TextField}, {Name: "Notes", Type: model.TextArea},
	}}})
	w.must(err)
	v := &vault{world: w, site: site}
	v.jira, err = w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	v.github, err = w.Connect(t.Context(), fleet.Spec{System: "github"})
	w.must(err)
	v.linear, err = w.Connect(t.Context(), fleet.Spec{System: "linear", PassOn: []*fleet.Member{v.jira}})
	w.must(err)
	v.peer, err = w.Connect(t.Context(), fleet.Spec{System: "webhook"})
	w.must(err)
	w.Reset() // a peer is probed by the wall clock
	return v
}

// file has a person fill every field of an issue with secrets.
func (v *vault) file(s *secrets, name string) (id string) {
	v.Helper()
	id, err := v.site.Create("ada", fleet.Change{
		Title: p(s.of(name + "title")), Body: p("Some words.\n\n" + s.of(name+"body")), Label: []string{s.of(name + "label")}, Assignee: p("bob"),
	})
	v.must(err)
	_, err = v.site.Sim.Act(jira.Act{Login: "ada", Do: "edit", Issue: id, Fields: map[string]any{
		v.site.Project.Field("Customer"): s.of(name + "custom"), v.site.Project.Field("Notes"): s.of(name + "notes"),
	}})
	v.must(err)
	_, err = v.site.Comment("bob", id, s.of(name+"comment"))
	v.must(err)
	return id
}

// leaks returns which of the words stand in what was sent to a member.
func leaks(m *fleet.Member, words []string) (found []string) {
	for _, w := range words {
		for _, r := range m.Site.Wire().Sent() {
			if r.Holds(w) {
				found = append(found, w)
				break
			}
		}
	}
	return found
}

// live is a day of work on confidential issues and on public ones.
func (v *vault) live(suffix string) (confidential, locked, local *secrets) {
	v.Helper()
	confidential, locked, local = &secrets{suffix: suffix}, &secrets{suffix: suffix}, &secrets{suffix: suffix}
	v.file(confidential, "shared")
	kept := v.file(locked, "locked")
	_, err := v.Engine.CreateTicket(v.Context(), ticket.Fields{
		ticket.Title: ticket.Text(local.of("heretitle")), ticket.Body: ticket.Text(local.of("herebody")), ticket.Labels: ticket.Set(local.of("herelabel")),
	}, ticket.LocalOnly, "ada")
	v.must(err)
	open, err := v.Engine.CreateTicket(v.Context(), ticket.Fields{ticket.Title: ticket.Text("for everybody")}, ticket.Public, "ada")
	v.must(err)
	_, err = v.Engine.AddComment(v.Context(), open.ID, local.of("herecomment"), ticket.LocalOnly, "ada")
	v.must(err)

	// The second issue is locked between being pulled and being passed on.
	_, err = v.Session(v.Context(), v.jira, "incremental")
	v.must(err)
	here, err := v.TicketOf(v.Context(), v.jira, kept)
	v.must(err)
	_, err = v.Engine.SetPrivacy(v.Context(), here.ID, ticket.LocalOnly, "ada")
	v.must(err)
	v.settle()

	// Work goes on, in Jira, here, and in the repository.
	_, err = v.site.Comment("bob", kept, locked.of("lockedlater"))
	v.must(err)
	v.must(v.site.Edit("ada", kept, fleet.Change{Title: p(locked.of("lockedretitled"))}))
	v.must(v.EditLocal(v.Context(), "ada", here.ID, ticket.Fields{ticket.Body: ticket.Text(locked.of("lockedhere"))}))
	_, err = v.Engine.AddComment(v.Context(), here.ID, locked.of("lockedremark"), "", "ada")
	v.must(err)
	_, err = v.github.Site.Create("ada", fleet.Change{Title: p("public bug"), Body: p("public words")})
	v.must(err)
	v.settle()
	return confidential, locked, local
}

func TestConfidentialIssuesStayWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	confidential, locked, local := v.live("one")
	for _, c := range []struct {
		to     *fleet.Member
		words  []string
		reason string
	}{
		{v.github, confidential.made, "no rule names Jira and the repository"},
		{v.peer, confidential.made, "no rule names Jira and the peer"},
		{v.github, locked.made, "the ticket is local_only"},
		{v.linear, locked.made, "the ticket is local_only, and the rule counts for nothing"},
		{v.peer, locked.made, "the ticket is local_only"},
		{v.jira, local.made, "the ticket is local_only"},
		{v.github, local.made, "the ticket is local_only, or the comment"},
		{v.linear, local.made, "the ticket is local_only, or the comment"},
		{v.peer, local.made, "the ticket is local_only, or the comment"},
		{v.jira, []string{"public words"}, "no rule names the repository and Jira"},
	} {
		if found := leaks(c.to, c.words); len(found) > 0 {
			t.Errorf("%s was sent %v, though %s", c.to.Name, found, c.reason)
		}
	}
	for _, m := range v.Members() { // what may leave does
		shown := false
		for _, s := range m.Site.Look() {
			shown = shown || s.Title == "for everybody"
		}
		if !shown {
			t.Errorf("%s does not show the public ticket", m.Name)
		}
	}
	if found := leaks(v.linear, confidential.made); len(found) < 4 {
		t.Errorf("Linear was sent %v alone, though the rule lets title, body, label and comment pass", found)
	}
	if found := leaks(v.jira, locked.made); len(found) > 0 {
		t.Errorf("Jira was sent %v, though the ticket is local_only", found)
	}

	v.must(v.PassOn(t.Context(), v.jira, v.github)) // the grep finds what there is to find
	v.settle()
	if found := leaks(v.github, confidential.made); len(found) < 4 {
		t.Errorf("under the rule GitHub was sent %v alone", found)
	}
	if found := leaks(v.github, locked.made); len(found) > 0 {
		t.Errorf("under the rule GitHub was sent %v, though that ticket is local_only", found)
	}
}

// TestOtherSecretsSameRequests runs twice with other private data: what leaves is the same,
// byte for byte, at every place that may not see them.
func TestOtherSecretsSameRequests(t *testing.T) {
	t.Parallel()
	sent := func(suffix string) map[string]string {
		v := newVault(t)
		v.live(suffix)
		out := map[string]string{}
		for _, m := range []*fleet.Member{v.github, v.peer} {
			var b strings.Builder
			for _, r := range m.Site.Wire().Sent() {
				fmt.Fprintf(&b, "%s %s\n%s\n", r.Method, r.URL, r.Body)
			}
			out[m.Name] = b.String()
		}
		return out
	}
	one, other := sent("one"), sent("quiteanotherandlonger")
	for name, requests := range one {
		if requests == "" {
			t.Errorf("%s was sent nothing at all", name)
		}
		if requests != other[name] {
			a, b := firstDifference(requests, other[name])
			t.Errorf("%s was sent other requests:\n%.300s\n%.300s", name, a, b)
		}
	}
}

func firstDifference(a, b string) (string, string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for n := range min(len(x), len(y)) {
		if x[n] != y[n] {
			return x[n], y[n]
		}
	}
	return fmt.Sprint(len(x), " lines"), fmt.Sprint(len(y), " lines")
}
