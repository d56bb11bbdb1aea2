package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/webhook"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	simulator "github.com/extsync/extsync/simulator/webhook"
)

// edited tries to edit a ticket that a person made.
func (d *desk) edited(a adapters.Adapter) error {
	d.Helper()
	ref := ticketRef(d.act(simulator.Act{Login: "ann", Do: "create", Kind: "ticket", Item: json.RawMessage(`{"title": "x"}`)}))
	_, err := d.push(a, outbound.Content{ProjectID: "p", Action: outbound.Update, Ref: ref, Set: external.Fields{"title": text("y")}})
	return err
}

func TestWhatAWriteWasAnswered(t *testing.T) {
	for _, c := range []struct {
		reason string
		fault  simulator.Fault
		kind   external.ErrorKind
		after  time.Duration
		words  string
	}{
		{"bad request", simulator.Fault{Status: 400}, external.Invalid, 0, "status 400"},
		{"not known", simulator.Fault{Status: 401}, external.Unauthorised, 0, "signing secret"},
		{"not permitted", simulator.Fault{Status: 403}, external.Forbidden, 0, "permission"},
		{"not there", simulator.Fault{Status: 404}, external.NotFound, 0, ""},
		{"timed out there", simulator.Fault{Status: 408}, external.Ambiguous, 0, ""},
		{"collided", simulator.Fault{Status: 409}, external.Conflict, 0, ""},
		{"deleted", simulator.Fault{Status: 410}, external.Gone, 0, "deleted"},
		{"too large", simulator.Fault{Status: 413}, external.Invalid, 0, ""},
		{"too fast", simulator.Fault{Status: 429, RetryAfter: "30"}, external.RateLimited, 30 * time.Second, ""},
		{"too fast, without a time", simulator.Fault{Status: 429}, external.RateLimited, time.Minute, ""},
		{"too fast, for very long", simulator.Fault{Status: 429, RetryAfter: "999999"}, external.RateLimited, time.Hour, ""},
		{"broken", simulator.Fault{Status: 500}, external.Ambiguous, 0, "may have happened"},
		{"a bad gateway", simulator.Fault{Status: 502, RetryAfter: "7"}, external.Ambiguous, 7 * time.Second, ""},
		{"busy", simulator.Fault{Status: 503, RetryAfter: "7"}, external.Ambiguous, 7 * time.Second, ""},
		{"late", simulator.Fault{Status: 504}, external.Ambiguous, 0, ""},
		{"moved", simulator.Fault{Status: 301}, external.Moved, 0, "not followed"},
		{"redirected", simulator.Fault{Kind: simulator.Redirect}, external.Moved, 0, "not followed"},
		{"a page for people", simulator.Fault{Kind: simulator.HTML}, external.Ambiguous, 0, ""},
		{"far too much", simulator.Fault{Kind: simulator.Huge}, external.Ambiguous, 0, ""},
	} {
		d := newDesk(t, "bidirectional.json")
		if c.fault.Kind == "" {
			c.fault.Kind = simulator.Status
		}
		c.fault.Calls = []string{"write"}
		d.sim.Faults(c.fault)
		err := d.edited(d.Adapter(nil))
		want(t, err, c.kind, c.words)
		if got := external.RetryAfter(err); got != c.after {
			t.Errorf("%s: retry after %s, want %s", c.reason, got, c.after)
		}
		if n := d.sim.Counters().Writes; n != 1 {
			t.Errorf("%s: %d writes", c.reason, n)
		}
	}
}

func TestWhatAReadWasAnswered(t *testing.T) {
	for _, c := range []struct {
		reason string
		fault  simulator.Fault
		kind   external.ErrorKind
	}{
		{"broken", simulator.Fault{Kind: simulator.Status, Status: 500}, external.Temporary},
		{"busy", simulator.Fault{Kind: simulator.Status, Status: 503, RetryAfter: "5"}, external.Temporary},
		{"too fast", simulator.Fault{Kind: simulator.Status, Status: 429}, external.RateLimited},
		{"the connection breaks", simulator.Fault{Kind: simulator.ReplyLost}, external.Temporary},
		{"a page for people", simulator.Fault{Kind: simulator.HTML}, external.Temporary},
		{"far too much", simulator.Fault{Kind: simulator.Huge}, external.Invalid},
		{"redirected", simulator.Fault{Kind: simulator.Redirect}, external.Moved},
	} {
		d := newDesk(t, "bidirectional.json")
		d.sim.Faults(c.fault)
		_, err := d.Adapter(nil).Changes(t.Context(), external.StreamTickets, external.Window{}, "", "")
		if external.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want %s", c.reason, err, c.kind)
		}
	}
}

func TestGoneAtAnAddressOfNoItem(t *testing.T) {
	d := newPush(t)
	d.sim.Faults(simulator.Fault{Kind: simulator.Status, Status: 410})
	_, err := d.push(d.Adapter(nil), newTicket("x"))
	want(t, err, external.Forbidden, "410", "connect the project again")
}

// TestOurOwnNetworkIsRefused dials through the guard that the worker puts before every
// adapter.
func TestOurOwnNetworkIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the guard let a request pass") }))
	defer server.Close()
	guard := ssrf.New(ssrf.WithAnyPort())
	transport := &http.Transport{DialContext: (&net.Dialer{Control: guard.Safe}).DialContext}
	defer transport.CloseIdleConnections()
	d := newDesk(t, "bidirectional.json")
	a := d.Adapter(func(c *adapters.Config) { c.BaseURL, c.Transport = server.URL, transport })
	_, err := a.Probe(t.Context())
	want(t, err, external.Forbidden, "--allow-address", "127.0.0.1")
	err = d.edited(a)
	want(t, err, external.Forbidden, "--allow-address")
}

func TestCallsThatNeverArrived(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	for _, c := range []struct {
		reason string
		cause  error
		kind   external.ErrorKind
	}{
		{"nobody listens", &net.OpError{Op: "dial", Err: errors.New("connection refused")}, external.Temporary},
		{"the connection broke", &net.OpError{Op: "read", Err: errors.New("reset")}, external.Ambiguous},
		{"it took too long", context.DeadlineExceeded, external.Ambiguous},
	} {
		a := d.Adapter(func(cfg *adapters.Config) {
			cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, c.cause })
		})
		if err := d.edited(a); external.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want %s", c.reason, err, c.kind)
		}
	}
}

// TestASlowAnswerEnds: the time of a call includes its answer.
func TestASlowAnswerEnds(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	a := d.Adapter(func(cfg *adapters.Config) {
		cfg.Timeout = 10 * time.Millisecond
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			out := answer(http.StatusOK, nil, "")
			out.Body = slow(r.Context().Done())
			return out, nil
		})
	})
	want(t, d.edited(a), external.Ambiguous)
	_, err := a.Read(t.Context(), []external.Ref{{Kind: external.KindTicket, ID: "1"}})
	want(t, err, external.Temporary)
}

// slow is a body that never comes.
type slow <-chan struct{}

func (s slow) Read([]byte) (int, error) { <-s; return 0, context.DeadlineExceeded }
func (slow) Close() error               { return nil }

// TestNothingOfAnItemStandsInErrors: addresses hold ids alone, and bodies stay out.
func TestNothingOfAnItemStandsInErrors(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	a := d.Adapter(func(cfg *adapters.Config) {
		cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(http.StatusUnprocessableEntity, nil, `{"error": "title secret-title is bad"}`), nil
		})
	})
	_, err := d.push(a, outbound.Content{ProjectID: "p", Action: outbound.Create, Ref: external.Ref{Kind: external.KindTicket}, CreateKey: createKey,
		Set: external.Fields{"title": text("secret-title")}})
	want(t, err, external.Invalid)
	for _, secret := range []string{"secret-title", bearer + " ", signingKey, createKey} {
		if s := fmt.Sprintf("%v %#v", err, err); strings.Contains(s, secret) {
			t.Errorf("the error holds %q: %s", secret, s)
		}
	}
}

func TestCredentials(t *testing.T) {
	for _, c := range []struct {
		reason, token string
		ok            bool
	}{
		{"none", "", true},
		{"a bearer token", "abc", true},
		{"both, and two secrets", "abc " + signingKey + " " + oldKey, true},
		{"two bearer tokens", "abc def", false},
		{"a secret that is no base64", "whsec_###", false},
		{"a secret of no length", "whsec_", false},
	} {
		d := newDesk(t, "bidirectional.json")
		cfg := d.config()
		cfg.Token = c.token
		_, err := webhook.New(cfg)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.reason, err)
		}
		if err != nil && strings.Contains(err.Error(), "###") {
			t.Errorf("%s: the error quotes the credential", c.reason)
		}
	}
}

// TestAnAnswerAboutAnotherItem is no success of what was meant.
func TestAnAnswerAboutAnotherItem(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	a := d.Adapter(func(cfg *adapters.Config) {
		cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(http.StatusOK, nil, `{"id": 7, "number": "DESK-7", "updated": 1}`), nil
		})
	})
	want(t, d.edited(a), external.Moved, "another item")
}

// TestNetHTTPSendsNothingTwice: with GetBody it would repeat a request whose connection
// broke, and nobody would know of the first.
func TestNetHTTPSendsNothingTwice(t *testing.T) {
	d := newDesk(t, "bidirectional.json")
	a := d.Adapter(func(cfg *adapters.Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.GetBody != nil {
				t.Error("the body can be had again")
			}
			return answer(http.StatusForbidden, nil, ""), nil
		})
	})
	want(t, d.edited(a), external.Forbidden)
}
