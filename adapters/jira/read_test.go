package jira_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// newComment is the content of a new comment.
func newComment(on external.Ref, words string) outbound.Content {
	return outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: on.Key},
		Set: external.Fields{"body": text(words)}, CreateKey: ownKey}
}

// TestKeysChangeAndIDsStay: a renamed or moved issue is found by its id.
func TestKeysChangeAndIDsStay(t *testing.T) {
	editions(t, func(d *desk) {
		d.add(model.ProjectSpec{Key: "OTH"})
		ref := d.open("wanders")
		d.act(simulator.Act{Do: "move", Issue: ref.ID, To: "OTH"})
		if got := d.Look(ref); !got.Gone || !strings.HasSuffix(got.MovedTo, "/OTH-1") || got.Home.ID != ref.ID || got.Home.Key != "OTH-1" || got.Home.Project == "" {
			d.Errorf("moved away: got %+v", got)
		}
		d.act(simulator.Act{Do: "move", Issue: ref.ID, To: "ABC"})
		got := d.Look(ref)
		if got.Gone || got.ID != ref.ID || got.Key == "" {
			d.Errorf("moved back: got %+v", got.Ref)
		}
		if got := d.Look(external.Ref{Kind: external.KindTicket, Key: got.Key}); got.ID != ref.ID {
			d.Errorf("by its key: got %+v", got.Ref)
		}
		item := d.push(edit(external.Item{Ref: external.Ref{Kind: external.KindTicket, ID: ref.ID, Key: "ABC-999"}}, external.Fields{"summary": text("by id")}))
		if item.ID != ref.ID || item.Key != got.Key || item.Fields["summary"].Text() != "by id" {
			d.Errorf("written by id: got %+v", item.Ref)
		}
	})
}

// TestReadsAreBatched: a hundred issues and a thousand comments go into one call each.
func TestReadsAreBatched(t *testing.T) {
	d := newDesk(t)
	var refs []external.Ref
	for n := range 150 {
		ref := d.open(fmt.Sprintf("issue %d", n))
		refs = append(refs, ref, d.remark(ref, "comment"))
	}
	d.Tested = d.connect(adapters.Config{})
	d.Made()
	items, err := d.Tested.Read(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for n, i := range items {
		if i.ID != refs[n].ID || i.Gone {
			t.Fatalf("answer %d: got %+v", n, i.Ref)
		}
	}
	if made := d.Made(); made != "fields.list issues.bulkfetch issues.bulkfetch comments.bulk" {
		t.Errorf("got %s", made)
	}
	_, err = d.Tested.Read(t.Context(), []external.Ref{{Kind: external.KindContainer, ID: "1"}})
	want(t, err, external.Invalid, "only issues and comments")
}

// TestIssuesThatABulkReadLeavesOut: Jira may leave issues out of a read of many and name them as errors; they
// are neither gone nor unchanged, and are read singly.
func TestIssuesThatABulkReadLeavesOut(t *testing.T) {
	d := newDesk(t)
	shown, left, deleted := d.open("shown"), d.open("left out"), d.open("deleted")
	status := http.StatusOK
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		if status != http.StatusOK && strings.HasSuffix(r.URL.Path, "/issue/"+left.ID) {
			return answer(r, status, `{}`), nil
		}
		resp, err := d.sim.Transport().RoundTrip(r)
		if err != nil || !strings.HasSuffix(r.URL.Path, "/issue/bulkfetch") {
			return resp, err
		}
		var page struct {
			Issues []map[string]any `json:"issues"`
			Errors []map[string]any `json:"issueErrors"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
			return nil, err
		}
		page.Issues = slices.DeleteFunc(page.Issues, func(i map[string]any) bool { return i["id"] == left.ID })
		page.Errors = []map[string]any{{"id": left.ID, "errorMessage": "Could not be fetched."}}
		body, err := json.Marshal(page)
		return answer(r, http.StatusOK, string(body)), err
	})
	d.Tested = d.connect(adapters.Config{})
	d.act(simulator.Act{Do: "delete", Issue: deleted.ID})
	items, err := d.Tested.Read(t.Context(), []external.Ref{shown, left, deleted})
	if err != nil || items[0].Gone || items[1].Gone || items[1].Fields["summary"].Text() != "left out" || !items[2].Gone {
		t.Errorf("read: %+v, %v", items, err)
	}
	if items := d.walk(external.Window{}, nil); len(items) != 2 {
		t.Errorf("the list shows %d issues", len(items))
	}
	status = http.StatusServiceUnavailable
	_, err = d.Tested.Read(t.Context(), []external.Ref{shown, left})
	want(t, err, external.Temporary, "503")
	_, err = d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	want(t, err, external.Temporary, "503")
}

// TestCommentWithoutItsIssue: Cloud finds it by its number alone; Data Center cannot, and it
// is not taken for one that is gone.
func TestCommentWithoutItsIssue(t *testing.T) {
	editions(t, func(d *desk) {
		ref := d.remark(d.open("x"), "comment")
		ref.Parent = ""
		items, err := d.Tested.Read(d.Context(), []external.Ref{ref})
		if d.edition == simulator.DataCenter {
			want(d.T, err, external.Invalid, "which issue")
			return
		}
		if err != nil || items[0].Gone || items[0].ID != ref.ID {
			d.Errorf("got %+v, %v", items, err)
		}
	})
}

// TestHiddenAndDeletedLookAlike: Jira answers 404 for both, and the engine tells them
// apart by the project as a whole.
func TestHiddenAndDeletedLookAlike(t *testing.T) {
	editions(t, func(d *desk) {
		ref := d.open("short-lived")
		c := d.remark(ref, "comment")
		d.act(simulator.Act{Do: "delete", Issue: ref.ID})
		if !d.Look(ref).Gone || !d.Look(c).Gone {
			d.Error("the deleted can still be read")
		}
		_, err := d.try(edit(external.Item{Ref: ref}, external.Fields{"summary": text("x")}))
		want(d.T, err, external.NotFound)
	})
}

// TestASecurityLevelIsTold however the issue is seen, unless the settings have it pass for any other.
func TestASecurityLevelIsTold(t *testing.T) {
	editions(t, func(d *desk) {
		ref := d.open("leak of keys")
		secure := func(level string) { d.act(simulator.Act{Do: "secure", Issue: ref.ID, To: level}) }
		secure("Staff")
		d.open("open to all")
		for _, page := range [][]external.Item{{d.Look(ref)}, d.walk(external.Window{}, nil)} {
			for _, item := range page {
				if is := strings.Contains(item.Restricted(), `"Staff"`); is != (item.ID == ref.ID) {
					d.Errorf("%s is restricted: %q", item.Fields["summary"].Text(), item.Restricted())
				}
			}
		}
		if got := d.push(edit(d.Look(ref), external.Fields{"summary": text("leak")})).Restricted(); got == "" {
			d.Errorf("the answer to a write does not tell of it")
		}
		asked := d.Tested
		d.Tested = d.connect(adapters.Config{Settings: d.settings(func(s *jira.Settings) { s.SecuredIssues = true })})
		if got := d.Look(ref).Restricted(); got != "" {
			d.Errorf("with secured_issues: %q", got)
		}
		d.Tested = asked
		if secure(""); d.Look(ref).Restricted() != "" {
			d.Errorf("taken off, and still told")
		}
	})
}

// TestARestrictionToRolesIsTold: team-managed projects have that in place of security levels.
func TestARestrictionToRolesIsTold(t *testing.T) {
	d := newDesk(t)
	spec := d.spec("TEA")
	spec.TeamManaged = true
	d.project = d.add(spec)
	d.Tested = d.connect(adapters.Config{})
	ref := d.open("leak of keys")
	for role, is := range map[string]bool{"Administrators": true, "": false} {
		d.act(simulator.Act{Do: "secure", Issue: ref.ID, To: role})
		if got := d.Look(ref).Restricted(); strings.Contains(got, "some roles") != is {
			d.Errorf("restricted to %q: %q", role, got)
		}
	}
}

// TestRestrictedCommentsStay: what fewer may see than the issue is not shown, however it
// is asked for and whether or not our account is among them, and does not count as a
// comment that was cut off.
func TestRestrictedCommentsStay(t *testing.T) {
	editions(t, func(d *desk) {
		d.sim.AddUser(model.User{Login: bot, AccountID: bot, Key: "JIRAUSER-bot", Roles: []string{"Developers"}})
		d.sim.AddUser(model.User{Login: someone, AccountID: someone, Key: "JIRAUSER-some", Roles: []string{"Developers"}, Groups: []string{"staff"}})
		d.serve()
		on := d.open("x")
		open, agents := d.remark(on, "for all"), d.remark(on, "for agents")
		hidden := []external.Ref{agents}
		for _, v := range []model.Visibility{{Type: "role", Value: "Developers"}, {Type: "group", Value: "staff"}} {
			words := "for some"
			made := d.act(simulator.Act{Do: "comment", Issue: on.ID, Text: &words, Visible: &v})
			hidden = append(hidden, external.Ref{Kind: external.KindComment, ID: made.Comment, Key: made.Comment, Parent: on.Key})
		}
		d.internal(agents)
		d.Tested = d.connect(adapters.Config{})
		var shown []string
		for _, i := range d.walk(external.Window{}, nil) {
			if i.Kind == external.KindComment {
				shown = append(shown, i.ID)
			}
		}
		if strings.Join(shown, " ") != open.ID {
			d.Errorf("the walk shows %v, want %s", shown, open.ID)
		}
		if d.Look(open).Gone {
			d.Error("the open comment cannot be read")
		}
		for _, ref := range hidden {
			if !d.Look(ref).Gone {
				d.Errorf("the restricted comment %s can be read", ref.ID)
			}
		}
		if d.edition == simulator.Cloud && strings.Contains(d.Made(), "comments.list") {
			d.Error("nothing was cut")
		}
	})
}

// TestACommentOfOursThatIsHidden is not taken for deleted, which would delete what was said here: an
// account that is no agent of a service project may write internal ones alone.
func TestACommentOfOursThatIsHidden(t *testing.T) {
	editions(t, func(d *desk) {
		d.serve()
		on := d.open("x")
		ref := d.push(newComment(on, "ours")).Ref
		d.internal(ref)
		d.Tested = d.connect(adapters.Config{})
		_, err := d.Tested.Read(d.Context(), []external.Ref{ref})
		want(d.T, err, external.Invalid, "only some may see it")
		for _, i := range d.walk(external.Window{}, nil) {
			if i.ID == ref.ID {
				d.Error("a list shows it")
			}
		}
	})
}

// TestACommentThatIsHiddenAsWeEditIt: Data Center is asked for what it made of an edit. By then somebody
// may have written there what only some may see.
func TestACommentThatIsHiddenAsWeEditIt(t *testing.T) {
	editions(t, func(d *desk) {
		for _, login := range []string{bot, someone} {
			d.sim.AddUser(model.User{Login: login, AccountID: login, Key: "JIRAUSER-" + login, Roles: []string{"Developers"}})
		}
		if err := d.project.Grant(someone, model.EditAllComments); err != nil {
			d.Fatal(err)
		}
		ref := d.push(newComment(d.open("x"), "ours")).Ref
		words := "the key is 42"
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := d.sim.Transport().RoundTrip(r)
			if r.Method == http.MethodPut {
				d.act(simulator.Act{Do: "edit_comment", Comment: ref.ID, Issue: ref.Parent, Text: &words, Visible: &model.Visibility{Type: "role", Value: "Developers"}})
			}
			return resp, err
		})
		d.Tested = d.connect(adapters.Config{})
		got := d.push(edit(external.Item{Ref: ref}, external.Fields{"body": text("edited")}))
		if body := got.Fields["body"].Text(); body != "edited" || got.ReadBack {
			d.Errorf("our edit shows %q", body)
		}
	})
}

// TestInternalCommentsOfDataCenterStay: it tells that a comment is for a service project's agents alone by a
// property, which it shows to those who ask for it, and a server that does not know how to be asked, one by one.
func TestInternalCommentsOfDataCenterStay(t *testing.T) {
	for _, expands := range []bool{true, false} {
		d := newDesk(t, func(o *simulator.Options) { o.Edition = simulator.DataCenter })
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if !expands {
				q := r.URL.Query()
				q.Del("expand")
				r.URL.RawQuery = q.Encode()
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.serve()
		on := d.open("x")
		var notes []external.Ref
		for n := range 50 { // more than come along with their issue
			notes = append(notes, d.remark(on, fmt.Sprintf("note %d", n)))
		}
		for n := 1; n < 50; n += 2 {
			d.internal(notes[n])
		}
		shown := map[string]bool{}
		for _, i := range d.walk(external.Window{}, nil) {
			shown[i.ID] = true
		}
		for n, ref := range notes {
			if secret := n%2 == 1; shown[ref.ID] == secret || d.Look(ref).Gone != secret {
				t.Errorf("note %d, for agents alone: %t: the walk shows it: %t", n, secret, shown[ref.ID])
			}
		}
		ours := d.push(newComment(on, "ours")).Ref
		words, done := "the key is 42", false
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := d.sim.Transport().RoundTrip(r)
			if r.Method == http.MethodPut && !done {
				done = true
				d.internal(ours)
				d.act(simulator.Act{Do: "edit_comment", Login: bot, Comment: ours.ID, Issue: ours.Parent, Text: &words})
			}
			return resp, err
		})
		d.Tested = d.connect(adapters.Config{})
		if got := d.push(edit(external.Item{Ref: ours}, external.Fields{"body": text("edited")})); got.Fields["body"].Text() != "edited" {
			t.Errorf("our edit shows %q", got.Fields["body"].Text())
		}
	}
}

// TestACommentOfAProjectThatIsOutOfSight: that nobody can say who may see the comments of a project does not
// mean that they are gone.
func TestACommentOfAProjectThatIsOutOfSight(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Edition = simulator.DataCenter })
	ref := d.remark(d.open("x"), "comment")
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/project/"+d.project.ID()) {
			return answer(r, http.StatusNotFound, `{}`), nil
		}
		return d.sim.Transport().RoundTrip(r)
	})
	d.Tested = d.connect(adapters.Config{})
	items, err := d.Tested.Read(t.Context(), []external.Ref{ref})
	if want(t, err, external.Temporary); len(items) > 0 {
		t.Errorf("got %+v", items)
	}
}

// serve goes on in a service project.
func (d *desk) serve() {
	s := d.spec("DESK")
	s.Service = true
	d.project = d.add(s)
	d.Tested = d.connect(adapters.Config{})
}

// internal keeps a comment to the agents of a service project.
func (d *desk) internal(ref external.Ref) {
	d.act(simulator.Act{Do: "internal", Issue: ref.Parent, Comment: ref.ID})
}
