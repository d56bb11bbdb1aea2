package github_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/ticket"
)

var newTicket = external.Ref{Kind: external.KindTicket}

func TestCreateSendsAllInOneCall(t *testing.T) {
	d := newDesk(t)
	d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("before"), "milestone": text("v1")}})
	d.Made()
	known := []external.Container{{Ref: external.Ref{Kind: external.KindContainer, ID: "x", Key: "1"}, Field: "milestone", Name: "v1"}}
	items := d.Push(outbound.Content{
		Action: outbound.Create, Ref: newTicket, CreateKey: ownKey, Containers: known,
		Set: external.Fields{
			"title": text("new"), "body": text("what\n\nwhy"), "state": text("open"), "state_reason": {},
			"labels": set("bug", "p1"), "assignees": set(someone), "milestone": text("v1"),
		},
	})
	if calls := d.Made(); calls != "issues.create" {
		t.Fatalf("calls %q, want one", calls)
	}
	i := items[0]
	if i.CreateKey != ownKey || i.Author != bot || i.Key != "2" || i.ID == "" || i.UpdatedAt.IsZero() {
		t.Errorf("item %+v", i)
	}
	for field, want := range map[string]ticket.Value{
		"title": text("new"), "body": text("what\n\nwhy"), "state": text("open"), "labels": set("bug", "p1"),
		"assignees": set(someone), "milestone": text("v1"),
	} {
		if !i.Fields[field].Equal(want) {
			t.Errorf("%s = %v, want %v", field, i.Fields[field], want)
		}
	}
	if body := d.issue(2).Text(); !strings.HasSuffix(body, "<!-- extsync:"+ownKey+" -->") {
		t.Errorf("the body on GitHub is %q, want the marker at its end", body)
	}
}

func TestAClosedTicketIsCreatedAndThenClosed(t *testing.T) {
	d := newDesk(t)
	items := d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{
		"title": text("old"), "state": text("closed"), "state_reason": text("not_planned"),
	}})
	if calls := d.Made(); calls != "issues.create issues.edit" {
		t.Errorf("calls %q", calls)
	}
	if last := items[1].Fields; last["state"].Text() != "closed" || last["state_reason"].Text() != "not_planned" {
		t.Errorf("read back %v", last)
	}
}

func TestAMissingMilestoneIsMadeFirst(t *testing.T) {
	d := newDesk(t)
	items := d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("a"), "milestone": text("v9")}})
	if calls := d.Made(); calls != "milestones.create issues.create" {
		t.Errorf("calls %q", calls)
	}
	if got := items[1].Fields["milestone"].Text(); got != "v9" {
		t.Errorf("milestone %q", got)
	}
	// Somebody else was faster: 422 already_exists, and the one that is there is used.
	again := d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("b"), "milestone": text("v9")}})
	if again[0].ID != items[0].ID || again[0].ID == "" {
		t.Errorf("found milestone %q, want %q", again[0].ID, items[0].ID)
	}
}

func TestOpsOfAnUpdate(t *testing.T) {
	d := newDesk(t)
	now := external.Fields{"labels": set("a", "b", "c"), "assignees": set("x"), "milestone": text("v1")}
	for _, c := range []struct {
		set  external.Fields
		want string
		why  string
	}{
		{external.Fields{"title": text("t"), "body": text("b"), "state": text("closed"), "state_reason": text("completed"), "milestone": {}},
			"edit issue", "all scalars in one call"},
		{external.Fields{"labels": set("c", "d", "e")}, "remove label, remove label, add labels", "a removal takes one call each"},
		{external.Fields{"assignees": set("y", "z")}, "remove assignees, add assignees", "assignees take one call each way"},
		{external.Fields{"milestone": text("v2"), "labels": set("a", "b", "c", "d")}, "create milestone, edit issue, add labels", "the milestone first"},
		{external.Fields{"state_reason": text("duplicate")}, "edit issue", "GitHub will ignore it; the answer shows that"},
	} {
		ops := d.Ops(outbound.Content{Action: outbound.Update, Ref: external.Ref{Kind: external.KindTicket, Key: "1"}, Set: c.set, Now: now})
		if got := names(ops); got != c.want {
			t.Errorf("got %q, want %q: %s", got, c.want, c.why)
		}
	}
}

func TestOpsRefusesWhatWasNotCleared(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Tested.Ops(outbound.Outbound{}); !errors.Is(err, outbound.ErrNotCleared) {
		t.Errorf("got %v", err)
	}
	if _, err := d.Tested.Write(t.Context(), adapters.Op{Verb: "issues.create"}); !errors.Is(err, outbound.ErrNotCleared) {
		t.Errorf("got %v", err)
	}
	if d.Made() != "" {
		t.Error("something was sent")
	}
}

func TestOpsRefusesWhatGitHubCannotDo(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		content outbound.Content
		says    string
	}{
		{outbound.Content{Action: outbound.Delete, Ref: external.Ref{Kind: external.KindTicket, Key: "1"}}, "close it as not planned"},
		{outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindContainer}}, "container"},
		{outbound.Content{Action: outbound.Create, Ref: newTicket, CreateKey: "a --> b"}, "create key"},
	} {
		_, err := d.Tested.Ops(cleared(t, c.content))
		want(t, err, external.Invalid, c.says)
	}
}

func TestEditSendsOnlyWhatIsSet(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"title": text("two")}})
	sent := d.sim.Requests("issues.edit")
	if len(sent) != 1 || strings.TrimSpace(sent[0].Body) != `{"title":"two"}` {
		t.Errorf("sent %+v", sent)
	}
}

func TestAMilestoneIsTakenOffByNull(t *testing.T) {
	d := newDesk(t)
	d.open("one")
	d.act(simulator.Act{Do: "milestone", Issue: 1, To: "v1"})
	i := d.Look(external.Ref{Kind: external.KindTicket, Key: "1"})
	items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"milestone": {}}})
	if sent := d.sim.Requests("issues.edit"); strings.TrimSpace(sent[0].Body) != `{"milestone":null}` {
		t.Errorf("sent %s", sent[0].Body)
	}
	if got := items[0].Fields["milestone"]; !got.IsEmpty() {
		t.Errorf("milestone %v, want none", got)
	}
}

func TestAnIssueMovesToAnotherMilestone(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	for _, title := range []string{"v1", "v2"} {
		items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"milestone": text(title)}})
		if got := items[1].Fields["milestone"].Text(); got != title {
			t.Errorf("milestone %q, want %q", got, title)
		}
	}
	edit := d.Ops(outbound.Content{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{"milestone": text("v3")}})[1]
	_, err := d.Tested.Write(t.Context(), edit) // without what the operation before it made
	want(t, err, external.Invalid, "make it first")
}

func TestABodyCanBeEmptied(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"body": {}}})
	if got := items[0].Fields["body"]; !got.IsEmpty() {
		t.Errorf("body %q", got)
	}
}

// TestTheReasonAloneCannotChange: GitHub ignores a reason unless the state changes
// (operation issues/update), so a closed issue is opened on the way to another one.
func TestTheReasonAloneCannotChange(t *testing.T) {
	d := newDesk(t)
	d.open("one")
	d.act(simulator.Act{Do: "close", Issue: 1, To: "completed"})
	i := d.Look(external.Ref{Kind: external.KindTicket, Key: "1"})
	want := external.Fields{"state": text("closed"), "state_reason": text("not_planned")}
	items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: want})
	if got := items[0]; len(items) != 1 || got.Fields["state"].Text() != "open" || len(got.Halfway) != 2 {
		t.Fatalf("got %+v, want the issue open, halfway", items)
	}
	items = d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: items[0].Fields, Set: want})
	if got := items[0]; got.Fields["state_reason"].Text() != "not_planned" || len(got.Halfway) != 0 {
		t.Errorf("got %+v, want it closed as not planned", got)
	}
}

func TestLabelsOfOthersStay(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	d.act(simulator.Act{Do: "label", Issue: 1, Names: []string{"bug"}})
	i = d.Look(i.Ref)
	content := outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"labels": set("mine")}}
	ops := d.Ops(content)
	d.act(simulator.Act{Do: "label", Issue: 1, Names: []string{"theirs"}}) // between our look and our write
	for _, op := range ops {
		item, err := d.Tested.Write(t.Context(), op)
		if err != nil {
			t.Fatal(err)
		}
		if !item.UpdatedAt.IsZero() || len(item.Fields) != 1 {
			t.Errorf("item %+v: GitHub answers with the labels alone", item)
		}
	}
	if got := d.Look(i.Ref).Fields["labels"]; !got.Equal(set("mine", "theirs")) {
		t.Errorf("labels %v, want mine and theirs", got)
	}
}

func TestLabelNamesAreEscaped(t *testing.T) {
	odd := []string{"a/b", "50% #1?", "mit Umlaut ä", "..a", "100%25", "+1"}
	d := newDesk(t)
	i := d.open("one")
	d.act(simulator.Act{Do: "label", Issue: 1, Names: append(odd, "stays")})
	i = d.Look(i.Ref)
	d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"labels": set("stays")}})
	if got := d.Look(i.Ref).Fields["labels"]; !got.Equal(set("stays")) {
		t.Errorf("labels %v", got)
	}
}

func TestALabelNamedLikeAFolderDoesNotClearAll(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	d.act(simulator.Act{Do: "label", Issue: 1, Names: []string{".", "..", "stays"}})
	i = d.Look(i.Ref)
	for _, name := range []string{".", ".."} {
		keep := i.Fields["labels"].Minus(set(name))
		_, err := d.Try(d.Tested, outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"labels": set(keep...)}})
		want(t, err, external.Invalid, "cannot be addressed")
	}
	if got := d.Look(i.Ref).Fields["labels"]; !got.Equal(i.Fields["labels"]) {
		t.Errorf("labels %v", got)
	}
}

func TestRemovingALabelThatIsGone(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	d.act(simulator.Act{Do: "label", Issue: 1, Names: []string{"bug", "api"}})
	i = d.Look(i.Ref)
	d.act(simulator.Act{Do: "unlabel", Issue: 1, Names: []string{"bug"}})
	items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"labels": set("api")}})
	if got := items[0].Fields["labels"]; !got.Equal(set("api")) {
		t.Errorf("labels %v, want what GitHub shows", got)
	}
}

func TestLabelsDifferingInCaseAlone(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	d.act(simulator.Act{Do: "label", Issue: 1, Names: []string{"bug"}})
	i = d.Look(i.Ref)
	items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"labels": set("BUG")}})
	if got := items[len(items)-1].Fields["labels"]; !got.Equal(set("bug")) {
		t.Errorf("labels %v: to GitHub it is one label, and it must stay", got)
	}
}

func TestAssignees(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	d.act(simulator.Act{Do: "assign", Issue: 1, Names: []string{someone}})
	i = d.Look(i.Ref)
	items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"assignees": set(bot, "nobody-here")}})
	if got := items[1].Fields["assignees"]; !got.Equal(set(bot)) {
		t.Errorf("assignees %v: GitHub drops who cannot be assigned, and Write must show that", got)
	}
}

// TestANewIssueForSomebodyUnknown: GitHub refuses a whole new issue that names somebody who cannot
// be assigned, as anybody who left the organisation. It is made all the same, for whoever can be.
func TestANewIssueForSomebodyUnknown(t *testing.T) {
	d := newDesk(t)
	made := d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, CreateKey: ownKey, Set: external.Fields{
		"title": text("new"), "labels": set("bug"), "assignees": set(someone, "left-us"),
	}})[0]
	if made.CreateKey != ownKey || !made.Fields["assignees"].Equal(set(someone)) || !made.Fields["labels"].Equal(set("bug")) {
		t.Errorf("made %+v", made)
	}
	if calls := d.Made(); calls != "issues.create issues.create assignees.add" {
		t.Errorf("calls %q", calls)
	}
}

func TestFieldsAreDroppedSilentlyWithoutPushAccess(t *testing.T) {
	d := newDesk(t)
	d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("a"), "milestone": text("v1")}})
	reader := d.adapter("weak", simulator.Token{Login: "guest"})
	known := []external.Container{{Ref: external.Ref{Kind: external.KindContainer, Key: "1"}, Field: "milestone", Name: "v1"}}
	items, err := d.Try(reader, outbound.Content{Action: outbound.Create, Ref: newTicket, Containers: known, Set: external.Fields{
		"title": text("b"), "labels": set("bug"), "assignees": set(someone), "milestone": text("v1"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"labels", "assignees", "milestone"} {
		if got := items[0].Fields[field]; !got.IsEmpty() {
			t.Errorf("%s = %v: Write must return what GitHub shows, not what was sent", field, got)
		}
	}
}

func TestCommentsAreAddedEditedAndDeleted(t *testing.T) {
	d := newDesk(t)
	d.open("one")
	made := d.Push(outbound.Content{Action: outbound.Create, CreateKey: ownKey, Set: external.Fields{"body": text("hello")},
		Ref: external.Ref{Kind: external.KindComment, Parent: "1"}})[0]
	if made.Parent != "1" || made.CreateKey != ownKey || made.Fields["body"].Text() != "hello" || made.Author != bot {
		t.Fatalf("made %+v", made)
	}
	edited := d.Push(outbound.Content{Action: outbound.Update, CreateKey: ownKey, Ref: made.Ref, Now: made.Fields, Set: external.Fields{"body": text("hello again")}})[0]
	if edited.Fields["body"].Text() != "hello again" || edited.CreateKey != ownKey || edited.Ref != made.Ref {
		t.Errorf("edited %+v", edited)
	}
	gone := d.Push(outbound.Content{Action: outbound.Delete, Ref: made.Ref})[0]
	if !gone.Gone || gone.Ref != made.Ref {
		t.Errorf("deleted %+v", gone)
	}
	_, err := d.Try(d.Tested, outbound.Content{Action: outbound.Delete, Ref: made.Ref})
	want(t, err, external.NotFound)
	if calls := d.Made(); calls != "issues.get comments.create comments.edit comments.delete comments.delete" {
		t.Errorf("calls %q, want one each", calls)
	}
}

func TestContentThatGitHubRefuses(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	for field, value := range map[string]string{
		"title": strings.Repeat("ä", 257), "body": strings.Repeat("ä", 65_536-160+1),
	} {
		_, err := d.Try(d.Tested, outbound.Content{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{field: text(value)}})
		want(t, err, external.Invalid, field, "long")
		if strings.Contains(err.Error(), "ää") {
			t.Error("the error quotes content")
		}
	}
	longest := external.Fields{"title": text(strings.Repeat("ä", 256)), "body": text(strings.Repeat("ä", 65_536-160))}
	d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, CreateKey: ownKey, Set: longest})
	caps := d.Tested.Capabilities()
	for name, v := range longest {
		if c, _ := caps.Field(name); c.MaxRunes != len([]rune(v.Text())) {
			t.Errorf("%s may hold %d characters, and %d were accepted together with a marker", name, c.MaxRunes, len([]rune(v.Text())))
		}
	}
}

// TestTheLongestLabel: a longer one is known to be refused before anything is sent, so that it
// rests by itself and hinders neither the other fields nor the making of the issue.
func TestTheLongestLabel(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	labelled := func(name string) error {
		_, err := d.Try(d.Tested, outbound.Content{Action: outbound.Update, Ref: i.Ref, Now: i.Fields, Set: external.Fields{"labels": ticket.Set(name)}})
		return err
	}
	c, _ := d.Tested.Capabilities().Field("labels")
	want(t, labelled(strings.Repeat("ä", c.MaxRunes)), "")
	want(t, labelled(strings.Repeat("ä", c.MaxRunes+1)), external.Invalid)
}

func TestEachWriteIsReadBackAsNormalizeSays(t *testing.T) {
	d := newDesk(t)
	i := d.open("one")
	for _, f := range []external.Fields{
		{"title": text("  spaced out \n")},
		{"body": text("a\r\nb\r\n")},
		{"state": text("closed"), "state_reason": {}},
		{"state": text("open"), "state_reason": {}},
	} {
		items := d.Push(outbound.Content{Action: outbound.Update, Ref: i.Ref, Set: f})
		wrote, read := d.Tested.Normalize(f), d.Tested.Normalize(items[0].Fields)
		for name := range wrote {
			if !wrote[name].Equal(read[name]) {
				t.Errorf("%s: wrote %q, reads %q", name, wrote[name], read[name])
			}
		}
		again := d.Tested.Normalize(wrote)
		for name := range wrote {
			if !wrote[name].Equal(again[name]) {
				t.Errorf("%s: Normalize is not idempotent", name)
			}
		}
	}
	if got := d.Tested.Normalize(external.Fields{"body": text("a\x00b"), "title": text("a\x00")}); got["body"].Text() != "ab" || got["title"].Text() != "a" {
		t.Errorf("NUL stays: %q", got)
	}
}

func TestIssuesAreWrittenOnce(t *testing.T) {
	d := newDesk(t)
	d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, CreateKey: ownKey, Set: external.Fields{"title": text("a")}})
	d.repo.View(func(r *model.Repo) {
		if n, _ := r.Containing(ownKey); n != 1 {
			t.Errorf("%d issues hold the key", n)
		}
	})
}
