package linear_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
)

const secret = "lin_wh_secret"

// signed are the headers of a delivery.
func signed(body string) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	h := http.Header{}
	h.Set("Linear-Delivery", "234d1a4e-b617-4388-90fe-adc3633d6b72")
	h.Set("Linear-Event", "Issue")
	h.Set("Linear-Signature", hex.EncodeToString(mac.Sum(nil)))
	return h
}

func (d *desk) receiver() adapters.WebhookReceiver {
	r, ok := d.Tested.(adapters.WebhookReceiver)
	if !ok {
		d.Fatal("the adapter receives no webhooks")
	}
	return r
}

func (d *desk) receive(header http.Header, body string) (adapters.Delivery, error) {
	return d.receiver().VerifyWebhook([]byte(secret), header, []byte(body))
}

const issueEvent = `{"action":"update","type":"Issue","webhookTimestamp":1777888999123,"data":{"id":"i","identifier":"ENG-3","team":{"key":"ENG"}}}`

func TestWebhookSignature(t *testing.T) {
	d := newDesk(t)
	tests := []struct {
		reason string
		change func(http.Header)
		body   string
		want   external.ErrorKind
	}{
		{"as sent", func(http.Header) {}, issueEvent, ""},
		{"another body", func(h http.Header) { h.Set("Linear-Signature", signed("{}").Get("Linear-Signature")) }, issueEvent, external.Unauthorised},
		{"no signature", func(h http.Header) { h.Del("Linear-Signature") }, issueEvent, external.Unauthorised},
		{"half a signature", func(h http.Header) { h.Set("Linear-Signature", h.Get("Linear-Signature")[:32]) }, issueEvent, external.Unauthorised},
		{"not hexadecimal", func(h http.Header) { h.Set("Linear-Signature", strings.Repeat("z", 64)) }, issueEvent, external.Unauthorised},
		{"a time in the header does not replace the signed one", func(h http.Header) { h.Set("Linear-Timestamp", "1777888999123") },
			`{"action":"update","type":"Issue","data":{"id":"i"}}`, external.Unauthorised},
		{"no id", func(h http.Header) { h.Del("Linear-Delivery") }, issueEvent, external.Invalid},
		{"not JSON", func(http.Header) {}, "payload=1", external.Invalid},
	}
	for _, tt := range tests {
		header := signed(tt.body)
		tt.change(header)
		if _, err := d.receive(header, tt.body); external.KindOf(err) != tt.want {
			t.Errorf("%s: got %v, want kind %q", tt.reason, err, tt.want)
		}
	}
	_, err := d.receiver().VerifyWebhook(nil, signed(issueEvent), []byte(issueEvent))
	want(t, err, external.Unauthorised, "no secret")
}

// The signed time comes along, for whoever has a clock to refuse what is older than a
// minute.
func TestWebhookTime(t *testing.T) {
	d := newDesk(t)
	got, err := d.receive(signed(issueEvent), issueEvent)
	if err != nil || !got.SignedAt.Equal(time.UnixMilli(1777888999123)) || got.MaxAge != time.Minute {
		t.Errorf("got %s, at most %s old, %v", got.SignedAt, got.MaxAge, err)
	}
	if got.ID != "234d1a4e-b617-4388-90fe-adc3633d6b72" || got.ProjectKey != "ENG" || len(got.Refs) != 1 || got.Refs[0].Key != "ENG-3" {
		t.Errorf("got %+v", got)
	}
}

// The simulator's own deliveries name what changed.
func TestWebhookRefs(t *testing.T) {
	d := newDesk(t)
	var got []adapters.Delivery
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		delivery, err := d.receive(r.Header, string(body))
		if err != nil {
			t.Errorf("a delivery was refused: %v", err)
		}
		got = append(got, delivery)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})}
	d.sim.AddHook("https://extsync.example/hook", secret, "ENG")
	ref := d.open("an issue")
	body := "a remark"
	c := d.act(simulator.Act{Do: "comment", Issue: ref.ID, Body: &body}).Comment
	d.act(simulator.Act{Do: "label", Issue: ref.ID, Names: []string{"new"}})
	d.act(simulator.Act{Do: "trash", Issue: ref.ID})
	if _, err := d.sim.Deliver(d.Context(), client); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, delivery := range got {
		for _, r := range delivery.Refs {
			told = append(told, fmt.Sprintf("%s %s %s", delivery.Event, r.Kind, r.ID))
		}
	}
	want := []string{"Issue create ticket " + ref.ID, "Comment create comment " + c, "Issue update ticket " + ref.ID, "Issue remove ticket " + ref.ID}
	if strings.Join(told, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

// The example of Linear's documentation tells the comment's issue by its id alone.
func TestOfficialWebhookExample(t *testing.T) {
	body, err := os.ReadFile(shared(t, "specs/linear/webhook-examples/comment.create.official-doc.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := newDesk(t).receive(signed(string(body)), string(body))
	if err != nil || len(got.Refs) != 1 || got.Refs[0].Kind != external.KindComment || got.Refs[0].ID != "2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9" {
		t.Errorf("got %+v, %v", got, err)
	}
	if !got.SignedAt.Equal(time.UnixMilli(1676056940508)) {
		t.Errorf("got time %s", got.SignedAt)
	}
}

// shared is a file of the official descriptions, or the end of the test.
func shared(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skipf("SKIPPED: needs ../shared/%s beside the repository: %v", path, err)
	}
	return full
}
