package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	another = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

type bench struct {
	*testing.T
	s   *webhook.Sim
	now time.Time
}

func open(t *testing.T, o webhook.Options) *bench {
	t.Helper()
	b := &bench{T: t, now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}
	o.Now = func() time.Time { return b.now }
	b.s = webhook.New(o)
	b.s.AddProject("desk")
	b.s.AddToken("tok", webhook.Account{Login: "bot"})
	b.s.AddToken("reader", webhook.Account{Login: "guest", ReadOnly: true})
	b.s.Trust("desk", webhook.Account{Login: "bot"}, secret)
	return b
}

// call makes a request in process and returns its status and JSON.
func (b *bench) call(method, path, token, body string, header ...string) (int, map[string]any) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, "https://desk.example"+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	resp, err := b.s.Transport().RoundTrip(r)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]any{}
	if len(raw) > 0 && json.Unmarshal(raw, &out) != nil {
		out["text"] = string(raw)
	}
	return resp.StatusCode, out
}

const tickets = "/api/projects/desk/tickets"

func (b *bench) count(kind string) (n int) {
	b.Helper()
	if err := b.s.View("desk", func(p *model.Project) { n = len(p.All(kind)) }); err != nil {
		b.Fatal(err)
	}
	return n
}

func TestWhoMayDoWhat(t *testing.T) {
	b := open(t, webhook.Options{})
	for _, c := range []struct {
		reason, method, path, token, body string
		status                            int
	}{
		{"no token", "GET", tickets, "", "", 401},
		{"an unknown token", "GET", tickets, "x", "", 401},
		{"an unknown project", "GET", "/api/projects/other/tickets", "tok", "", 404},
		{"an unknown address", "GET", "/api/other", "tok", "", 404},
		{"another method", "PUT", tickets, "tok", "{}", 404},
		{"a reader reads", "GET", tickets, "reader", "", 200},
		{"a reader writes", "POST", tickets, "reader", `{"title": "x"}`, 403},
		{"a member writes", "POST", tickets, "tok", `{"title": "x"}`, 201},
		{"no title", "POST", tickets, "tok", `{}`, 422},
		{"points that are none", "POST", tickets, "tok", `{"title": "x", "points": "many"}`, 422},
		{"a member of JSON that is not known", "POST", tickets, "tok", `{"title": "x", "colour": 1}`, 400},
		{"no such ticket", "PATCH", tickets + "/1", "tok", `{}`, 404},
		{"an id that is no number", "GET", tickets + "/x", "tok", "", 404},
		{"a cursor that is none", "GET", tickets + "?cursor=x", "tok", "", 400},
		{"a time that is none", "GET", tickets + "?since=x", "tok", "", 400},
	} {
		if got, _ := b.call(c.method, c.path, c.token, c.body); got != c.status {
			t.Errorf("%s: %d, want %d", c.reason, got, c.status)
		}
	}
	if b.count(model.Ticket) != 1 {
		t.Errorf("%d tickets", b.count(model.Ticket))
	}
}

// items counts those of a page; -1 where there are none at all.
func items(page map[string]any) int {
	list, ok := page["items"].([]any)
	if !ok {
		return -1
	}
	return len(list)
}

func TestPagesAndConditions(t *testing.T) {
	b := open(t, webhook.Options{PageSize: 2})
	for n := range 3 {
		b.call("POST", tickets, "tok", fmt.Sprintf(`{"title": "%d"}`, n))
		b.now = b.now.Add(time.Second)
	}
	_, page := b.call("GET", tickets, "tok", "")
	next, ok := page["next"].(string)
	if !ok || items(page) != 2 {
		t.Fatalf("%v", page)
	}
	_, rest := b.call("GET", tickets+"?cursor="+next, "tok", "")
	if rest["next"] != nil || items(rest) != 1 {
		t.Errorf("%v", rest)
	}
	if _, since := b.call("GET", tickets+"?since=2026-05-04T10:00:02Z", "tok", ""); items(since) != 1 {
		t.Errorf("%v", since)
	}
}

// deliver sends a delivery signed by the standard's own library.
func (b *bench) deliver(id, key string, at time.Time, body string) (int, map[string]any) {
	b.Helper()
	hook, err := standardwebhooks.NewWebhook(key)
	if err != nil {
		b.Fatal(err)
	}
	signature, err := hook.Sign(id, at, []byte(body))
	if err != nil {
		b.Fatal(err)
	}
	return b.call("POST", "/hooks/desk", "", body, "webhook-id", id, "webhook-timestamp", fmt.Sprint(at.Unix()), "webhook-signature", signature)
}

func TestDeliveriesIn(t *testing.T) {
	b := open(t, webhook.Options{})
	const create = `{"type": "ticket.create", "data": {"external_key": "k1", "item": {"title": "x"}}}`
	for _, c := range []struct {
		reason, id, key string
		at              time.Time
		body            string
		status, tickets int
	}{
		{"another secret", "1", another, b.now, create, 401, 0},
		{"an old one", "1", secret, b.now.Add(-6 * time.Minute), create, 401, 0},
		{"one of the future", "1", secret, b.now.Add(6 * time.Minute), create, 401, 0},
		{"a right one", "1", secret, b.now, create, 201, 1},
		{"the same again", "1", secret, b.now.Add(time.Minute), create, 201, 1},
		{"the same under another id", "2", secret, b.now, create, 201, 2},
		{"by our key", "3", secret, b.now, `{"type": "ticket.update", "data": {"external_key": "k1", "item": {"labels": {"add": ["a"]}}}}`, 200, 2},
		{"of nothing", "4", secret, b.now, `{"type": "ticket.delete", "data": {"external_key": "k9"}}`, 404, 2},
		{"of no type", "5", secret, b.now, `{"type": "sprint.start"}`, 422, 2},
		{"of no verb", "6", secret, b.now, `{"type": "ticket.sing", "data": {"external_key": "k1"}}`, 422, 2},
		{"a ping", "7", secret, b.now, `{"type": "ping"}`, 200, 2},
		{"no JSON", "8", secret, b.now, `x`, 400, 2},
		{"a deletion", "9", secret, b.now, `{"type": "ticket.delete", "data": {"external_key": "k1"}}`, 200, 1},
	} {
		if got, _ := b.deliver(c.id, c.key, c.at, c.body); got != c.status || b.count(model.Ticket) != c.tickets {
			t.Errorf("%s: %d and %d tickets, want %d and %d", c.reason, got, b.count(model.Ticket), c.status, c.tickets)
		}
	}
	if n := b.s.Counters().Repeats; n != 1 {
		t.Errorf("%d repeats", n)
	}
	b.s.Trust("desk", webhook.Account{Login: "bot"}, another, secret)
	for _, key := range []string{secret, another} {
		if got, _ := b.deliver("x"+key, key, b.now, `{"type": "ping"}`); got != 200 {
			t.Errorf("while secrets are exchanged: %d", got)
		}
	}
}

func TestBlindAndDeaf(t *testing.T) {
	b := open(t, webhook.Options{Blind: true, Deaf: true})
	if got, _ := b.call("GET", tickets, "tok", ""); got != 403 {
		t.Errorf("reading: %d", got)
	}
	got, body := b.deliver("1", secret, b.now, `{"type": "ticket.create", "data": {"item": {"title": "x"}}}`)
	if got != 202 || len(body) != 0 || b.count(model.Ticket) != 1 {
		t.Errorf("writing: %d %v", got, body)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		f       webhook.Fault
		status  int
		tickets int
	}{
		{webhook.Fault{Kind: webhook.RequestLost}, 0, 0}, {webhook.Fault{Kind: webhook.ReplyLost}, 0, 1},
		{webhook.Fault{Kind: webhook.Status, Status: 503}, 503, 0}, {webhook.Fault{Kind: webhook.StatusAfter, Status: 500}, 500, 1},
		{webhook.Fault{Kind: webhook.HTML}, 200, 1}, {webhook.Fault{Kind: webhook.Huge}, 201, 1}, {webhook.Fault{Kind: webhook.Redirect}, 307, 0},
	} {
		b := open(t, webhook.Options{})
		c.f.Calls = []string{"write"}
		b.s.Faults(c.f)
		if got, _ := b.call("GET", tickets, "tok", ""); got != 200 {
			t.Errorf("%s hit a read: %d", c.f.Kind, got)
		}
		got, _ := b.call("POST", tickets, "tok", `{"title": "x"}`)
		if got != c.status || b.count(model.Ticket) != c.tickets {
			t.Errorf("%s: %d and %d tickets", c.f.Kind, got, b.count(model.Ticket))
		}
		if got, _ := b.call("POST", tickets, "tok", `{"title": "x"}`); got != 201 {
			t.Errorf("%s hit twice: %d", c.f.Kind, got)
		}
	}
}

func TestDeliveriesOut(t *testing.T) {
	b := open(t, webhook.Options{})
	var ids []string
	status := http.StatusInternalServerError
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		verify, err := standardwebhooks.NewWebhook(another)
		if err != nil || verify.VerifyIgnoringTimestamp(body, r.Header) != nil || !bytes.Contains(body, []byte(`"event":"ticket.created"`)) {
			t.Errorf("%s: %s", err, body)
		}
		ids = append(ids, r.Header.Get("webhook-id"))
		w.WriteHeader(status)
	}))
	defer hook.Close()
	defer http.DefaultClient.CloseIdleConnections()
	b.s.AddHook(webhook.Hook{Project: "desk", URL: hook.URL, Mode: webhook.ModeStandard, Secret: secret + " " + another})
	if _, err := b.s.Act(webhook.Act{Project: "desk", Login: "ann", Do: "create", Kind: model.Ticket, Item: json.RawMessage(`{"title": "x"}`)}); err != nil {
		t.Fatal(err)
	}
	if n, err := b.s.Deliver(t.Context(), http.DefaultClient); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	status = http.StatusOK
	if err := b.s.Redeliver(t.Context(), http.DefaultClient, ids[0]); err != nil {
		t.Fatal(err)
	}
	sent := b.s.Deliveries()
	if len(sent) != 1 || len(ids) != 2 || ids[0] != ids[1] || fmt.Sprint(sent[0].Tries) != "[500 200]" {
		t.Errorf("%+v %q", sent, ids)
	}
	if err := b.s.Redeliver(t.Context(), http.DefaultClient, "x"); err == nil {
		t.Error("what was never sent was sent again")
	}
}

func TestActsThatNobodyCanDo(t *testing.T) {
	b := open(t, webhook.Options{})
	for _, a := range []webhook.Act{
		{Project: "other", Do: "create", Kind: model.Ticket, Item: json.RawMessage(`{"title": "x"}`)},
		{Project: "desk", Do: "sing", Kind: model.Ticket, Item: json.RawMessage(`{}`)},
		{Project: "desk", Do: "edit", Kind: model.Ticket, ID: 1, Item: json.RawMessage(`{}`)},
		{Project: "desk", Do: "create", Kind: model.Ticket, Item: json.RawMessage(`{"colour": 1}`)},
		{Project: "desk", Do: "delete", Kind: model.Comment, ID: 1},
	} {
		if _, err := b.s.Act(a); err == nil {
			t.Errorf("%+v was done", a)
		}
	}
}

// TestOverASocket steers a simulator by its own controls alone.
func TestOverASocket(t *testing.T) {
	s := webhook.New(webhook.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	base := "http://" + l.Addr().String()
	do := func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer tok")
		resp, err := client.Do(r)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			return 0, err.Error()
		}
		return resp.StatusCode, string(raw)
	}
	for _, c := range []struct {
		reason, method, path, body string
		status                     int
		words                      string
	}{
		{"set up", "POST", "/_sim/settings", `{"projects": ["desk"], "tokens": {"tok": {"login": "bot"}}, "blind": false, "lag_ms": 0}`, 200, "ok"},
		{"a setting that is none", "POST", "/_sim/settings", `{"colour": 1}`, 400, "colour"},
		{"act", "POST", "/_sim/act", `{"project": "desk", "login": "ann", "do": "create", "kind": "ticket", "item": {"title": "x"}}`, 200, "DESK-1"},
		{"read", "GET", tickets, "", 200, `"title":"x"`},
		{"who", "GET", "/api/account", "", 200, `"login":"bot"`},
		{"a fault", "POST", "/_sim/faults", `[{"kind": "reply_lost"}]`, 200, "1"},
		{"a fault that is none", "POST", "/_sim/faults", `[{"kind": "flood"}]`, 400, "flood"},
		{"it hits", "POST", tickets, `{"title": "y"}`, 0, "EOF"},
		{"no more", "DELETE", "/_sim/faults", "", 200, "ok"},
		{"what was called", "GET", "/_sim/requests?kind=ticket.list", "", 200, "/api/projects/desk/tickets"},
		{"how often", "GET", "/_sim/counters", "", 200, `"ticket.create":1,"ticket.list":1`},
		{"anew", "POST", "/_sim/counters/reset", "", 200, "ok"},
		{"nothing was sent", "GET", "/_sim/deliveries", "", 200, "[]"},
		{"nothing to send", "POST", "/_sim/deliver", "", 200, `"sent":0`},
		{"nothing to send again", "POST", "/_sim/redeliver?id=x", "", 400, "no delivery"},
		{"no such control", "GET", "/_sim/x", "", 404, "no such control"},
	} {
		status, body := do(c.method, c.path, c.body)
		if status != c.status || !strings.Contains(body, c.words) {
			t.Errorf("%s: %d %s", c.reason, status, body)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
