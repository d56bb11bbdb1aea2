package linear_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
)

// receiver is a webhook endpoint in process.
type receiver struct {
	status int
	got    []*http.Request
	bodies []map[string]any
	valid  bool // all signatures so far
}

func (r *receiver) RoundTrip(in *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write(body)
	r.valid = in.Header.Get("Linear-Signature") == hex.EncodeToString(mac.Sum(nil)) && (r.valid || len(r.got) == 0)
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	r.got, r.bodies = append(r.got, in), append(r.bodies, m)
	return &http.Response{StatusCode: r.status, Body: http.NoBody, Request: in}, nil
}

func (r *receiver) actions() []string {
	out := []string{}
	for _, b := range r.bodies {
		out = append(out, fmt.Sprint(b["type"], ".", b["action"]))
	}
	return out
}

func hooked(t *testing.T) (*world, *receiver, func() int) {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	client := &http.Client{Transport: r}
	w := newWorld(t, func(o *linear.Options) { o.WebhookClient = client })
	w.sim.AddHook("http://hook/linear", "secret", "ENG")
	return w, r, func() int {
		w.Helper()
		n, err := w.sim.Deliver(t.Context(), client)
		if err != nil {
			w.Fatal(err)
		}
		return n
	}
}

func TestWebhooks(t *testing.T) {
	w, r, deliver := hooked(t)
	id := w.create("one", nil)
	w.update(id, vars{"title": "two", "stateId": w.team.State("Done")})
	w.act(linear.Act{Login: "ada", Do: "comment", Issue: id, Body: ptr("c")})
	w.sim.AddTeam("OPS", "Operations")
	w.act(linear.Act{Team: "OPS", Login: "ada", Do: "create", Title: ptr("not told of")})
	w.act(linear.Act{Login: "ada", Do: "trash", Issue: id})
	if n := deliver(); n != 4 || deliver() != 0 {
		t.Errorf("%d sent", n)
	}
	if want := []string{"Issue.create", "Issue.update", "Comment.create", "Issue.remove"}; !slices.Equal(r.actions(), want) {
		t.Errorf("got %v", r.actions())
	}
	h := r.got[1].Header
	if !r.valid || h.Get("Linear-Event") != "Issue" || h.Get("Linear-Delivery") == "" ||
		h.Get("Linear-Timestamp") != strconv.FormatInt(w.clock.Now().UnixMilli(), 10) {
		t.Errorf("headers %v", h)
	}
	from, _ := r.bodies[1]["updatedFrom"].(map[string]any)
	if from["title"] != "one" || from["stateId"] != w.team.State("Backlog") || from["updatedAt"] == nil || len(from) != 3 {
		t.Errorf("updatedFrom %v", from)
	}
	if actor, _ := r.bodies[2]["actor"].(map[string]any); actor["name"] != "ada" {
		t.Errorf("actor %v", actor)
	}
}

func TestWebhookRetries(t *testing.T) {
	w, r, deliver := hooked(t)
	r.status = http.StatusInternalServerError
	w.create("one", nil)
	for k, wait := range []time.Duration{0, time.Minute, time.Hour, 6 * time.Hour} {
		if wait > 0 {
			w.clock.advance(wait - time.Second)
			if n := deliver(); n != 0 {
				t.Errorf("attempt %d came early", k+1)
			}
			w.clock.advance(time.Second)
		}
		if n := deliver(); n != 1 {
			t.Errorf("attempt %d: %d sent", k+1, n)
		}
	}
	w.clock.advance(100 * time.Hour)
	if n := deliver(); n != 0 {
		t.Error("a fifth attempt")
	}
	for k := range r.bodies[1:] {
		if r.got[k].Header.Get("Linear-Delivery") != r.got[k+1].Header.Get("Linear-Delivery") ||
			r.bodies[k]["webhookTimestamp"] == r.bodies[k+1]["webhookTimestamp"] {
			t.Error("a retry keeps the id and has its own time")
		}
	}
}

func TestWebhookFaults(t *testing.T) {
	for _, c := range []struct {
		reason string
		kind   linear.FaultKind
		want   []string // titles, as they arrive in two rounds
	}{
		{"none", "", []string{"a", "b"}},
		{"lost", linear.WebhookLost, []string{"b"}},
		{"doubled", linear.WebhookDoubled, []string{"a", "a", "b"}},
		{"late", linear.WebhookLate, []string{"b", "a"}},
		{"early", linear.WebhookEarly, []string{"a", "b"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w, r, deliver := hooked(t)
			if c.kind != "" {
				w.sim.Faults().Set(linear.Fault{Kind: c.kind, Calls: []string{"Issue.create"}, Next: 1})
			}
			w.create("a", nil)
			if early := len(r.got) > 0; early != (c.kind == linear.WebhookEarly) {
				t.Errorf("before the answer: %v", early)
			}
			w.create("b", nil)
			deliver()
			deliver()
			var got []string
			for _, b := range r.bodies {
				data, _ := b["data"].(map[string]any)
				got = append(got, fmt.Sprint(data["title"]))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestWebhooksByAPI(t *testing.T) {
	w, _, _ := hooked(t)
	w.sim.AddToken("admin", linear.Token{Login: "root", Kind: linear.OAuth, Scopes: []string{"read", "write", "admin"}})
	w.auth = "Bearer admin"
	const create = `mutation($in: WebhookCreateInput!) { webhookCreate(input: $in) { webhook { id url enabled secret resourceTypes team { key } } } }`
	a := w.do(create, vars{"in": vars{"url": "https://x.example", "teamId": w.team.ID(), "resourceTypes": []string{"Issue"}}})
	id := a.str("webhookCreate.webhook.id")
	if a.str("webhookCreate.webhook.team.key") != "ENG" || a.get("webhookCreate.webhook.enabled") != true || a.str("webhookCreate.webhook.secret") == "" {
		t.Errorf("created: %s", a.raw)
	}
	if a := w.ask(create, vars{"in": vars{"url": "https://x.example", "resourceTypes": []string{"Issue"}}}); a.code() != "INPUT_ERROR" {
		t.Errorf("for no team: %s", a.raw)
	}
	if got := w.do(`{ webhooks { nodes { id } } }`, nil).list("webhooks.nodes", "id"); len(got) != 2 {
		t.Errorf("listed: %v", got)
	}
	w.do(`mutation($id: String!) { webhookDelete(id: $id) { success } }`, vars{"id": id})
	if a := w.ask(`query($id: String!) { webhook(id: $id) { id } }`, vars{"id": id}); a.code() != "INPUT_ERROR" {
		t.Errorf("deleted: %s", a.raw)
	}
}

func TestDeliverLoop(t *testing.T) {
	w, r, _ := hooked(t)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan struct{}, 10)
	go func() { done <- w.sim.DeliverLoop(ctx, &http.Client{Transport: tell{r, served}}) }()
	w.create("one", nil)
	<-served
	cancel()
	if err := <-done; err == nil {
		t.Error("the loop ends with the context's error")
	}
}

// tell says on a channel that something arrived.
type tell struct {
	next http.RoundTripper
	to   chan<- struct{}
}

func (c tell) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	c.to <- struct{}{}
	return resp, err
}
