package github_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/ticket"
)

func TestReadReturnsTheItemsInOrder(t *testing.T) {
	d := newDesk(t)
	one, two := d.open("one"), d.open("two")
	d.Made()
	items, err := d.Tested.Read(t.Context(), []external.Ref{two.Ref, one.Ref})
	if err != nil || len(items) != 2 || items[0].ID != two.ID || items[1].ID != one.ID {
		t.Fatalf("%+v, %v", items, err)
	}
	if calls := d.Made(); calls != "issues.get issues.get" {
		t.Errorf("calls %q, want one each", calls)
	}
	if i := items[1]; i.Author != someone || i.URL == "" || i.CreatedAt.IsZero() || i.UpdatedAt.Location().String() != "UTC" ||
		!i.Fields["body"].Equal(ticket.Text("body of one")) || !i.Fields["labels"].IsSet() {
		t.Errorf("item %+v", i)
	}
}

func TestADeletedIssueIsGone(t *testing.T) { // 410
	d := newDesk(t)
	i := d.open("one")
	body := "hi"
	c := d.act(simulator.Act{Do: "comment", Issue: 1, Body: &body}).Comment
	comment := d.Look(external.Ref{Kind: external.KindComment, Key: itoa(int(c))})
	d.act(simulator.Act{Do: "delete", Issue: 1})
	for _, ref := range []external.Ref{i.Ref, comment.Ref, {Kind: external.KindTicket, ID: "I_x", Key: "77"}} { // 77 was never there: 404
		if got := d.Look(ref); !got.Gone || got.Ref != ref {
			t.Errorf("%+v, want gone", got)
		}
	}
}

func TestATransferredIssueIsGoneAndSaysWhere(t *testing.T) { // 301, followed
	d := newDesk(t)
	other := d.sim.AddRepo("octo", "other")
	i := d.open("one")
	d.act(simulator.Act{Do: "transfer", Issue: 1, To: "octo/other"})
	got := d.Look(i.Ref)
	id := ""
	other.View(func(r *model.Repo) { id = itoa(int(r.ID)) })
	if !got.Gone || !strings.HasSuffix(got.MovedTo, "octo/other/issues/1") || got.Home.Project != id || got.Home.Key != "1" || got.Home.ID == "" {
		t.Errorf("%+v, want gone to octo/other, which is %s", got, id)
	}
	other.Rename("renamed")
	if again := d.Look(i.Ref); again.Home != got.Home {
		t.Errorf("%+v, want the same place: a repository keeps its id when it is renamed", again.Home)
	}
	unknown := d.Look(external.Ref{Kind: external.KindTicket, Key: "1"})
	if !unknown.Gone {
		t.Errorf("%+v: also where the id is not known, another repository's issue is not ours", unknown)
	}
}

func TestAWriteToATransferredIssueChangesNothing(t *testing.T) {
	// net/http would turn the redirected PATCH into a GET, which succeeds.
	d := newDesk(t)
	d.sim.AddRepo("octo", "other")
	i := d.open("one")
	d.act(simulator.Act{Do: "transfer", Issue: 1, To: "octo/other"})
	for _, c := range []external.Fields{{"title": text("new")}, {"labels": set("bug")}, {"assignees": set(bot)}} {
		_, err := d.Try(d.Tested, outbound.Content{Action: outbound.Update, Ref: i.Ref, Set: c})
		want(t, err, external.Moved)
	}
	_, err := d.Try(d.Tested, outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: "1"}, Set: external.Fields{"body": text("x")}})
	want(t, err, external.Moved)
}

func TestARenamedRepositoryIsReadAndNotWritten(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	p, err := d.Tested.Project(t.Context())
	if err != nil || p.Key != "octo/hello" || p.ID == "" {
		t.Fatalf("%+v, %v", p, err)
	}
	d.act(simulator.Act{Do: "rename_repo", To: "goodbye"})
	if got := d.Look(i.Ref); got.Gone || got.ID != i.ID {
		t.Errorf("%+v, want the issue: the redirect leads to the same one", got)
	}
	now, err := d.Tested.Project(t.Context())
	if err != nil || now.Key != "octo/goodbye" || now.ID != p.ID {
		t.Errorf("%+v, %v; want the same project at its new name", now, err)
	}
	_, err = d.Try(d.Tested, outbound.Content{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{"title": text("new")}})
	want(t, err, external.Moved, "present name")
}

func TestAnotherRepositoryUnderTheOldName(t *testing.T) {
	d := newDesk(t)
	p, err := d.Tested.Project(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := d.open("one")
	d.act(simulator.Act{Do: "rename_repo", To: "goodbye"})
	d.repo = d.sim.AddRepo("octo", "hello")
	d.open("a stranger with number 1")
	d.Tested = d.connect(adapters.Config{Token: "tok", ProjectID: p.ID})
	if now, err := d.Tested.Project(t.Context()); err != nil || now.ID == p.ID {
		t.Errorf("%+v, %v; want it told as another repository, by its id", now, err)
	}
	if got := d.Look(i.Ref); !got.Gone {
		t.Errorf("%+v: the number belongs to another issue now", got)
	}
	_, err = d.Try(d.Tested, outbound.Content{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{"assignees": {}}, Now: external.Fields{"assignees": set("x")}})
	want(t, err, external.Moved, "another issue")
}

func TestAPullRequestIsNoItem(t *testing.T) {
	d := newDesk(t)
	title, body := "pr", "on a pull request"
	n := d.act(simulator.Act{Do: "open_pr", Title: &title}).Issue
	c := d.act(simulator.Act{Do: "comment", Issue: n, Body: &body}).Comment
	for _, ref := range []external.Ref{
		{Kind: external.KindTicket, Key: itoa(n)}, {Kind: external.KindComment, Key: itoa(int(c))},
	} {
		if got := d.Look(ref); !got.Gone {
			t.Errorf("%+v, want no item", got)
		}
	}
}

func TestReadWithoutANumber(t *testing.T) {
	d := newDesk(t)
	for _, ref := range []external.Ref{
		{Kind: external.KindTicket, Key: "../../user"}, {Kind: external.KindComment, Key: ""}, {Kind: external.KindContainer, Key: "1"},
	} {
		_, err := d.Tested.Read(t.Context(), []external.Ref{ref})
		want(t, err, external.Invalid)
	}
	if d.Made() != "" {
		t.Error("something was sent")
	}
}

func TestOwnMarkersAreTakenOutAndForgedOnesStay(t *testing.T) {
	d := newDesk(t)
	forged := "hello\n\n<!-- extsync:k-forged -->"
	title := "x"
	d.act(simulator.Act{Do: "open", Title: &title, Body: &forged})
	got := d.Look(external.Ref{Kind: external.KindTicket, Key: "1"})
	if got.CreateKey != "" || got.Fields["body"].Text() != forged {
		t.Errorf("key %q, body %q; want the text as it is", got.CreateKey, got.Fields["body"])
	}
	i := d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, CreateKey: ownKey, Set: external.Fields{"title": text("a"), "body": text("b")}})[0]
	behind := d.issue(2).Text() + "\r\nadded behind the marker"
	d.act(simulator.Act{Do: "edit", Issue: 2, Body: &behind})
	if got := d.Look(i.Ref); got.CreateKey != ownKey || got.Fields["body"].Text() != "b\n\nadded behind the marker" {
		t.Errorf("key %q, body %q", got.CreateKey, got.Fields["body"])
	}
}

func TestSchemaListsMilestonesLabelsAndPeople(t *testing.T) {
	d := newDesk(t)
	d.open("one")
	d.act(simulator.Act{Do: "milestone", Issue: 1, To: "v1"})
	closed := "closed"
	d.repo.View(func(r *model.Repo) {
		if err := r.EditMilestone(r.Milestones()[0], model.MilestonePatch{State: &closed}); err != nil {
			t.Error(err)
		}
	})
	var many []string
	for n := range 120 { // more than a page
		many = append(many, "label "+itoa(n))
	}
	d.act(simulator.Act{Do: "label", Issue: 1, Names: many})
	s, err := d.Tested.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Labels) != 129 || len(s.Containers) != 1 || s.Containers[0].Name != "v1" || s.Containers[0].Field != "milestone" || s.Containers[0].Key != "1" {
		t.Errorf("%d labels, containers %+v", len(s.Labels), s.Containers)
	}
	if fmt.Sprint(s.People) != "[{ada-m  } {extsync-bot  } {octo  }]" {
		t.Errorf("people %v", s.People)
	}
}

func TestProjectsListsRepositoriesWithIssues(t *testing.T) {
	// The simulator serves no list of repositories: these are GitHub's own fields.
	answers := map[string]string{
		"": `[{"id":1,"name":"hello","full_name":"octo/hello","html_url":"https://github.com/octo/hello","private":true,"has_issues":true},
			{"id":2,"name":"wiki","full_name":"octo/wiki","has_issues":false}]`,
		"2": `[{"id":3,"name":"old","full_name":"octo/old","has_issues":true,"archived":true},
			{"id":4,"name":"new","full_name":"octo/new","has_issues":true}]`,
	}
	d := newDesk(t)
	a := d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		page := r.URL.Query().Get("page")
		h := http.Header{}
		if page == "1" {
			page = ""
		}
		if page == "" {
			h.Set("Link", `<https://api.github.com/user/repos?page=2>; rel="next", <https://api.github.com/user/repos?page=2>; rel="last"`)
		}
		return answer(r, http.StatusOK, h, answers[page]), nil
	})})
	got, err := a.Projects(t.Context())
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0] != (external.Project{ID: "1", Key: "octo/hello", Name: "hello", URL: "https://github.com/octo/hello", Private: true}) || got[1].Key != "octo/new" {
		t.Errorf("%+v", got)
	}
}
