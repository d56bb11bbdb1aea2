package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestNobodyConnectsBeforeTheRelease: a ticket was made private since the backup, which the restored
// database has forgotten. A project that is connected before a person has released the others would get it;
// it waits for that.
func TestNobodyConnectsBeforeTheRelease(t *testing.T) {
	w := newWorld(t)
	p, gone := w.connect("octo/hello", memory.Options{}), w.connect("octo/over", memory.Options{})
	id := w.create("a secret", ticket.Public).ID
	w.sync(p.ID)
	w.store.Backup()
	_, err := w.engine.SetPrivacy(t.Context(), id, ticket.LocalOnly, "ann")
	w.must(err)
	w.cutOff(p)
	w.restored(p.ID)
	_, err = w.engine.Disconnect(t.Context(), gone.ID, "op") // nobody releases it
	w.must(err)
	connect := func(key string) (store.Project, error) {
		return w.engine.CreateProject(t.Context(), engine.Connection{System: "memory", Key: key, By: "op"},
			func(string) ([]byte, error) { return []byte("sealed"), nil })
	}
	if _, err := connect("octo/new"); !errors.Is(err, store.ErrStale) || !strings.Contains(err.Error(), "octo/hello") {
		t.Errorf("connected before the release: %v", err)
	}
	if now, err := connect("octo/over"); err != nil || !now.Restored.Open() { // it is held like the others
		t.Errorf("connected again it is %+v: %v", now.Restored, err)
	}
	_, err = w.engine.Disconnect(t.Context(), gone.ID, "op")
	w.must(err)
	w.release(p)
	_, err = connect("octo/new")
	w.must(err)
}

// TestNobodyWaitsForWhatIsPaused: a restored project is read anew, and waits for another one whose system does
// not answer. Once a person has paused that one, or ended its connection, nothing is left to wait for: a session of
// the first is asked for at once, after which it can be released.
func TestNobodyWaitsForWhatIsPaused(t *testing.T) {
	for what, end := range map[string]func(w *world, id string) (store.Project, error){
		"paused":       func(w *world, id string) (store.Project, error) { return w.engine.Pause(t.Context(), id, "op") },
		"disconnected": func(w *world, id string) (store.Project, error) { return w.engine.Disconnect(t.Context(), id, "op") },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			p, away := w.connect("octo/hello", memory.Options{}), w.connect("octo/away", memory.Options{})
			w.sync(p.ID)
			w.store.Backup()
			w.cutOff(p)
			w.restored(p.ID)
			w.syncs(p.ID, 3)
			if w.project(p.ID).Restored.Done {
				t.Fatal("it does not wait")
			}
			woken := func() (n int) {
				w.view(func(tx store.Tx) error {
					due, err := tx.DueOutbox(t.Context(), []store.OutboxKind{store.OutboxWake}, 10_000)
					for _, o := range due {
						if o.ProjectID == p.ID {
							n++
						}
					}
					return err
				})
				return n
			}
			before := woken()
			_, err := end(w, away.ID)
			w.must(err)
			if woken() == before {
				t.Error("nobody has the other one go on")
			}
			if w.sync(p.ID); !w.project(p.ID).Restored.Done {
				t.Error("it waits")
			}
		})
	}
}
