package jira_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
)

const secret = "It's a Secret to Everybody"

func sum(h func() hash.Hash, key string, body []byte) string {
	mac := hmac.New(h, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

func headers(signature string) http.Header {
	return http.Header{"X-Hub-Signature": {signature}, "X-Atlassian-Webhook-Identifier": {"id-1"}}
}

func (d *desk) verify(h http.Header, body []byte) (adapters.Delivery, error) {
	d.Helper()
	r, can := d.Tested.(adapters.WebhookReceiver)
	if !can {
		d.Fatal("the adapter receives no webhooks")
	}
	return r.VerifyWebhook([]byte(secret), h, body)
}

func (d *desk) receive(body []byte) (adapters.Delivery, error) {
	d.Helper()
	return d.verify(headers("sha256="+sum(sha256.New, secret, body)), body)
}

func TestTheSignatureOfJirasDocumentation(t *testing.T) {
	// developer.atlassian.com, "Webhooks": this secret, this body, this signature.
	const body, sum = "Hello World!", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
	_, err := newDesk(t).verify(headers(sum), []byte(body))
	want(t, err, external.Invalid, "not an event") // the signature is right, the body is none
}

func TestForgedDeliveriesAreRefused(t *testing.T) {
	body := []byte(`{"webhookEvent": "jira:issue_updated", "timestamp": 1}`)
	d := newDesk(t)
	tests := []struct{ reason, signature string }{
		{"no signature", ""},
		{"another secret", "sha256=" + sum(sha256.New, "other", body)},
		{"another body", "sha256=" + sum(sha256.New, secret, []byte("{}"))},
		{"SHA-1", "sha1=" + sum(sha1.New, secret, body)},
		{"a method that is none", "none=" + sum(sha256.New, secret, body)},
		{"no method", sum(sha256.New, secret, body)},
		{"no hexadecimal", "sha256=zz"},
		{"cut short", "sha256=" + sum(sha256.New, secret, body)[:32]},
	}
	for _, tt := range tests {
		if _, err := d.verify(headers(tt.signature), body); external.KindOf(err) != external.Unauthorised {
			t.Errorf("%s: got %v", tt.reason, err)
		}
	}
	for method, h := range map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New} {
		if _, err := d.verify(headers(method+"="+sum(h, secret, body)), body); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	r, _ := d.Tested.(adapters.WebhookReceiver)
	_, err := r.VerifyWebhook(nil, headers("sha256="+sum(sha256.New, "", body)), body)
	want(t, err, external.Unauthorised, "no secret")
}

// bearer is a token as apps get it.
func bearer(t *testing.T, method jwt.SigningMethod, key any, claims jwt.MapClaims) http.Header {
	t.Helper()
	s, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{"Authorization": {"Bearer " + s}, "X-Atlassian-Webhook-Identifier": {"id-2"}}
}

// TestAppsDeliverWithAToken: a dynamic webhook is not signed by HMAC; the token's method is
// pinned, and its times are told for the caller to judge.
func TestAppsDeliverWithAToken(t *testing.T) {
	body := []byte(`{"webhookEvent": "jira:issue_updated", "timestamp": 1, "issue": {"id": "10001", "key": "ABC-1"}}`)
	issued := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	claims := jwt.MapClaims{"iss": "app", "iat": issued.Unix(), "exp": issued.Add(3 * time.Minute).Unix()}
	d := newDesk(t)
	got, err := d.verify(bearer(t, jwt.SigningMethodHS256, []byte(secret), claims), body)
	if err != nil || got.ID != "id-2" || !got.SignedAt.Equal(issued) || got.MaxAge != 4*time.Minute || len(got.Refs) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	for reason, h := range map[string]http.Header{
		"another secret":      bearer(t, jwt.SigningMethodHS256, []byte("other"), claims),
		"another method":      bearer(t, jwt.SigningMethodHS512, []byte(secret), claims),
		"no method at all":    bearer(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims),
		"without its time":    bearer(t, jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"iss": "app"}),
		"Basic":               {"Authorization": {"Basic x"}},
		"nothing of the kind": {},
	} {
		if _, err := d.verify(h, body); external.KindOf(err) != external.Unauthorised {
			t.Errorf("%s: got %v", reason, err)
		}
	}
}

// TestRecordedDeliveries decodes what Jira really sent, Cloud and Server, old and new.
func TestRecordedDeliveries(t *testing.T) {
	dir := shared(t, "specs/jira/webhook-examples")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples in %s: %v", dir, err)
	}
	d := newDesk(t)
	for _, file := range files {
		name := filepath.Base(file)
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.receive(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := map[bool]int{true: 2, false: 1}[strings.Contains(name, "comment") && !strings.Contains(name, "no-event-type-comment-deleted")]
		if len(got.Refs) != want || got.Event == "" || got.SignedAt.IsZero() {
			t.Errorf("%s: got %+v", name, got)
		}
		for _, ref := range got.Refs {
			if ref.ID == "" || (ref.Kind == external.KindComment && ref.Parent == "") {
				t.Errorf("%s: got %+v", name, ref)
			}
		}
		if got.ProjectKey == "" && name != "webhook-server-comment-deleted.json" {
			t.Errorf("%s: no project", name)
		}
	}
}

// TestEventsThatNameNothing: a sprint or version is no item.
func TestEventsThatNameNothing(t *testing.T) {
	d := newDesk(t)
	for _, event := range []string{"sprint_started", "jira:version_released", "issue_property_set", "user_created"} {
		got, err := d.receive(fmt.Appendf(nil, `{"webhookEvent": %q, "timestamp": 1, "issue": {"id": "1", "key": "ABC-1"}}`, event))
		if err != nil || len(got.Refs) != 0 || got.Event != event {
			t.Errorf("%s: got %+v, %v", event, got, err)
		}
	}
}

// TestDeliveriesOfTheSimulator are verified, and read again by what they name.
func TestDeliveriesOfTheSimulator(t *testing.T) {
	d := newDesk(t)
	d.sim.AddHook(simulator.HookSettings{URL: "http://receiver.example/hook", Secret: secret})
	ref := d.open("hooked")
	comment := d.remark(ref, "seen")
	d.act(simulator.Act{Do: "edit", Issue: ref.ID, Summary: "hooked again"})
	seen := map[string]bool{}
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.verify(r.Header, body)
		if err != nil || got.ProjectKey != "ABC" {
			t.Errorf("got %+v, %v", got, err)
		}
		for _, ref := range got.Refs {
			seen[got.Event+" "+ref.ID] = true
			if d.Look(ref).Gone {
				t.Errorf("%s names %s, which is not there", got.Event, ref.ID)
			}
		}
		return &http.Response{StatusCode: http.StatusNoContent, Body: io.NopCloser(bytes.NewReader(nil)), Request: r}, nil
	})}
	if _, err := d.sim.Deliver(context.WithoutCancel(t.Context()), client); err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"jira:issue_created " + ref.ID, "jira:issue_updated " + ref.ID, "comment_created " + comment.ID, "comment_created " + ref.ID} {
		if !seen[must] {
			t.Errorf("missing %s among %v", must, seen)
		}
	}
}

// TestDeliveryWithoutIdentifier: the same body is the same delivery.
func TestDeliveryWithoutIdentifier(t *testing.T) {
	d := newDesk(t)
	id := func(body string) string {
		h := headers("sha256=" + sum(sha256.New, secret, []byte(body)))
		h.Del("X-Atlassian-Webhook-Identifier")
		got, err := d.verify(h, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return got.ID
	}
	a, b := `{"webhookEvent": "jira:issue_updated", "timestamp": 1}`, `{"webhookEvent": "jira:issue_updated", "timestamp": 2}`
	if first, again := id(a), id(a); first == "" || first != again || first == id(b) {
		t.Error("deliveries cannot be told apart")
	}
}
