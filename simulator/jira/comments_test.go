package jira_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

func TestEmbeddedCommentsAreCut(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.EmbeddedComments = 3 })
	id := w.create(nil)
	for k := range 5 {
		w.must(201, "POST", "issue/"+id+"/comment", object{"body": doc(fmt.Sprint(k))})
	}
	a := w.must(200, "GET", "issue/"+id, nil)
	if n := len(a.list("fields.comment.comments")); n != 3 || a.get("fields.comment.total") != 5.0 || a.get("fields.comment.maxResults") != 3.0 {
		t.Errorf("embedded: %d of %v", n, a.get("fields.comment.total"))
	}
	if s := a.str("fields.comment.comments.0.body.content.0.content.0.text"); s != "0" {
		t.Errorf("the oldest come first, not %q", s)
	}
	page := w.must(200, "GET", "issue/"+id+"/comment?startAt=3&maxResults=1", nil)
	if page.get("total") != 5.0 || page.str("comments.0.body.content.0.content.0.text") != "3" {
		t.Errorf("page: %s", page.raw)
	}
	if last := w.must(200, "GET", "issue/"+id+"/comment?orderBy=-created&maxResults=1", nil); last.str("comments.0.body.content.0.content.0.text") != "4" {
		t.Errorf("newest first: %s", last.raw)
	}
}

func TestCommentsMoveUpdated(t *testing.T) {
	w := newWorld(t)
	at := "issue/" + w.create(nil)
	last := ""
	moved := func(reason string) {
		t.Helper()
		now := w.must(200, "GET", at, nil).str("fields.updated")
		if now == last {
			t.Errorf("%s does not move updated", reason)
		}
		last = now
		w.clock.advance(time.Second)
	}
	moved("")
	m := w.must(201, "POST", at+"/comment", object{"body": doc("a"), "properties": []any{object{"key": "sync", "value": 7}}}).str("id")
	moved("adding")
	w.must(200, "PUT", at+"/comment/"+m, object{"body": doc("b")})
	moved("editing")
	a := w.must(200, "POST", "comment/list?expand=properties", fmt.Sprintf(`{"ids":[%s,99999]}`, m))
	if a.get("total") != 1.0 || a.get("values.0.properties.0.value") != 7.0 || a.str("values.0.updated") == a.str("values.0.created") {
		t.Errorf("by ids: %s", a.raw)
	}
	w.must(204, "DELETE", at+"/comment/"+m, nil)
	moved("deleting")
	w.must(404, "GET", at+"/comment/"+m, nil)
	w.must(404, "PUT", at+"/comment/"+m, object{"body": doc("c")})
}

func TestCommentsNeedPermission(t *testing.T) {
	w := newWorld(t)
	at := "issue/" + w.create(nil)
	hers := w.act(jira.Act{Login: "ada", Do: "comment", Issue: "ABC-1", Text: ptr("hers")}).Comment
	w.must(400, "PUT", at+"/comment/"+hers, object{"body": doc("x")})
	w.must(400, "DELETE", at+"/comment/"+hers, nil)
	w.must(403, "PUT", "comment/"+hers+"/properties/p", object{})
	if err := w.abc.Grant("bot", model.EditAllComments, model.DeleteAllComments); err != nil {
		t.Fatal(err)
	}
	w.must(200, "PUT", at+"/comment/"+hers, object{"body": doc("x")})
	w.act(jira.Act{Login: "ada", Do: "edit_comment", Issue: "ABC-1", Comment: hers, Text: ptr("again hers")})
	w.abc.View(func(p *model.Project) {
		if _, n := p.Containing("again hers"); n != 1 {
			t.Errorf("%d comments say so", n)
		}
	})
	w.must(204, "DELETE", at+"/comment/"+hers, nil)
	if err := w.abc.Revoke("bot", model.AddComments); err != nil {
		t.Fatal(err)
	}
	w.must(400, "POST", at+"/comment", object{"body": doc("x")})
	w.must(400, "PUT", at, object{"update": object{"comment": []any{object{"add": object{"body": doc("x")}}}}})
	w.must(400, "POST", at+"/comment", object{"body": ""})
	w.must(400, "POST", at+"/comment", object{"body": "text"})
}

// TestRestrictedComments are shown to members of their group or role, wherever comments show, and count for nobody else.
func TestRestrictedComments(t *testing.T) {
	w := newWorld(t)
	w.sim.AddUser(model.User{Login: "ada", Groups: []string{"staff"}, Roles: []string{"Developers"}})
	w.sim.AddUser(model.User{Login: "bot", Roles: []string{"Developers"}})
	at := "issue/" + w.create(nil)
	staff, devs := &model.Visibility{Type: "group", Value: "staff"}, object{"type": "role", "value": "Developers"}
	open := w.act(jira.Act{Login: "ada", Do: "comment", Issue: "ABC-1", Text: ptr("for all")}).Comment
	hers := w.act(jira.Act{Login: "ada", Do: "comment", Issue: "ABC-1", Text: ptr("for staff"), Visible: staff}).Comment
	ours := w.must(201, "POST", at+"/comment", object{"body": doc("for developers"), "visibility": devs})
	if ours.str("visibility.type") != "role" || ours.str("visibility.value") != "Developers" {
		t.Errorf("made: %s", ours.raw)
	}
	shown := func() string {
		t.Helper()
		list := w.must(200, "GET", at+"/comment", nil)
		embedded := w.must(200, "GET", at, nil)
		byID := w.must(200, "POST", "comment/list", fmt.Sprintf(`{"ids":[%s,%s,%s]}`, open, hers, ours.str("id")))
		a, b, c := fmt.Sprint(list.get("total")), fmt.Sprint(embedded.get("fields.comment.total")), fmt.Sprint(byID.get("total"))
		if a != b || a != c || fmt.Sprint(len(list.list("comments"))) != a || fmt.Sprint(len(embedded.list("fields.comment.comments"))) != a {
			t.Errorf("the list has %s, the issue %s, by ids there are %s", a, b, c)
		}
		return a
	}
	if n := shown(); n != "2" {
		t.Errorf("the bot sees %s comments, want 2", n)
	}
	w.as("ada-tok", func() {
		if n := shown(); n != "3" {
			t.Errorf("ada sees %s comments, want 3", n)
		}
	})
	w.must(404, "GET", at+"/comment/"+hers, nil)
	w.must(404, "GET", "comment/"+hers+"/properties", nil)
	if got := w.find(`project = ABC AND comment ~ "staff"`); got != "" {
		t.Errorf("search finds %s by what is hidden", got)
	}
	w.must(400, "POST", at+"/comment", object{"body": doc("x"), "visibility": object{"type": "group", "value": "staff"}})
	w.must(400, "PUT", at+"/comment/"+ours.str("id"), object{"body": doc("x"), "visibility": object{"type": "team", "value": "a"}})
	if kept := w.must(200, "PUT", at+"/comment/"+ours.str("id"), object{"body": doc("y")}); kept.str("visibility.value") != "Developers" {
		t.Errorf("an edit that does not say so opened it: %s", kept.raw)
	}
	if opened := w.must(200, "PUT", at+"/comment/"+ours.str("id"), object{"body": doc("y"), "visibility": nil}); opened.get("visibility") != nil {
		t.Errorf("opened: %s", opened.raw)
	}
	w.act(jira.Act{Login: "ada", Do: "edit_comment", Issue: "ABC-1", Comment: open, Text: ptr("for staff now"), Visible: staff})
	if n := shown(); n != "1" {
		t.Errorf("the bot sees %s comments, want 1", n)
	}
}
