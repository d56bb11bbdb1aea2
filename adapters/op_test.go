package adapters_test

import (
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// TestOnlyTextBecomesAnOperation: what JSON cannot carry would arrive as something else.
func TestOnlyTextBecomesAnOperation(t *testing.T) {
	for _, c := range []struct {
		reason string
		value  ticket.Value
		want   external.ErrorKind
	}{
		{"text", ticket.Text("é 👩 \x00"), ""},
		{"nothing", ticket.Value{}, ""},
		{"bytes that are no text", ticket.Text("a\xff"), external.Invalid},
		{"half a surrogate in a set", ticket.Set("a", "b\xed\xa0\x80"), external.Invalid},
	} {
		out, err := outbound.Clear(outbound.Request{
			Ticket: ticket.Ticket{Privacy: ticket.Public}, Content: outbound.Content{Set: external.Fields{"f": c.value}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := adapters.NewOp(out, adapters.Op{Name: "edit"}); external.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want kind %q", c.reason, err, c.want)
		}
	}
}
