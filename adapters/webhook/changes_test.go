package webhook_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/webhook"
)

// listing answers every call with one document.
func (d *desk) listing(doc string) adapters.Adapter {
	d.Helper()
	return d.Adapter(func(c *adapters.Config) {
		c.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, nil, doc), nil })
	})
}

func TestListsThatCannotBeWalked(t *testing.T) {
	for _, c := range []struct {
		reason, doc, page string
		kind              external.ErrorKind
		words             string
	}{
		{"newest first", `{"items": [{"id": 2, "updated": "2026-01-02T00:00:00Z"}, {"id": 1, "updated": "2026-01-01T00:00:00Z"}]}`, "", external.Invalid, "ascending"},
		{"a page that leads to itself", `{"items": [], "next": "x"}`, "x", external.Temporary, "next page"},
		{"no items", `{"data": []}`, "", external.Invalid, "read.ticket.items"},
		{"an item that is none", `{"items": ["secret"]}`, "", external.Invalid, "ticket.id"},
		{"a next that is none", `{"items": [], "next": {"a": 1}}`, "", external.Invalid, "read.ticket.next"},
		{"a time that is none", `{"items": [{"id": 1, "updated": "yesterday"}]}`, "", external.Invalid, "ticket.updated_at"},
		{"an id that is a text", `{"items": [{"id": "` + strings.Repeat("x", 3000) + `", "updated": 1}]}`, "", external.Invalid, "ticket.id"},
		{"a time to come", `{"items": [{"id": 1, "updated": "2999-01-02T00:00:00Z"}]}`, "", external.Invalid, "ticket.updated_at"},
		{"microseconds", `{"items": [{"id": 1, "updated": 1777881600123456}]}`, "", external.Invalid, "ticket.updated_at"},
		{"more items than a page has", `{"items": [` + strings.Repeat(`{"id": 1, "updated": 1},`, 1001) + `{"id": 1, "updated": 1}]}`, "", external.Invalid, "more results"},
		{"a sequence below nothing", `{"items": [{"id": 1, "updated": 1, "sequence": -1}]}`, "", external.Invalid, "ticket.sequence"},
	} {
		_, err := newDesk(t, "bidirectional.json").listing(c.doc).Changes(t.Context(), external.StreamTickets, external.Window{}, c.page, "")
		want(t, err, c.kind, c.words)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the item", c.reason)
		}
	}
}

func TestDeletedItemsDoNotShow(t *testing.T) {
	got, err := newDesk(t, "bidirectional.json").listing(`{"items": [{"id": 1, "updated": 1, "deleted": true}, {"id": 2, "updated": 1}]}`).
		Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	if err != nil || len(got.Items) != 1 || got.Items[0].ID != "2" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSinceIsSpelledAsWanted(t *testing.T) {
	at := time.Date(2026, 5, 4, 10, 0, 0, 123_000_000, time.FixedZone("", 7200))
	for _, c := range []struct{ since, lo, zero string }{
		{"rfc3339", "2026-05-04T08%3A00%3A00.123Z", "1970-01-01T00%3A00%3A00Z"}, {"unix", "1777881600", "0"}, {"unix_ms", "1777881600123", "0"},
	} {
		d := newDesk(t, "bidirectional.json").with(`"page_size": 50`, `"page_size": 50, "since": "`+c.since+`"`)
		var asked string
		a := d.Adapter(func(cfg *adapters.Config) {
			cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = r.URL.RawQuery
				return answer(http.StatusOK, nil, `{"items": []}`), nil
			})
		})
		for lo, wanted := range map[time.Time]string{at: c.lo, {}: c.zero} {
			if _, err := a.Changes(t.Context(), external.StreamTickets, external.Window{Lo: lo}, "a b", ""); err != nil {
				t.Fatal(err)
			}
			if asked != "since="+wanted+"&cursor=a+b" {
				t.Errorf("%s: asked for %s", c.since, asked)
			}
		}
	}
}

// TestIdleCostsOneConditionalCall: a list that did not change is answered without a body.
func TestIdleCostsOneConditionalCall(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	d.act(simulator.Act{Login: "ann", Do: "create", Kind: "ticket", Item: json.RawMessage(`{"title": "x"}`)})
	a := d.Adapter(nil)
	first, err := a.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	if err != nil || first.Version == "" || len(first.Items) != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	d.sim.ResetCounters()
	again, err := a.Changes(t.Context(), external.StreamTickets, external.Window{}, "", first.Version)
	if err != nil || !again.Unchanged || again.Version != first.Version || d.sim.Counters().Total != 1 {
		t.Errorf("%+v, %v, %d calls", again, err, d.sim.Counters().Total)
	}
}

// TestAnotherItemUnderTheKey: an address by key may lead to another item than was meant.
func TestAnotherItemUnderTheKey(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	got, err := d.listing(`{"id": 2, "number": "D-1", "updated": 1}`).Read(t.Context(), []external.Ref{{Kind: external.KindTicket, ID: "1", Key: "D-1"}})
	if err != nil || len(got) != 1 || !got[0].Gone || got[0].ID != "1" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestAnIDStandsForOneSegment: nothing in an id can lead to another address.
func TestAnIDStandsForOneSegment(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	var asked []string
	a := d.Adapter(func(c *adapters.Config) {
		c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.Host+r.URL.EscapedPath())
			return answer(http.StatusNotFound, nil, ""), nil
		})
	})
	for _, id := range []string{"", ".", ".."} {
		_, err := a.Read(t.Context(), []external.Ref{{Kind: external.KindTicket, ID: id}})
		want(t, err, external.Invalid, "no id")
	}
	for id, path := range map[string]string{"a/../b": "a%2F..%2Fb", "a?b#c": "a%3Fb%23c", "@x:y": "@x:y", "é": "%C3%A9"} {
		asked = nil
		if _, err := a.Read(t.Context(), []external.Ref{{Kind: external.KindTicket, ID: id}}); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 1 || asked[0] != "desk.example/api/projects/desk/tickets/"+path {
			t.Errorf("%q: asked for %q", id, asked)
		}
	}
}
