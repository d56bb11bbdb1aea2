package webhook_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
)

// received is one delivery of the peer, as it arrives.
type received struct {
	header http.Header
	body   []byte
}

// take returns what the peer has to deliver.
func (d *desk) take() []received {
	d.Helper()
	all, err := d.sim.Take(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	var out []received
	for _, r := range all {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			d.Fatal(err)
		}
		out = append(out, received{r.Header, body})
	}
	return out
}

func verify(t *testing.T, a adapters.Adapter, secret string, r received) (adapters.Delivery, error) {
	t.Helper()
	receiver, can := a.(adapters.WebhookReceiver)
	if !can {
		t.Fatal("the adapter receives no webhooks")
	}
	return receiver.VerifyWebhook([]byte(secret), r.header, r.body)
}

func item(t *testing.T, fields map[string]any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

const hexSecret = "It's a Secret to Everybody"

func TestPullOnly(t *testing.T) {
	d := newDesk(t, "pull.json")
	d.sim.AddHook(simulator.Hook{Project: project, URL: "https://us.example/", Mode: simulator.ModeSHA256, Secret: hexSecret})
	a := d.Adapter(nil)
	caps := a.Capabilities()
	if caps.Serves(external.Bidirectional) || caps.Serves(external.Push) || !caps.Serves(external.Pull) || caps.ReadBatch != 0 || !caps.Webhooks {
		t.Errorf("capabilities: %+v", caps)
	}
	made := d.act(simulator.Act{Login: "ann", Do: "create", Kind: model.Ticket, Item: item(t, map[string]any{
		"title": "one", "text": "a\r\nb", "labels": []string{"x"}})})
	d.act(simulator.Act{Login: "bob", Do: "create", Kind: model.Comment, Item: item(t, map[string]any{"ticket": made.Key, "text": "hi"})})
	d.Advance(time.Second)
	d.act(simulator.Act{Login: "ann", Do: "edit", Kind: model.Ticket, ID: made.ID, Item: item(t, map[string]any{"title": "two"})})
	d.act(simulator.Act{Login: "ann", Do: "delete", Kind: model.Ticket, ID: made.ID})
	var told []external.Item
	for _, r := range d.take() {
		got, err := verify(t, a, hexSecret, r)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Items) != 1 || len(got.Refs) != 0 || got.ID == "" || got.ProjectKey != project || got.MaxAge != 5*time.Minute || got.SignedAt.IsZero() {
			t.Errorf("%+v, want one whole item and nothing to read", got)
		}
		told = append(told, got.Items...)
	}
	if len(told) != 5 { // deleting the ticket deletes its comment
		t.Fatalf("%d items", len(told))
	}
	first, second, comment := told[0], told[2], told[1]
	if first.Ref != ticketRef(made) || first.Fields["body"].Text() != "a\nb" || first.Fields["labels"].Text() != "x" || first.Author != "ann" {
		t.Errorf("first: %+v", first)
	}
	if comment.Kind != external.KindComment || comment.Parent != made.Key || comment.Fields["body"].Text() != "hi" {
		t.Errorf("comment: %+v", comment)
	}
	if !second.UpdatedAt.After(first.UpdatedAt) || second.Version <= first.Version || len(second.Version) != 20 {
		t.Errorf("an old delivery cannot be told from a new one: %v %q, %v %q", first.UpdatedAt, first.Version, second.UpdatedAt, second.Version)
	}
	if !told[3].Gone || !told[4].Gone || told[4].ID != first.ID {
		t.Errorf("after the delete: %+v, %+v", told[3], told[4])
	}
}

func TestWithReadBackADeliveryIsAHint(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	d.sim.AddHook(simulator.Hook{Project: project, URL: "https://us.example/", Mode: simulator.ModeStandard, Secret: signingKey})
	made := d.act(simulator.Act{Login: "ann", Do: "create", Kind: model.Ticket, Item: item(t, map[string]any{"title": "one"})})
	d.act(simulator.Act{Login: "ann", Do: "create", Kind: model.Comment, Item: item(t, map[string]any{"ticket": made.Key, "text": "hi"})})
	all := d.take()
	got, err := verify(t, d.Adapter(nil), signingKey, all[0])
	if err != nil || len(got.Items) != 0 || len(got.Refs) != 1 || got.Refs[0] != ticketRef(made) || got.Event != "ticket.created" || got.ID != "msg_1" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = verify(t, d.Adapter(nil), signingKey, all[1])
	if err != nil || len(got.Refs) != 1 || got.Refs[0].Parent != made.Key || got.Refs[0].Kind != external.KindComment {
		t.Errorf("%+v, %v", got, err)
	}
	if !got.SignedAt.Equal(d.Now()) {
		t.Errorf("signed at %s, want %s", got.SignedAt, d.Now())
	}
}

func TestWhatAPayloadCannotTell(t *testing.T) {
	d := newDesk(t, "pull.json")
	a := d.Adapter(nil)
	for _, c := range []struct {
		reason, body string
		kind         external.ErrorKind
		words        string
	}{
		{"no JSON", `payload=%7B`, external.Invalid, "application/json"},
		{"no id of the delivery", `{"sent_at": 1777888800000, "ticket": null}`, external.Invalid, "no id"},
		{"no time", `{"delivery": "1"}`, external.Invalid, "when it was sent"},
		{"an item without id", `{"delivery": "1", "sent_at": 1, "ticket": {"title": "x"}}`, external.Invalid, "has no id"},
		{"a text for an id", `{"delivery": "1", "sent_at": 1, "ticket": {"id": "` + strings.Repeat("secret", 500) + `"}}`, external.Invalid, "check the program"},
		{"a time that no calendar has", `{"delivery": "1", "sent_at": 1, "ticket": {"id": 1, "updated": 9000000000000000000}}`, external.Invalid, "updated_at"},
		{"an item without a time", `{"delivery": "1", "sent_at": 1, "ticket": {"id": 1, "sequence": 1}}`, external.Invalid, "ticket.updated_at"},
		{"a field of another type", `{"delivery": "1", "sent_at": 1, "ticket": {"id": 1, "updated": 5, "title": {"secret": 1}}}`, external.Invalid, "field title"},
		{"a title that is a list", `{"delivery": "1", "sent_at": 1, "ticket": {"id": 1, "updated": 5, "labels": [{"name": {}}]}}`, external.Invalid, "field labels"},
		{"an event about nothing", `{"delivery": "1", "sent_at": 1777888800000, "event": "ping"}`, "", ""},
	} {
		r := received{http.Header{"X-Hub-Signature-256": {"sha256=" + macHex(hexSecret, c.body)}}, []byte(c.body)}
		got, err := verify(t, a, hexSecret, r)
		if c.kind == "" {
			if err != nil || len(got.Items) != 0 {
				t.Errorf("%s: %+v, %v", c.reason, got, err)
			}
			continue
		}
		want(t, err, c.kind, c.words)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the payload: %v", c.reason, err)
		}
	}
}

func TestIdsKeepTheirDigits(t *testing.T) {
	d := newDesk(t, "pull.json")
	for _, id := range []string{"9007199254740995", "18446744073709551617"} {
		body := fmt.Sprintf(`{"delivery": "1", "sent_at": 1777888800000, "ticket": {"id": %s, "number": "D-1", "updated": "2026-05-04T10:00:00+02:00"}}`, id)
		r := received{http.Header{"X-Hub-Signature-256": {"sha256=" + macHex(hexSecret, body)}}, []byte(body)}
		got, err := verify(t, d.Adapter(nil), hexSecret, r)
		if err != nil || got.Items[0].ID != id || got.Items[0].UpdatedAt.Hour() != 8 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
