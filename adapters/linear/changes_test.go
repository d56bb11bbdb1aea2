package linear_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/ticket"
)

// fill makes issues, one second apart, each with one comment.
func (d *desk) fill(n int) []external.Ref {
	d.Helper()
	refs := make([]external.Ref, n)
	body := "a remark"
	for i := range refs {
		d.Advance(time.Second)
		refs[i] = d.open(fmt.Sprintf("issue %d", i))
		d.act(simulator.Act{Do: "comment", Issue: refs[i].ID, Body: &body})
	}
	return refs
}

func kinds(items []external.Item) (issues, comments map[string]external.Item) {
	issues, comments = map[string]external.Item{}, map[string]external.Item{}
	for _, i := range items {
		if i.Kind == external.KindComment {
			comments[i.ID] = i
			continue
		}
		issues[i.ID] = i
	}
	return issues, comments
}

// A first pull of a thousand issues with a comment each takes at most thirty calls, and
// looking whether anything changed takes one.
func TestCallsOfAPull(t *testing.T) {
	d := newDesk(t)
	d.fill(1000)
	items, calls := d.walk(external.Window{}, nil)
	issues, comments := kinds(items)
	if len(issues) != 1000 || len(comments) != 1000 || calls > 30 {
		t.Errorf("got %d issues and %d comments in %d calls, want all in at most 30", len(issues), len(comments), calls)
	}
	t.Logf("%d calls for a first pull", calls)
	items, calls = d.walk(external.Window{Lo: d.Now().Add(-10 * time.Second)}, nil)
	if calls != 1 || len(items) == 0 {
		t.Errorf("got %d items in %d calls, want one call", len(items), calls)
	}
	d.Advance(time.Hour)
	if items, calls = d.walk(external.Window{Lo: d.Now()}, nil); calls != 1 || len(items) != 0 {
		t.Errorf("got %d items in %d calls, want one call that shows nothing", len(items), calls)
	}
}

// Pages come newest first, so an issue that moves to the front during the walk would be
// jumped over. It is shown by the pass that ends the walk.
func TestNewestFirstMissesNothing(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Lag = 3 * time.Second })
	refs := d.fill(150)
	d.Advance(time.Minute)
	moved := 0
	items, calls := d.walk(external.Window{}, func() {
		if moved < 3 {
			title := "moved"
			d.Advance(time.Second)
			d.act(simulator.Act{Do: "edit", Issue: refs[moved].ID, Title: &title})
			moved++
			d.Advance(4 * time.Second)
		}
	})
	issues, _ := kinds(items)
	for n, ref := range refs {
		if _, shown := issues[ref.ID]; !shown {
			t.Errorf("issue %d was jumped over", n)
		}
	}
	if calls > 6 {
		t.Errorf("the walk took %d calls", calls)
	}
}

// When nothing moved the pass that ends a walk is one call, also where more changed in a
// moment than a page holds.
func TestWalkEnds(t *testing.T) {
	d := newDesk(t)
	for i := range 120 {
		d.open(fmt.Sprintf("issue %d", i))
	}
	if _, calls := d.walk(external.Window{}, nil); calls != 4 {
		t.Errorf("got %d calls, want three pages and a look at the front", calls)
	}
}

// After many changes at once the look-back holds several pages. Once all of it must be
// visible, looking whether anything changed takes one call all the same.
func TestIdleAfterMuchChanged(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Lag = 8 * time.Second })
	var refs []external.Ref
	for i := range 120 {
		refs = append(refs, d.open(fmt.Sprintf("issue %d", i)))
	}
	window := external.Window{Lo: d.Now().Add(-10 * time.Second)}
	d.Advance(9 * time.Second)
	if _, calls := d.walk(window, nil); calls != 4 || d.version != "" {
		t.Errorf("got version %q after %d calls, want none: something older may still show up", d.version, calls)
	}
	d.Advance(2 * time.Second)
	if _, calls := d.walk(window, nil); calls != 4 || d.version == "" {
		t.Fatalf("got version %q after %d calls", d.version, calls)
	}
	again := func() bool {
		got, err := d.Tested.Changes(d.Context(), external.StreamTickets, window, "", d.version)
		if err != nil || got.Unchanged != (got.Next == "" && len(got.Items) == 0) {
			t.Fatalf("got %d items, unchanged=%t, %v", len(got.Items), got.Unchanged, err)
		}
		return got.Unchanged
	}
	if !again() {
		t.Error("nothing changed")
	}
	body := "a remark"
	d.act(simulator.Act{Do: "comment", Issue: refs[0].ID, Body: &body})
	d.Advance(8 * time.Second)
	if again() {
		t.Error("a comment came")
	}
	d.Advance(time.Minute)
	d.walk(window, nil)
	title := "renamed"
	d.act(simulator.Act{Do: "edit", Issue: refs[0].ID, Title: &title})
	d.Advance(8 * time.Second)
	if again() {
		t.Error("the oldest issue was renamed")
	}
	d.Advance(time.Minute)
	d.walk(window, func() {
		title += "!"
		d.act(simulator.Act{Do: "edit", Issue: refs[1].ID, Title: &title})
		d.Advance(8 * time.Second)
	})
	if d.version != "" {
		t.Error("a walk during which something changed has a version")
	}
}

// A cursor is an item's id. When that item is deleted for good the pass begins again.
func TestCursorOfAPurgedIssue(t *testing.T) {
	d := newDesk(t)
	refs := d.fill(130)
	at := map[int]external.Ref{}
	for i, ref := range refs {
		at[len(refs)-i] = ref // newest first
	}
	purged := false
	items, _ := d.walk(external.Window{}, func() {
		if !purged {
			purged = true
			d.act(simulator.Act{Do: "purge", Issue: at[50].ID})
		}
	})
	if issues, _ := kinds(items); len(issues) != 130 {
		t.Errorf("got %d issues, want all, the purged one as it was", len(issues))
	}
}

// A cursor is where its item is by now. One that has just changed is at the front while the list still shows
// it where it was, so that the next page is the first one again. That is not the end of the list.
func TestCursorOfACommentThatHasJustChanged(t *testing.T) {
	d := newDesk(t, func(o *simulator.Options) { o.Lag = 3 * time.Second })
	const made = 130
	d.fill(made)
	d.Advance(time.Minute)
	page := func(token string) (external.Page, error) {
		return d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{}, token, "")
	}
	first, err := page("")
	if err != nil {
		t.Fatal(err)
	}
	_, shown := kinds(first.Items)
	oldest := slices.MinFunc(slices.Collect(maps.Values(shown)), func(a, b external.Item) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
	body := "at the front"
	d.act(simulator.Act{Do: "edit_comment", Comment: oldest.ID, Body: &body})
	if got, err := page(first.Next); external.KindOf(err) != external.Temporary {
		t.Fatalf("the page after it holds %d items: %v", len(got.Items), err)
	}
	d.Advance(time.Minute)
	seen := first.Items
	for next := first.Next; next != ""; {
		got, err := page(next)
		if err != nil {
			t.Fatal(err)
		}
		seen, next = append(seen, got.Items...), got.Next
	}
	if issues, comments := kinds(seen); len(issues) != made || len(comments) != made {
		t.Errorf("got %d issues and %d comments, want %d of each", len(issues), len(comments), made)
	}
}

func TestForeignPageToken(t *testing.T) {
	d := newDesk(t)
	_, err := d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{}, "page 2", "")
	want(t, err, external.Invalid)
	_, err = d.Tested.Changes(d.Context(), external.StreamComments, external.Window{}, "", "")
	want(t, err, external.Invalid, "no stream")
}

// A comment does not count as a change of its issue; it has a connection of its own.
func TestCommentAlone(t *testing.T) {
	d := newDesk(t)
	ref := d.open("an issue")
	d.Advance(time.Hour)
	lo, body := d.Now(), "later"
	d.act(simulator.Act{Do: "comment", Issue: ref.ID, Body: &body})
	items, _ := d.walk(external.Window{Lo: lo}, nil)
	if len(items) != 1 || items[0].Kind != external.KindComment || items[0].Parent != ref.Key || items[0].Author != someone {
		t.Errorf("got %+v, want the comment alone", items)
	}
}

// What is archived stays, what is in the trash is gone; lists show both only when asked.
func TestArchiveAndTrash(t *testing.T) {
	d := newDesk(t)
	archived, trashed := d.open("archived"), d.open("trashed")
	body := "kept"
	kept := d.act(simulator.Act{Do: "comment", Issue: archived.ID, Body: &body}).Comment
	d.Advance(time.Hour)
	d.act(simulator.Act{Do: "archive", Issue: archived.ID})
	d.act(simulator.Act{Do: "trash", Issue: trashed.ID})
	items, _ := d.walk(external.Window{}, nil)
	issues, comments := kinds(items)
	if i, shown := issues[archived.ID]; !shown || i.Gone {
		t.Error("an archived issue is as good as any")
	}
	if _, shown := comments[kept]; !shown {
		t.Error("the comment on an archived issue does not show")
	}
	if i := issues[trashed.ID]; !i.Gone {
		t.Error("an issue in the trash shows as present")
	}
	if !d.Look(trashed).Gone || d.Look(archived).Gone {
		t.Error("reading directly says otherwise")
	}
	d.act(simulator.Act{Do: "unarchive", Issue: trashed.ID})
	if d.Look(trashed).Gone {
		t.Error("an issue that was restored is gone")
	}
}

// An issue that moves to another team keeps its id and changes its identifier.
func TestMovedToAnotherTeam(t *testing.T) {
	d := newDesk(t)
	d.sim.AddTeam("OPS", "Operations")
	ref := d.open("an issue")
	d.act(simulator.Act{Do: "team", Issue: ref.ID, Team: "OPS"})
	got := d.Look(ref)
	if !got.Gone || got.ID != ref.ID || !strings.Contains(got.MovedTo, "/OPS-1/") || got.Home.ID != ref.ID || got.Home.Key != "OPS-1" {
		t.Errorf("got %+v, want it gone, and where it went", got)
	}
	d.act(simulator.Act{Do: "team", Issue: ref.ID, Team: "ENG"})
	if got = d.Look(ref); got.Gone || got.Key != "ENG-2" {
		t.Errorf("back again: got %s, gone=%t", got.Key, got.Gone)
	}
}

// Ten labels come along with an issue. The others are read.
func TestManyLabels(t *testing.T) {
	d := newDesk(t)
	ref := d.open("an issue")
	var all []string
	for i := range 130 {
		all = append(all, fmt.Sprintf("label %03d", i))
	}
	d.act(simulator.Act{Do: "set_labels", Issue: ref.ID, Names: all})
	items, calls := d.walk(external.Window{}, nil)
	if got := items[0].Fields["labels"]; !got.Equal(ticket.Set(all...)) || calls != 3 {
		t.Errorf("got %d labels in %d calls, want all in 3", len(got.Elements()), calls)
	}
	d.act(simulator.Act{Do: "set_labels", Issue: ref.ID, Names: all[:10]})
	if _, calls = d.walk(external.Window{}, nil); calls != 1 {
		t.Errorf("ten labels took %d calls", calls)
	}
}

// Twenty items are read by one call, and each that is gone takes one more.
func TestReadInBatches(t *testing.T) {
	d := newDesk(t)
	refs := d.fill(20)
	body := "a remark"
	c := d.act(simulator.Act{Do: "comment", Issue: refs[0].ID, Body: &body}).Comment
	refs = append(refs, external.Ref{Kind: external.KindComment, ID: c})
	d.act(simulator.Act{Do: "purge", Issue: refs[3].ID})
	d.Made()
	items, err := d.Tested.Read(d.Context(), refs)
	if err != nil || len(items) != 21 {
		t.Fatalf("got %d items, %v", len(items), err)
	}
	for n, i := range items {
		if i.ID != refs[n].ID || i.Gone != (n == 3) {
			t.Errorf("item %d: got %s, gone=%t", n, i.ID, i.Gone)
		}
	}
	if calls := len(strings.Fields(d.Made())); calls != 3 {
		t.Errorf("got %d calls, want one, one more for what is gone, and one for the rest", calls)
	}
	_, err = d.Tested.Read(d.Context(), []external.Ref{{Kind: external.KindContainer, ID: "x"}})
	want(t, err, external.Invalid)
}

func TestItemOfEveryField(t *testing.T) {
	d := newDesk(t)
	parent := d.open("parent")
	project, err := d.team.AddProject("Apollo")
	if err != nil {
		t.Fatal(err)
	}
	cycle, err := d.team.AddCycle("", d.Now(), d.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	title, body := "an issue", "text"
	made := d.act(simulator.Act{Do: "create", Title: &title, Body: &body, Names: []string{"a"}, Input: model.Input{
		"priority": 4, "estimate": 3, "dueDate": "2026-06-01", "assigneeId": d.sim.User(someone), "parentId": parent.ID,
		"projectId": project, "cycleId": cycle, "stateId": d.team.State("In Review"),
	}})
	got := d.Look(external.Ref{Kind: external.KindTicket, ID: made.Issue})
	want := external.Fields{
		"title": text("an issue"), "description": text("text"), "state": text("In Review"), "priority": text("Low"),
		"estimate": text("3"), "dueDate": text("2026-06-01"), "assignee": text(d.sim.User(someone)), "parent": text(parent.ID),
		"project": text("Apollo"), "cycle": text("Cycle 1"), "labels": set("a"),
	}
	for name, v := range want {
		if !got.Fields[name].Equal(v) {
			t.Errorf("%s: got %q, want %q", name, got.Fields[name].Text(), v.Text())
		}
	}
	if got.Key != made.Identifier || got.Author != someone || got.CreateKey != "" || got.CreatedAt.IsZero() || got.URL == "" {
		t.Errorf("got %+v", got.Ref)
	}
}
