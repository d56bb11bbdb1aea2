package linear_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/linear"
)

// answering connects to a server that always answers the same.
func answering(d *desk, status int, header http.Header, body string) adapters.Adapter {
	if header == nil {
		header = http.Header{}
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return d.connect(adapters.Config{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})})
}

// refusal is an answer in Linear's form.
func refusal(message, code, kind string) string {
	return `{"errors":[{"message":` + strconv.Quote(message) + `,"path":["issueUpdate"],"extensions":{"code":"` + code + `","type":"` + kind + `"}}]}`
}

// The same answer to a read and to a write. The status alone says little: a limit is
// status 400 like a mistake, and errors may come with status 200.
func TestVerdicts(t *testing.T) {
	tests := []struct {
		reason      string
		status      int
		body        string
		read, write external.ErrorKind
	}{
		{"a limit is told by its code", 400, refusal("Rate limit exceeded", "RATELIMITED", "ratelimited"), external.RateLimited, external.RateLimited},
		{"a limit with the usual status", 429, "slow down", external.RateLimited, external.RateLimited},
		{"a key behind Bearer", 400, refusal("You're trying to use an API key", "AUTHENTICATION_ERROR", "authentication error"), external.Unauthorised, external.Unauthorised},
		{"not authenticated", 401, "{}", external.Unauthorised, external.Unauthorised},
		{"no scope, beside empty data", 200, refusal("Invalid scope: `write` required", "FORBIDDEN", "forbidden"), external.Forbidden, external.Forbidden},
		{"a plan that is used up", 400, refusal("limit", "USAGE_LIMIT_EXCEEDED", "usage limit exceeded"), external.Forbidden, external.Forbidden},
		{"bad content", 400, refusal("Argument Validation Error: title must be shorter", "INPUT_ERROR", "invalid input"), external.Invalid, external.Invalid},
		{"a type without a code", 200, refusal("Argument Validation Error: title", "", "invalid input"), external.Invalid, external.Invalid},
		{"unknown id", 400, refusal("Entity not found: Issue", "INPUT_ERROR", "invalid input"), external.NotFound, external.NotFound},
		{"unknown id in an input", 400, refusal("Entity not found: User: assigneeId contained an entry that could not be found.", "INPUT_ERROR", "invalid input"), external.Invalid, external.Invalid},
		{"a query that is too dear", 400, refusal("Query too complex: its complexity is 12000", "INPUT_ERROR", "invalid input"), external.Invalid, external.Invalid},
		{"a lock", 400, refusal("timeout", "LOCK_TIMEOUT", "lock timeout"), external.Temporary, external.Temporary},
		{"a fault of Linear, with status 200", 200, refusal("oops", "INTERNAL_SERVER_ERROR", "internal error"), external.Temporary, external.Ambiguous},
		{"a fault of Linear, with status 500", 500, refusal("oops", "INTERNAL_SERVER_ERROR", "internal error"), external.Temporary, external.Ambiguous},
		{"a part of the answer is refused", 200, strings.Replace(refusal("Entity not found: User", "INPUT_ERROR", "invalid input"),
			`["issueUpdate"]`, `["issueUpdate","issue","assignee"]`, 1), external.NotFound, external.Ambiguous},
		{"an outage", 503, "<html>", external.Temporary, external.Ambiguous},
		{"half an answer", 200, `{"data":{"issueUp`, external.Temporary, external.Ambiguous},
		{"no issue in the answer", 200, `{"data":{"issueUpdate":{"issue":null}}}`, external.Temporary, external.Ambiguous},
		{"no data and no error", 200, `{"data":null}`, external.Temporary, external.Ambiguous},
		{"nothing at all", 200, `{}`, external.Temporary, external.Ambiguous},
		{"no such interface", 404, "not found", external.Invalid, external.Invalid},
	}
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue"), "state": text("Todo")}))
	op := d.Ops(edit(item, external.Fields{"title": text("renamed")}))[0]
	for _, tt := range tests {
		a := answering(d, tt.status, nil, tt.body)
		_, err := a.Changes(d.Context(), external.StreamTickets, external.Window{}, "", "")
		if external.KindOf(err) != tt.read {
			t.Errorf("%s, read: got %v, want kind %q", tt.reason, err, tt.read)
		}
		// The names are known from before; a write of a title needs none anyway.
		w := d.connect(adapters.Config{Transport: onlyWrites(d, tt.status, tt.body)})
		_, err = w.Write(d.Context(), op)
		if external.KindOf(err) != tt.write {
			t.Errorf("%s, write: got %v, want kind %q", tt.reason, err, tt.write)
		}
	}
}

// onlyWrites answers mutations with a fixed answer and leaves queries to the simulator.
func onlyWrites(d *desk, status int, body string) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if !strings.Contains(string(sent), `"mutation `) && !strings.Contains(string(sent), `\nmutation `) {
			r.Body = io.NopCloser(strings.NewReader(string(sent)))
			return d.sim.Transport().RoundTrip(r)
		}
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
}

// An error in a part of the answer beside data: for a read it is no answer, for a write
// the answer of something that happened.
func TestErrorsBesideData(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue"), "assignee": text(d.sim.User(someone))}))
	d.fail(simulator.PartialErrors, "issues")
	if _, err := d.Tested.Changes(d.Context(), external.StreamTickets, external.Window{}, "", ""); external.KindOf(err) != external.Temporary {
		t.Errorf("read: got %v, want kind temporary", err)
	}
	d.fail(simulator.PartialErrors, "issueUpdate")
	_, err := d.try(d.Tested, edit(item, external.Fields{"title": text("renamed")}))
	want(t, err, external.Ambiguous, "happened")
	if got := d.Look(item.Ref); got.Fields["title"].Text() != "renamed" {
		t.Errorf("got title %q", got.Fields["title"].Text())
	}
}

// Where there is no Retry-After the headers of the allowance that is used up say when it
// returns, in milliseconds since 1970.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).UnixMilli(), 10) }
	tests := []struct {
		reason string
		header map[string]string
		want   time.Duration
	}{
		{"seconds", map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{"a date", map[string]string{"Retry-After": now.Add(9 * time.Second).Format(http.TimeFormat)}, 9 * time.Second},
		{"requests used up", map[string]string{"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": at(90 * time.Second),
			"X-RateLimit-Complexity-Remaining": "5", "X-RateLimit-Complexity-Reset": at(time.Hour)}, 90 * time.Second},
		{"points used up", map[string]string{"X-RateLimit-Requests-Remaining": "9", "X-RateLimit-Requests-Reset": at(time.Second),
			"X-RateLimit-Complexity-Remaining": "0", "X-RateLimit-Complexity-Reset": at(70 * time.Second)}, 70 * time.Second},
		{"one operation's own limit", map[string]string{"X-RateLimit-Endpoint-Requests-Remaining": "0",
			"X-RateLimit-Endpoint-Requests-Reset": at(20 * time.Second)}, 20 * time.Second},
		{"nothing said", nil, time.Minute},
		{"long ago", map[string]string{"X-RateLimit-Requests-Remaining": "0", "X-RateLimit-Requests-Reset": at(-time.Hour)}, time.Minute},
		{"for ever", map[string]string{"Retry-After": "999999"}, time.Hour},
	}
	d := newDesk(t)
	for _, tt := range tests {
		header := http.Header{}
		header.Set("Date", now.Format(http.TimeFormat))
		for name, v := range tt.header {
			header.Set(name, v)
		}
		_, err := answering(d, 400, header, refusal("limit", "RATELIMITED", "ratelimited")).Project(d.Context())
		if got := external.RetryAfter(err); external.KindOf(err) != external.RateLimited || got != tt.want {
			t.Errorf("%s: got %s of %v, want %s", tt.reason, got, err, tt.want)
		}
	}
}

// rates keeps what the meter is told.
type rates struct{ last adapters.Rate }

func (r *rates) Called(_ string, _ bool, rate adapters.Rate) { r.last = rate }

// The meter hears how many more calls of this price the allowances permit, from headers
// that the generated client hides.
func TestMeterHearsTheScarcer(t *testing.T) {
	requests, points := time.UnixMilli(1777888000000).UTC(), time.UnixMilli(1777889000000).UTC()
	tests := []struct {
		reason, left string
		want         adapters.Rate
	}{
		{"requests are fewer", "3000", adapters.Rate{Known: true, Remaining: 40, Reset: requests}},
		{"points are", "100", adapters.Rate{Known: true, Remaining: 3, Reset: points}},
	}
	for _, tt := range tests {
		header := http.Header{"Content-Type": {"application/json"}}
		header.Set("X-Complexity", "30")
		header.Set("X-RateLimit-Requests-Remaining", "40")
		header.Set("X-RateLimit-Requests-Reset", "1777888000000")
		header.Set("X-RateLimit-Complexity-Remaining", tt.left)
		header.Set("X-RateLimit-Complexity-Reset", "1777889000000")
		heard := &rates{}
		a, err := linear.New(adapters.Config{ProjectKey: "ENG", Meter: heard, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: header, Request: r,
				Body: io.NopCloser(strings.NewReader(`{"data":{"teams":{"nodes":[{"id":"t"}],"pageInfo":{"hasNextPage":false}}}}`))}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Project(t.Context()); err != nil || heard.last != tt.want {
			t.Errorf("%s: got %+v, %v; want %+v", tt.reason, heard.last, err, tt.want)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	tests := []struct {
		reason      string
		err         error
		read, write external.ErrorKind
		word        string
	}{
		{"refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, external.Temporary, external.Temporary, "does not answer"},
		{"kept from it by our guard", &net.OpError{Op: "dial", Err: &adapters.BlockedError{Address: "10.0.0.7:443"}}, external.Temporary, external.Temporary, "--allow-address"},
		{"reset", &net.OpError{Op: "read", Err: errors.New("reset")}, external.Temporary, external.Ambiguous, ""},
		{"too late", context.DeadlineExceeded, external.Temporary, external.Ambiguous, ""},
	}
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	made := d.push(comment(2, item.Ref, "a remark"))
	op := d.Ops(edit(made, external.Fields{"body": text("x")}))[0]
	for _, tt := range tests {
		a := d.connect(adapters.Config{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, tt.err })})
		_, err := a.Project(d.Context())
		want(t, err, tt.read, tt.word)
		_, err = a.Write(d.Context(), op)
		want(t, err, tt.write)
	}
}

// A page for people with status 200 is no answer.
func TestPageForPeople(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	d.fail(simulator.HTMLPage, "read")
	_, err := d.Tested.Project(d.Context())
	want(t, err, external.Temporary, "proxy")
	d.fail(simulator.HTMLPage, "write")
	_, err = d.try(d.Tested, edit(item, external.Fields{"title": text("x")}))
	want(t, err, external.Ambiguous)
}

// A call that takes longer than its limit ends, and a write is in doubt then.
func TestTimeout(t *testing.T) {
	d := newDesk(t)
	item := d.push(create(1, external.Fields{"title": text("an issue")}))
	op := d.Ops(edit(d.push(comment(2, item.Ref, "a remark")), external.Fields{"body": text("x")}))[0]
	a := d.connect(adapters.Config{Timeout: time.Millisecond, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	_, err := a.Project(d.Context())
	want(t, err, external.Temporary)
	_, err = a.Write(d.Context(), op)
	want(t, err, external.Ambiguous)
}

// An answer without an item does not say that the item is gone.
func TestAnswerWithoutItems(t *testing.T) {
	d := newDesk(t)
	ref := d.open("an issue")
	for _, body := range []string{`{"data":{}}`, `{"data":{"r0":null}}`, `{"data":{"r1":{}}}`, `{"data":null}`} {
		a := answering(d, 200, nil, body)
		items, err := a.Read(d.Context(), []external.Ref{ref})
		want(t, err, external.Temporary)
		if len(items) != 0 {
			t.Errorf("%s: got %+v", body, items)
		}
		if _, err = a.History(d.Context(), []adapters.HistoryQuery{{Ref: ref}}); external.KindOf(err) != external.Temporary {
			t.Errorf("%s: the history says %v", body, err)
		}
	}
}

// Neither words of Linear nor content get into an error.
func TestErrorsHoldNoContent(t *testing.T) {
	d := newDesk(t)
	a := answering(d, 400, nil, refusal("Argument Validation Error: title SECRET is bad", "INPUT_ERROR", "invalid input"))
	_, err := a.Project(d.Context())
	want(t, err, external.Invalid, "title")
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), "SECRET") {
			t.Errorf("%q holds content", e)
		}
	}
}
