package linear_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

// sent returns the variable "input" of the latest call of a kind.
func (d *desk) sent(kind string) map[string]any {
	d.Helper()
	all := d.sim.Requests(kind)
	if len(all) == 0 {
		d.Fatalf("no call %s was made", kind)
	}
	var body struct {
		Variables struct{ Input map[string]any }
	}
	if err := json.Unmarshal([]byte(all[len(all)-1].Body), &body); err != nil {
		d.Fatal(err)
	}
	return body.Variables.Input
}

// Generated input structs with pointers send null for what is not set, and null clears. An
// update sends what it changes and nothing else.
func TestAbsentIsNotNull(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{
		"title": text("an issue"), "assignee": text(d.sim.User(someone)), "labels": set("a"), "priority": text("High"),
	}))
	if got := slices.Sorted(maps.Keys(d.sent("issueCreate+issueLabelCreate"))); strings.Join(got, " ") != "assigneeId id labelIds priority teamId title" {
		t.Errorf("the create sends %q", got)
	}
	item = d.push(edit(item, external.Fields{"title": text("renamed")}))
	if got := slices.Sorted(maps.Keys(d.sent("issueUpdate"))); len(got) != 1 || got[0] != "title" {
		t.Errorf("the update sends %q", got)
	}
	if item.Fields["assignee"].IsEmpty() || item.Fields["priority"].Text() != "High" || !item.Fields["labels"].Equal(set("a")) {
		t.Errorf("the update cleared what it did not name: %v", item.Fields)
	}
	generated, err := os.ReadFile("generated.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"IssueCreateInput", "IssueUpdateInput", "CommentCreateInput", "CommentUpdateInput"} {
		if strings.Contains(string(generated), "type "+name+" struct") {
			t.Errorf("%s is generated as a struct; bind it to a map", name)
		}
	}
}

// Names are read when one is needed, once.
func TestNamesAreReadOnce(t *testing.T) {
	d := newDesk(t)
	d.Made()
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	item = d.push(edit(item, external.Fields{"title": text("renamed"), "priority": text("Low")}))
	if got := d.Made(); got != "issueCreate issueUpdate" {
		t.Errorf("got calls %q", got)
	}
	for _, state := range []string{"Todo", "Done"} {
		item = d.push(edit(item, external.Fields{"state": text(state)}))
	}
	if got := d.Made(); got != "states.list labels.list issueUpdate issueUpdate" {
		t.Errorf("got calls %q", got)
	}
}

// Null clears, and only where it was asked for.
func TestNullClears(t *testing.T) {
	d := newDesk(t)
	parent := d.open("parent")
	item := d.push(create(1, external.Fields{
		"title": text("an issue"), "description": text("text"), "priority": text("Low"), "estimate": text("3"),
		"dueDate": text("2026-06-01"), "assignee": text(d.sim.User(someone)), "parent": text(parent.ID),
	}))
	cleared := external.Fields{"description": {}, "priority": {}, "estimate": {}, "dueDate": {}, "assignee": {}, "parent": {}}
	before := d.sim.Counters().Writes
	got := d.push(edit(item, cleared))
	if n := d.sim.Counters().Writes - before; n != 1 {
		t.Errorf("several fields took %d calls", n)
	}
	for name := range cleared {
		if v := got.Fields[name]; !v.IsEmpty() && v.Text() != "No priority" {
			t.Errorf("%s still holds %q", name, v.Text())
		}
	}
	if v, there := d.sent("issueUpdate")["assigneeId"]; !there || v != nil {
		t.Errorf("assigneeId: got %v, want null", v)
	}
}

// Labels are changed by what is added and removed; the one of a group gives way to
// another in a single call; those that do not exist are made by that call.
func TestLabels(t *testing.T) {
	d := newDesk(t)
	group, err := d.sim.AddLabel(model.Input{"name": "Size", "isGroup": true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"small", "large"} {
		if _, err := d.sim.AddLabel(model.Input{"name": name, "parentId": group}); err != nil {
			t.Fatal(err)
		}
	}
	item := d.push(create(1, external.Fields{"title": text("an issue"), "labels": set("small", "bug")}))
	d.act(simulator.Act{Do: "label", Issue: item.ID, Names: []string{"rival"}})
	before := d.sim.Counters().Writes
	got := d.push(edit(item, external.Fields{"labels": set("large", "BUG", "new one", "new two")}))
	if n := d.sim.Counters().Writes - before; n != 1 {
		t.Errorf("got %d calls, want one", n)
	}
	if want := set("large", "bug", "new one", "new two", "rival"); !got.Fields["labels"].Equal(want) {
		t.Errorf("got %q, want %q", got.Fields["labels"].Text(), want.Text())
	}
	if _, there := d.sent("issueLabelCreate+issueUpdate")["labelIds"]; there {
		t.Error("the whole set was written")
	}
	_, err = d.try(d.Tested, edit(got, external.Fields{"labels": set("large", "small")}))
	want(t, err, external.Invalid, "abelIds")
}

// Adding "BUG" where "bug" is removed would take the one label off again.
func TestLabelsDifferingInCase(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue"), "labels": set("bug")}))
	got := d.push(edit(item, external.Fields{"labels": set("BUG")}))
	if _, removed := d.sent("issueUpdate")["removedLabelIds"]; removed || !got.Fields["labels"].Equal(set("bug")) {
		t.Errorf("got %q, want the label to stay", got.Fields["labels"].Text())
	}
}

// A name that the team and the workspace both have means the team's label; one of a group
// of labels means none.
func TestNamesOfLabels(t *testing.T) {
	d := newDesk(t)
	ids := map[string]string{}
	for _, owner := range []string{"team", "workspace", "team again"} {
		in := model.Input{"name": "bug " + owner}
		if owner != "workspace" {
			in["teamId"] = d.team.ID()
		}
		id, err := d.sim.AddLabel(in)
		if err != nil {
			t.Fatal(err)
		}
		ids[owner] = id
	}
	d.sim.View(func(w *model.World) { // Linear refuses to make them, and has them from before it did
		w.Label(ids["team"]).Name, w.Label(ids["workspace"]).Name = "Bug", "bug"
	})
	got := d.push(create(1, external.Fields{"title": text("an issue"), "labels": set("bug")}))
	if i := d.issue(got.ID); len(i.Labels) != 1 || i.Labels[0].ID != ids["team"] {
		t.Errorf("got %q", got.Fields["labels"].Text())
	}
	if _, err := d.sim.AddLabel(model.Input{"name": "Size", "isGroup": true}); err != nil {
		t.Fatal(err)
	}
	_, err := d.try(d.Tested, edit(got, external.Fields{"labels": set("bug", "Size")}))
	want(t, err, external.Invalid, "group")
	if now := d.Look(got.Ref); !now.Fields["labels"].Equal(got.Fields["labels"]) {
		t.Errorf("got %q", now.Fields["labels"].Text())
	}
}

// A label that was renamed since it was read is noticed by the answer.
func TestRenamedLabel(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue"), "labels": set("old")}))
	d.push(edit(item, external.Fields{"labels": {}}))
	d.sim.View(func(w *model.World) {
		for _, l := range w.Labels() {
			l.Name = "renamed"
		}
	})
	got := d.push(edit(d.Look(item.Ref), external.Fields{"labels": set("old")}))
	if !got.Fields["labels"].Equal(set("renamed")) {
		t.Fatalf("got %q, want what the known id means now", got.Fields["labels"].Text())
	}
	if got = d.push(edit(got, external.Fields{"labels": set("old")})); !got.Fields["labels"].Equal(set("old")) {
		t.Errorf("got %q, want the label that was asked for", got.Fields["labels"].Text())
	}
}

// A second create with an id that is taken is refused by Linear. Ours finds the issue,
// unless it cannot be seen or is not what we wrote.
func TestCreateAgain(t *testing.T) {
	tests := []struct {
		reason    string
		meanwhile func(d *desk, made external.Item)
		want      external.ErrorKind
	}{
		{"nothing happened", func(*desk, external.Item) {}, ""},
		{"somebody edited it", func(d *desk, made external.Item) {
			title := "theirs"
			d.act(simulator.Act{Do: "edit", Issue: made.ID, Title: &title})
		}, external.Conflict},
		{"it is in the trash", func(d *desk, made external.Item) {
			d.act(simulator.Act{Do: "trash", Issue: made.ID})
		}, external.Conflict},
		{"it went to another team", func(d *desk, made external.Item) {
			d.sim.AddTeam("OPS", "Operations")
			d.act(simulator.Act{Do: "team", Issue: made.ID, Team: "OPS"})
		}, external.Conflict},
	}
	for _, tt := range tests {
		d := newDesk(t)
		c := create(1, external.Fields{"title": text(" an issue "), "description": text("- a"), "labels": set("a")})
		d.fail(simulator.ReplyLost, "write")
		_, err := d.try(d.Tested, c)
		want(t, err, external.Ambiguous)
		made := d.Look(external.Ref{Kind: external.KindTicket, ID: adapters.ClientID(key(1))})
		tt.meanwhile(d, made)
		got, err := d.try(d.Tested, c)
		if external.KindOf(err) != tt.want || (err == nil && (got.ID != made.ID || got.CreateKey != key(1))) {
			t.Errorf("%s: got %s, %v", tt.reason, got.ID, err)
		}
	}
}

// The id of an issue that a stranger made is never taken for ours.
func TestIDOfAStranger(t *testing.T) {
	d := newDesk(t)
	title := "an issue"
	d.act(simulator.Act{Do: "create", Title: &title, Input: model.Input{"id": adapters.ClientID(key(1))}})
	_, err := d.try(d.Tested, create(1, external.Fields{"title": text(title)}))
	want(t, err, external.Conflict, "not ours")
	if got := d.Look(external.Ref{Kind: external.KindTicket, ID: adapters.ClientID(key(1))}); got.CreateKey != "" {
		t.Errorf("got the key %q on somebody else's issue", got.CreateKey)
	}
}

// An id has the form of a random UUID; a key without one is refused before any call.
func TestKeyWithoutID(t *testing.T) {
	d := newDesk(t)
	for _, k := range []string{"", "short.mac", "0b7e9c52-31d4-1c1a-9f60-000000000001.mac", "0B7E9C52-31D4-4C1A-9F60-000000000001.mac"} {
		c := create(1, external.Fields{"title": text("x")})
		c.CreateKey = k
		_, err := d.Tested.Ops(cleared(t, c))
		want(t, err, external.Invalid, "create key")
	}
}

func TestContentRefusedHere(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	tests := []struct{ field, value, word string }{
		{"title", " ", "title"}, {"title", strings.Repeat("é", 513), "title"}, {"state", "Nowhere", "state"},
		{"priority", "Highest", "priority"}, {"estimate", "0.5", "whole numbers"}, {"estimate", "many", "whole numbers"},
		{"dueDate", "tomorrow", "due date"}, {"cycle", "Sprint 9", "cycle"},
	}
	before := d.sim.Counters().Writes
	for _, tt := range tests {
		_, err := d.try(d.Tested, edit(item, external.Fields{tt.field: text(tt.value)}))
		want(t, err, external.Invalid, tt.word)
	}
	if n := d.sim.Counters().Writes - before; n != 0 {
		t.Errorf("%d calls were made all the same", n)
	}
	_, err := d.try(d.Tested, edit(item, external.Fields{"estimate": text("4")}))
	want(t, err, external.Invalid, "estimate")
	_, err = d.try(d.Tested, edit(item, external.Fields{"assignee": text("nobody")}))
	want(t, err, external.Invalid, "assigneeId")
}

// Containers are named by their titles. A project that is not known is looked for, and
// made if there is none; cycles are Linear's own.
func TestContainers(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue"), "project": text("Apollo")}))
	if item.Fields["project"].Text() != "Apollo" {
		t.Errorf("got project %q", item.Fields["project"].Text())
	}
	if _, err := d.team.AddCycle("Sprint", d.Now(), d.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	lister, ok := d.Tested.(adapters.ContainerLister)
	if !ok {
		t.Fatal("the adapter lists no containers")
	}
	known, err := lister.Containers(d.Context())
	if err != nil || len(known) != 2 {
		t.Fatalf("got %+v, %v", known, err)
	}
	other := d.push(create(2, external.Fields{"title": text("another"), "project": text("Apollo")}))
	if again, err := lister.Containers(d.Context()); err != nil || len(again) != 2 || other.Fields["project"].Text() != "Apollo" {
		t.Errorf("got %+v, %v; want the project found", again, err)
	}
	got := d.push(edit(item, external.Fields{"project": {}, "cycle": text("Sprint")}, known...))
	if !got.Fields["project"].IsEmpty() || got.Fields["cycle"].Text() != "Sprint" {
		t.Errorf("got project %q and cycle %q", got.Fields["project"].Text(), got.Fields["cycle"].Text())
	}
	d.fail(simulator.ReplyLost, "projectCreate")
	_, err = d.try(d.Tested, edit(item, external.Fields{"project": text("Gemini")}))
	want(t, err, external.Ambiguous)
	d.push(edit(item, external.Fields{"project": text("Gemini")}))
	if n := len(d.sim.Requests("projectCreate")); n != 2 {
		t.Errorf("%d calls that make a project, want one for each", n)
	}
}

// Linear keeps one attachment for each address and issue.
func TestBacklink(t *testing.T) {
	d := newDesk(t)
	d.Tested = d.connect(adapters.Config{Settings: json.RawMessage(`{"backlink":"https://tickets.example/{id}"}`)})
	c := create(1, external.Fields{"title": text("an issue")})
	item := d.push(c)
	d.push(c)
	i := d.issue(item.ID)
	if len(i.Attachments) != 1 || i.Attachments[0].URL != "https://tickets.example/"+item.ID {
		t.Errorf("got %d attachments", len(i.Attachments))
	}
	if item.CreateKey != key(1) || item.Fields["title"].Text() != "an issue" {
		t.Errorf("the answer is not the whole issue: %+v", item)
	}
}

func TestTrashIssue(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	got := d.push(outbound.Content{Action: outbound.Delete, Ref: item.Ref})
	if !got.Gone || !d.issue(item.ID).Trashed {
		t.Errorf("got %+v", got)
	}
	_, err := d.try(d.Tested, comment(2, item.Ref, "late"))
	want(t, err, external.NotFound)
}

func TestComments(t *testing.T) {
	d := newDesk(t)
	on := d.push(create(1, external.Fields{"title": text("an issue")}))
	c := comment(2, on.Ref, "- a\n- b")
	d.fail(simulator.ReplyLost, "write")
	_, err := d.try(d.Tested, c)
	want(t, err, external.Ambiguous)
	made := d.push(c)
	if made.Fields["body"].Text() != "* a\n* b" || made.CreateKey != key(2) || made.Parent != on.Key || len(d.issue(on.ID).Comments) != 1 {
		t.Errorf("got %+v", made)
	}
	theirs := "not ours"
	id := d.act(simulator.Act{Do: "comment", Issue: on.ID, Body: &theirs}).Comment
	_, err = d.try(d.Tested, edit(external.Item{Ref: external.Ref{Kind: external.KindComment, ID: id}}, external.Fields{"body": text("x")}))
	want(t, err, external.Forbidden)
	if !strings.Contains(err.Error(), "only who wrote a comment") {
		t.Errorf("the refusal tells of the token alone: %v", err)
	}
}

// A thousand tickets go out in at most sixty calls that write: fifty at a time.
func TestCallsOfAPush(t *testing.T) {
	d := newDesk(t)
	var ops []adapters.Op
	for n := range 1000 {
		ops = append(ops, d.Ops(create(n, external.Fields{
			"title": text(fmt.Sprintf("issue %d", n)), "state": text("Todo"), "labels": set(fmt.Sprintf("label %d", n%7)),
		}))...)
	}
	d.Made()
	writer := d.writer()
	for batch := range slices.Chunk(ops, d.Tested.Capabilities().WriteBatch) {
		results, err := writer.WriteBatch(d.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for n, r := range results {
			if r.Err != nil || r.Item.CreateKey == "" {
				t.Fatalf("element %d: %v", n, r.Err)
			}
		}
	}
	if n := d.sim.Counters().Writes; n > 60 {
		t.Errorf("got %d calls that write", n)
	}
	t.Logf("%d calls, %d of them write", len(strings.Fields(d.Made())), d.sim.Counters().Writes)
}

// A label that can be none is refused for good: its ticket would be tried for ever. One
// that somebody has made is found, and blanks around a name are no part of it.
func TestLabelsThatCannotBeMade(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	_, err := d.try(d.Tested, edit(item, external.Fields{"labels": set(strings.Repeat("x", 3000))}))
	want(t, err, external.Invalid, "rename the label")
	d.push(edit(item, external.Fields{"labels": set("known")}))
	if _, err := d.team.AddLabel("taken"); err != nil {
		t.Fatal(err)
	}
	if got := d.push(edit(item, external.Fields{"labels": set("taken", " padded ", " ")})); !got.Fields["labels"].Equal(set("known", "padded", "taken")) {
		t.Errorf("got %q", got.Fields["labels"].Text())
	}
}
