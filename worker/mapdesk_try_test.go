package worker

import (
	"testing"

	adapter "github.com/extsync/extsync/adapters"
	outside "github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// TestNoSampleIsWhatOnlySomeMaySee: what a trial of a mapping says of its samples, everybody may read who may
// see the project; a reason names what is written there.
func TestNoSampleIsWhatOnlySomeMaySee(t *testing.T) {
	ctx := t.Context()
	there := outside.NewTracker(outside.Options{Key: "team"})
	for _, title := range []string{"login fails", "the key is 42"} {
		if _, err := there.CreateTicket("eve", external.Fields{outside.FieldTitle: ticket.Text(title)}); err != nil {
			t.Fatal(err)
		}
	}
	a := outside.New(there, adapter.Config{})
	page, err := a.Changes(ctx, external.StreamTickets, external.Window{}, "", "")
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%d items, %v", len(page.Items), err)
	}
	secret := page.Items[1].Ref
	if err := there.Restrict("eve", secret.ID, "staff"); err != nil {
		t.Fatal(err)
	}
	items, err := shown(ctx, a, a.Capabilities(), 10)
	if err != nil || len(items) != 1 || items[0].ID == secret.ID {
		t.Errorf("%d of what the project shows are samples, %v", len(items), err)
	}
	s := memory.New()
	err = s.Tx(ctx, func(tx store.Tx) error {
		if page, err = a.Changes(ctx, external.StreamTickets, external.Window{}, "", ""); err != nil {
			return err
		}
		if err := tx.InsertProject(ctx, store.Project{ID: "p", Status: external.Active, Direction: external.Push}); err != nil {
			return err
		}
		for _, i := range page.Items {
			if err := tx.InsertLink(ctx, store.Link{ID: "link of " + i.ID, ProjectID: "p", Kind: i.Kind, ExternalID: i.ID, State: store.Live}); err != nil {
				return err
			}
			if _, err := tx.PutObservation(ctx, store.Observation{ProjectID: "p", Item: i, Hash: i.ID}); err != nil {
				return err
			}
		}
		items, err = observed(ctx, tx, "p", 10)
		return err
	})
	if err != nil || len(items) != 1 || items[0].ID == secret.ID {
		t.Errorf("%d of what was observed are samples, %v", len(items), err)
	}
}
