package jira_test

import (
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// TestWhatAnIssueHoldsStays: the settings give what a transition asks for only where the issue holds nothing there. Jira keeps
// what is left out.
func TestWhatAnIssueHoldsStays(t *testing.T) {
	for _, must := range []bool{false, true} {
		editions(t, func(d *desk) {
			asked := []string{"customfield_10031", "customfield_10036", "customfield_10042", "fixVersions", "resolution"}
			spec, closes := d.spec("HLD"), model.Transition{Name: "Close", From: []string{"Open"}, To: "Closed", Screen: asked}
			if must {
				closes.Required = asked
			}
			spec.Workflow = &model.Workflow{Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}}, Transitions: []model.Transition{closes}}
			d.project = d.add(spec)
			d.Tested = d.connect(adapters.Config{Fields: asked[:3], Settings: d.settings(func(s *jira.Settings) {
				s.TransitionFields = map[string]string{"customfield_10031": "unknown", "customfield_10036": "B", "customfield_10042": "sync", "fixVersions": "v9", "resolution": "Done"}
			})})
			item := d.Look(d.open("x"))
			d.act(simulator.Act{Do: "edit", Issue: item.ID, Fields: map[string]any{
				"customfield_10031": "worn out", "customfield_10042": []any{"theirs"}, "fixVersions": []any{map[string]any{"name": "v2"}},
			}})
			f := d.push(edit(item, external.Fields{"status": text("Closed")})).Fields
			if f["customfield_10031"].Text() != "worn out" || !f["customfield_10042"].Equal(set("theirs")) || !f["fixVersions"].Equal(set("v2")) {
				d.Errorf("must %t: what a person gave became %q, %q, %q", must, f["customfield_10031"].Text(), f["customfield_10042"].Elements(), f["fixVersions"].Elements())
			}
			if f["customfield_10036"].Text() != "B" || f["resolution"].Text() != "Done" {
				d.Errorf("must %t: what nobody gave is %q, %q", must, f["customfield_10036"].Text(), f["resolution"].Text())
			}
		})
	}
}

// TestAFieldThatIsFilledNeedsNoSetting: what a transition requires, and the issue holds, is given.
func TestAFieldThatIsFilledNeedsNoSetting(t *testing.T) {
	d := withFlow(t, &model.Workflow{Statuses: []model.Status{{Name: "Open", Category: model.ToDo}, {Name: "Closed", Category: model.Done}},
		Transitions: []model.Transition{{Name: "Close", From: []string{"Open"}, To: "Closed", Required: []string{"customfield_10031"}}}})
	item := d.Look(d.open("x"))
	_, err := d.try(edit(item, external.Fields{"status": text("Closed")}))
	want(t, err, external.Invalid, "customfield_10031", "Line", "transition_fields")
	d.act(simulator.Act{Do: "edit", Issue: item.ID, Fields: map[string]any{"customfield_10031": "worn out"}})
	if item = d.push(edit(item, external.Fields{"status": text("Closed")})); item.Fields["status"].Text() != "Closed" {
		t.Errorf("it is %q", item.Fields["status"].Text())
	}
}
