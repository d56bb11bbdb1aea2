package postgres_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
	"github.com/extsync/extsync/ticket"
)

func containsAny(lines []string, part string) bool {
	return strings.Contains(strings.Join(lines, "\n"), part)
}

func TestProcessesMigrateOneAfterTheOther(t *testing.T) {
	url := pgtest.Database(t, nil)
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = postgres.Migrate(t.Context(), url) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Fatalf("migrating what is current already: %v", err)
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "postgres://x:secret@" + l.Addr().String() + "/x?sslmode=disable&connect_timeout=2"
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, url, want string }{
		{"nobody listens", nobody, "is it running"},
		{"not an address", "postgres://x:secret@:bad", "want postgres://"},
	} {
		for name, try := range map[string]func() error{
			"open":    func() error { _, err := postgres.Open(t.Context(), c.url); return err },
			"migrate": func() error { return postgres.Migrate(t.Context(), c.url) },
		} {
			err := try()
			if err == nil || name == "open" && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, %s: got %v, want %q in it", c.reason, name, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("%s, %s: the error tells the password: %v", c.reason, name, err)
			}
		}
	}
}

// TestAPasswordWithSigns is no part of what is told, whatever the signs in it make of the address.
func TestAPasswordWithSigns(t *testing.T) {
	for _, c := range []struct{ reason, url, want string }{
		{"an @", "postgres://x:pa@secret@127.0.0.1:1/x", "%40"},
		{"a / and an @", "postgres://x:1/secret@127.0.0.1:1/x", "%2F"},
		{"an @ and a ?", "postgres://x:pa@127.0.0.1:1?secret@127.0.0.1/x", "%40"},
		{"a %", "postgres://x:%secret@127.0.0.1:1/x", "%25"},
		{"a setting without a value", "postgres://x:pa@127.0.0.1:1/x?secret", "want postgres://"},
		{"a space", "host=127.0.0.1 port=1 password=my secret", "quotes"},
		{"a port that is none", "postgres://x:secret@127.0.0.1:none/x", "port"},
		{"a setting that is none", "postgres://x:secret@127.0.0.1:1/x?sslmode=sure", "sslmode"},
	} {
		_, err := postgres.Open(t.Context(), c.url)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %q in it, and nothing of the password", c.reason, err, c.want)
		}
		if postgres.CheckAddress(c.url) == nil {
			t.Errorf("%s: not seen before it is connected to", c.reason)
		}
	}
	for _, fine := range []string{"postgres://x:p%40ss@127.0.0.1:1/x?application_name=me@example.com", "postgres://x:p?s#@127.0.0.1/x", "host=x password='a b@c'"} {
		if err := postgres.CheckAddress(fine); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
}

func TestAForgottenMigrationIsNamed(t *testing.T) {
	s, err := postgres.Open(t.Context(), pgtest.Database(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Tx(t.Context(), func(tx store.Tx) error { _, err := tx.ListProjects(t.Context()); return err })
	if err == nil || !strings.Contains(err.Error(), "migrate it") {
		t.Errorf("got %v, want the advice to migrate", err)
	}
}

// TestADeadlockIsTriedAgain makes two transactions lock two rows crosswise. Postgres
// gives one up after a second; both must succeed in the end.
func TestADeadlockIsTriedAgain(t *testing.T) {
	s, _ := open(t)
	for _, id := range []string{"a", "b"} {
		insertTicket(t, s, id)
	}
	var meet sync.WaitGroup
	meet.Add(2)
	lock := func(first, second string) error {
		begun := 0
		return s.Tx(t.Context(), func(tx store.Tx) error {
			begun++
			if _, err := tx.TicketForUpdate(t.Context(), first); err != nil {
				return err
			}
			if begun == 1 { // both hold their first row before either wants its second
				meet.Done()
				meet.Wait()
			}
			tk, err := tx.TicketForUpdate(t.Context(), second)
			if err != nil {
				return err
			}
			tk.Revision++
			return tx.UpdateTicket(t.Context(), tk, tk.Revision-1)
		})
	}
	errs := make([]error, 2)
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = lock("a", "b") })
	wg.Go(func() { errs[1] = lock("b", "a") })
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		err := s.Tx(t.Context(), func(tx store.Tx) error {
			tk, err := tx.Ticket(t.Context(), id)
			if err == nil && tk.Revision != 2 {
				t.Errorf("ticket %s has revision %d, want 2: written once", id, tk.Revision)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestALockedRowIsWaitedFor shows that ForUpdate reads wait for each other and that
// rows may be added to a locked ticket meanwhile.
func TestALockedRowIsWaitedFor(t *testing.T) {
	s, _ := open(t)
	insertTicket(t, s, "a")
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		if _, err := tx.TicketForUpdate(t.Context(), "a"); err != nil {
			return err
		}
		if err := s.Tx(t.Context(), func(other store.Tx) error {
			return other.InsertComment(t.Context(), ticket.Comment{ID: "c", TicketID: "a", Revision: 1})
		}); err != nil {
			t.Errorf("a comment on a locked ticket: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err := s.Tx(ctx, func(other store.Tx) error { _, err := other.TicketForUpdate(ctx, "a"); return err })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("locking a locked ticket: got %v, want that it waits", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func insertTicket(t *testing.T, s store.Store, id string) {
	t.Helper()
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		return tx.InsertTicket(t.Context(), ticket.Ticket{ID: id, Revision: 1, Privacy: ticket.Public})
	})
	if err != nil {
		t.Fatal(err)
	}
}
