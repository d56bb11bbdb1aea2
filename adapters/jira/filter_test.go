package jira_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/jira"
)

// TestWhatWeMadeIsListedBesideTheFilter: a create whose answer was lost is found by a list, also where
// what it made does not match the project's filter; what the same account made by hand only where it does.
func TestWhatWeMadeIsListedBesideTheFilter(t *testing.T) {
	editions(t, func(d *desk) {
		d.Tested = d.connect(adapters.Config{Filter: "labels = shared"})
		before := d.Now().Add(-time.Minute)
		made := d.push(outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, CreateKey: ownKey, Set: external.Fields{"summary": text("ours")}})
		byHand := func(login string, labels ...string) string {
			return d.act(simulator.Act{Do: "create", Login: login, Summary: "by hand", Names: labels}).Issue
		}
		want := []string{made.ID, byHand(bot, "shared"), byHand(someone, "shared")}
		byHand(bot)
		byHand(someone)
		for _, lo := range []time.Time{{}, before} {
			if got := tickets(d.walk(external.Window{Lo: lo}, nil)); !slices.Equal(got, want) {
				d.Errorf("from %s: got %v, want ours and those with the label, %v", lo, got, want)
			}
		}
	})
}

// TestOurYouthAlone: a list from the first issue on does not read all that an account ever made.
func TestOurYouthAlone(t *testing.T) {
	editions(t, func(d *desk) {
		d.Tested = d.connect(adapters.Config{Filter: "labels = shared"})
		d.push(outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, CreateKey: ownKey, Set: external.Fields{"summary": text("ours")}})
		d.Advance(100 * 24 * time.Hour)
		if got := tickets(d.walk(external.Window{}, nil)); len(got) != 0 {
			d.Errorf("got %v, which matches no filter and is old", got)
		}
	})
}

// TestWhatGoesBetweenTheTwoSearches: what our account made by hand is asked for once more, by its id, which Jira refuses where
// one of them was deleted since. That is no fault of the filter, which it took a moment ago: a further try lists the others.
func TestWhatGoesBetweenTheTwoSearches(t *testing.T) {
	editions(t, func(d *desk) {
		byHand := func(labels ...string) external.Ref {
			made := d.act(simulator.Act{Do: "create", Login: bot, Summary: "by hand", Names: labels})
			return external.Ref{Kind: external.KindTicket, ID: made.Issue, Key: made.Key}
		}
		stays, goes := byHand("shared"), byHand("shared")
		byHand()
		asked := 0
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if asksByID(d, r) {
				if asked++; asked == 1 {
					d.act(simulator.Act{Do: "delete", Issue: goes.ID})
				}
			}
			return d.sim.Transport().RoundTrip(r)
		})
		d.Tested = d.connect(adapters.Config{Filter: "labels = shared"})
		_, err := d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
		if asked != 1 || external.KindOf(err) != external.Temporary {
			d.Errorf("%d searches by id, and got %v, want one of kind temporary", asked, err)
		}
		if got := tickets(d.walk(external.Window{}, nil)); !slices.Equal(got, []string{stays.ID}) {
			d.Errorf("got %v, want the one that is left and has the label, %s", got, stays.ID)
		}
	})
}

// asksByID reports whether a request is a search for issues by their ids.
func asksByID(d *desk, r *http.Request) bool {
	d.Helper()
	if !strings.Contains(r.URL.Path, "/search") {
		return false
	}
	jql := r.URL.Query().Get("jql")
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			d.Fatal(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		jql += string(body)
	}
	return strings.Contains(jql, "id in (")
}
