package github_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
)

func (d *desk) history(since time.Time, refs ...external.Ref) [][]external.Revision {
	d.Helper()
	var q []adapters.HistoryQuery
	for _, r := range refs {
		q = append(q, adapters.HistoryQuery{Ref: r, Since: since})
	}
	d.Made()
	h, err := d.Tested.History(d.Context(), q)
	if err != nil {
		d.Fatal(err)
	}
	return h
}

// told writes revisions as "field: before > value by author".
func told(revisions []external.Revision) string {
	var out []string
	for _, r := range revisions {
		before := "?"
		if r.HasBefore {
			before = r.Before
		}
		out = append(out, r.Field+": "+before+" > "+r.Value+" by "+r.Author)
	}
	return strings.Join(out, "\n")
}

func TestHistoryOfAnIssue(t *testing.T) {
	d := newDesk(t)
	i := d.Push(outbound.Content{Action: outbound.Create, Ref: newTicket, CreateKey: ownKey,
		Set: external.Fields{"title": text("one"), "body": text("first")}})[0]
	title, body := "two", "second\n\n<!-- extsync:"+ownKey+" -->"
	began := d.Now()
	for _, a := range []simulator.Act{
		{Do: "edit", Title: &title}, {Do: "edit", Body: &body}, {Do: "milestone", To: "v1"}, {Do: "milestone", To: "v2"},
		{Do: "milestone"}, {Do: "close", To: "not_planned"}, {Do: "reopen"}, {Do: "label", Names: []string{"bug"}},
	} {
		d.Advance(time.Second)
		a.Issue = 1
		d.act(a)
	}
	got := told(d.history(time.Time{}, i.Ref)[0])
	want := strings.Join([]string{
		"body: ? > first by extsync-bot", // our marker is not part of it
		"title: one > two by ada-m",
		"body: first > second by ada-m",
		"milestone:  > v1 by ada-m",
		"milestone: v1 > v2 by ada-m",
		"milestone: v2 >  by ada-m",
		"state: open > closed by ada-m",
		"state_reason: ? > not_planned by ada-m",
		"state: ? > open by ada-m",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if calls := d.Made(); calls != "graphql" {
		t.Errorf("calls %q, want one", calls)
	}
	late := d.history(began.Add(6*time.Second), i.Ref)[0]
	if len(late) == 0 || late[0].At.Before(began.Add(5*time.Second)) || late[len(late)-1].Value != "open" {
		t.Errorf("since the sixth second: %s", told(late))
	}
}

// TestHistoryTellsDuplicates: GitHub tells that an issue was closed as a duplicate to those alone who ask
// for that, which a server of before then refuses.
func TestHistoryTellsDuplicates(t *testing.T) {
	d := newDesk(t)
	i := d.open("twice")
	d.act(simulator.Act{Do: "close", Issue: 1, To: "duplicate"})
	if got := told(d.history(time.Time{}, i.Ref)[0]); got != "state: open > closed by ada-m\nstate_reason: ? > duplicate by ada-m" {
		t.Errorf("got %q", got)
	}
	old := d.connect(adapters.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		query, err := io.ReadAll(r.Body)
		body := `{"errors":[{"message":"x","extensions":{"code":"argumentNotAccepted","argumentName":"enableDuplicate"}}]}`
		if !strings.Contains(string(query), "enableDuplicate") {
			body = `{"data":{"nodes":[{"__typename":"Issue","timelineItems":{"nodes":[{"__typename":"ClosedEvent","stateReason":"NOT_PLANNED"}]}}]}}`
		}
		return answer(r, http.StatusOK, nil, body), err
	})})
	h, err := old.History(t.Context(), []adapters.HistoryQuery{{Ref: anIssue}})
	if err != nil || told(h[0]) != "state: open > closed by \nstate_reason: ? > not_planned by " {
		t.Errorf("a server that does not know duplicates: %v, %v", h, err)
	}
}

func TestHistoryOfManyItemsIsOneCall(t *testing.T) {
	d := newDesk(t)
	var refs []external.Ref
	body, edited := "hi", "hi there"
	for n := range 60 {
		i := d.open("issue " + itoa(n))
		c := d.act(simulator.Act{Do: "comment", Issue: n + 1, Body: &body}).Comment
		refs = append(refs, i.Ref, d.Look(external.Ref{Kind: external.KindComment, Key: itoa(int(c))}).Ref)
	}
	d.act(simulator.Act{Do: "edit_comment", Comment: atoi(refs[119].Key), Body: &edited})
	d.act(simulator.Act{Do: "delete", Issue: 1})
	h := d.history(time.Time{}, refs...)
	if calls := d.Made(); calls != "graphql graphql" {
		t.Errorf("calls %q, want one for each hundred items", calls)
	}
	if len(h) != 120 || told(h[119]) != "body: ? > hi by ada-m\nbody: hi > hi there by ada-m" {
		t.Errorf("%d histories, the last one %q", len(h), told(h[len(h)-1]))
	}
	if len(h[0]) != 0 {
		t.Errorf("a deleted issue has the history %q", told(h[0]))
	}
}

func TestGraphQLErrorsComeWithStatus200(t *testing.T) {
	for _, c := range []struct {
		body string
		kind external.ErrorKind
	}{
		{`{"data":null,"errors":[{"type":"RATE_LIMITED","message":"x"}]}`, external.RateLimited},
		{`{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 1."}]}`, external.RateLimited},
		{`{"data":{"nodes":[null]},"errors":[{"type":"FORBIDDEN","message":"x"}]}`, external.Forbidden},
		{`{"data":{"nodes":[null]},"errors":[{"type":"INSUFFICIENT_SCOPES","message":"x"}]}`, external.Forbidden},
		{`{"errors":[{"message":"x","extensions":{"code":"undefinedField"}}]}`, external.Invalid},
		{`{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}`, external.Temporary},
		{`{"data":{"nodes":[]}}`, external.Temporary},
		{`{"data":{"nodes":[null]},"errors":[{"type":"NOT_FOUND","message":"x"}]}`, ""},
	} {
		d := newDesk(t)
		h := http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"1777888920"}, "Date": {"Mon, 04 May 2026 10:00:00 GMT"}}
		_, err := d.answering(http.StatusOK, h, c.body).History(t.Context(), []adapters.HistoryQuery{{Ref: anIssue}})
		want(t, err, c.kind)
		if c.kind == external.RateLimited && external.RetryAfter(err) != 2*time.Minute {
			t.Errorf("wait %v, want until the reset", external.RetryAfter(err))
		}
	}
}

func TestHistoryIgnoresVersionsThatWereDeleted(t *testing.T) {
	d := newDesk(t)
	a := d.answering(http.StatusOK, nil, `{"data":{"nodes":[{"__typename":"Issue","userContentEdits":{"nodes":[
		{"editedAt":"2026-05-04T10:00:03Z","diff":"three","editor":null},
		{"editedAt":"2026-05-04T10:00:02Z","diff":null,"deletedAt":"2026-05-04T11:00:00Z","editor":{"login":"ada-m"}},
		{"editedAt":"2026-05-04T10:00:01Z","diff":"one","editor":{"login":"ada-m"}}]},
		"timelineItems":{"nodes":[{"__typename":"LockedEvent"}]}}]}}`)
	h, err := a.History(t.Context(), []adapters.HistoryQuery{{Ref: anIssue}})
	if err != nil {
		t.Fatal(err)
	}
	if got := told(h[0]); got != "body: ? > one by ada-m\nbody: ? > three by " {
		t.Errorf("got %q: what the last one replaced is not known any more", got)
	}
}
