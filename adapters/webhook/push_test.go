package webhook_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/webhook"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
)

const createKey = "00000000-0000-4000-8000-000000000001.0123456789"

func newPush(t *testing.T) *desk {
	t.Helper()
	return newDesk(t, "push.json", func(o *simulator.Options) { o.Blind, o.Deaf = true, true })
}

func newTicket(title string) outbound.Content {
	return outbound.Content{
		ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, CreateKey: createKey,
		Set: external.Fields{"title": text(title), "body": text("one\r\ntwo"), "labels": set("a", "b")},
	}
}

func TestPushOnly(t *testing.T) {
	d := newPush(t)
	a := d.Adapter(nil)
	caps := a.Capabilities()
	if caps.Serves(external.Bidirectional) || caps.Serves(external.Pull) || !caps.Serves(external.Push) ||
		caps.CreateKey != external.CreateKeyNone || len(caps.Streams) != 0 || caps.ReadBatch != 0 || caps.History != 0 {
		t.Errorf("capabilities: %+v", caps)
	}
	made, err := d.push(a, newTicket("  one "))
	if err != nil {
		t.Fatal(err)
	}
	if made.ID != createKey || made.CreateKey != createKey || made.Fields["title"].Text() != "one" || made.Fields["body"].Text() != "one\ntwo" {
		t.Errorf("created: %+v, want it as sent, normalised, under its create key", made)
	}
	edit := outbound.Content{ProjectID: "p", Action: outbound.Update, Ref: made.Ref, Now: made.Fields,
		Set: external.Fields{"title": text("two"), "labels": set("b", "c")}}
	got, err := d.push(a, edit)
	if err != nil || got.Fields["title"].Text() != "two" || got.Fields["labels"].Text() != "b, c" || len(got.Fields) != 2 {
		t.Errorf("edited: %+v, %v", got, err)
	}
	comment := outbound.Content{ProjectID: "p", Action: outbound.Create, CreateKey: createKey, Set: external.Fields{"body": text("hi")},
		Ref: external.Ref{Kind: external.KindComment, Parent: d.all(model.Ticket)[0].Key}}
	if _, err := d.push(a, comment); err != nil {
		t.Fatal(err)
	}
	there := d.all(model.Ticket)[0]
	if there.Title != "two" || there.Text != "one\ntwo" || strings.Join(there.Labels, ",") != "b,c" || len(d.all(model.Comment)) != 1 {
		t.Errorf("the peer holds %+v", there)
	}
	if _, err := d.push(a, outbound.Content{ProjectID: "p", Action: outbound.Delete, Ref: made.Ref}); err != nil {
		t.Fatal(err)
	}
	if len(d.all(model.Ticket)) != 0 {
		t.Error("the ticket is still there")
	}
}

func TestPushOnlyReadsNothing(t *testing.T) {
	d := newPush(t)
	a := d.Adapter(nil)
	_, err := a.Read(t.Context(), []external.Ref{{Kind: external.KindTicket, ID: "1"}})
	want(t, err, external.Invalid, "no read")
	_, err = a.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
	want(t, err, external.Invalid, "no list")
	if n := d.sim.Counters().Total; n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// TestARepeatedCreateMakesNothing: whatever becomes of the answer, a create carries
// one webhook-id, and the peer makes one ticket. It is in doubt until then: what is edited
// meanwhile would be lost with the repeat, if nobody knew that the first may have been done.
func TestARepeatedCreateMakesNothing(t *testing.T) {
	for _, c := range []struct {
		reason string
		fault  simulator.Fault
		kind   external.ErrorKind
	}{
		{"the answer is lost", simulator.Fault{Kind: simulator.ReplyLost}, external.Ambiguous},
		{"the request is lost", simulator.Fault{Kind: simulator.RequestLost}, external.Ambiguous},
		{"it fails after it was done", simulator.Fault{Kind: simulator.StatusAfter, Status: 502}, external.Ambiguous},
		{"it fails before", simulator.Fault{Kind: simulator.Status, Status: 503}, external.Ambiguous},
	} {
		d := newPush(t)
		d.sim.Faults(c.fault)
		_, err := d.push(d.Adapter(nil), newTicket("x"))
		want(t, err, c.kind)
		if _, err := d.push(d.Adapter(nil), newTicket("x")); err != nil {
			t.Errorf("%s: again: %v", c.reason, err)
		}
		if n := len(d.all(model.Ticket)); n != 1 {
			t.Errorf("%s: %d tickets, want 1", c.reason, n)
		}
		sent := d.sim.Requests("hook")
		if len(sent) != 2 || sent[0].ID != sent[1].ID || sent[0].ID == "" {
			t.Errorf("%s: the requests are %+v, want two of one id", c.reason, sent)
		}
	}
}

// TestTheSameEditTwiceIsTwoEdits: A, B and A again; a peer that remembers ids must not
// take the last for the first.
func TestTheSameEditTwiceIsTwoEdits(t *testing.T) {
	d := newPush(t)
	a := d.Adapter(nil)
	made, err := d.push(a, newTicket("A"))
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"B", "A", "B", "A"} {
		_, err := d.push(a, outbound.Content{ProjectID: "p", Action: outbound.Update, Ref: made.Ref, Set: external.Fields{"title": text(title)}})
		if got := d.all(model.Ticket)[0].Title; err != nil || got != title {
			t.Fatalf("got %s, want %s: %v", got, title, err)
		}
	}
}

func TestRequestsAreSignedWithBothSecrets(t *testing.T) {
	d := newPush(t)
	d.sim.Trust(project, simulator.Account{Login: bot}, oldKey)
	if _, err := d.push(d.Adapter(nil), newTicket("x")); external.KindOf(err) != external.Unauthorised {
		t.Errorf("another secret: got %v, want Unauthorised", err)
	}
	both := d.Adapter(func(c *adapters.Config) { c.Token = signingKey + " " + oldKey })
	if _, err := d.push(both, newTicket("x")); err != nil {
		t.Errorf("while they are exchanged: %v", err)
	}
	none := d.Adapter(func(c *adapters.Config) { c.Token = bearer })
	_, err := d.push(none, newTicket("x"))
	want(t, err, external.Unauthorised, "whsec_")
	who, err := none.Probe(t.Context())
	if err != nil || len(who.Missing) != 1 || !strings.Contains(who.Missing[0], "whsec_") {
		t.Errorf("probe: %+v, %v", who, err)
	}
}

func TestProbeSendsAPing(t *testing.T) {
	d := newPush(t)
	if who, err := d.Adapter(nil).Probe(t.Context()); err != nil || who.Login != "extsync" || len(who.Missing) != 0 {
		t.Errorf("%+v, %v", who, err)
	}
	sent := d.sim.Requests("hook")
	if len(sent) != 1 || sent[0].Body != `{"type":"ping"}` || !strings.HasPrefix(sent[0].ID, "ping_") {
		t.Errorf("%+v", sent)
	}
	d.sim.Trust(project, simulator.Account{Login: bot}, oldKey)
	_, err := d.Adapter(nil).Probe(t.Context())
	want(t, err, external.Unauthorised)
}

func TestWhatCannotBeSent(t *testing.T) {
	d := newPush(t)
	a := d.Adapter(nil)
	for _, c := range []struct {
		reason string
		set    external.Fields
		words  string
	}{
		{"a title that is too long", external.Fields{"title": text(strings.Repeat("é", 201))}, "200 characters"},
		{"a body beyond Standard Webhooks' advice", external.Fields{"title": text("x"), "body": text(strings.Repeat("x", 20_000))}, "write.max_body"},
	} {
		content := newTicket("")
		content.Set = c.set
		_, err := d.push(a, content)
		want(t, err, external.Invalid, c.words)
	}
	content := newTicket("x")
	content.Set["other"] = text("x")
	_, err := a.Ops(cleared(t, content))
	want(t, err, external.Invalid, "no field other")
	_, err = a.Ops(cleared(t, outbound.Content{Action: outbound.Delete, Ref: external.Ref{Kind: external.KindComment, ID: "1"}}))
	want(t, err, external.Invalid, "write.comment.delete")
	if n := d.sim.Counters().Total; n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// TestAPlainBody is what is sent where the settings have no program for it.
func TestAPlainBody(t *testing.T) {
	const settings = `{"ticket": {"fields": {"title": {}, "estimate": {"type": "number"}, "done": {"type": "bool"}, "labels": {"type": "labels", "set": true}}},
		"write": {"deduplicates": true, "ticket": {"create": {"address": "https://a.example/x", "async": true},
			"update": {"address": "https://a.example/x/{id}", "method": "PUT", "full": true}}}}`
	var bodies []map[string]any
	a, err := webhook.New(adapters.Config{ProjectKey: project, Token: signingKey, Settings: json.RawMessage(settings),
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			var body map[string]any
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			bodies = append(bodies, body)
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Header: http.Header{}}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Desk: adaptertest.NewDesk(t)}
	made, err := d.push(a, outbound.Content{ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, CreateKey: createKey,
		Set: external.Fields{"title": text("<x>"), "estimate": text("2.50"), "done": text("true"), "labels": set("b", "a")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.push(a, outbound.Content{Action: outbound.Update, Ref: made.Ref, Now: made.Fields, Set: external.Fields{"estimate": {}}}); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(bodies)
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{
		`"type":"ticket.create"`, `"create_key":"` + createKey + `"`, `"done":true,"estimate":2.5,"labels":["a","b"],"title":"\u003cx\u003e"`,
		`"type":"ticket.update"`, `"done":true,"estimate":null,"labels":["a","b"],"title"`, `"id":"` + createKey + `"`, `"delivery_id":"create_`,
	} {
		if !strings.Contains(string(raw), piece) {
			t.Errorf("%s lacks %s", raw, piece)
		}
	}
}

func answer(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}
