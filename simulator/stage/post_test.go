package stage_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

// parcel is the webhook of a vendor made up for the test.
type parcel struct{ stage.Receipt }

func (p *parcel) Compose(so stage.Receipt, at time.Time) stage.Letter {
	h := http.Header{}
	h.Set("Id", so.ID)
	h.Set("Attempt", strconv.Itoa(so.Attempts))
	return stage.Letter{URL: "http://hook/", Header: h, Body: []byte(at.Format(time.TimeOnly))}
}

// office is a post with its clock and its receiver.
type office struct {
	*stage.Post[*parcel]
	mu     sync.Mutex
	now    time.Time
	got    []string // "id/attempt"
	status int
	sent   int
	after  func()
	client *http.Client
}

func newOffice(retry func(*parcel, stage.Receipt) (time.Duration, bool)) *office {
	o := &office{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), status: http.StatusOK}
	o.Post = stage.NewPost(stage.PostOptions[*parcel]{Now: o.clock, LogSize: 4, Sent: func() { o.sent++ }, Retry: retry})
	o.client = &http.Client{Transport: stage.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.got = append(o.got, r.Header.Get("Id")+"/"+r.Header.Get("Attempt"))
		after := o.after
		o.mu.Unlock()
		w.WriteHeader(o.status)
		if after != nil {
			after()
		}
	}))}
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *office) put(id string, f stage.FaultKind) bool {
	return o.Put(&parcel{stage.Receipt{ID: id, Fault: f}}, true)
}

// round delivers once and tells what arrived.
func (o *office) round(t *testing.T) string {
	t.Helper()
	o.got = nil
	n, err := o.Deliver(t.Context(), o.client)
	if err != nil || n != len(o.got) {
		t.Errorf("delivered %d of %v: %v", n, o.got, err)
	}
	return strings.Join(o.got, " ")
}

func (o *office) log() (out []string) {
	o.Each(func(p *parcel) { out = append(out, p.ID+":"+strconv.Itoa(p.Attempts)+":"+strconv.Itoa(p.Status)) })
	return out
}

func TestPostDeliversWithItsFaults(t *testing.T) {
	o := newOffice(nil)
	early := &parcel{stage.Receipt{ID: "e", Fault: stage.WebhookEarly}}
	if !o.Put(early, true) {
		t.Error("an early one with a cause overtakes it")
	}
	for _, c := range []struct {
		id    string
		fault stage.FaultKind
	}{{"late", stage.WebhookLate}, {"a", ""}, {"lost", stage.WebhookLost}, {"twice", stage.WebhookDoubled}} {
		if o.put(c.id, c.fault) {
			t.Errorf("%s is not early", c.id)
		}
	}
	if got := o.round(t); got != "a/0 twice/0 twice/1" {
		t.Errorf("the first round: %s", got)
	}
	o.put("b", "")
	if got := o.round(t); got != "b/0 late/0" {
		t.Errorf("the second round: %s; the late one comes last", got)
	}
	if got := o.round(t); got != "" {
		t.Errorf("the third round: %s", got)
	}
	if got, want := o.log(), []string{"a:1:200", "lost:0:0", "twice:2:200", "b:1:200"}; !slices.Equal(got, want) {
		t.Errorf("the log: %v, want %v: four, the lost one too", got, want)
	}
	if o.sent != 5 {
		t.Errorf("%d attempts counted, want 5", o.sent)
	}
	if o.Put(&parcel{stage.Receipt{ID: "early", Fault: stage.WebhookEarly}}, false) {
		t.Error("an early one without a cause has nothing to overtake")
	}
	if got := o.round(t); got != "early/0" {
		t.Errorf("early without a cause: %s", got)
	}
	o.SendNow(t.Context(), o.client, []*parcel{early})
	if early.Attempts != 1 || early.Status != http.StatusOK || string(early.Sent()) != "03:04:05" {
		t.Errorf("sent now: %+v %q", early.Receipt, early.Sent())
	}
}

func TestPostKeepsWhatItCouldNotSend(t *testing.T) {
	o := newOffice(nil)
	ctx, cancel := context.WithCancel(t.Context())
	o.after = cancel
	o.put("a", "")
	o.put("b", "")
	if n, err := o.Deliver(ctx, o.client); n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("delivered %d, %v", n, err)
	}
	o.after = nil
	if got := o.round(t); got != "b/0" {
		t.Errorf("after the end of a context: %s", got)
	}
}

func TestPostRetriesAsTheVendorDoes(t *testing.T) {
	o := newOffice(func(_ *parcel, so stage.Receipt) (time.Duration, bool) {
		return time.Minute, so.Status != http.StatusOK && so.Attempts < 3
	})
	o.status = http.StatusBadGateway
	o.put("a", "")
	for k, c := range []struct {
		pass time.Duration
		want string
	}{{0, "a/0"}, {59 * time.Second, ""}, {time.Second, "a/1"}, {time.Minute, "a/2"}, {time.Hour, ""}} {
		o.pass(c.pass)
		if got := o.round(t); got != c.want {
			t.Errorf("step %d: %q, want %q", k, got, c.want)
		}
	}
	o.status = http.StatusOK
	if err := o.Redeliver(t.Context(), o.client, "a"); err != nil {
		t.Error(err)
	}
	if got := o.log(); !slices.Equal(got, []string{"a:4:200"}) {
		t.Errorf("redelivered: %v", got)
	}
	if err := o.Redeliver(t.Context(), o.client, "x"); err == nil || !strings.Contains(err.Error(), "webhook x: no such delivery") {
		t.Errorf("none of the id: %v", err)
	}
}

func TestPostNotesNoAnswer(t *testing.T) {
	o := newOffice(nil)
	o.client.Transport = stage.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	o.put("a", "")
	if n, err := o.Deliver(t.Context(), o.client); n != 1 || err != nil {
		t.Errorf("delivered %d, %v", n, err)
	}
	if got := o.log(); !slices.Equal(got, []string{"a:1:0"}) {
		t.Errorf("the log: %v", got)
	}
}

func TestLoopSendsWhatIsPut(t *testing.T) {
	for reason, retry := range map[string]func(*parcel, stage.Receipt) (time.Duration, bool){
		"without retries": nil,
		"with retries":    func(_ *parcel, so stage.Receipt) (time.Duration, bool) { return 0, so.Attempts < 2 },
	} {
		o := newOffice(retry)
		arrived := make(chan struct{}, 8)
		o.after = func() { arrived <- struct{}{} }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- o.Loop(ctx, o.client) }()
		for _, id := range []string{"a", "b"} {
			o.put(id, "")
			<-arrived
			if retry != nil {
				<-arrived
			}
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestUUIDsAndSignatures(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 100 {
		id := stage.UUID(rng)
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("%s is no new UUID of version 4", id)
		}
		seen[id] = true
	}
	// The second test case of RFC 4231, section 4.3.
	want := "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	if got := stage.Signature("Jefe", []byte("what do ya want for nothing?")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
