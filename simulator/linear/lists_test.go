package linear_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
)

const listIssues = `query($first: Int, $after: String, $order: PaginationOrderBy, $all: Boolean, $filter: IssueFilter) {
	issues(first: $first, after: $after, orderBy: $order, includeArchived: $all, filter: $filter) {
		nodes { title } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

func (w *world) titles(v vars) []string {
	w.Helper()
	return w.do(listIssues, v).list("issues.nodes", "title")
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for k := range 60 {
		ids = append(ids, w.create(fmt.Sprint(k), nil))
	}
	if got := w.titles(nil); len(got) != 50 || got[0] != "59" {
		t.Errorf("%d items from %s: 50 by default, newest first", len(got), got[0])
	}
	if a := w.ask(listIssues, vars{"first": linear.MaxPage + 1}); a.code() != "INPUT_ERROR" {
		t.Errorf("251 items: %s", a.raw)
	}
	if a := w.ask(listIssues, vars{"after": "nothing"}); a.code() != "INPUT_ERROR" {
		t.Errorf("an unknown cursor: %s", a.raw)
	}
	w.update(ids[3], vars{"title": "touched"})
	if got := w.titles(vars{"order": "updatedAt", "first": 2}); !slices.Equal(got, []string{"touched", "59"}) {
		t.Errorf("by update: %v", got)
	}
	var walked []string
	page := w.do(listIssues, vars{"first": 25, "order": "updatedAt"})
	for {
		walked = append(walked, page.list("issues.nodes", "title")...)
		if page.get("issues.pageInfo.hasNextPage") != true {
			break
		}
		page = w.do(listIssues, vars{"first": 25, "order": "updatedAt", "after": page.str("issues.pageInfo.endCursor")})
	}
	slices.Sort(walked)
	if len(walked) != 60 || len(slices.Compact(walked)) != 60 {
		t.Errorf("walked %d, want each of 60 once", len(walked))
	}
}

// TestChangeWhilePaging shows what bites: an item changed between pages jumps to the front, behind the reader.
func TestChangeWhilePaging(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for k := range 4 {
		ids = append(ids, w.create(fmt.Sprint(k), nil))
	}
	page := w.do(listIssues, vars{"first": 2, "order": "updatedAt"})
	w.update(ids[0], vars{"title": "jumped"})
	rest := w.titles(vars{"order": "updatedAt", "after": page.str("issues.pageInfo.endCursor")})
	if !slices.Equal(rest, []string{"1"}) {
		t.Errorf("the second page is %v: the changed one is not on it", rest)
	}
}

func TestFilters(t *testing.T) {
	w := newWorld(t)
	ops := w.sim.AddTeam("OPS", "Operations")
	bug, err := w.team.AddLabel("Bug")
	if err != nil {
		t.Fatal(err)
	}
	project, err := w.team.AddProject("Launch")
	if err != nil {
		t.Fatal(err)
	}
	one := w.create("one", vars{"labelIds": []string{bug}, "priority": 1, "projectId": project})
	w.clock.advance(time.Hour)
	since := w.clock.Now()
	two := w.create("two", vars{"parentId": one, "dueDate": "2026-06-01", "stateId": w.team.State("Done")})
	w.act(linear.Act{Team: "OPS", Login: "ada", Do: "create", Title: ptr("three")})
	at := since.Format(time.RFC3339Nano)
	eq := func(v any) vars { return vars{"eq": v} }
	for _, c := range []struct {
		reason string
		filter vars
		want   string
	}{
		{"since a moment, inclusive", vars{"updatedAt": vars{"gte": since.Add(time.Millisecond).Format(time.RFC3339Nano)}}, "three two"},
		{"after a moment, exclusive", vars{"createdAt": vars{"gt": since.Add(time.Millisecond).Format(time.RFC3339Nano)}}, "three"},
		{"before a moment", vars{"createdAt": vars{"lt": at}}, "one"},
		{"a duration back from now", vars{"createdAt": vars{"gt": "-PT30M"}}, "three two"},
		{"a team by id", vars{"team": vars{"id": eq(ops.ID())}}, "three"},
		{"a team by key", vars{"team": vars{"key": eq("ENG")}}, "two one"},
		{"ids", vars{"id": vars{"in": []string{one, two}}}, "two one"},
		{"not these ids", vars{"id": vars{"nin": []string{one, two}}}, "three"},
		{"what I made", vars{"creator": vars{"isMe": eq(true)}}, "two one"},
		{"what others made", vars{"creator": vars{"isMe": eq(false)}}, "three"},
		{"a creator by id", vars{"creator": vars{"id": eq(w.sim.User("ada"))}}, "three"},
		{"a label by name", vars{"labels": vars{"name": eq("Bug")}}, "one"},
		{"some label", vars{"labels": vars{"some": vars{"id": eq(bug)}}}, "one"},
		{"no labels", vars{"labels": vars{"length": eq(0)}}, "three two"},
		{"a state's type", vars{"state": vars{"type": vars{"in": []string{"completed"}}}}, "two"},
		{"a project", vars{"project": vars{"id": eq(project)}}, "one"},
		{"no project", vars{"project": vars{"null": true}}, "three two"},
		{"nobody's", vars{"assignee": vars{"null": true}}, "three two one"},
		{"a parent", vars{"parent": vars{"id": eq(one)}}, "two"},
		{"a due date", vars{"dueDate": vars{"lte": "2026-06-01"}}, "two"},
		{"a priority", vars{"priority": vars{"gte": 1}}, "one"},
		{"text, whatever its case", vars{"title": vars{"containsIgnoreCase": "TW"}}, "two"},
		{"either", vars{"or": []vars{{"priority": eq(1)}, {"team": vars{"key": eq("OPS")}}}}, "three one"},
		{"both", vars{"and": []vars{{"priority": eq(0)}, {"team": vars{"key": eq("ENG")}}}}, "two"},
		{"several at once are both", vars{"priority": eq(0), "team": vars{"key": eq("ENG")}}, "two"},
	} {
		if got := strings.Join(w.titles(vars{"filter": c.filter}), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestUnreadableDateIsRefused(t *testing.T) {
	w := newWorld(t)
	if a := w.ask(listIssues, vars{"filter": vars{"updatedAt": vars{"gte": "yesterday"}}}); a.code() != "INPUT_ERROR" {
		t.Errorf("got %s", a.raw)
	}
}

func TestLag(t *testing.T) {
	w := newWorld(t, func(o *linear.Options) { o.Lag = time.Minute })
	id := w.create("one", nil)
	direct := func() string {
		return w.do(`query($id: String!) { issue(id: $id) { title } }`, vars{"id": id}).str("issue.title")
	}
	if n := len(w.titles(nil)); n != 0 || direct() != "one" {
		t.Errorf("%d listed at once, read directly: %q", n, direct())
	}
	w.clock.advance(time.Minute)
	w.update(id, vars{"title": "two"})
	if got := w.titles(nil); !slices.Equal(got, []string{"one"}) || direct() != "two" {
		t.Errorf("lists show the old title for a while: %v", got)
	}
	w.clock.advance(time.Minute)
	if got := w.titles(nil); !slices.Equal(got, []string{"two"}) {
		t.Errorf("then the new one: %v", got)
	}
}

func TestComments(t *testing.T) {
	for _, touch := range []bool{false, true} {
		w := newWorld(t, func(o *linear.Options) { o.CommentsTouch = touch })
		id := w.create("one", nil)
		updated := func() string {
			return w.do(`query($id: String!) { issue(id: $id) { updatedAt } }`, vars{"id": id}).str("issue.updatedAt")
		}
		before := updated()
		w.clock.advance(time.Second)
		a := w.do(`mutation($in: CommentCreateInput!) { commentCreate(input: $in) { comment { id body user { isMe } issueId } } }`,
			vars{"in": vars{"issueId": id, "body": "- a", "id": uuid}})
		if a.str("commentCreate.comment.body") != "* a" || a.get("commentCreate.comment.user.isMe") != true {
			t.Errorf("created: %s", a.raw)
		}
		if (updated() != before) != touch {
			t.Errorf("touch %v: the issue's date was %s, is %s", touch, before, updated())
		}
		w.clock.advance(time.Second)
		since := w.clock.Now().Format(time.RFC3339Nano)
		a = w.do(`mutation($in: CommentUpdateInput!) { commentUpdate(id: "`+uuid+`", input: $in) { comment { body editedAt } } }`, vars{"in": vars{"body": "b"}})
		if a.get("commentUpdate.comment.editedAt") == nil {
			t.Errorf("edited: %s", a.raw)
		}
		const list = `query($filter: CommentFilter) { comments(orderBy: updatedAt, filter: $filter) { nodes { body } } }`
		filter := vars{"updatedAt": vars{"gte": since}, "issue": vars{"team": vars{"id": vars{"in": []string{w.team.ID()}}}}}
		if got := w.do(list, vars{"filter": filter}).list("comments.nodes", "body"); !slices.Equal(got, []string{"b"}) {
			t.Errorf("listed: %v", got)
		}
		theirs := w.act(linear.Act{Login: "ada", Do: "comment", Issue: id, Body: ptr("hers")}).Comment
		if a := w.ask(`mutation($id: String!) { commentUpdate(id: $id, input: {body: "mine"}) { success } }`, vars{"id": theirs}); a.code() != "FORBIDDEN" {
			t.Errorf("somebody else's comment: %s", a.raw)
		}
		w.do(`mutation { commentDelete(id: "`+uuid+`") { success entityId } }`, nil)
		if got := w.do(list, nil).list("comments.nodes", "body"); !slices.Equal(got, []string{"hers"}) {
			t.Errorf("a deleted one is gone: %v", got)
		}
		if a := w.ask(`query { comment(id: "`+uuid+`") { id } }`, nil); a.code() != "INPUT_ERROR" {
			t.Errorf("also directly: %s", a.raw)
		}
	}
}

func TestAttachmentIsOnePerURL(t *testing.T) {
	w := newWorld(t)
	id := w.create("one", nil)
	const attach = `mutation($in: AttachmentCreateInput!) { attachmentCreate(input: $in) { attachment { id title metadata createdAt } } }`
	in := vars{"issueId": id, "url": "https://pm.example/1", "title": "one", "metadata": vars{"sync": vars{"id": "x"}}}
	first := w.do(attach, vars{"in": in}).str("attachmentCreate.attachment.id")
	in["title"] = "two"
	a := w.do(attach, vars{"in": in})
	if a.str("attachmentCreate.attachment.id") != first || a.str("attachmentCreate.attachment.title") != "two" || a.str("attachmentCreate.attachment.metadata.sync.id") != "x" {
		t.Errorf("the same URL again: %s", a.raw)
	}
	a = w.do(`{ attachmentsForURL(url: "https://pm.example/1") { nodes { title issue { id } } } }`, nil)
	if got := a.list("attachmentsForURL.nodes", "title"); !slices.Equal(got, []string{"two"}) || a.str("attachmentsForURL.nodes.0.issue.id") != id {
		t.Errorf("found by URL: %s", a.raw)
	}
	if issues, _ := w.sim.Marked("https://pm.example/1"); issues != 1 {
		t.Errorf("%d issues carry the link", issues)
	}
}
