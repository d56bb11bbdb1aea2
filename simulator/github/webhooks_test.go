package github_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
)

// inbox is a webhook receiver reached without sockets. It checks the signature and parses as the client library does.
type inbox struct {
	t    *testing.T
	got  []string // event.action
	ids  []string
	last any
	on   func(event string)
}

func (b *inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Hub-Signature-256") == "" || r.Header.Get("X-Hub-Signature") != "" {
		b.t.Error("want the SHA-256 signature and no other")
	}
	body, err := gh.ValidatePayload(r, []byte("s3cret"))
	if err != nil {
		b.t.Errorf("signature: %v", err)
	}
	event, err := gh.ParseWebHook(gh.WebHookType(r), body)
	if err != nil {
		b.t.Errorf("parse: %v", err)
	}
	told, hasAction := event.(interface{ GetAction() string })
	if !hasAction {
		b.t.Fatalf("an event without action: %T", event)
	}
	action := told.GetAction()
	b.last = event
	b.got = append(b.got, gh.WebHookType(r)+"."+action)
	b.ids = append(b.ids, gh.DeliveryID(r))
	if b.on != nil {
		b.on(gh.WebHookType(r) + "." + action)
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(nil)), Request: r, Header: http.Header{}}, nil
}

func (b *inbox) client() *http.Client { return &http.Client{Transport: b} }

func newHooked(t *testing.T) (*world, *inbox) {
	t.Helper()
	b := &inbox{t: t}
	w := newWorld(t, func(o *github.Options) { o.WebhookClient = b.client() })
	w.repo.AddHook("https://ours.example/hooks/github", "s3cret")
	return w, b
}

func (w *world) deliver(b *inbox) {
	w.Helper()
	if _, err := w.sim.Deliver(w.Context(), b.client()); err != nil {
		w.Fatal(err)
	}
}

func TestWebhooksTellOfEveryChange(t *testing.T) {
	w, b := newHooked(t)
	w.sim.AddRepo("octo", "other")
	w.open("one")
	w.open("two")
	w.act(github.Act{Login: "eve", Do: "open_pr", Title: gh.String("a pull request makes no issues event")})
	c := w.act(github.Act{Login: "eve", Do: "comment", Issue: 1, Body: gh.String("x")})
	for _, a := range []github.Act{
		{Do: "edit", Title: gh.String("other"), Body: gh.String("other")}, {Do: "label", Names: []string{"bug"}},
		{Do: "unlabel", Names: []string{"bug"}}, {Do: "assign", Names: []string{"octo"}}, {Do: "unassign", Names: []string{"octo"}},
		{Do: "milestone", To: "v1"}, {Do: "milestone"}, {Do: "close", To: "not_planned"}, {Do: "reopen"},
		{Do: "edit_comment", Comment: c.Comment, Body: gh.String("y")}, {Do: "delete_comment", Comment: c.Comment}, {Do: "delete"},
	} {
		a.Login, a.Issue = "eve", 1
		w.act(a)
	}
	w.act(github.Act{Login: "eve", Do: "transfer", Issue: 2, To: "octo/other"})
	w.deliver(b)
	want := "issues.opened issues.opened issue_comment.created issues.edited issues.labeled issues.unlabeled issues.assigned " +
		"issues.unassigned issues.milestoned issues.demilestoned issues.closed issues.reopened issue_comment.edited " +
		"issue_comment.deleted issues.deleted issues.transferred"
	if got := strings.Join(b.got, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEditedCarriesTheFormerValues(t *testing.T) {
	w, b := newHooked(t)
	w.open("one")
	w.act(github.Act{Login: "eve", Do: "edit", Issue: 1, Title: gh.String("other"), Body: gh.String("new")})
	w.deliver(b)
	e, isIssue := b.last.(*gh.IssuesEvent)
	if !isIssue || e.GetChanges().GetTitle().GetFrom() != "one" || e.GetChanges().GetBody().GetFrom() != "body" || e.GetSender().GetLogin() != "eve" ||
		e.GetIssue().GetTitle() != "other" || e.GetRepo().GetFullName() != "octo/hello" {
		t.Errorf("payload %v", e)
	}
}

func TestWebhookFaults(t *testing.T) {
	w, b := newHooked(t)
	w.sim.Faults().Set(
		github.Fault{Kind: github.WebhookLost, Calls: []string{"issues.labeled"}},
		github.Fault{Kind: github.WebhookDoubled, Calls: []string{"issues.closed"}},
		github.Fault{Kind: github.WebhookLate, Calls: []string{"issues.opened"}},
	)
	w.open("one")
	w.act(github.Act{Login: "eve", Do: "label", Issue: 1, Names: []string{"bug"}})
	w.act(github.Act{Login: "eve", Do: "close", Issue: 1})
	w.deliver(b)
	w.deliver(b)
	if got := strings.Join(b.got, " "); got != "issues.closed issues.closed issues.opened" {
		t.Errorf("got %s; want closed twice, opened late, labeled never", got)
	}
	if b.ids[0] != b.ids[1] || b.ids[0] == b.ids[2] {
		t.Errorf("ids %v; a double keeps its id", b.ids)
	}
	lost := w.sim.Deliveries()[1]
	if lost.Fault != github.WebhookLost || lost.Attempts != 0 {
		t.Errorf("the log of the lost one: %+v", lost)
	}
	if err := w.sim.Redeliver(w.Context(), b.client(), lost.ID); err != nil || b.ids[3] != lost.ID {
		t.Errorf("redelivered as %v, %v; want the id kept", b.ids[3:], err)
	}
}

func TestEarlyWebhookOvertakesTheReply(t *testing.T) {
	w, b := newHooked(t)
	w.sim.Faults().Set(github.Fault{Kind: github.WebhookEarly, Next: 1})
	answered, early := false, false
	b.on = func(string) {
		early = !answered
		// The receiver may call back at once: the simulator must not be locked.
		if _, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 1); err != nil {
			t.Errorf("read from the receiver: %v", err)
		}
	}
	w.open("one")
	answered = true
	if !early || len(b.got) != 1 {
		t.Errorf("received %v; want it before the reply", b.got)
	}
	w.deliver(b)
	if len(b.got) != 1 {
		t.Errorf("sent again: %v", b.got)
	}
}

func TestDeliverLoopSendsAsThingsHappen(t *testing.T) {
	w, b := newHooked(t)
	arrived := make(chan string)
	b.on = func(event string) { arrived <- event }
	ctx, stop := context.WithCancel(w.Context())
	done := make(chan error)
	go func() { done <- w.sim.DeliverLoop(ctx, b.client()) }()
	w.open("one")
	if e := <-arrived; e != "issues.opened" {
		t.Errorf("first %s", e)
	}
	w.act(github.Act{Login: "eve", Do: "close", Issue: 1})
	if e := <-arrived; e != "issues.closed" {
		t.Errorf("second %s", e)
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}
