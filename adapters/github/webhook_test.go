package github_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
)

const secret = "It's a Secret to Everybody"

func signature(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func headers(event, signature string) http.Header {
	return http.Header{"X-Github-Event": {event}, "X-Github-Delivery": {"id-1"}, "X-Hub-Signature-256": {signature}}
}

// verify checks a delivery by the desk's adapter.
func (d *desk) verify(secret string, h http.Header, body []byte) (adapters.Delivery, error) {
	d.Helper()
	r, can := d.Tested.(adapters.WebhookReceiver)
	if !can {
		d.Fatal("the adapter receives no webhooks")
	}
	return r.VerifyWebhook([]byte(secret), h, body)
}

func receive(d *desk, event, body string) (adapters.Delivery, error) {
	return d.verify(secret, headers(event, signature([]byte(body))), []byte(body))
}

func TestTheSignatureOfGitHubsDocumentation(t *testing.T) {
	// docs.github.com, "Validating webhook deliveries": this secret, this payload, this signature.
	const body, sum = "Hello, World!", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	d := newDesk(t)
	_, err := d.verify(secret, headers("ping", sum), []byte(body))
	want(t, err, external.Invalid, "not JSON") // the signature is right, the body is not
}

func TestForgedDeliveriesAreRefused(t *testing.T) {
	body := []byte(`{"action":"opened"}`)
	old := hmac.New(sha1.New, []byte(secret))
	old.Write(body)
	sha1Sum := hex.EncodeToString(old.Sum(nil))
	d := newDesk(t)
	for _, c := range []struct {
		secret, header, signature, why string
	}{
		{secret, "X-Hub-Signature-256", "", "unsigned"},
		{secret, "X-Hub-Signature-256", signature([]byte(`{"action":"closed"}`)), "of another body"},
		{secret, "X-Hub-Signature-256", strings.TrimPrefix(signature(body), "sha256="), "without its kind"},
		{secret, "X-Hub-Signature-256", "sha256=zz", "not hexadecimal"},
		{secret, "X-Hub-Signature-256", "sha1=" + sha1Sum, "SHA-1 in its place"},
		{secret, "X-Hub-Signature", "sha1=" + sha1Sum, "SHA-1: go-github would accept it"},
		{"", "X-Hub-Signature-256", signature(body), "no secret: go-github would accept anything"},
		{"", "X-Hub-Signature-256", "", "no secret and no signature"},
	} {
		h := http.Header{"X-Github-Event": {"issues"}, "X-Github-Delivery": {"id"}}
		h.Set(c.header, c.signature)
		_, err := d.verify(c.secret, h, body)
		if external.KindOf(err) != external.Unauthorised {
			t.Errorf("%s: %v, want Unauthorised", c.why, err)
		}
	}
}

func TestWhatADeliveryHintsAt(t *testing.T) {
	const repo = `"repository":{"full_name":"octo/hello"}`
	d := newDesk(t)
	for _, c := range []struct {
		event, body string
		want        external.Ref
	}{
		{"issues", `{` + repo + `,"issue":{"node_id":"I_1","number":7}}`, external.Ref{Kind: external.KindTicket, ID: "I_1", Key: "7"}},
		{"issue_comment", `{` + repo + `,"issue":{"node_id":"I_1","number":7},"comment":{"node_id":"IC_2","id":99,"issue_url":"https://api.github.com/repos/octo/hello/issues/7"}}`,
			external.Ref{Kind: external.KindComment, ID: "IC_2", Key: "99", Parent: "7"}},
		{"issue_comment", `{` + repo + `,"issue":{"node_id":"I_1","number":7,"pull_request":{}},"comment":{"node_id":"IC_2","id":99}}`, external.Ref{}},
		{"issues", `{` + repo + `,"issue":{"node_id":"I_1","number":7,"pull_request":{}}}`, external.Ref{}}, // GitHub sends milestoned for them
		{"label", `{` + repo + `,"label":{"name":"bug"}}`, external.Ref{}},
		{"milestone", `{` + repo + `}`, external.Ref{}},
		{"repository", `{` + repo + `}`, external.Ref{}},
		{"sub_issues", `{` + repo + `,"parent_issue":{}}`, external.Ref{}}, // go-github does not know it
		{"an event of next year", `{` + repo + `,"issue":{"node_id":"I_1","number":7}}`, external.Ref{}},
	} {
		got, err := receive(d, c.event, c.body)
		if err != nil || got.ID != "id-1" || got.Event != c.event || got.ProjectKey != "octo/hello" {
			t.Errorf("%s: %+v, %v", c.event, got, err)
		}
		if (c.want == external.Ref{}) != (len(got.Refs) == 0) || (len(got.Refs) == 1 && got.Refs[0] != c.want) {
			t.Errorf("%s: refs %+v, want %+v", c.event, got.Refs, c.want)
		}
	}
	if got, err := receive(d, "ping", `{"zen":"Keep it logically awesome."}`); err != nil || len(got.Refs) != 0 {
		t.Errorf("ping: %+v, %v", got, err)
	}
	_, err := receive(d, "issues", "payload=%7B%7D")
	want(t, err, external.Invalid, "application/json")
	_, err = receive(d, "", "{}")
	want(t, err, external.Invalid, "no event")
}

// TestRecordedDeliveries runs over bodies that GitHub really sent.
func TestRecordedDeliveries(t *testing.T) {
	files, err := filepath.Glob("../../../shared/specs/github/webhook-examples/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: the recorded webhooks are not there (../shared/specs/github/webhook-examples)")
	}
	d := newDesk(t)
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		event, _, _ := strings.Cut(filepath.Base(f), ".")
		got, err := receive(d, event, string(body))
		if err != nil {
			t.Errorf("%s: %v", f, err)
		}
		aboutItem := (event == "issues" || event == "issue_comment") && !strings.Contains(string(body), `"pull_request":`)
		if aboutItem != (len(got.Refs) == 1) {
			t.Errorf("%s: refs %+v", f, got.Refs)
		}
	}
}

func TestDeliveriesOfTheSimulator(t *testing.T) {
	d := newDesk(t)
	var got []adapters.Delivery
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		delivery, err := d.verify(secret, r.Header, body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, delivery)
	}))
	defer hook.Close()
	d.repo.AddHook(hook.URL, secret)
	i := d.open("one")
	body := "hi"
	d.act(simulator.Act{Do: "comment", Issue: 1, Body: &body})
	if _, err := d.sim.Deliver(t.Context(), hook.Client()); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Refs[0] != i.Ref || got[1].Refs[0].Parent != "1" || got[0].ProjectKey != "octo/hello" {
		t.Errorf("%+v", got)
	}
	if c := d.Look(got[1].Refs[0]); c.Gone || c.Fields["body"].Text() != "hi" {
		t.Errorf("%+v", c)
	}
}
