package github_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// walk reads a stream to its end, with between called before every page but the
// first, and returns the pages' items by key, the last page, and how many pages
// there were.
func (d *desk) walk(stream external.Stream, lo time.Time, between func(page int)) (map[string]external.Item, external.Page, int) {
	d.Helper()
	seen := map[string]external.Item{}
	token := ""
	for pages := 1; ; pages++ {
		p, err := d.Tested.Changes(d.Context(), stream, external.Window{Lo: lo}, token, "")
		if err != nil {
			d.Fatalf("page %d: %v", pages, err)
		}
		for _, i := range p.Items {
			seen[i.Key] = i
		}
		if p.Next == "" {
			return seen, p, pages
		}
		if pages > 500 {
			d.Fatal("the walk does not end")
		}
		token = p.Next
		if between != nil {
			between(pages)
		}
	}
}

func (d *desk) generate(n int, o model.GenerateOptions) {
	d.Helper()
	if err := d.repo.Generate(n, o); err != nil {
		d.Fatal(err)
	}
}

// many opens n issues within the present second.
func (d *desk) many(n int) {
	d.Helper()
	for k := range n {
		title := fmt.Sprint("issue ", k)
		d.act(simulator.Act{Do: "open", Title: &title})
	}
}

func TestPullRequestsAndTheirCommentsNeverShow(t *testing.T) {
	d := newDesk(t)
	d.generate(150, model.GenerateOptions{PullRequests: 0.5, Comments: 1})
	issues, comments := 0, 0
	d.repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if !i.PullRequest {
				issues, comments = issues+1, comments+i.Comments
			}
		}
	})
	got, _, _ := d.walk(external.StreamTickets, time.Time{}, nil)
	if len(got) != issues || issues == 150 {
		t.Errorf("%d items, want the %d issues among 150", len(got), issues)
	}
	said, _, _ := d.walk(external.StreamComments, time.Time{}, nil)
	if len(said) != comments || comments == 0 {
		t.Errorf("%d comments, want the %d on issues", len(said), comments)
	}
	for _, c := range said {
		if _, onIssue := got[c.Parent]; !onIssue {
			t.Errorf("comment %s has the parent %q, which is no issue", c.Key, c.Parent)
		}
	}
}

func TestTheWalkNeverMeetsThePageCap(t *testing.T) {
	d := newDesk(t) // with GitHub's cap of 1,000 items by page number
	d.generate(1250, model.GenerateOptions{Comments: -1, Closed: 0.5})
	got, _, pages := d.walk(external.StreamTickets, time.Time{}, nil)
	if len(got) != 1250 {
		t.Errorf("%d of 1,250 issues, open and closed", len(got))
	}
	if pages > 14 {
		t.Errorf("%d pages, want 13 or one more for the seconds seen twice", pages)
	}
	for _, r := range d.sim.Requests("issues.list") {
		if strings.Contains(r.Path, "&page=") {
			t.Errorf("asked by page number: %s", r.Path)
		}
	}
}

func TestOneSecondWithMoreThanAPageIsWalkedByCursor(t *testing.T) {
	for _, pageCap := range []int{1, 1000} { // GitHub's next link carries a cursor, or for small lists a number
		d := newDesk(t, func(o *simulator.Options) { o.PageCap = pageCap })
		d.many(30)
		d.Advance(time.Second)
		d.many(250)
		d.Advance(time.Second)
		d.many(130)
		got, _, pages := d.walk(external.StreamTickets, time.Time{}, nil)
		if len(got) != 410 || pages > 8 {
			t.Errorf("cap %d: %d of 410 issues in %d pages", pageCap, len(got), pages)
		}
	}
}

func TestNothingIsMissedWhileItemsMoveToTheEnd(t *testing.T) {
	d := newDesk(t)
	d.generate(450, model.GenerateOptions{Comments: -1})
	got, _, _ := d.walk(external.StreamTickets, time.Time{}, func(page int) {
		d.Advance(time.Second)
		for k := range 30 { // always other ones, so that every later page is shifted
			title := fmt.Sprint("edited during page ", page)
			d.act(simulator.Act{Do: "edit", Issue: 1 + (page*30+k)%450, Title: &title})
		}
	})
	if len(got) != 450 {
		t.Errorf("%d of 450 issues", len(got))
	}
}

// TestNothingIsMissedWhileASecondChanges: more than two pages are stamped with one second, and are
// walked by number. What is edited or goes away between two pages shifts the pages behind it; the
// walk ends all the same where that never ceases.
func TestNothingIsMissedWhileASecondChanges(t *testing.T) {
	for _, edits := range []int{1, 3, 1000} {
		d := newDesk(t)
		d.many(250)
		done := map[int]bool{}
		got, _, pages := d.walk(external.StreamTickets, time.Time{}, func(page int) {
			if page < 2 || len(done) >= edits {
				return
			}
			d.Advance(time.Second)
			title, n := "edited", 1+len(done) // it stood on the first page
			done[n] = true
			d.act(simulator.Act{Do: "edit", Issue: n, Title: &title})
		})
		if len(got) != 250 && edits <= maxEdits {
			t.Errorf("%d edits: %d of 250 issues in %d pages", edits, len(got), pages)
		}
		if pages > 20 {
			t.Errorf("%d edits: %d pages", edits, pages)
		}
	}
}

// maxEdits is how many edits between pages a second bears, see shifted.
const maxEdits = 3

func TestAWalkCanGoOnInAnotherProcess(t *testing.T) {
	d := newDesk(t)
	d.generate(250, model.GenerateOptions{Comments: -1})
	first, err := d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{}, "", "")
	if err != nil || first.Next == "" {
		t.Fatalf("first page: %v, next %q", err, first.Next)
	}
	d.Tested = d.connect(adapters.Config{Token: "tok"})
	second, err := d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{}, first.Next, "")
	if err != nil || len(second.Items) != 100 {
		t.Fatalf("second page by another adapter: %d items, %v", len(second.Items), err)
	}
	_, err = d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{}, "gibberish", "")
	want(t, err, external.Invalid, "token")
}

func TestSinceIsInclusiveInWholeSecondsOfUTC(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	paris := time.FixedZone("somewhere", 2*3600)
	for _, c := range []struct {
		lo   time.Time
		want int
		why  string
	}{
		{i.UpdatedAt, 1, "the same second is included"},
		{i.UpdatedAt.Add(900 * time.Millisecond).In(paris), 1, "fractions and zones do not matter"},
		{i.UpdatedAt.Add(time.Second), 0, "a second later"},
	} {
		got, _, _ := d.walk(external.StreamTickets, c.lo, nil)
		if len(got) != c.want {
			t.Errorf("%d items, want %d: %s", len(got), c.want, c.why)
		}
	}
	last := d.sim.Requests("issues.list")
	q, err := url.Parse(last[len(last)-1].Path)
	if err != nil || q.Query().Get("since") != "2026-05-04T10:00:01Z" {
		t.Errorf("since = %q, want UTC without a fraction", q.Query().Get("since"))
	}
}

func TestAnUnchangedStreamCostsOneConditionalCall(t *testing.T) {
	d := newDesk(t)
	d.generate(40, model.GenerateOptions{Comments: 1, Span: 30 * 24 * time.Hour})
	lo := d.Now().Add(-40 * 24 * time.Hour)
	for _, stream := range []external.Stream{external.StreamTickets, external.StreamComments} {
		_, last, pages := d.walk(stream, lo, nil)
		if pages != 1 || last.Version == "" {
			t.Fatalf("%s: %d pages, version %q", stream, pages, last.Version)
		}
		d.sim.ResetCounters()
		d.Advance(time.Hour)
		p, err := d.Tested.Changes(d.Context(), stream, external.Window{Lo: lo}, "", last.Version)
		if err != nil || !p.Unchanged || p.Next != "" || p.Version != last.Version {
			t.Errorf("%s: %+v, %v; want unchanged", stream, p, err)
		}
		if n := d.sim.Counters(); n.Total != 1 || n.NotModified != 1 {
			t.Errorf("%s: %d calls, %d of them answered 304; want one of one", stream, n.Total, n.NotModified)
		}
	}
	body := "news"
	d.act(simulator.Act{Do: "edit", Issue: 3, Body: &body})
	_, fresh, _ := d.walk(external.StreamTickets, lo, nil)
	d.act(simulator.Act{Do: "label", Issue: 3, Names: []string{"bug"}}) // a label counts as a change of the issue
	p, err := d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{Lo: lo}, "", fresh.Version)
	if err != nil || p.Unchanged || len(p.Items) == 0 {
		t.Errorf("after a label: %+v, %v; want items", p, err)
	}
}

func TestDeletedItemsDoNotShow(t *testing.T) {
	d := newDesk(t)
	d.many(3)
	body := "hi"
	c := d.act(simulator.Act{Do: "comment", Issue: 1, Body: &body}).Comment
	d.act(simulator.Act{Do: "delete_comment", Comment: c})
	d.act(simulator.Act{Do: "delete", Issue: 2})
	got, _, _ := d.walk(external.StreamTickets, time.Time{}, nil)
	said, _, _ := d.walk(external.StreamComments, time.Time{}, nil)
	if len(got) != 2 || len(said) != 0 {
		t.Errorf("%d issues and %d comments, want 2 and none", len(got), len(said))
	}
}

func TestAnUnknownStream(t *testing.T) {
	d := newDesk(t)
	_, err := d.Tested.Changes(d.Context(), "sprints", external.Window{}, "", "")
	want(t, err, external.Invalid, "sprints")
}

func TestCommentsOfOneSecondAreWalkedByPage(t *testing.T) {
	d := newDesk(t)
	d.open("one")
	body := "hi"
	for range 230 {
		d.act(simulator.Act{Do: "comment", Issue: 1, Body: &body})
	}
	d.Advance(time.Second)
	d.act(simulator.Act{Do: "comment", Issue: 1, Body: &body})
	got, _, pages := d.walk(external.StreamComments, time.Time{}, nil)
	if len(got) != 231 || pages > 5 {
		t.Errorf("%d of 231 comments in %d pages", len(got), pages)
	}
}
