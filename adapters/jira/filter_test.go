package jira_test

import (
	"slices"
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
