package starter

import (
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/ticket"
)

// TestHowAnItemWasTakenAway: who deletes a ticket is told where its item still stands.
func TestHowAnItemWasTakenAway(t *testing.T) {
	open, closed := ticket.Text("open"), ticket.Text("not_planned")
	for _, tt := range []struct {
		before, after v1.Value
		whole, state  string
	}{
		{v1.Value{}, v1.Value{}, "its item in acme was taken away", "nothing was taken back in acme"},
		{open, closed, "its item in acme was closed as not planned: it cannot be deleted there", `"open" was taken back, with "not_planned" in its place, in acme`},
		{closed, closed, "its item in acme was closed already, as not planned, and stays so: it cannot be deleted there", `"not_planned" was left as it is in acme`},
	} {
		e, names := v1.StoryEvent{Verb: "took_back", Project: "p", Before: tt.before, After: tt.after}, map[string]string{"p": "acme"}
		if got := toldOfWhole(e, names); got != tt.whole {
			t.Errorf("of the whole: %s", got)
		}
		if got := told(e, names); got != tt.state {
			t.Errorf("of its state: %s", got)
		}
	}
}
