package jira_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// walk reads all pages with one adapter.
func (d *desk) walk(w external.Window, between func()) []external.Item {
	d.Helper()
	var out []external.Item
	for page := ""; ; {
		got, err := d.Tested.Changes(d.Context(), external.StreamTickets, w, page, "")
		if err != nil {
			d.Fatal(err)
		}
		out = append(out, got.Items...)
		if page = got.Next; page == "" {
			return out
		}
		if between != nil {
			between()
		}
	}
}

func tickets(items []external.Item) []string {
	var out []string
	for _, i := range items {
		if i.Kind == external.KindTicket {
			out = append(out, i.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestCallsOfAFirstPull counts what a thousand tickets with a comment each cost, from
// connecting to the last page, and a poll after it.
func TestCallsOfAFirstPull(t *testing.T) {
	editions(t, func(d *desk) {
		for n := range 1000 {
			d.remark(d.open(fmt.Sprintf("issue %d", n)), "a comment")
			d.Advance(time.Second)
		}
		d.Advance(time.Minute)
		if _, err := d.Tested.Probe(d.Context()); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Tested.Schema(d.Context()); err != nil {
			d.Fatal(err)
		}
		if _, err := d.Tested.Projects(d.Context()); err != nil {
			d.Fatal(err)
		}
		items := d.walk(external.Window{}, nil)
		if n := len(tickets(items)); n != 1000 || len(items)-n < 1000 {
			d.Errorf("got %d tickets among %d items", n, len(items))
		}
		if n := d.sim.Counters().Total; n > 40 {
			d.Errorf("%d calls, want 40 at most: %s", n, d.Made())
		}
	})
}

// TestIdlePollIsOneSearch: an adapter that knows nothing asks once, whatever the window
// holds, cut comment lists included.
func TestIdlePollIsOneSearch(t *testing.T) {
	editions(t, func(d *desk) {
		ref := d.open("talked about")
		for n := range 30 {
			d.remark(ref, fmt.Sprintf("comment %d", n))
		}
		w := external.Window{Lo: d.Now().Add(-time.Minute)}
		first, err := d.Tested.Changes(d.Context(), external.StreamTickets, w, "", "")
		if err != nil || first.Version == "" || len(first.Items) != 31 {
			d.Fatalf("got %d items, version %q, %v", len(first.Items), first.Version, err)
		}
		d.Made()
		d.Tested = d.connect(adapters.Config{})
		again, err := d.Tested.Changes(d.Context(), external.StreamTickets, w, "", first.Version)
		if err != nil || !again.Unchanged {
			d.Fatalf("got %+v, %v", again, err)
		}
		if made := d.Made(); made != "search" {
			d.Errorf("an idle poll made the calls %q", made)
		}
		d.Advance(time.Second)
		d.remark(ref, "one more")
		if again, err = d.Tested.Changes(d.Context(), external.StreamTickets, w, "", first.Version); err != nil || again.Unchanged {
			d.Errorf("after a comment: got unchanged=%t, %v", again.Unchanged, err)
		}
		other := d.connect(adapters.Config{Fields: []string{"customfield_10031"}})
		if got, err := other.Changes(d.Context(), external.StreamTickets, w, "", again.Version); err != nil || got.Unchanged {
			d.Errorf("with one more field mapped: got unchanged=%t, %v", got.Unchanged, err)
		}
	})
}

// TestQueryIsBoundedAndZoneFree: JQL without a restriction is refused, and a quoted date
// would count in minutes of the account's own time zone.
func TestQueryIsBoundedAndZoneFree(t *testing.T) {
	editions(t, func(d *desk) {
		d.sim.AddUser(model.User{Login: bot, AccountID: bot, Key: "JIRAUSER-bot", TimeZone: "Pacific/Auckland"})
		d.Tested = d.connect(adapters.Config{Filter: `priority = Medium AND (labels IS EMPTY OR labels = "x)y")`})
		old := d.open("old")
		d.Advance(40 * time.Second) // within the same minute or the next: minutes would not tell them apart
		lo := d.Now()
		young := d.open("new")
		got := tickets(d.walk(external.Window{Lo: lo}, nil))
		if !slices.Equal(got, []string{young.ID}) {
			d.Errorf("got %v, want %s without %s", got, young.ID, old.ID)
		}
		want := fmt.Sprintf(`project = %s AND ((priority = Medium AND (labels IS EMPTY OR labels = "x)y")) OR creator = currentUser()) AND updated >= %d ORDER BY updated ASC, key ASC`,
			d.project.ID(), lo.UnixMilli())
		if got := d.queries()[0]; got != want {
			d.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// queries returns the JQL of the searches so far.
func (d *desk) queries() []string {
	d.Helper()
	var out []string
	for _, r := range d.sim.Requests("search.jql", "search.classic") {
		var body struct{ JQL string }
		if r.Body == "" {
			req, err := http.NewRequestWithContext(d.Context(), r.Method, "http://x"+r.Path, http.NoBody)
			if err != nil {
				d.Fatal(err)
			}
			body.JQL = req.URL.Query().Get("jql")
		} else if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			d.Fatal(err)
		}
		out = append(out, body.JQL)
	}
	return out
}

// TestASecondThatFillsPages: no keyset tells items of one stamp apart. Cloud's token and,
// on Data Center, keys do, while others move away.
func TestASecondThatFillsPages(t *testing.T) {
	editions(t, func(d *desk) {
		var refs []external.Ref
		for n := range 350 {
			refs = append(refs, d.open(fmt.Sprintf("issue %d", n)))
		}
		d.Advance(time.Second)
		for n := range 5 {
			refs = append(refs, d.open(fmt.Sprintf("later %d", n)))
		}
		d.Advance(time.Second)
		n := 0
		items := d.walk(external.Window{}, func() {
			d.Advance(time.Second)
			d.act(simulator.Act{Do: "edit", Issue: refs[n].ID, Summary: "moved"}) // from a page already read
			n++
		})
		if got := len(tickets(items)); got != len(refs) {
			d.Errorf("the walk showed %d of %d", got, len(refs))
		}
		if n < 3 {
			d.Errorf("only %d pages", n+1)
		}
	})
}

// TestIndexLag: search shows what it had; the items themselves are read past it, and
// those just written are named for it to look at again.
func TestIndexLag(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Lag = time.Minute })
	made := d.push(newIssue(external.Fields{"summary": text("ours")}))
	if got := tickets(d.walk(external.Window{}, nil)); !slices.Equal(got, []string{made.ID}) {
		t.Errorf("our own issue: got %v", got)
	}
	fresh := d.connect(adapters.Config{})
	page, err := fresh.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	if err != nil || len(page.Items) != 0 {
		t.Fatalf("another process sees it after the lag: got %d items, %v", len(page.Items), err)
	}
	d.Advance(2 * time.Minute)
	d.act(simulator.Act{Do: "edit", Issue: made.ID, Summary: "theirs"})
	page, err = fresh.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	if err != nil || len(page.Items) != 1 || page.Items[0].Fields["summary"].Text() != "theirs" {
		t.Errorf("the index is late, the item is not: got %+v, %v", page.Items, err)
	}
}

// TestMovedAwayBeforeTheIndexKnows: it is not of this project any more.
func TestMovedAwayBeforeTheIndexKnows(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Lag = time.Minute })
	d.add(model.ProjectSpec{Key: "OTH"})
	ref := d.open("wanders")
	d.Advance(2 * time.Minute)
	d.act(simulator.Act{Do: "move", Issue: ref.ID, To: "OTH"})
	if items := d.walk(external.Window{}, nil); len(items) != 0 {
		t.Errorf("got %+v", items[0].Ref)
	}
}

// TestReconcileStaysTheSame: Jira wants one list on every page that follows a token, of
// fifty issues at most.
func TestReconcileStaysTheSame(t *testing.T) {
	d := newDesk(t)
	for n := range 120 {
		d.open(fmt.Sprintf("issue %d", n))
	}
	for n := range 60 {
		d.push(newIssue(external.Fields{"summary": text(fmt.Sprintf("ours %d", n))}))
	}
	d.Advance(time.Second)
	for n := range 120 {
		d.open(fmt.Sprintf("later issue %d", n))
	}
	d.walk(external.Window{Lo: d.Now().Add(-time.Second)}, func() {
		d.push(newIssue(external.Fields{"summary": text("one more meanwhile")}))
	})
	var lists []string
	tokens := 0
	for _, r := range d.sim.Requests("search.jql") {
		var body struct {
			Reconcile []int64 `json:"reconcileIssues"`
			Token     string  `json:"nextPageToken"`
			Max       int     `json:"maxResults"`
		}
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			t.Fatal(err)
		}
		if body.Max != 100 {
			continue // no page of the walk: it asks for its version
		}
		lists = append(lists, fmt.Sprint(len(body.Reconcile), body.Reconcile))
		if body.Token != "" {
			tokens++
		}
	}
	if len(lists) < 4 || tokens < 1 || !strings.HasPrefix(lists[0], "50 ") || len(slices.Compact(lists)) != 1 {
		t.Errorf("%d tokens, got %q", tokens, lists)
	}
}

// TestReconcileOfADeletedIssue: should Jira refuse a search for an issue that we wrote and somebody
// deleted since, the walk goes on without those that we wrote, and does not name them again.
func TestReconcileOfADeletedIssue(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound} {
		d := newDesk(t)
		named := 0
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			var body []byte
			if r.Body != nil {
				body, _ = io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			if bytes.Contains(body, []byte("reconcileIssues")) {
				named++
				return answer(r, status, `{"errorMessages": ["Issue does not exist or you do not have permission to see it."]}`), nil
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.Tested = d.connect(adapters.Config{})
		d.push(newIssue(external.Fields{"summary": text("ours")}))
		d.open("one")
		d.Advance(time.Minute)
		for range 2 {
			page, err := d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
			if err != nil || len(page.Items) != 2 {
				t.Errorf("status %d: %d items, %v", status, len(page.Items), err)
			}
		}
		if named != 1 {
			t.Errorf("status %d: it was named %d times", status, named)
		}
	}
}

// TestTokenThatLeadsNowhere: a token that repeats itself, and pages without an issue, end
// the walk with an error, not in a circle.
func TestTokenThatLeadsNowhere(t *testing.T) {
	d := newDesk(t)
	stuck := 0
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.URL.Path, "/search/jql") {
			return d.sim.Transport().RoundTrip(r)
		}
		stuck++
		return answer(r, http.StatusOK, `{"issues": [], "isLast": false, "nextPageToken": "again"}`), nil
	})
	d.Tested = d.connect(adapters.Config{})
	page, err := d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	if err != nil || page.Next == "" || page.Version != "" {
		t.Fatalf("an empty page in between is no end: got %+v, %v", page, err)
	}
	_, err = d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, page.Next, "")
	want(t, err, external.Temporary, "leads nowhere")
	if stuck != 2 {
		t.Errorf("%d searches", stuck)
	}
}

// answer is a reply of our own making.
func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader([]byte(body)))}
}

// TestForeignTokenIsRefused: the engine's pages are ours alone.
func TestForeignTokenIsRefused(t *testing.T) {
	d := newDesk(t)
	for _, page := range []string{"x", "since=x", "since=1&token=t&reconcile=a", "since=1&token=t&empty=x"} {
		_, err := d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, page, "")
		want(t, err, external.Invalid, "start the walk again")
	}
	_, err := d.Tested.Changes(t.Context(), external.StreamComments, external.Window{}, "", "")
	want(t, err, external.Invalid, "no stream")
}

// TestCutCommentLists: an embedded list has the true total and not all comments; one more
// call reads a hundred.
func TestCutCommentLists(t *testing.T) {
	editions(t, func(d *desk) {
		ref := d.open("talked about")
		d.remark(d.open("quiet"), "one")
		for n := range 150 {
			d.remark(ref, fmt.Sprintf("comment %d", n))
		}
		items := d.walk(external.Window{}, nil)
		if len(items) != 153 {
			d.Errorf("got %d items", len(items))
		}
		for n, i := range items {
			if i.Kind == external.KindComment && (i.Parent == "" || items[n-1].Key != i.Parent && items[n-1].Parent != i.Parent) {
				d.Fatalf("comment %s does not follow its issue", i.ID)
			}
		}
		if got := strings.Count(d.Made(), "comments.list"); got != 2 {
			d.Errorf("%d calls for 150 comments, want 2", got)
		}
	})
}

// TestCommentsThatGoWhileTheyAreRead: offsets shift under a reader; what was jumped over
// is read again.
func TestCommentsThatGoWhileTheyAreRead(t *testing.T) {
	d := newDesk(t)
	ref := d.open("talked about")
	var all []external.Ref
	for n := range 150 {
		all = append(all, d.remark(ref, fmt.Sprintf("comment %d", n)))
	}
	pages := 0
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := d.sim.Transport().RoundTrip(r)
		if strings.HasSuffix(r.URL.Path, "/comment") {
			if pages++; pages == 1 {
				d.act(simulator.Act{Do: "delete_comment", Issue: ref.ID, Comment: all[3].ID})
			}
		}
		return resp, err
	})
	d.Tested = d.connect(adapters.Config{})
	shown := map[string]bool{}
	for _, i := range d.walk(external.Window{}, nil) {
		shown[i.ID] = true
	}
	for n, c := range all {
		if n != 3 && !shown[c.ID] {
			t.Errorf("comment %d was missed", n)
		}
	}
}

// TestRestrictedWhileItsCommentsAreListed: what Jira cut off is listed by a later call, which shows what was
// said since somebody restricted the issue. Its item tells of that, or the page is read again.
func TestRestrictedWhileItsCommentsAreListed(t *testing.T) {
	editions(t, func(d *desk) {
		ref := d.open("talked about")
		for n := range 50 {
			d.remark(ref, fmt.Sprintf("comment %d", n))
		}
		first := sync.OnceFunc(func() {
			d.act(simulator.Act{Do: "secure", Issue: ref.ID, To: "Staff"})
			d.remark(ref, "the key is 42")
		})
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/comment") {
				first()
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.Tested = d.connect(adapters.Config{})
		items := d.walk(external.Window{}, nil)
		if items[0].ID != ref.ID || !strings.Contains(items[0].Restricted(), `"Staff"`) {
			d.Errorf("with %d items, its issue is restricted: %q", len(items), items[0].Restricted())
		}
	})
}

// TestCommentKeysCostACallOnlyWhereWeCommented: embedded comments come without their
// properties.
func TestCommentKeysCostACallOnlyWhereWeCommented(t *testing.T) {
	d := newDesk(t)
	ref := d.open("talked about")
	d.remark(ref, "theirs")
	d.walk(external.Window{}, nil)
	if made := d.Made(); strings.Contains(made, "comments.bulk") {
		t.Errorf("foreign comments: %s", made)
	}
	ours := d.push(newComment(ref, "ours"))
	d.Tested = d.connect(adapters.Config{})
	items := d.walk(external.Window{}, nil)
	if got := items[2]; got.ID != ours.ID || got.CreateKey != ownKey {
		t.Errorf("got %+v with key %q", got.Ref, got.CreateKey)
	}
	if made := d.Made(); strings.Count(made, "comments.bulk") != 1 {
		t.Errorf("one page of our own: %s", made)
	}
}

// TestWrongEditionIsSaid: the search of Data Center was removed from Cloud (CHANGE-2046).
func TestWrongEditionIsSaid(t *testing.T) {
	d := newDesk(t)
	d.Tested = d.connect(adapters.Config{Settings: d.settings(func(s *jira.Settings) { s.Edition = "data_center" })})
	_, err := d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	want(t, err, external.Gone, "edition")
}
