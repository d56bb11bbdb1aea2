package jira_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/official"
)

// receiver takes webhooks without sockets.
type receiver struct {
	t        *testing.T
	statuses []int // of the next answers; then 200
	got      []hookCall
	during   func()
}

type hookCall struct {
	id, event, retry string
	body             object
}

func (r *receiver) RoundTrip(in *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write(body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); in.Header.Get("X-Hub-Signature") != want {
		r.t.Errorf("signature %q", in.Header.Get("X-Hub-Signature"))
	}
	c := hookCall{id: in.Header.Get("X-Atlassian-Webhook-Identifier"), retry: in.Header.Get("X-Atlassian-Webhook-Retry")}
	if err := json.Unmarshal(body, &c.body); err != nil {
		return nil, err
	}
	c.event, _ = c.body["webhookEvent"].(string)
	if kind, _ := c.body["issue_event_type_name"].(string); kind != "" {
		c.event += "/" + kind
	}
	r.got = append(r.got, c)
	if r.during != nil {
		r.during()
	}
	status := 200
	if len(r.statuses) > 0 {
		status, r.statuses = r.statuses[0], r.statuses[1:]
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: in}, nil
}

func (r *receiver) events() []string {
	var out []string
	for _, c := range r.got {
		out = append(out, c.event)
	}
	return out
}

// hooked is a world whose webhooks go to a receiver.
func hooked(t *testing.T, h jira.HookSettings) (*world, *receiver) {
	t.Helper()
	r := &receiver{t: t}
	w := newWorld(t, func(o *jira.Options) { o.WebhookClient = &http.Client{Transport: r} })
	h.URL, h.Secret = "https://receiver.example/hook", "s3cret"
	w.sim.AddHook(h)
	return w, r
}

func (w *world) deliver(r *receiver) {
	w.Helper()
	if _, err := w.sim.Deliver(w.Context(), &http.Client{Transport: r}); err != nil {
		w.Fatal(err)
	}
}

func TestWebhooksTellEveryChange(t *testing.T) {
	w, r := hooked(t, jira.HookSettings{Projects: []string{"ABC"}})
	id := w.create(nil)
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"summary": "t"}})
	w.must(204, "PUT", "issue/"+id+"/assignee", adaOf(w))
	w.step(204, id, "Start", nil)
	m := w.must(201, "POST", "issue/"+id+"/comment", object{"body": doc("c")}).str("id")
	w.must(200, "PUT", "issue/"+id+"/comment/"+m, object{"body": doc("d")})
	w.must(204, "DELETE", "issue/"+id+"/comment/"+m, nil)
	w.act(jira.Act{Login: "ada", Do: "create", Project: "OTH", Summary: "another project"})
	w.act(jira.Act{Login: "ada", Do: "delete", Issue: id})
	w.deliver(r)
	want := []string{"jira:issue_created/issue_created", "jira:issue_updated/issue_updated", "jira:issue_updated/issue_assigned", "jira:issue_updated/issue_generic",
		"comment_created", "jira:issue_updated/issue_commented", "comment_updated", "jira:issue_updated/issue_comment_edited",
		"comment_deleted", "jira:issue_updated/issue_comment_deleted", "jira:issue_deleted"}
	if got := r.events(); !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if items := (answer{body: r.got[3].body}); items.str("changelog.items.0.toString") != "In Progress" || items.str("user.displayName") != "Bot" {
		t.Errorf("the transition is told as %v", r.got[3].body["changelog"])
	}
	reduced := answer{body: r.got[4].body}
	if reduced.get("user") != nil || reduced.get("issue.fields.description") != nil || reduced.str("comment.body") != "c" {
		t.Errorf("a comment event: %v", r.got[4].body)
	}
}

func TestWebhookFaults(t *testing.T) {
	w, r := hooked(t, jira.HookSettings{Events: []string{"jira:issue_created"}})
	w.sim.Faults().Set(jira.Fault{Kind: jira.WebhookLost, Next: 1}, jira.Fault{Kind: jira.WebhookDoubled, Next: 1},
		jira.Fault{Kind: jira.WebhookLate, Next: 1}, jira.Fault{Kind: jira.WebhookEarly, Next: 1})
	for range 3 {
		w.create(nil)
	}
	r.during = func() {
		if w.sim.Counters().Kinds["issues.create"].Calls != 4 {
			t.Error("an early webhook comes while its cause is being answered")
		}
	}
	w.create(nil)
	r.during = nil
	w.create(nil)
	w.deliver(r)
	w.deliver(r)
	var keys []string
	for _, c := range r.got {
		keys = append(keys, answer{body: c.body}.str("issue.key"))
	}
	if got := strings.Join(keys, " "); got != "ABC-4 ABC-2 ABC-2 ABC-5 ABC-3" {
		t.Errorf("told in the order %s", got)
	}
	if r.got[1].id != r.got[2].id || r.got[1].id == r.got[3].id {
		t.Error("a double has the same identifier, another webhook another")
	}
	list := w.sim.Deliveries()
	if len(list) != 5 || list[0].Attempts != 0 || list[0].Fault != jira.WebhookLost {
		t.Errorf("deliveries: %+v", list)
	}
}

func TestRetriesKeepTheIdentifier(t *testing.T) {
	w, r := hooked(t, jira.HookSettings{})
	r.statuses = []int{503}
	w.create(nil)
	w.deliver(r)
	if err := w.sim.Redeliver(t.Context(), &http.Client{Transport: r}, w.sim.Deliveries()[0].ID); err != nil {
		t.Fatal(err)
	}
	if len(r.got) != 2 || r.got[0].id != r.got[1].id || r.got[0].retry != "" || r.got[1].retry != "1" {
		t.Errorf("tries: %+v", r.got)
	}
	if d := w.sim.Deliveries()[0]; d.Attempts != 2 || d.Status != 200 {
		t.Errorf("delivery: %+v", d)
	}
	if err := w.sim.Redeliver(t.Context(), http.DefaultClient, "nope"); err == nil {
		t.Error("an unknown delivery is sent again")
	}
}

// TestWebhooksLookLikeRecordedOnes compares keys with what Jira sent: ours are among the recorded ones, and those of the envelope all there.
func TestWebhooksLookLikeRecordedOnes(t *testing.T) {
	w, r := hooked(t, jira.HookSettings{})
	id := w.create(object{"description": doc("text")})
	w.must(204, "PUT", "issue/"+id, object{"fields": object{"summary": "t"}})
	w.must(201, "POST", "issue/"+id+"/comment", object{"body": doc("c")})
	w.deliver(r)
	for event, file := range map[string]string{"jira:issue_created/issue_created": "webhook-issue-created.json",
		"jira:issue_updated/issue_updated": "webhook-issue-updated-renamed.json", "comment_created": "webhook-cloud-comment-created-mention-user.json"} {
		raw, err := os.ReadFile(official.Shared(t, 2, "specs/jira/webhook-examples/"+file))
		if err != nil {
			t.Fatal(err)
		}
		var want object
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(r.got, func(c hookCall) bool { return c.event == event })
		if at < 0 {
			t.Fatalf("no %s among %v", event, r.events())
		}
		got := r.got[at].body
		delete(want, "changelog") // recorded on creation too; ours has none there
		for k := range want {
			if got[k] == nil {
				t.Errorf("%s: no %s", event, k)
			}
		}
		for _, part := range []string{"issue", "issue.fields", "issue.fields.status", "issue.fields.issuetype", "issue.fields.project", "issue.fields.priority", "user", "comment"} {
			ours, _ := answer{body: got}.get(part).(object)
			theirs, _ := answer{body: want}.get(part).(object)
			for _, k := range slices.Sorted(maps.Keys(ours)) {
				if _, recorded := theirs[k]; !recorded && !newer(k) {
					t.Errorf("%s: %s.%s was not recorded", event, part, k)
				}
			}
		}
		var typed gojira.Issue
		if part, err := json.Marshal(got["issue"]); err != nil || json.Unmarshal(part, &typed) != nil || typed.Fields.Summary == "" {
			t.Errorf("%s: the client library does not read it", event)
		}
	}
}

// newer are keys that Jira added after 2019, when the samples were recorded.
func newer(key string) bool {
	return strings.HasPrefix(key, "customfield_") || slices.Contains([]string{"hierarchyLevel", "accountType", "simplified", "statuscategorychangedate", "expand"}, key)
}

func TestServedOverSockets(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.sim.Serve(ctx, l) }()
	w.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	w.prefix = fmt.Sprintf("http://%s/rest/api/3/", l.Addr())
	a := w.must(201, "POST", "issue", task(nil))
	if self := a.str("self"); !strings.HasPrefix(self, "http://"+l.Addr().String()) {
		t.Errorf("addresses are those of the server: %s", self)
	}
	w.sim.Faults().Set(jira.Fault{Kind: jira.ReplyLost})
	if a := w.do("GET", "myself", nil); a.status != 0 {
		t.Errorf("a lost reply: %d", a.status)
	}
	loop := make(chan error, 1)
	go func() { loop <- w.sim.DeliverLoop(ctx, http.DefaultClient) }()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := <-loop; !errors.Is(err, context.Canceled) {
		t.Errorf("the delivery loop ends with %v", err)
	}
}
