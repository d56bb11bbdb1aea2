package github_test

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
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/github"
)

// answer makes a response with a JSON body.
func answer(r *http.Request, status int, h http.Header, body string) *http.Response {
	if h == nil {
		h = http.Header{}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}

// answering makes an adapter that gets the same answer to every call.
func (d *desk) answering(status int, h http.Header, body string) adapters.Adapter {
	d.Helper()
	return d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return answer(r, status, h.Clone(), body), nil
	})})
}

var (
	anIssue = external.Ref{Kind: external.KindTicket, ID: "I_1", Key: "1"}
	anEdit  = outbound.Content{Action: outbound.Update, Ref: anIssue, Set: external.Fields{"title": text("secret plans")}}
)

func TestEveryRefusalHasAKind(t *testing.T) {
	for _, c := range []struct {
		status      int
		header      string // "Name: value", comma separated
		body        string
		read, write external.ErrorKind
		says        string
	}{
		{401, "", `{"message":"Bad credentials"}`, external.Unauthorised, external.Unauthorised, "make a new one"},
		{403, "", `{"message":"Must have admin rights to Repository."}`, external.Forbidden, external.Forbidden, "permission Issues"},
		{403, "X-Accepted-GitHub-Permissions: issues=write", `{"message":"Resource not accessible by personal access token"}`,
			external.Forbidden, external.Forbidden, "issues: write"},
		{403, "", `{"message":"Repository was archived so is read-only."}`, external.Forbidden, external.Forbidden, "unarchive it"},
		{403, "X-GitHub-SSO: required; url=https://github.com/orgs/octo/sso", `{"message":"Resource protected by organization SAML enforcement."}`,
			external.Forbidden, external.Forbidden, "single sign-on"},
		{403, "", `{"message":"Although you appear to have the correct authorization credentials, the octo organization has an IP allow list enabled, and your IP address is not permitted to access this resource."}`,
			external.Forbidden, external.Forbidden, "IP allow list"},
		{403, "", `{"message":"Unable to create comment because issue is locked."}`, external.Forbidden, external.Forbidden, "unlock it"},
		{422, "", `{"message":"Validation Failed","errors":[{"resource":"IssueComment","code":"unprocessable","field":"data","message":"was submitted too quickly"}]}`,
			external.RateLimited, external.RateLimited, "more slowly"},
		{403, "X-RateLimit-Remaining: 0", `{"message":"API rate limit exceeded"}`, external.RateLimited, external.RateLimited, ""},
		{403, "Retry-After: 30", `{"message":"slow down"}`, external.RateLimited, external.RateLimited, ""},
		{403, "", `{"message":"You have exceeded a secondary rate limit."}`, external.RateLimited, external.RateLimited, ""},
		{403, "", `{"message":"x","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`,
			external.RateLimited, external.RateLimited, ""},
		{429, "", `{"message":"too many"}`, external.RateLimited, external.RateLimited, ""}, // go-github has no type for it
		{409, "", `{}`, external.Conflict, external.Conflict, ""},
		{422, "", `{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]}`, external.Invalid, external.Invalid, "title is missing field"},
		{422, "", `{"message":"Validation Failed","errors":["Could not resolve to a user with the login secret"]}`, external.Invalid, external.Invalid, "does not say"},
		{400, "", `{"message":"Problems parsing JSON"}`, external.Invalid, external.Invalid, ""},
		{301, "Location: https://elsewhere.example/x", `{"message":"Moved Permanently"}`, external.Moved, external.Moved, "present name"},
		{307, "Location: https://elsewhere.example/x", `{}`, external.Moved, external.Moved, ""},
		{410, "", `{"message":"Issues are disabled for this repo"}`, external.Forbidden, external.Forbidden, "enable them"},
		{451, "", `{}`, external.Forbidden, external.Forbidden, ""},
		{502, "", "", external.Temporary, external.Ambiguous, "502"},
		{503, "Retry-After: 7", `{}`, external.Temporary, external.Ambiguous, ""},
		{202, "", "", external.Temporary, external.Ambiguous, ""}, // accepted is not done
		{200, "", "", external.Temporary, external.Ambiguous, ""}, // go-github takes an empty answer for an empty issue
		{200, "", "{}", external.Temporary, external.Ambiguous, ""},
		{200, "", `{"node_id":`, external.Temporary, external.Ambiguous, ""},
		{200, "Content-Type: text/html", "<html>please sign in</html>", external.Temporary, external.Ambiguous, ""},
		{418, "", "{}", external.Invalid, external.Invalid, "418"},
	} {
		t.Run(strconv.Itoa(c.status)+" "+c.header, func(t *testing.T) {
			d, h := newDesk(t), http.Header{}
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				h.Set(name, value)
			}
			a := d.answering(c.status, h, c.body)
			_, err := a.Read(t.Context(), []external.Ref{anIssue})
			want(t, err, c.read, c.says)
			_, err = d.Try(a, anEdit)
			want(t, err, c.write, c.says)
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), "secret") || strings.Contains(e.Error(), "tok") && strings.Contains(e.Error(), "Bearer") {
					t.Errorf("the error tells content: %v", e)
				}
			}
			if calls := strings.Fields(d.Made()); len(calls) != 2 {
				t.Errorf("calls %v, want one each and no retry", calls)
			}
		})
	}
}

func TestHowLongToWait(t *testing.T) {
	date := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after, remaining string
		reset            time.Duration
		want             time.Duration
		why              string
	}{
		{"30", "0", time.Hour, 30 * time.Second, "Retry-After comes first"},
		{"", "0", 20 * time.Minute, 20 * time.Minute, "then the reset, by the server's own clock"},
		{"", "4999", 20 * time.Minute, time.Minute, "a secondary limit that says nothing"},
		{"-5", "0", time.Hour, time.Second, "a delay in the past"},
		{"99999999999", "", 0, time.Hour, "absurd"},
		{"86400", "", 0, time.Hour, "longer than any of GitHub's limits lasts"},
		{"Mon, 04 May 2026 10:02:00 GMT", "", 0, 2 * time.Minute, "a date"},
		{"Mon, 04 May 2026 09:00:00 GMT", "", 0, time.Second, "a date in the past"},
		{"", "0", -time.Minute, time.Second, "a reset in the past"},
	} {
		h := http.Header{"Date": {date.Format(http.TimeFormat)}}
		if c.after != "" {
			h.Set("Retry-After", c.after)
		}
		if c.remaining != "" {
			h.Set("X-RateLimit-Remaining", c.remaining)
			h.Set("X-RateLimit-Reset", strconv.FormatInt(date.Add(c.reset).Unix(), 10))
		}
		_, err := newDesk(t).answering(http.StatusTooManyRequests, h, "{}").Read(t.Context(), []external.Ref{anIssue})
		if got := external.RetryAfter(err); got != c.want {
			t.Errorf("wait %v, want %v: %s", got, c.want, c.why)
		}
	}
}

func TestAfterALimitTheNextCallReachesGitHub(t *testing.T) {
	// go-github would refuse it by itself until the reset, by this machine's clock.
	for _, kind := range []simulator.FaultKind{simulator.PrimaryLimit, simulator.SecondaryLimit} {
		d := newDesk(t)
		d.open("one")
		d.sim.Faults().Set(simulator.Fault{Kind: kind, Next: 1, RetryAfter: "3600"})
		_, err := d.Tested.Read(t.Context(), []external.Ref{{Kind: external.KindTicket, Key: "1"}})
		want(t, err, external.RateLimited)
		d.Look(external.Ref{Kind: external.KindTicket, Key: "1"})
	}
}

func TestALostReplyToAWriteIsAmbiguous(t *testing.T) {
	for _, kind := range []simulator.FaultKind{
		simulator.ReplyLost, simulator.RequestLost, simulator.ResetMidBody, simulator.HTMLPage, simulator.ServerError,
	} {
		d := newDesk(t)
		i := d.open("one")
		comment := external.Ref{Kind: external.KindComment, Parent: "1"}
		for _, c := range []outbound.Content{
			{Action: outbound.Create, Ref: newTicket, Set: external.Fields{"title": text("new")}},
			{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{"body": text("new")}},
			{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{"labels": set("bug")}},
			{Action: outbound.Update, Ref: i.Ref, Set: external.Fields{"assignees": set(bot)}},
			{Action: outbound.Create, Ref: comment, Set: external.Fields{"body": text("new")}},
		} {
			d.sim.Faults().Set(simulator.Fault{Kind: kind, Next: 1})
			_, err := d.Try(d.Tested, c)
			want(t, err, external.Ambiguous, "may have happened")
		}
		d.sim.Faults().Set(simulator.Fault{Kind: kind})
		_, err := d.Tested.Read(t.Context(), []external.Ref{i.Ref})
		want(t, err, external.Temporary)
		_, err = d.Tested.Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
		want(t, err, external.Temporary)
	}
}

func TestAHostThatDoesNotAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // nobody listens there now
	d := newDesk(t)
	a := d.connect(adapters.Config{BaseURL: "http://" + address, Token: "tok", Transport: http.DefaultTransport})
	_, err = a.Probe(t.Context())
	want(t, err, external.Temporary, address)
	_, err = d.Try(a, anEdit)
	want(t, err, external.Temporary, address) // the connection was never made, so nothing was written
}

// TestAnAddressThatOurGuardRefuses is told as such: nobody was asked, whose network might be looked into.
func TestAnAddressThatOurGuardRefuses(t *testing.T) {
	a := newDesk(t).connect(adapters.Config{Token: "tok", Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: &adapters.BlockedError{Address: "10.0.0.7:443"}}
	})})
	_, err := a.Probe(t.Context())
	if external.KindOf(err) != external.Temporary || !strings.Contains(err.Error(), "--allow-address") {
		t.Errorf("got %v", err)
	}
}

func TestTheTimeoutIsHard(t *testing.T) {
	d := newDesk(t)
	a := d.connect(adapters.Config{Token: "tok", Timeout: time.Millisecond, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})})
	_, err := a.Read(t.Context(), []external.Ref{anIssue})
	want(t, err, external.Temporary)
	_, err = d.Try(a, anEdit)
	want(t, err, external.Ambiguous)
}

func TestACancelledWrite(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	a := d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})})
	_, err := a.Write(ctx, d.Ops(anEdit)[0])
	want(t, err, external.Ambiguous)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not wrap the cancellation", err)
	}
}

func TestTheTokenStaysWithItsHost(t *testing.T) {
	d := newDesk(t)
	var hosts []string
	a := d.connect(adapters.Config{BaseURL: "https://ghe.example/api/v3", Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Scheme+"://"+r.URL.Host+" "+r.Header.Get("Authorization"))
		return answer(r, http.StatusMovedPermanently, http.Header{"Location": {"http://ghe.example:81/x"}}, "{}"), nil
	})})
	_, err := a.Read(t.Context(), []external.Ref{anIssue})
	want(t, err, external.Moved)
	if len(hosts) != 1 || hosts[0] != "https://ghe.example Bearer tok" {
		t.Errorf("asked %v: a redirect to another host is not followed", hosts)
	}
}
