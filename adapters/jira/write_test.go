package jira_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// samples are two values of every field of a project's own, in our spelling.
func samples() map[string][2]external.Fields {
	one := func(name string, a, b external.Fields) [2]external.Fields {
		return [2]external.Fields{{name: a["v"]}, {name: b["v"]}}
	}
	v := func(s string) external.Fields { return external.Fields{"v": text(s)} }
	m := func(s ...string) external.Fields { return external.Fields{"v": set(s...)} }
	out := map[string][2]external.Fields{}
	for name, pair := range map[string][2]external.Fields{
		"customfield_10031": {v("a line"), v("another line")},
		"customfield_10032": {v("some **prose**\n\n- with a list"), v("other *prose*")},
		"customfield_10033": {v("0.5"), v("3")},
		"customfield_10034": {v("2026-05-04"), v("2026-06-05")},
		"customfield_10035": {v("2026-05-04T10:00:00Z"), v("2026-06-05T11:30:00Z")},
		"customfield_10036": {v("A"), v("B")},
		"customfield_10037": {m("A", "B"), m("B", "C")},
		"customfield_10038": {m("A"), m("A", "C")},
		"customfield_10039": {v("EU / AT"), v("US")},
		"customfield_10040": {m("person1"), m("person2")},
		"customfield_10041": {m("person1", "person2"), m("person2", "person3")},
		"customfield_10042": {m("tag1"), m("tag2", "tag3")},
		"customfield_10043": {v("https://example.com/a"), v("https://example.com/b?c=d")},
	} {
		out[name] = one(name, pair[0], pair[1])
	}
	return out
}

// TestCustomFieldsBothWays: each kind is written on create and on edit, read back in the
// same spelling, and cleared with null.
func TestCustomFieldsBothWays(t *testing.T) {
	editions(t, func(d *desk) {
		var all []string
		for name := range samples() {
			all = append(all, name)
		}
		d.Tested = d.connect(adapters.Config{Fields: all})
		for name, pair := range samples() {
			first := external.Fields{"summary": text("of " + name), name: pair[0][name]}
			made := d.push(newIssue(first))
			if !made.Fields[name].Equal(pair[0][name]) {
				d.Errorf("%s created: got %q, want %q", name, made.Fields[name].Text(), pair[0][name].Text())
			}
			changed := d.push(edit(made, pair[1]))
			if !changed.Fields[name].Equal(pair[1][name]) {
				d.Errorf("%s edited: got %q, want %q", name, changed.Fields[name].Text(), pair[1][name].Text())
			}
			emptied := d.push(edit(changed, external.Fields{name: {}}))
			if !emptied.Fields[name].IsEmpty() || !d.Look(made.Ref).Fields[name].IsEmpty() {
				d.Errorf("%s cleared: got %q", name, emptied.Fields[name].Text())
			}
		}
	})
}

// TestOnlyMappedFieldsAreRead: a site may have hundreds of fields.
func TestOnlyMappedFieldsAreRead(t *testing.T) {
	d := newDesk(t)
	d.Tested = d.connect(adapters.Config{Fields: []string{"customfield_10031"}})
	item := d.Look(d.open("x"))
	if _, there := item.Fields["customfield_10031"]; !there {
		t.Error("the mapped field is missing")
	}
	if _, there := item.Fields["customfield_10033"]; there {
		t.Error("a field was read that is not mapped")
	}
}

// TestUnknownFieldIsLookedForOnce: a field made after the adapter is found; one that is
// not there costs no call each time.
func TestUnknownFieldIsLookedForOnce(t *testing.T) {
	d := newDesk(t)
	ref := d.open("x")
	item := d.Look(ref)
	d.Made()
	for range 2 {
		_, err := d.try(edit(item, external.Fields{"customfield_19999": text("x")}))
		want(t, err, external.Invalid, "customfield_19999")
	}
	if n := strings.Count(d.Made(), "fields.list"); n != 1 {
		t.Errorf("%d lists of fields for a field that is not there", n)
	}
	d.add(model.ProjectSpec{Key: "NEW", Fields: []model.FieldSpec{{ID: "customfield_10099", Name: "Late", Type: model.TextField}}})
	_, err := d.try(edit(item, external.Fields{"customfield_10099": text("x")}))
	want(t, err, external.Invalid, "customfield_10099") // of another project: Jira refuses it, by name
	if n := strings.Count(d.Made(), "fields.list"); n != 1 {
		t.Errorf("%d lists of fields for a field that is new", n)
	}
}

// TestLabelsHoldNoSpaces: Jira refuses a label with white space.
func TestLabelsHoldNoSpaces(t *testing.T) {
	editions(t, func(d *desk) {
		f := external.Fields{"summary": text("x"), "labels": set("two words", " tab\there ", "plain")}
		item := d.push(newIssue(f))
		if want := set("two_words", "tab_here", "plain"); !item.Fields["labels"].Equal(want) || !d.Tested.Normalize(f)["labels"].Equal(want) {
			d.Errorf("got %q", item.Fields["labels"].Text())
		}
		ops := d.Ops(edit(item, external.Fields{"labels": set("plain", "three more words")}))
		if len(ops) != 1 || strings.Join(ops[0].Add, " ") != "three_more_words" || strings.Join(ops[0].Remove, " ") != "tab_here two_words" {
			d.Errorf("got %s: +%q -%q", names(ops), ops[0].Add, ops[0].Remove)
		}
	})
}

// TestOpsOfAnUpdate: scalars share a call, each set has its own, the status comes last.
func TestOpsOfAnUpdate(t *testing.T) {
	d := newDesk(t)
	now := external.Item{Ref: external.Ref{Kind: external.KindTicket, ID: "1"}, Fields: external.Fields{
		"labels": set("a"), "components": set("part1"), "assignee": set("person1"), "customfield_10042": set("t")}}
	ops := d.Ops(edit(now, external.Fields{
		"summary": text("s"), "duedate": {}, "status": text("Done"), "resolution": text("Done"), "labels": set("b"), "components": set("part1"),
		"assignee": {}, "customfield_10042": {}, "customfield_10031": text("l"), "description~raw": text("never"), "reporter": set("x"),
	}))
	if got := names(ops); got != "edit issue, change assignee, change customfield_10042, change labels, transition issue" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(ops[0].Writes, " "); got != "customfield_10031 duedate summary" {
		t.Errorf("the edit writes %s", got)
	}
	if got := strings.Join(ops[4].Writes, " "); got != "status resolution" {
		t.Errorf("the transition writes %s", got)
	}
	_, err := d.Tested.Ops(cleared(t, outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindContainer}}))
	want(t, err, external.Invalid)
}

// TestPeople: one assignee, taken off with null.
func TestPeople(t *testing.T) {
	editions(t, func(d *desk) {
		item := d.push(newIssue(external.Fields{"summary": text("x"), "assignee": set("person1")}))
		if item.Fields["assignee"].Text() != "person1" || item.Fields["reporter"].Text() != bot || item.Author != bot {
			d.Errorf("got assignee %q, reporter %q, author %q", item.Fields["assignee"].Text(), item.Fields["reporter"].Text(), item.Author)
		}
		_, err := d.try(edit(item, external.Fields{"assignee": set("person1", "person2")}))
		want(d.T, err, external.Invalid, "assignee", "one person")
		item = d.push(edit(item, external.Fields{"assignee": set("person2")}))
		item = d.push(edit(item, external.Fields{"assignee": {}}))
		if !item.Fields["assignee"].IsEmpty() {
			d.Errorf("got %q", item.Fields["assignee"].Text())
		}
	})
}

// TestParent: an epic is the parent, by id; taking it off has a form of its own.
func TestParent(t *testing.T) {
	d := newDesk(t)
	epic := d.act(simulator.Act{Do: "create", Type: "Epic", Summary: "epic"})
	item := d.push(newIssue(external.Fields{"summary": text("x"), "parent": text(epic.Issue)}))
	if item.Fields["parent"].Text() != epic.Issue {
		t.Errorf("got parent %q, want %q", item.Fields["parent"].Text(), epic.Issue)
	}
	item = d.push(edit(item, external.Fields{"parent": {}, "summary": text("y")}))
	if v, there := item.Fields["parent"]; !v.IsEmpty() || !there || item.Fields["summary"].Text() != "y" {
		t.Errorf("got parent %q", v.Text())
	}
	item = d.push(edit(item, external.Fields{"parent": text(epic.Issue)}))
	if item.Fields["parent"].Text() != epic.Issue {
		t.Errorf("put back: got %q", item.Fields["parent"].Text())
	}
}

// TestSprint: the field has no fixed id; the value is the open sprint's name, and closed
// ones stay in the issue's list.
func TestSprint(t *testing.T) {
	editions(t, func(d *desk) {
		board := d.project.AddBoard("board")
		for _, s := range [][2]string{{"Sprint 1", "closed"}, {"Sprint 2", "active"}, {"Sprint 3", "future"}} {
			if _, err := d.sim.AddSprint(board, s[0], s[1]); err != nil {
				d.Fatal(err)
			}
		}
		lister, ok := d.Tested.(adapters.ContainerLister)
		if !ok {
			d.Fatal("no list of containers")
		}
		known, err := lister.Containers(d.Context())
		if err != nil {
			d.Fatal(err)
		}
		c := newIssue(external.Fields{"summary": text("x"), "sprint": text("Sprint 2")})
		c.Containers = known
		item := d.push(c)
		if item.Fields["sprint"].Text() != "Sprint 2" {
			d.Errorf("created: got %q", item.Fields["sprint"].Text())
		}
		e := edit(item, external.Fields{"sprint": text("Sprint 3")})
		e.Containers = known
		if item = d.push(e); item.Fields["sprint"].Text() != "Sprint 3" {
			d.Errorf("moved: got %q", item.Fields["sprint"].Text())
		}
		_, err = d.try(edit(item, external.Fields{"sprint": text("Sprint 9")}))
		want(d.T, err, external.Invalid, "sprint", "boards")
		if item = d.push(edit(item, external.Fields{"sprint": {}})); !item.Fields["sprint"].IsEmpty() {
			d.Errorf("taken out: got %q", item.Fields["sprint"].Text())
		}
	})
}

// TestACreateThatCannotBeReadIsInDoubt: the answer to a create is an address alone.
func TestACreateThatCannotBeReadIsInDoubt(t *testing.T) {
	editions(t, func(d *desk) {
		d.Look(d.open("warm")) // the list of fields is known
		d.sim.Faults().Add(simulator.Fault{Kind: simulator.ServerError, Calls: []string{"issues.get"}, Next: 1})
		_, err := d.try(newIssue(external.Fields{"summary": text("x")}))
		want(d.T, err, external.Ambiguous, "written")
		if issues, _ := d.project.Marked(ownKey); issues != 1 {
			d.Errorf("%d issues carry the key", issues)
		}
	})
}

// TestWhatIsReadAfterAWriteSaysSo: only the answer to the write itself shows what became of
// it; what a later call shows may be somebody else's.
func TestWhatIsReadAfterAWriteSaysSo(t *testing.T) {
	editions(t, func(d *desk) {
		cloud := d.edition == simulator.Cloud
		item := d.push(newIssue(external.Fields{"summary": text("x")}))
		c := d.push(newComment(item.Ref, "z"))
		for what, got := range map[string]struct{ is, want bool }{
			"a create":              {item.ReadBack, true},
			"an edit":               {d.push(edit(item, external.Fields{"summary": text("y")})).ReadBack, !cloud},
			"a transition":          {d.push(edit(item, external.Fields{"status": text("In Progress")})).ReadBack, true},
			"a comment":             {c.ReadBack, false},
			"an edit of a comment":  {d.push(edit(c, external.Fields{"body": text("zz")})).ReadBack, !cloud},
			"nothing but a reading": {d.Look(item.Ref).ReadBack, false},
		} {
			if got.is != got.want {
				d.Errorf("%s: read back %v, want %v", what, got.is, got.want)
			}
		}
	})
}

// TestKeysAreSetWithTheCreate: the key is a property of the call that makes the item, and
// nothing of it shows in the text.
func TestKeysAreSetWithTheCreate(t *testing.T) {
	editions(t, func(d *desk) {
		item := d.push(newIssue(external.Fields{"summary": text("x"), "description": text("y")}))
		c := d.push(newComment(item.Ref, "z"))
		for _, i := range []external.Item{item, c, d.Look(item.Ref), d.Look(c.Ref)} {
			if i.CreateKey != ownKey {
				d.Errorf("%s: got key %q", i.Kind, i.CreateKey)
			}
		}
		if got := d.push(edit(item, external.Fields{"priority": text("High")})); got.CreateKey != ownKey {
			d.Errorf("after an edit: got key %q", got.CreateKey)
		}
		writes := -1 // the edit
		for _, r := range d.sim.Requests() {
			if r.Method != http.MethodGet && !strings.Contains(r.Path, "bulkfetch") && !strings.Contains(r.Path, "comment/list") {
				writes++
			}
			if strings.Contains(r.Body, "assword") { // go-jira's user struct would send one
				d.Errorf("%s %s carries a password", r.Method, r.Path)
			}
		}
		if writes != 2 {
			d.Errorf("%d writing calls for two items", writes)
		}
	})
}

// TestComments: edited and deleted below their issue; an empty one is refused here.
func TestComments(t *testing.T) {
	editions(t, func(d *desk) {
		on := d.open("x")
		c := d.push(newComment(on, "one **two**"))
		c = d.push(edit(c, external.Fields{"body": text("one _three_")}))
		if c.Fields["body"].Text() != "one *three*" && c.Fields["body"].Text() != d.Tested.Normalize(external.Fields{"body": text("one _three_")})["body"].Text() {
			d.Errorf("got %q", c.Fields["body"].Text())
		}
		if c.CreateKey != ownKey || d.Look(c.Ref).CreateKey != ownKey {
			d.Error("the edit lost the key")
		}
		_, err := d.try(newComment(on, ""))
		want(d.T, err, external.Invalid, "body")
		_, err = d.try(newComment(external.Ref{}, "x"))
		want(d.T, err, external.Invalid, "which issue")
	})
}

// TestConflictAndLimits: what Jira says about colliding and too frequent writes.
func TestConflictAndLimits(t *testing.T) {
	d := newDesk(t)
	item := d.Look(d.open("x"))
	for _, tt := range []struct {
		fault simulator.Fault
		kind  external.ErrorKind
		says  string
	}{
		{simulator.Fault{Kind: simulator.Conflict}, external.Conflict, "read again"},
		{simulator.Fault{Kind: simulator.IssueLimit, RetryAfter: "7"}, external.RateLimited, "jira-per-issue-on-write"},
		{simulator.Fault{Kind: simulator.BurstLimit}, external.RateLimited, "jira-burst-based"},
		{simulator.Fault{Kind: simulator.QuotaLimit}, external.RateLimited, "jira-quota-tenant-based"},
		{simulator.Fault{Kind: simulator.ServerError, Status: 502}, external.Ambiguous, "502"},
		{simulator.Fault{Kind: simulator.ServerError, RetryAfter: "9"}, external.Temporary, "503"},
		{simulator.Fault{Kind: simulator.HTMLPage}, external.Ambiguous, "no usable answer"},
		{simulator.Fault{Kind: simulator.ResetMidBody}, external.Ambiguous, "no usable answer"},
	} {
		tt.fault.Calls, tt.fault.Next = []string{"write"}, 1
		d.sim.Faults().Set(tt.fault)
		_, err := d.try(edit(item, external.Fields{"summary": text("y")}))
		want(t, err, tt.kind, tt.says, "edit issue "+item.ID)
		if tt.fault.RetryAfter != "" && external.RetryAfter(err).Seconds() != map[string]float64{"7": 7, "9": 9}[tt.fault.RetryAfter] {
			t.Errorf("%s: retry after %s", tt.fault.Kind, external.RetryAfter(err))
		}
	}
}

// TestNumbersAreNumbers: what JSON cannot say is refused here.
func TestNumbersAreNumbers(t *testing.T) {
	d := newDesk(t)
	item := d.Look(d.open("x"))
	for _, v := range []string{"many", "NaN", "Inf", "1e999"} {
		_, err := d.try(edit(item, external.Fields{"estimate": text(v)}))
		want(t, err, external.Invalid, "estimate", "number")
	}
}

// TestTwoFieldsOfEstimates: team-managed projects have one of their own; the settings may
// name any.
func TestTwoFieldsOfEstimates(t *testing.T) {
	d := newDesk(t)
	simplified := false
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/field"):
			return answer(r, http.StatusOK, `[{"id": "customfield_10016", "name": "Story point estimate", "custom": true,
				"schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"}},
				{"id": "customfield_10030", "name": "Story Points", "custom": true, "schema": {"type": "number"}}]`), nil
		case strings.HasSuffix(path, "/project/"+d.project.ID()):
			return answer(r, http.StatusOK, `{"id": "10000", "key": "ABC", "simplified": `+strconv.FormatBool(simplified)+`}`), nil
		}
		return d.sim.Transport().RoundTrip(r)
	})
	d.Tested = d.connect(adapters.Config{})
	item := d.push(newIssue(external.Fields{"summary": text("x"), "estimate": text("2")}))
	if item.Fields["estimate"].Text() != "2" {
		t.Errorf("company-managed: got %q", item.Fields["estimate"].Text())
	}
	simplified = true
	d.Tested = d.connect(adapters.Config{})
	_, err := d.try(edit(item, external.Fields{"estimate": text("3")}))
	want(t, err, external.Invalid, "customfield_10016")
	d.Tested = d.connect(adapters.Config{Settings: d.settings(func(s *jira.Settings) { s.EstimateField = "customfield_10030" })})
	if item = d.push(edit(item, external.Fields{"estimate": text("3")})); item.Fields["estimate"].Text() != "3" {
		t.Errorf("named in the settings: got %q", item.Fields["estimate"].Text())
	}
}

// watched is a body that knows whether it was closed.
type watched struct {
	io.ReadCloser
	open *atomic.Int32
}

func (w watched) Close() error {
	w.open.Add(-1)
	return w.ReadCloser.Close()
}

// TestBodiesAreClosed: go-jira leaves the body of an answer open that it decodes nothing
// from, and keeps the connection for ever.
func TestBodiesAreClosed(t *testing.T) {
	editions(t, func(d *desk) {
		var open atomic.Int32
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := d.sim.Transport().RoundTrip(r)
			if err == nil {
				open.Add(1)
				resp.Body = watched{resp.Body, &open}
			}
			return resp, err
		})
		d.Tested = d.connect(adapters.Config{})
		item := d.push(newIssue(external.Fields{"summary": text("x")}))
		item = d.push(edit(item, external.Fields{"summary": text("y"), "labels": set("l"), "status": text("In Progress")}))
		c := d.push(newComment(item.Ref, "z"))
		c = d.push(edit(c, external.Fields{"body": text("zz")}))
		d.push(outbound.Content{Action: outbound.Delete, Ref: c.Ref})
		_, err := d.try(edit(item, external.Fields{"priority": text("None Such")}))
		want(d.T, err, external.Invalid)
		d.walk(external.Window{}, nil)
		if n := open.Load(); n != 0 {
			d.Errorf("%d bodies stay open", n)
		}
	})
}

// TestAnEstimateIsReadWhereItIsWritten: an issue may hold a number in both fields, and another one in each.
func TestAnEstimateIsReadWhereItIsWritten(t *testing.T) {
	for _, managed := range []bool{false, true} {
		editions(t, func(d *desk) {
			spec := d.spec("EST")
			spec.TeamManaged = managed
			spec.Fields = append(spec.Fields, model.FieldSpec{ID: "customfield_10016", Name: "Story point estimate", Type: model.StoryPoints})
			d.project = d.add(spec)
			d.Tested = d.connect(adapters.Config{})
			ref := d.open("x")
			d.act(simulator.Act{Do: "edit", Issue: ref.ID, Fields: map[string]any{"customfield_10016": 2.0, "customfield_10030": 3.0}})
			item := d.Look(ref)
			want := map[bool]string{false: "3", true: "2"}[managed && d.edition == simulator.Cloud]
			if got := item.Fields["estimate"].Text(); got != want {
				d.Errorf("team-managed %t: it is %s, want %s", managed, got, want)
			}
			d.push(edit(item, external.Fields{"estimate": text("8")}))
			if got := d.Look(ref).Fields["estimate"].Text(); got != "8" {
				d.Errorf("team-managed %t: what was written, 8, reads %s", managed, got)
			}
		})
	}
}
