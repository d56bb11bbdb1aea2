package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/apitest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
)

// delivery is a webhook as GitHub would send it.
func delivery(secret, id string, body []byte) []string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return []string{
		"Authorization", "", "Content-Type", "application/json", "X-GitHub-Event", "issues", "X-GitHub-Delivery", id,
		"X-Hub-Signature-256", "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	}
}

// pending counts the wake-ups that wait in the outbox.
func (s *service) pending() int {
	s.t.Helper()
	var n int
	err := s.Store.Tx(s.t.Context(), func(tx store.Tx) error {
		due, err := tx.DueOutbox(s.t.Context(), []store.OutboxKind{store.OutboxWake}, 1000)
		n = len(due)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// known reports whether a delivery's id is stored; it leaves it stored.
func (s *service) known(project, id string) bool {
	s.t.Helper()
	var fresh bool
	err := s.Store.Tx(s.t.Context(), func(tx store.Tx) (err error) {
		fresh, err = tx.RecordDelivery(s.t.Context(), "hook/"+project, id, s.Engine.Clock.Now())
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return !fresh
}

// TestWebhook takes deliveries of the simulator itself: what happened outside is here
// after the next session, and a delivery that comes again does nothing.
func TestWebhook(t *testing.T) {
	s := newService(t)
	p := s.connect()
	s.Repo.AddHook(s.Server.URL+"/v1/hooks/github/"+p.ID, hookSecret)
	s.outside(simulator.Act{Do: "open", Title: ptr("Login fails")})
	deliver := func(f func() error) int {
		t.Helper()
		if err := f(); err != nil {
			t.Fatal(err)
		}
		all := s.Sim.Deliveries()
		return all[len(all)-1].Status
	}
	if got := deliver(func() error { _, err := s.Sim.Deliver(t.Context(), s.Server.Client()); return err }); got != 200 || s.pending() == 0 {
		t.Fatalf("fresh: %d, which Linear must take for an answer, and %d wake-ups", got, s.pending())
	}
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 1 {
		t.Fatalf("tickets: %+v", page)
	}
	last := s.Sim.Deliveries()[0].ID
	if got := deliver(func() error { return s.Sim.Redeliver(t.Context(), s.Server.Client(), last) }); got != 200 || s.pending() != 0 {
		t.Fatalf("again: %d, %d wake-ups", got, s.pending())
	}
}

// TestWebhookRefused: nothing is stored of a delivery that does not prove itself.
func TestWebhookRefused(t *testing.T) {
	s := newService(t)
	p := s.connect()
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := "/v1/hooks/github/" + p.ID
	good := []byte(`{"repository":{"full_name":"octo/hello"},"issue":{"node_id":"I_1","number":1}}`)
	big := bytes.Repeat([]byte(" "), 1<<20+1)
	for _, c := range []struct {
		reason string
		path   string
		body   []byte
		header []string
		uri    string
	}{
		{"unsigned", path, good, append(delivery(hookSecret, "d1", good), "X-Hub-Signature-256", ""), v1.NotAuthenticated},
		{"signed with SHA-1", path, good, append(delivery(hookSecret, "d1", good), "X-Hub-Signature-256", "sha1=00"), v1.NotAuthenticated},
		{"forged", path, good, delivery("another-secret", "d1", good), v1.NotAuthenticated},
		{"changed on the way", path, []byte(`{}`), delivery(hookSecret, "d1", good), v1.NotAuthenticated},
		{"empty", path, nil, delivery(hookSecret, "d1", good), v1.NotAuthenticated},
		{"the admin token does not replace the signature", path, good, []string{"X-GitHub-Event", "issues", "X-GitHub-Delivery", "d1"}, v1.NotAuthenticated},
		{"signed and not JSON", path, []byte(`{"issue":`), delivery(hookSecret, "d1", []byte(`{"issue":`)), v1.ExternalInvalid},
		{"signed without an id", path, good, append(delivery(hookSecret, "d1", good), "X-GitHub-Delivery", ""), v1.ExternalInvalid},
		{"too large", path, big, delivery(hookSecret, "d1", big), v1.TooLarge},
		{"unknown project", "/v1/hooks/github/00000000-0000-4000-8000-00000000dead", good, delivery(hookSecret, "d1", good), v1.NotFound},
		{"no project at all", "/v1/hooks/github/x", good, delivery(hookSecret, "d1", good), v1.NotFound},
		{"another system", "/v1/hooks/jira/" + p.ID, good, delivery(hookSecret, "d1", good), v1.NotFound},
	} {
		t.Run(c.reason, func(t *testing.T) {
			sub := &service{s.World, t}
			got := sub.problem(sub.call(http.MethodPost, c.path, c.body, c.header...), c.uri)
			if c.uri == v1.NotAuthenticated && got.Status != 401 {
				t.Errorf("status %d", got.Status)
			}
			if n := sub.pending(); n != 0 {
				t.Errorf("%d wake-ups were stored", n)
			}
		})
	}
	if s.known(p.ID, "d1") {
		t.Error("the id of a refused delivery was stored: the true one would be taken for a replay")
	}
}

// TestWebhookOfAnotherProject: what is not ours is not believed, whoever signs it.
func TestWebhookOfAnotherProject(t *testing.T) {
	s := newService(t)
	p := s.connect()
	body := []byte(`{"repository":{"full_name":"octo/other"},"issue":{"node_id":"I_foreign","number":1}}`)
	want[map[string]string](s, 200, http.MethodPost, "/v1/hooks/github/"+p.ID, body, delivery(hookSecret, "d1", body)...)
	err := s.Store.Tx(t.Context(), func(tx store.Tx) error {
		_, err := tx.LinkByExternal(t.Context(), p.ID, external.KindTicket, "I_foreign")
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an issue of another repository was linked: %v", err)
	}
}

// TestWebhookSecret: made by us or given by a person, and void once changed.
func TestWebhookSecret(t *testing.T) {
	s := newService(t)
	n := newProject()
	n.WebhookSecret = ""
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects", n)
	body := []byte(`{}`)
	path := "/v1/hooks/github/" + p.ID
	s.problem(s.call(http.MethodPost, path, body, delivery("", "d0", body)...), v1.NotAuthenticated)

	made, _ := want[v1.WebhookSetup](s, 200, http.MethodPut, "/v1/projects/"+p.ID+"/webhook-secret", nil)
	if made.Path != path || len(made.Secret) < 32 {
		t.Fatalf("made: %+v", made)
	}
	// A peer that sends Standard Webhooks takes no other form, and neither does its adapter.
	encoded, standard := strings.CutPrefix(made.Secret, "whsec_")
	if key, err := base64.StdEncoding.DecodeString(encoded); !standard || err != nil || len(key) < 24 {
		t.Errorf("no Standard Webhook is signed with %d bytes, %v", len(key), err)
	}
	want[map[string]string](s, 200, http.MethodPost, path, body, delivery(made.Secret, "d1", body)...)
	set, _ := want[v1.WebhookSetup](s, 200, http.MethodPut, "/v1/projects/"+p.ID+"/webhook-secret", v1.WebhookSecret{Secret: hookSecret})
	if set.Secret != hookSecret {
		t.Fatalf("set: %+v", set)
	}
	s.problem(s.call(http.MethodPost, path, body, delivery(made.Secret, "d2", body)...), v1.NotAuthenticated)
	want[map[string]string](s, 200, http.MethodPost, path, body, delivery(hookSecret, "d2", body)...)

	if bytes.Contains([]byte(s.Logs.String()), []byte(hookSecret)) || bytes.Contains([]byte(s.Logs.String()), []byte(apitest.Token)) {
		t.Error("a secret was logged")
	}
	want[v1.Project](s, 200, http.MethodPost, "/v1/projects/"+p.ID+"/disconnect", nil)
	s.problem(s.call(http.MethodPost, path, body, delivery(hookSecret, "d3", body)...), v1.NotFound)
}

// TestADeliveryForSettingsThatAreRefused: a newer version may refuse the settings that a project has had. Its sender is not to
// blame: it is asked to deliver again, and is told nothing of them. Once they are mended, what it delivers again comes in.
func TestADeliveryForSettingsThatAreRefused(t *testing.T) {
	s := newService(t)
	p, _ := want[v1.Project](s, 201, http.MethodPost, "/v1/projects",
		v1.NewProject{System: "webhook", Address: "helpdesk", Settings: json.RawMessage(peer), WebhookSecret: hookSecret, Direction: "pull"})
	_, err := s.Engine.Configure(t.Context(), p.ID, "an older version", func(p *store.Project) error {
		p.Settings = json.RawMessage(strings.Replace(peer, `"id": ".id",`, `"id": ".id", "once_a_setting": ".x",`, 1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	now := s.Engine.Clock.Now().Format(time.RFC3339)
	body := fmt.Appendf(nil, `{"delivery":"d1","sent_at":%q,"ticket":{"id":"T1","title":"Login fails","text":"help","updated":%q}}`, now, now)
	header := delivery(hookSecret, "d1", body)
	got := s.problem(s.call(http.MethodPost, "/v1/hooks/webhook/"+p.ID, body, header...), v1.Internal)
	if got.Status != 500 || strings.Contains(got.Error(), "once_a_setting") {
		t.Errorf("status %d: %s", got.Status, got.Error())
	}
	if !strings.Contains(s.Logs.String(), "once_a_setting") {
		t.Error("the log does not say why")
	}
	want[v1.Project](s, 200, http.MethodPatch, "/v1/projects/"+p.ID, map[string]any{"settings": json.RawMessage(peer)})
	want[map[string]string](s, 200, http.MethodPost, "/v1/hooks/webhook/"+p.ID, body, header...)
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 1 {
		t.Errorf("tickets: %+v", page)
	}
}
