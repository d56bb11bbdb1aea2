package jira_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// reach writes the fields until they are reached and returns the statuses on the way.
func (d *desk) reach(item external.Item, f external.Fields) (string, external.Item, error) {
	d.Helper()
	var way []string
	for range 10 {
		var err error
		if item, err = d.try(edit(item, f)); err != nil {
			return strings.Join(way, ", "), item, err
		}
		way = append(way, item.Fields["status"].Text())
		if len(item.Halfway) == 0 {
			return strings.Join(way, ", "), item, nil
		}
	}
	d.Fatalf("still halfway after %v", way)
	return "", item, nil
}

// withFlow is a desk whose project has the workflow.
func withFlow(t *testing.T, flow *model.Workflow) *desk {
	t.Helper()
	d := newDesk(t)
	spec := d.spec("FLO")
	spec.Workflow = flow
	d.project = d.add(spec)
	d.Tested = d.connect(adapters.Config{})
	return d
}

// TestStatusMovesAlongTransitions: never by an edit, one transition a call, with what the
// last one's screen asks for.
func TestStatusMovesAlongTransitions(t *testing.T) {
	editions(t, func(d *desk) {
		item := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("Done"), "resolution": text("Won't Do")}))
		if got := strings.Join(item.Halfway, " "); got != "status resolution" || item.Fields["status"].Text() != "To Do" {
			d.Fatalf("created: halfway %q at %q", got, item.Fields["status"].Text())
		}
		way, item, err := d.reach(item, external.Fields{"status": text("Done"), "resolution": text("Won't Do")})
		if err != nil || way != "In Progress, In Review, Done" || item.Fields["resolution"].Text() != "Won't Do" {
			d.Errorf("got %s with resolution %q, %v", way, item.Fields["resolution"].Text(), err)
		}
		way, item, err = d.reach(item, external.Fields{"status": text("In Review"), "resolution": {}})
		if err != nil || way != "To Do, In Progress, In Review" || !item.Fields["resolution"].IsEmpty() {
			d.Errorf("and back: got %s with resolution %q, %v", way, item.Fields["resolution"].Text(), err)
		}
	})
}

// TestAResolutionThatTheWorkflowSets: where no screen has a place for the resolution, what Jira sets is
// told from what somebody else may have set; what could be sent, and was, is not. Where what is done
// can only be opened again, it keeps its resolution; another one than it showed before is an edit.
func TestAResolutionThatTheWorkflowSets(t *testing.T) {
	for _, tt := range []struct {
		flow        *model.Workflow
		want, again string
	}{{model.SimpleWorkflow(), "resolution", ""}, {model.ReviewWorkflow(), "", "resolution"}} {
		d := withFlow(t, tt.flow)
		item := d.push(newIssue(external.Fields{"summary": text("x")}))
		_, item, err := d.reach(item, external.Fields{"status": text("Done"), "resolution": text("Won't Do")})
		if got := strings.Join(item.Chosen, " "); err != nil || got != tt.want {
			t.Errorf("%s: Jira chose %q, want %q (%v)", tt.flow.Name, got, tt.want, err)
		}
		_, item, err = d.reach(item, external.Fields{"status": text("Done"), "resolution": text("Done")})
		if got := strings.Join(item.Chosen, " "); err != nil || got != tt.again {
			t.Errorf("%s: Jira kept %q of what is done already, want %q (%v)", tt.flow.Name, got, tt.again, err)
		}
		for field, was := range map[string]string{"status": "In Review", "resolution": "Cannot Reproduce"} { // when we looked
			seen := item
			seen.Fields = maps.Clone(item.Fields)
			seen.Fields[field] = text(was)
			_, now, err := d.reach(seen, external.Fields{"status": text("Done"), "resolution": text("Duplicate")})
			if tt.again != "" && (err != nil || len(now.Chosen) > 0) {
				t.Errorf("%s: somebody else's %s is taken for what Jira kept: %v (%v)", tt.flow.Name, field, now.Chosen, err)
			}
		}
	}
}

// TestRequiredScreenField: it comes from the settings where the ticket has none, else it
// is named.
func TestRequiredScreenField(t *testing.T) {
	editions(t, func(d *desk) {
		item := d.Look(d.open("x"))
		_, item, err := d.reach(item, external.Fields{"status": text("In Review")})
		if err != nil {
			d.Fatal(err)
		}
		d.Tested = d.connect(adapters.Config{Settings: d.settings(func(s *jira.Settings) { s.TransitionFields = nil })})
		_, err = d.try(edit(item, external.Fields{"status": text("Done")}))
		want(d.T, err, external.Invalid, "resolution", "transition_fields")
		d.Tested = d.connect(adapters.Config{})
		item = d.push(edit(item, external.Fields{"status": text("Done")}))
		if item.Fields["resolution"].Text() != "Done" {
			d.Errorf("got resolution %q", item.Fields["resolution"].Text())
		}
	})
}

// TestCustomScreenField: any kind of field may stand on a screen.
func TestCustomScreenField(t *testing.T) {
	d := withFlow(t, &model.Workflow{Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", From: []string{"Open"}, To: "Closed", Required: []string{"customfield_10036", "customfield_10042"}}}})
	item := d.Look(d.open("x"))
	_, err := d.try(edit(item, external.Fields{"status": text("Closed")}))
	want(t, err, external.Invalid, "customfield_10036", "Choice")
	d.Tested = d.connect(adapters.Config{Fields: []string{"customfield_10036"}, Settings: d.settings(func(s *jira.Settings) {
		s.TransitionFields = map[string]string{"customfield_10036": "B", "customfield_10042": "closed-by-sync"}
	})})
	item = d.push(edit(item, external.Fields{"status": text("Closed")}))
	if item.Fields["customfield_10036"].Text() != "B" || item.Fields["status"].Text() != "Closed" {
		t.Errorf("got %q at %q", item.Fields["customfield_10036"].Text(), item.Fields["status"].Text())
	}
}

// TestAScreenOverwritesNothing: what stands on a transition's screen, and was written by a call of its
// own before, is not written a second time, over what somebody made of it in between.
func TestAScreenOverwritesNothing(t *testing.T) {
	d := withFlow(t, &model.Workflow{Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", From: []string{"Open"}, To: "Closed", Screen: []string{"labels", "summary", "resolution"}}}})
	item := d.Look(d.open("x"))
	ops := d.Ops(edit(item, external.Fields{
		"summary": text("ours"), "labels": set("c"), "status": text("Closed"), "resolution": text("Won't Do"),
	}))
	for n, op := range ops {
		if n == len(ops)-1 {
			d.act(simulator.Act{Login: someone, Do: "edit", Issue: item.ID, Summary: "theirs"})
			d.act(simulator.Act{Login: someone, Do: "label", Issue: item.ID, Names: []string{"d"}})
		}
		if _, err := d.Tested.Write(d.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	f := d.Look(item.Ref).Fields
	if f["summary"].Text() != "theirs" || !f["labels"].Equal(set("c", "d")) {
		t.Errorf("got %q with labels %q", f["summary"].Text(), f["labels"].Elements())
	}
	if f["status"].Text() != "Closed" || f["resolution"].Text() != "Won't Do" {
		t.Errorf("it is %q, resolved as %q", f["status"].Text(), f["resolution"].Text())
	}
}

// TestUnreachable: a status that nothing leads to is refused with those that can be
// reached, and one that is not of the workflow before anything moves.
func TestUnreachable(t *testing.T) {
	d := withFlow(t, &model.Workflow{
		Statuses:    []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Doing", Category: model.InProgress}, {Name: "Old", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Start", From: []string{"Open"}, To: "Doing"}, {Name: "Stop", From: []string{"Doing"}, To: "Open"}}})
	item := d.Look(d.open("x"))
	_, err := d.try(edit(item, external.Fields{"status": text("Nowhere")}))
	want(t, err, external.Invalid, "Nowhere", "Open, Doing, Old")
	if d.Look(item.Ref).Fields["status"].Text() != "Open" {
		t.Error("it moved for a status that does not exist")
	}
	_, _, err = d.reach(item, external.Fields{"status": text("Old")})
	want(t, err, external.Invalid, "no transition leads", "Doing, Open")
}

// TestNoTransitionAtAll: an empty list means the permission is missing.
func TestNoTransitionAtAll(t *testing.T) {
	editions(t, func(d *desk) {
		item := d.Look(d.open("x"))
		if err := d.project.Revoke(bot, model.TransitionIssues); err != nil {
			d.Fatal(err)
		}
		_, err := d.try(edit(item, external.Fields{"status": text("In Progress")}))
		want(d.T, err, external.Forbidden, "TRANSITION_ISSUES")
	})
}

// TestAClosedIssueThatForbidsEditing is opened before it is edited, and edited before it is
// closed. Where it stays closed, the refusal stands.
func TestAClosedIssueThatForbidsEditing(t *testing.T) {
	editions(t, func(d *desk) {
		spec := d.spec("LCK")
		spec.Workflow = model.SimpleWorkflow()
		spec.Workflow.Locked = []string{"Done"}
		d.project = d.add(spec)
		d.Tested = d.connect(adapters.Config{})
		item := d.Look(d.open("x"))
		item = d.push(edit(item, external.Fields{"summary": text("closing"), "labels": set("a"), "status": text("Done")}))
		_, err := d.try(edit(item, external.Fields{"summary": text("y")}))
		want(d.T, err, external.Invalid, "summary")
		item = d.push(edit(item, external.Fields{"summary": text("opened"), "labels": set("b"), "status": text("To Do"), "resolution": {}}))
		f := item.Fields
		if f["summary"].Text() != "opened" || f["status"].Text() != "To Do" || !f["labels"].Equal(set("b")) {
			d.Errorf("got %q at %q with %q", f["summary"].Text(), f["status"].Text(), f["labels"].Elements())
		}
	})
}

// TestSomebodyWasFaster: an issue that stands where it shall is left alone.
func TestSomebodyWasFaster(t *testing.T) {
	d := newDesk(t)
	item := d.Look(d.open("x"))
	d.act(simulator.Act{Do: "transition", Issue: item.ID, To: "In Progress"})
	before := d.sim.Counters().Writes
	got := d.push(edit(item, external.Fields{"status": text("In Progress")}))
	if got.Fields["status"].Text() != "In Progress" || len(got.Halfway) != 0 || d.sim.Counters().Writes != before {
		t.Errorf("got %q, halfway %q, %d writes", got.Fields["status"].Text(), got.Halfway, d.sim.Counters().Writes-before)
	}
}

// told answers reads of the workflow as Jira does to an administrator.
func (d *desk) told(t *testing.T, body string) {
	t.Helper()
	d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/rest/api/3/workflows") {
			return answer(r, http.StatusOK, body), nil
		}
		return d.sim.Transport().RoundTrip(r)
	})
	d.Tested = d.connect(adapters.Config{})
}

// The same workflow, Review, in both formats in which Jira tells transitions.
const (
	toldWithLinks = `{"statuses": [{"statusReference": "s1", "name": "To Do"}, {"statusReference": "s2", "name": "In Progress"},
		{"statusReference": "s3", "name": "In Review"}, {"statusReference": "s4", "name": "Done"}, {"statusReference": "s5", "name": "Lost"}],
		"workflows": [{"transitions": [
		{"id": "1", "type": "INITIAL", "toStatusReference": "s1"},
		{"id": "11", "type": "DIRECTED", "toStatusReference": "s2", "links": [{"fromStatusReference": "s1"}]},
		{"id": "31", "type": "DIRECTED", "toStatusReference": "s3", "links": [{"fromStatusReference": "s2"}]},
		{"id": "51", "type": "DIRECTED", "toStatusReference": "s4", "links": [{"fromStatusReference": "s3"}]}]}]}`
	toldWithFrom = `{"statuses": [{"statusReference": "s1", "name": "To Do"}, {"statusReference": "s2", "name": "In Progress"},
		{"statusReference": "s3", "name": "In Review"}, {"statusReference": "s4", "name": "Done"}],
		"workflows": [{"transitions": [
		{"id": "1", "type": "INITIAL", "to": {"statusReference": "s1"}},
		{"id": "11", "type": "DIRECTED", "to": {"statusReference": "s2"}, "from": [{"statusReference": "s1"}]},
		{"id": "31", "type": "DIRECTED", "to": {"statusReference": "s3"}, "from": [{"statusReference": "s2"}]},
		{"id": "51", "type": "DIRECTED", "to": {"statusReference": "s4"}, "from": [{"statusReference": "s3"}]}]}]}`
)

// TestToldWorkflow: where Jira tells the workflow, a create begins in the status that one
// transition leads to, and a way is found without trying.
func TestToldWorkflow(t *testing.T) {
	for _, body := range []string{toldWithLinks, toldWithFrom} {
		d := newDesk(t)
		d.told(t, body)
		item := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("In Progress")}))
		if item.Fields["status"].Text() != "In Progress" || len(item.Halfway) != 0 {
			t.Errorf("created at %q, halfway %q", item.Fields["status"].Text(), item.Halfway)
		}
		with := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("In Progress"), "resolution": text("Done")}))
		if with.Fields["status"].Text() != "In Progress" || len(with.Halfway) != 0 {
			t.Errorf("a transition without a screen takes no resolution in a call of its own either: created at %q", with.Fields["status"].Text())
		}
		far := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("Done")}))
		way, _, err := d.reach(far, external.Fields{"status": text("Done")})
		if err != nil || way != "In Progress, In Review, Done" {
			t.Errorf("got %s, %v", way, err)
		}
		_, err = d.try(edit(item, external.Fields{"status": text("Lost")}))
		want(t, err, external.Invalid, "no transition leads to the status Lost", "In Review, Done")
	}
}

// TestAnAdministratorIsTold: where the account administers the project nothing is tried, a
// status that nothing leads to is marked, and even the first creates take a transition.
func TestAnAdministratorIsTold(t *testing.T) {
	flow := model.ReviewWorkflow()
	flow.Statuses = append(flow.Statuses, model.Status{Name: "Lost", Category: model.Done})
	d := withFlow(t, flow)
	if err := d.project.Grant(bot, model.AdministerProject); err != nil {
		t.Fatal(err)
	}
	s, err := d.Tested.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status, _ := s.Field("status")
	for _, o := range status.Options {
		if lost := o.Name == "Lost"; o.Unreachable != lost {
			t.Errorf("%s: unreachable is %t", o.Name, o.Unreachable)
		}
	}
	item := d.push(newIssue(external.Fields{"summary": text("x"), "status": text("In Progress")}))
	if item.Fields["status"].Text() != "In Progress" || len(item.Halfway) != 0 {
		t.Errorf("created at %q, halfway %q", item.Fields["status"].Text(), item.Halfway)
	}
	if way, _, err := d.reach(item, external.Fields{"status": text("Done")}); err != nil || way != "In Review, Done" {
		t.Errorf("got %s, %v", way, err)
	}
	_, err = d.try(edit(d.Look(item.Ref), external.Fields{"status": text("Lost")}))
	want(t, err, external.Invalid, "no transition leads to the status Lost")
	if made := d.Made(); strings.Contains(made, "changelog") {
		t.Errorf("something was tried: %s", made)
	}
}

// TestLearnedWorkflow: what was seen on the way serves the next issue, creates included.
func TestLearnedWorkflow(t *testing.T) {
	d := newDesk(t)
	first := d.push(newIssue(external.Fields{"summary": text("x")}))
	if _, _, err := d.reach(first, external.Fields{"status": text("Done")}); err != nil {
		t.Fatal(err)
	}
	item := d.push(newIssue(external.Fields{"summary": text("y"), "status": text("In Progress")}))
	if item.Fields["status"].Text() != "In Progress" || len(item.Halfway) != 0 {
		t.Errorf("created at %q, halfway %q", item.Fields["status"].Text(), item.Halfway)
	}
	d.Made()
	if way, _, err := d.reach(d.Look(d.open("z")), external.Fields{"status": text("Done")}); err != nil || way != "In Progress, In Review, Done" {
		t.Errorf("got %s, %v", way, err)
	}
	if made := d.Made(); strings.Contains(made, "workflows.read") {
		t.Errorf("a workflow that is not told is asked for once: %s", made)
	}
}

// TestConditionClosesAWay: the graph knows a transition that this account may not take.
func TestConditionClosesAWay(t *testing.T) {
	d := withFlow(t, &model.Workflow{
		Statuses: []model.Status{{Name: "A", Category: model.ToDo}, {Name: "B", Category: model.InProgress}, {Name: "C", Category: model.InProgress}, {Name: "D", Category: model.Done}},
		Transitions: []model.Transition{
			{Name: "short", From: []string{"A"}, To: "B", Except: []string{bot}}, {Name: "finish", From: []string{"B"}, To: "D"},
			{Name: "long", From: []string{"A"}, To: "C"}, {Name: "on", From: []string{"C"}, To: "D"}}})
	if way, _, err := d.reach(d.Look(d.open("x")), external.Fields{"status": text("D")}); err != nil || way != "C, D" {
		t.Errorf("got %s, %v", way, err)
	}
}

// TestASearchGoesOnAfterARestart: where the issue has been, its history tells, until
// somebody else moves it: then the search begins anew.
func TestASearchGoesOnAfterARestart(t *testing.T) {
	editions(t, func(d *desk) {
		spec := d.spec("RES")
		spec.Workflow = &model.Workflow{
			Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Doing", Category: model.InProgress}, {Name: "Waiting", Category: model.ToDo}, {Name: "Done", Category: model.Done}},
			Transitions: []model.Transition{{Name: "start", From: []string{"Open"}, To: "Doing"}, {Name: "stop", From: []string{"Doing", "Waiting"}, To: "Open"},
				{Name: "wait", From: []string{"Open"}, To: "Waiting"}, {Name: "finish", From: []string{"Waiting"}, To: "Done"}}}
		d.project = d.add(spec)
		item := d.Look(d.open("x"))
		var way []string
		for range 4 {
			d.Tested = d.connect(adapters.Config{})
			d.Advance(time.Second)
			item = d.push(edit(item, external.Fields{"status": text("Done")}))
			way = append(way, item.Fields["status"].Text())
		}
		if got := strings.Join(way, ", "); got != "Doing, Open, Waiting, Done" {
			d.Errorf("got %s", got)
		}
		item = d.Look(d.open("y"))
		d.Tested = d.connect(adapters.Config{})
		item = d.push(edit(item, external.Fields{"status": text("Done")}))
		d.Advance(time.Second)
		d.act(simulator.Act{Do: "transition", Issue: item.ID, To: "Open"})
		d.Tested = d.connect(adapters.Config{})
		if item = d.push(edit(item, external.Fields{"status": text("Done")})); item.Fields["status"].Text() != "Doing" {
			d.Errorf("after somebody else's move: got %s", item.Fields["status"].Text())
		}
	})
}

// TestATryCostsNoCallOfItsOwn: what a search needs to know comes with the look at where the
// issue stands.
func TestATryCostsNoCallOfItsOwn(t *testing.T) {
	editions(t, func(d *desk) {
		first, second := d.Look(d.open("x")), d.Look(d.open("y"))
		d.push(edit(first, external.Fields{"status": text("Done")}))
		d.Made()
		if item := d.push(edit(second, external.Fields{"status": text("Done")})); item.Fields["status"].Text() != "In Progress" {
			d.Fatalf("at %q", item.Fields["status"].Text())
		}
		if made := d.Made(); made != "transitions.list issues.get transitions.do issues.get" {
			d.Errorf("one step made the calls %s", made)
		}
	})
}

// TestAnyWorkflow: in whatever graph, without being told of it, one status after the other
// is reached, or it is said that it cannot be and nothing is asked for ever. That holds for
// an adapter that lives on and for one that is made anew for each call.
func TestAnyWorkflow(t *testing.T) {
	for name, anew := range map[string]bool{"one adapter": false, "an adapter for each call": true} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				flow, way := anyFlow(r)
				d := withFlow(t, flow)
				item := d.Look(d.open("x"))
				for range 3 {
					target := rapid.IntRange(0, len(flow.Statuses)-1).Draw(r, "target")
					item = d.seek(r, item, target, way, anew)
				}
			})
		})
	}
}

// anyFlow draws a workflow, and which of its statuses lead to which.
func anyFlow(r *rapid.T) (*model.Workflow, map[int][]int) {
	n := rapid.IntRange(2, 6).Draw(r, "statuses")
	flow, way := &model.Workflow{}, map[int][]int{}
	name := func(k int) string { return string(rune('A' + k)) }
	for k := range n {
		flow.Statuses = append(flow.Statuses, model.Status{Name: name(k), Category: []model.Category{model.ToDo, model.InProgress, model.Done}[k%3]})
	}
	for k := range rapid.IntRange(1, 3*n).Draw(r, "transitions") {
		from, to := rapid.IntRange(0, n-1).Draw(r, "from"), rapid.IntRange(0, n-1).Draw(r, "to")
		flow.Transitions = append(flow.Transitions, model.Transition{Name: fmt.Sprint(k), From: []string{name(from)}, To: name(to)})
		way[from] = append(way[from], to)
	}
	return flow, way
}

// seek writes a status until it is reached or refused, and returns the issue as it is then.
func (d *desk) seek(r *rapid.T, item external.Item, target int, way map[int][]int, anew bool) external.Item {
	name := string(rune('A' + target))
	for range 200 {
		if anew {
			d.Tested = d.connect(adapters.Config{})
		}
		d.Advance(time.Second)
		got, err := d.try(edit(item, external.Fields{"status": text(name)}))
		if err != nil {
			if k := external.KindOf(err); k != external.Invalid && k != external.Forbidden {
				r.Fatal(err)
			}
			item = d.Look(item.Ref)
			if at := int(item.Fields["status"].Text()[0] - 'A'); leads(way, at, target) {
				r.Fatalf("from %c a way leads to %s: %v", 'A'+at, name, err)
			}
			return item
		}
		if item = got; len(got.Halfway) == 0 {
			if got.Fields["status"].Text() != name {
				r.Fatalf("not halfway at %q, want %s", got.Fields["status"].Text(), name)
			}
			return item
		}
	}
	r.Fatalf("still halfway after 200 calls, at %q on the way to %s", item.Fields["status"].Text(), name)
	return item
}

// leads reports whether any way leads from one status to another.
func leads(way map[int][]int, from, to int) bool {
	seen, queue := map[int]bool{}, []int{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range way[at] {
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next], queue = true, append(queue, next)
			}
		}
	}
	return false
}
