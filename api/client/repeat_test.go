package client_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// asked are the requests that came in, each with its key.
type asked struct {
	mu   sync.Mutex
	keys []string
}

// add notes a request, and returns how many there are.
func (a *asked) add(r *http.Request) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keys = append(a.keys, r.Method+" "+r.Header.Get("Idempotency-Key"))
	return len(a.keys)
}

// all returns them in their order.
func (a *asked) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.keys)
}

// lossy answers nothing to the first so many requests, and remembers the keys of all.
func lossy(t *testing.T, lost int) (*client.Client, *asked) {
	t.Helper()
	a := &asked{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.add(r) <= lost {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write([]byte(`{"id": "t1"}`)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return client.New(server.URL, ""), a
}

func TestALostAnswerIsAskedForAgain(t *testing.T) {
	c, keys := lossy(t, 2)
	made, err := c.CreateTicket(t.Context(), v1.NewTicket{Title: "A"})
	if err != nil || made.ID != "t1" {
		t.Fatalf("got %+v, %v", made, err)
	}
	sent := keys.all()
	if len(sent) != 3 || len(slices.Compact(slices.Clone(sent))) != 1 || len(sent[0]) < 20 {
		t.Errorf("sent with the keys %q, want one three times", sent)
	}
	if _, err := c.CreateTicket(t.Context(), v1.NewTicket{Title: "A"}); err != nil || slices.Contains(sent, keys.all()[3]) {
		t.Errorf("another ticket has the key of the first one: %q (%v)", keys.all(), err)
	}
}

// TestWhoGetsNoAnswerIsToldTheKey: whoever repeats the command by hand would make two.
func TestWhoGetsNoAnswerIsToldTheKey(t *testing.T) {
	c, keys := lossy(t, 99)
	c.Key = "mine"
	_, err := c.AddComment(t.Context(), "t1", v1.NewComment{Body: "A"})
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) || unknown.Key != "mine" || !strings.Contains(err.Error(), "--idempotency-key mine") {
		t.Errorf("got %v", err)
	}
	if n := len(keys.all()); n != 4 {
		t.Errorf("sent %d times", n)
	}
}

// TestWhatIsNotSafeToRepeatIsNotRepeated: an edit names a revision, and has no key.
func TestWhatIsNotSafeToRepeatIsNotRepeated(t *testing.T) {
	c, keys := lossy(t, 99)
	var away *client.UnreachableError
	if _, err := c.EditTicket(t.Context(), "t1", 1, v1.TicketEdit{}); !errors.As(err, &away) || len(keys.all()) != 1 {
		t.Errorf("sent %q: %v", keys.all(), err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = client.New("http://"+l.Addr().String(), "").CreateTicket(t.Context(), v1.NewTicket{Title: "A"})
	var unknown *client.UnknownError
	if errors.As(err, &unknown) || !errors.As(err, &away) {
		t.Errorf("nobody listens, so that nothing was made; got %v", err)
	}
}
