package engine

import (
	"testing"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatWaitsAndIsUndoneAlready: an undo restored a field here and has the ticket made again outside, by which its link is left
// to another one. What is left of it cannot be looked at any more, and only that is told as not undone.
func TestWhatWaitsAndIsUndoneAlready(t *testing.T) {
	swap := plan.Swap{Done: true, Before: ticket.Text("p3")}
	d := &deeds{
		item: store.Step{Action: plan.Withdraw},
		fields: []plan.Deed{
			{Field: ticket.Priority, Here: swap}, {Field: ticket.Title, Here: swap, There: swap}, {Field: ticket.Body, There: swap}, {Field: ticket.Labels},
		},
	}
	done := &redone{item: true, final: map[ticket.Field]bool{}, begun: map[ticket.Field]plan.Begun{ticket.Priority: {Here: true}, ticket.Title: {Here: true}}}
	w := &work{link: madeAgain(store.Link{}, " under link ", "x"), wait: secondHolder}
	if err := new(Engine).planUndo(t.Context(), &peer{}, w, d, done, true); err != nil {
		t.Fatal(err)
	}
	var told []ticket.Field
	for _, u := range w.undo.fields {
		told = append(told, u.Field)
		if u.Action != plan.Cannot || u.Reason != leftIt {
			t.Errorf("%s: %s, %s", u.Field, u.Action, u.Reason)
		}
	}
	if len(told) != 2 || told[0] != ticket.Title || told[1] != ticket.Body {
		t.Errorf("told as not undone: %v; want the title and the body, of which the other side is left", told)
	}
}
