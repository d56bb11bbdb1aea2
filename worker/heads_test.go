package worker

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

// desk is a publisher with a log, over a store in memory.
type headDesk struct {
	*testing.T
	heads
	clock time.Time
	sent  bytes.Buffer
	fail  error
}

func newHeadDesk(t *testing.T) *headDesk {
	t.Helper()
	d := &headDesk{T: t, clock: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}
	d.heads = heads{
		store: memory.New(), key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), log: slog.New(slog.DiscardHandler),
		now: func() time.Time { return d.clock },
		sink: func(_ context.Context, line []byte) error {
			if d.fail == nil {
				d.sent.Write(line)
			}
			return d.fail
		},
	}
	d.tx(func(tx store.Tx) error {
		return tx.InsertProject(d.Context(), store.Project{ID: "p", Status: external.Active, Direction: external.Push})
	})
	return d
}

func (d *headDesk) tx(fn func(tx store.Tx) error) {
	d.Helper()
	if err := d.store.Tx(d.Context(), fn); err != nil {
		d.Fatal(err)
	}
}

// session appends n entries and asks for the head, as the end of a session does.
func (d *headDesk) session(id string, n int) {
	d.Helper()
	d.tx(func(tx store.Tx) error {
		for range n {
			if err := tx.AppendAudit(d.Context(), store.AuditEntry{ProjectID: "p", At: d.clock, Action: "write"}); err != nil {
				return err
			}
		}
		return tx.AddOutbox(d.Context(), store.Outbox{ID: id, Kind: store.OutboxHead, ProjectID: "p", Subject: "p", At: d.clock})
	})
}

func (d *headDesk) mark() (m store.HeadMark) {
	d.Helper()
	d.tx(func(tx store.Tx) (err error) { m, err = tx.HeadMark(d.Context(), "p"); return err })
	return m
}

func (d *headDesk) waiting() int {
	d.Helper()
	return len(d.requests())
}

// requests are the ids of those that wait.
func (d *headDesk) requests() (ids []string) {
	d.Helper()
	d.tx(func(tx store.Tx) error {
		due, err := tx.DueOutbox(d.Context(), []store.OutboxKind{store.OutboxHead}, 100)
		ids = nil
		for _, o := range due {
			ids = append(ids, o.ID)
		}
		return err
	})
	return ids
}

// published are the heads that came out, every one verified.
func (d *headDesk) published() (seqs []int64) {
	d.Helper()
	key, _ := d.key.Public().(ed25519.PublicKey)
	for line := range strings.Lines(d.sent.String()) {
		var h store.SignedHead
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			d.Fatal(err)
		}
		if err := h.Verify(key); err != nil {
			d.Fatal(err)
		}
		seqs = append(seqs, h.Seq)
	}
	return seqs
}

// TestHeadsAreNeverLostInSilence: a sink that fails is told, one request of the project
// stays, and the first success publishes how far the chain reaches then.
func TestHeadsAreNeverLostInSilence(t *testing.T) {
	d := newHeadDesk(t)
	d.session("one", 3)
	d.session("two", 2)
	if _, err := d.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.published(); len(got) != 1 || got[0] != 5 || d.waiting() != 0 {
		t.Fatalf("two sessions asked: published %v, %d wait", got, d.waiting())
	}
	d.fail = errors.New("no space left")
	failedAt := d.clock.Add(time.Hour)
	var first []string
	for n, id := range []string{"three", "four"} {
		d.clock = failedAt.Add(time.Duration(n) * time.Minute)
		d.session(id, 1)
		if _, err := d.publish(t.Context()); !errors.Is(err, d.fail) {
			t.Fatalf("a failing sink: got %v", err)
		}
		if n == 0 {
			first = d.requests()
		}
	}
	if last := d.requests(); !slices.Equal(first, last) {
		t.Errorf("nothing waits behind the request, and it was made anew: %v, %v", first, last)
	}
	if m := d.mark(); m.Error == "" || !m.FailedAt.Equal(failedAt) || m.Published.Seq != 5 || d.waiting() != 1 {
		t.Fatalf("while it fails: %+v, %d wait", m, d.waiting())
	}
	d.fail = nil
	if _, err := d.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := d.mark(); m.Error != "" || !m.FailedAt.IsZero() || m.Published.Seq != 7 || d.waiting() != 0 {
		t.Fatalf("mended: %+v, %d wait", m, d.waiting())
	}
}

// TestHeadsDaily: with nothing new a head is published once a day and no more often.
func TestHeadsDaily(t *testing.T) {
	d := newHeadDesk(t)
	d.session("one", 1)
	for _, hours := range []int{0, 1, 25, 26, 50} {
		d.clock = time.Date(2026, 11, 1, 9+hours, 0, 0, 0, time.UTC)
		if err := d.queueAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.publish(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.published(); len(got) != 3 {
		t.Errorf("published %v, want one a day", got)
	}
}

// TestHeadsRefuseAChainThatDoesNotGoOn: what was published once is never contradicted, as
// a database that was restored, or its owner, would have it.
func TestHeadsRefuseAChainThatDoesNotGoOn(t *testing.T) {
	for _, c := range []struct {
		reason string
		was    store.SignedHead
		says   string
	}{
		{"a tail was cut off", store.SignedHead{Project: "p", Seq: 9, Hash: "x"}, "cut off"},
		{"the chain was written anew", store.SignedHead{Project: "p", Seq: 2, Hash: "x"}, "written anew"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			d := newHeadDesk(t)
			d.session("one", 3)
			d.tx(func(tx store.Tx) error {
				return tx.PutHeadMark(t.Context(), store.HeadMark{ProjectID: "p", Published: c.was, PublishedAt: d.clock})
			})
			if _, err := d.publish(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if m := d.mark(); d.sent.Len() > 0 || !strings.Contains(m.Error, c.says) || m.Published != c.was {
				t.Errorf("published %q, mark %+v", d.sent.String(), m)
			}
		})
	}
}

// TestABrokenChainHoldsUpNobody: however often a project asks whose chain does not go on,
// the heads of the others come out, and its requests do not pile up.
func TestABrokenChainHoldsUpNobody(t *testing.T) {
	d := newHeadDesk(t)
	d.tx(func(tx store.Tx) error {
		return tx.PutHeadMark(t.Context(), store.HeadMark{ProjectID: "p", Published: store.SignedHead{Project: "p", Seq: 99, Hash: "x"}, PublishedAt: d.clock})
	})
	for n := range headsBatch {
		d.session(strconv.Itoa(n), 1)
	}
	d.clock = d.clock.Add(time.Second)
	d.tx(func(tx store.Tx) error {
		if err := tx.AppendAudit(t.Context(), store.AuditEntry{ProjectID: "q", At: d.clock, Action: "write"}); err != nil {
			return err
		}
		return tx.AddOutbox(t.Context(), store.Outbox{ID: "q", Kind: store.OutboxHead, ProjectID: "q", Subject: "q", At: d.clock})
	})
	for range 3 {
		_, _ = d.publish(t.Context()) // what is wrong with p stands in its mark
	}
	if got := d.published(); len(got) != 1 || got[0] != 1 || d.waiting() != 1 {
		t.Errorf("published %v, %d wait; want the head of the other project, and one that waits", got, d.waiting())
	}
	if m := d.mark(); !strings.Contains(m.Error, "cut off") {
		t.Errorf("the broken chain is not told of: %+v", m)
	}
}

// TestManyBrokenChains: more projects than fit in one transaction fail, and the head of
// another one comes out all the same.
func TestManyBrokenChains(t *testing.T) {
	d := newHeadDesk(t)
	d.tx(func(tx store.Tx) error {
		for n := range headsBatch + 3 {
			id := "p" + strconv.Itoa(n)
			broken := store.HeadMark{ProjectID: id, Published: store.SignedHead{Project: id, Seq: 99, Hash: "x"}, PublishedAt: d.clock}
			if err := tx.PutHeadMark(t.Context(), broken); err != nil {
				return err
			}
			if err := tx.AddOutbox(t.Context(), store.Outbox{ID: id, Kind: store.OutboxHead, ProjectID: id, Subject: id, At: d.clock}); err != nil {
				return err
			}
		}
		return nil
	})
	d.clock = d.clock.Add(time.Second)
	d.session("ask", 1)
	for range 3 {
		d.clock = d.clock.Add(time.Minute)
		_, _ = d.publish(t.Context()) // what is wrong with the others stands in their marks
	}
	if got := d.published(); len(got) != 1 || d.waiting() != headsBatch+3 {
		t.Errorf("published %v, %d wait; want the head of the one, and a request of each of the others", got, d.waiting())
	}
}

// TestNoSink: without an address nothing is kept for later.
func TestNoSink(t *testing.T) {
	d := newHeadDesk(t)
	d.sink = nil
	d.session("one", 1)
	if _, err := d.publish(t.Context()); err != nil || d.waiting() != 0 || d.mark().Error != "" {
		t.Errorf("%v, %d wait, %+v", err, d.waiting(), d.mark())
	}
}

// TestFileSink: lines are appended, and what a crash left of one spoils none.
func TestFileSink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heads.jsonl")
	sink, err := sinkOf(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n, line := range []string{"{\"seq\":1}\n", "{\"seq\":2}\n", "{\"seq\":3}\n"} {
		if n == 2 {
			if err := os.WriteFile(path, []byte("{\"seq\":1}\n{\"se"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := sink(t.Context(), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "{\"seq\":1}\n{\"se\n{\"seq\":3}\n" {
		t.Errorf("%v: %q", err, got)
	}
	missing, err := sinkOf(filepath.Join(t.TempDir(), "none", "heads"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := missing(t.Context(), []byte("x\n")); err == nil {
		t.Error("a folder that does not exist: no error")
	}
}

// TestURLSink: only a success counts, redirects are not followed, and our own network is
// out of reach unless it is allowed.
func TestURLSink(t *testing.T) {
	status, got := http.StatusNoContent, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = string(b)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	defer server.Close()
	sink, err := sinkOf(server.URL, guarded(Loopback()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		ok     bool
	}{{204, true}, {200, true}, {302, false}, {404, false}, {500, false}} {
		status = c.status
		if err := sink(t.Context(), []byte("line\n")); (err == nil) != c.ok || got != "line\n" {
			t.Errorf("%d: %v, got %q", c.status, err, got)
		}
	}
	if closed, err := sinkOf(server.URL, guarded(nil)); err != nil || closed(t.Context(), []byte("x")) == nil {
		t.Errorf("loopback was reached though it is not allowed (%v)", err)
	}
	for _, address := range []string{"ftp://example.com/x", "https://", "://"} {
		if _, err := sinkOf(address, nil); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}

// TestAWorkerThatPublishesNowhere: it leaves heads to the one beside it that was told a place. Where nobody
// publishes, or nobody does any more, they do not pile up.
func TestAWorkerThatPublishesNowhere(t *testing.T) {
	d := newHeadDesk(t)
	other := d.heads
	other.sink = nil
	drain := func(h *heads) {
		t.Helper()
		if more, err := h.publish(t.Context()); err != nil || more {
			t.Fatalf("more %t, %v", more, err)
		}
	}
	d.session("one", 2)
	if drain(&other); d.waiting() != 0 {
		t.Errorf("nobody publishes: %d wait", d.waiting())
	}
	d.session("two", 1)
	drain(&d.heads)
	for n := range headsBatch {
		d.session("more"+strconv.Itoa(n), 1)
	}
	if drain(&other); d.waiting() != 1 {
		t.Errorf("the other one publishes: %d wait, want one for the project", d.waiting())
	}
	drain(&d.heads)
	if got := d.published(); !slices.Equal(got, []int64{3, 3 + headsBatch}) {
		t.Errorf("published %v", got)
	}
	d.session("late", 1)
	d.clock = d.clock.Add(3 * headsDaily)
	if drain(&other); d.waiting() != 0 {
		t.Errorf("nobody publishes any more: %d wait", d.waiting())
	}
}
