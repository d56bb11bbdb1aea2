package jira_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/external"
)

// refusal is an answer that is no success, or none at all.
type refusal struct {
	status int
	header http.Header
	body   string
	err    error
}

func (f refusal) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.err != nil {
		return nil, f.err
	}
	resp := answer(r, f.status, f.body)
	for name, v := range f.header {
		resp.Header[name] = v
	}
	return resp, nil
}

// TestReadErrors says what each refusal of a reading call means.
func TestReadErrors(t *testing.T) {
	head := func(pairs ...string) http.Header {
		h := http.Header{}
		for n := 0; n < len(pairs); n += 2 {
			h.Set(pairs[n], pairs[n+1])
		}
		return h
	}
	tests := []struct {
		reason string
		reply  refusal
		kind   external.ErrorKind
		says   string
		after  time.Duration
	}{
		{"no credential", refusal{status: 401}, external.Unauthorised, "not accepted", 0},
		{"CAPTCHA", refusal{status: 403, header: head("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")}, external.Unauthorised, "CAPTCHA", 0},
		{"no permission", refusal{status: 403, header: head("X-Seraph-LoginReason", "OK")}, external.Forbidden, "permission", 0},
		{"not there", refusal{status: 404, body: "<html>"}, external.NotFound, "Browse Projects", 0},
		{"removed", refusal{status: 410}, external.Gone, "edition", 0},
		{"a collision", refusal{status: 409}, external.Conflict, "read again", 0},
		{"too large", refusal{status: 413}, external.Invalid, "shorten", 0},
		{"hourly quota, with its reset", refusal{status: 429, header: head("RateLimit-Reason", "jira-quota-tenant-based", "X-RateLimit-Reset", "2026-05-04T11:00Z", "Date", "Mon, 04 May 2026 10:50:00 GMT")},
			external.RateLimited, "jira-quota-tenant-based", 10 * time.Minute},
		{"burst", refusal{status: 429, header: head("RateLimit-Reason", "jira-burst-based", "Retry-After", "5")}, external.RateLimited, "jira-burst-based", 5 * time.Second},
		{"a limit that says nothing", refusal{status: 429}, external.RateLimited, "rate limit", time.Minute},
		{"a wait beyond reason", refusal{status: 429, header: head("Retry-After", "999999")}, external.RateLimited, "", time.Hour},
		{"a date to wait for", refusal{status: 429, header: head("Retry-After", "Mon, 04 May 2026 10:51:00 GMT", "Date", "Mon, 04 May 2026 10:50:00 GMT")}, external.RateLimited, "", time.Minute},
		{"down", refusal{status: 502, body: "<html>"}, external.Temporary, "502", 0},
		{"down for a while", refusal{status: 503, header: head("Retry-After", "30")}, external.Temporary, "503", 30 * time.Second},
		{"nested errors, which go-jira cannot read", refusal{status: 400, body: `{"errors": {"fields": {"summary": "secret words"}}}`}, external.Invalid, "fields", 0},
		{"a site that moved", refusal{status: 301, header: head("Location", "https://new.example/rest")}, external.Moved, "another address", 0},
		{"a teapot", refusal{status: 418}, external.Invalid, "418", 0},
		{"a page for people", refusal{status: 200, header: head("Content-Type", "text/html"), body: "<html>"}, external.Temporary, "something other", 0},
		{"a login page", refusal{status: 200, header: head("Content-Type", "text/html", "X-Seraph-LoginReason", "AUTHENTICATED_FAILED"), body: "<html>"}, external.Unauthorised, "login page", 0},
		{"an empty answer", refusal{status: 200}, external.Temporary, "", 0},
		{"half an answer", refusal{status: 200, body: `{"accountId": "x`}, external.Temporary, "broke off", 0},
		{"nobody there", refusal{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, external.Temporary, "does not answer", 0},
		{"cancelled", refusal{err: context.Canceled}, external.Temporary, "cancelled", 0},
		{"kept from it by our guard", refusal{err: &net.OpError{Op: "dial", Err: &adapters.BlockedError{Address: "10.0.0.7:443"}}}, external.Temporary, "--allow-address", 0},
	}
	d := newDesk(t)
	for _, tt := range tests {
		_, err := d.connect(adapters.Config{Transport: tt.reply}).Probe(t.Context())
		if external.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) || external.RetryAfter(err) != tt.after {
			t.Errorf("%s: got %v (after %s), want kind %s", tt.reason, err, external.RetryAfter(err), tt.kind)
		}
	}
}

// TestAnExpiredTokenIsNobody: Jira Cloud takes an API token that ran out for none, and answers
// with what anybody may see. That nothing is there is not believed then.
func TestAnExpiredTokenIsNobody(t *testing.T) {
	d := newDesk(t)
	item := d.Look(d.open("x"))
	for _, tt := range []struct {
		status int
		body   string
		kind   external.ErrorKind // of a write
	}{
		{200, `{"issues": [], "isLast": true}`, external.Ambiguous},
		{404, `{"errorMessages": ["Issue does not exist or you do not have permission to see it."]}`, external.Unauthorised},
		{400, `{"errorMessages": ["The value 'ABC' does not exist for the field 'project'."]}`, external.Unauthorised},
	} {
		nobody := refusal{status: tt.status, header: http.Header{"X-Seraph-Loginreason": {"AUTHENTICATED_FAILED"}}, body: tt.body}
		d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/field") { // told to anybody who asks
				return d.sim.Transport().RoundTrip(r)
			}
			return nobody.RoundTrip(r)
		})
		d.Tested = d.connect(adapters.Config{})
		_, err := d.Tested.Read(t.Context(), []external.Ref{item.Ref})
		want(t, err, external.Unauthorised)
		_, err = d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
		want(t, err, external.Unauthorised)
		_, err = d.try(edit(item, external.Fields{"summary": text("y")}))
		want(t, err, tt.kind)
	}
}

// TestWriteErrors: what leaves a write in doubt, and what says that nothing was done. No
// error quotes what was written.
func TestWriteErrors(t *testing.T) {
	const private, oneIssue = "words that stay here", "too often for this issue"
	tests := []struct {
		reason string
		reply  refusal
		kind   external.ErrorKind
		says   string
	}{
		{"cut off", refusal{err: io.ErrUnexpectedEOF}, external.Ambiguous, "may have happened"},
		{"too late", refusal{err: context.DeadlineExceeded}, external.Ambiguous, "may have happened"},
		{"never sent", refusal{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, external.Temporary, "does not answer"},
		{"kept from it by our guard", refusal{err: &net.OpError{Op: "dial", Err: &adapters.BlockedError{Address: "10.0.0.7:443"}}}, external.Temporary, "--allow-address"},
		{"a gateway gave up", refusal{status: 504}, external.Ambiguous, "504"},
		{"down", refusal{status: 503}, external.Ambiguous, "503"},
		{"down, and says for how long", refusal{status: 503, header: http.Header{"Retry-After": {"5"}}}, external.Temporary, "503"},
		{"half an answer", refusal{status: 200, body: `{"id": "1`}, external.Ambiguous, "may have happened"},
		{"refused by field", refusal{status: 400, body: `{"errorMessages": ["` + private + `"], "errors": {"summary": "` + private + ` exceeds the limit", "customfield_1": "Line is required."}}`},
			external.Invalid, "customfield_1 is required, summary is too long"},
		{"not on the screen", refusal{status: 400, body: `{"errors": {"priority": "Field 'priority' cannot be set. It is not on the appropriate screen, or unknown."}}`}, external.Invalid, "priority is not on the screen"},
		{"refused without a word", refusal{status: 422}, external.Invalid, "does not say which field"},
		{"no right to comment is a 400", refusal{status: 400, body: `{"errorMessages": ["Ann, you do not have the permission to comment on this issue."]}`}, external.Forbidden, "permission"},
		{oneIssue, refusal{status: 429, header: http.Header{"Ratelimit-Reason": {"jira-per-issue-on-write"}}}, external.RateLimited, "this one issue"},
		{"too often in a second", refusal{status: 429, header: http.Header{"Ratelimit-Reason": {"jira-burst-based"}}}, external.RateLimited, "in a second"},
	}
	editions(t, func(d *desk) {
		item := d.Look(d.open("x"))
		for _, tt := range tests {
			d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPut {
					return tt.reply.RoundTrip(r)
				}
				return d.sim.Transport().RoundTrip(r)
			})
			d.Tested = d.connect(adapters.Config{})
			if tt.reason == "half an answer" && d.edition == "data_center" {
				continue // its answer is not read: the issue is
			}
			_, err := d.try(edit(item, external.Fields{"summary": text(private)}))
			if external.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.says) {
				d.Errorf("%s: got %v, want kind %s", tt.reason, err, tt.kind)
			}
			if alone := tt.reason == oneIssue; external.LimitsOneItem(err) != alone {
				d.Errorf("%s: holds up this issue alone: %t, want %t", tt.reason, !alone, alone)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), private) {
					d.Errorf("%s: the error quotes content: %v", tt.reason, e)
				}
			}
		}
	})
}

// TestTimeout: a call that takes too long ends, and a write is then in doubt.
func TestTimeout(t *testing.T) {
	d := newDesk(t)
	item := d.Look(d.open("x"))
	hangs := roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPut {
			return d.sim.Transport().RoundTrip(r)
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	d.Tested = d.connect(adapters.Config{Transport: hangs, Timeout: time.Millisecond * 50})
	_, err := d.try(edit(item, external.Fields{"summary": text("y")}))
	want(t, err, external.Ambiguous)
}

// TestMeterHearsTheAllowance: its reset is in ISO 8601.
func TestMeterHearsTheAllowance(t *testing.T) {
	m := &meter{}
	reply := refusal{status: 429, header: http.Header{"X-Ratelimit-Remaining": {"7"}, "X-Ratelimit-Reset": {"2026-05-04T11:00:00Z"}}}
	d := newDesk(t)
	a := d.connect(adapters.Config{Transport: reply})
	_, err := a.Probe(t.Context())
	want(t, err, external.RateLimited)
	cfg := adapters.Config{BaseURL: "https://example.atlassian.net", ProjectKey: "ABC", Token: "t", Transport: reply, Meter: m}
	if a, err = jira.New(cfg); err != nil {
		t.Fatal(err)
	}
	if _, err = a.Probe(t.Context()); err == nil {
		t.Fatal("no error")
	}
	if !m.rate.Known || m.rate.Remaining != 7 || !m.rate.Reset.Equal(time.Date(2026, 5, 4, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", m.rate)
	}
}

type meter struct{ rate adapters.Rate }

func (m *meter) Called(_ string, _ bool, r adapters.Rate) { m.rate = r }
