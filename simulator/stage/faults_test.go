package stage_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

const odd stage.FaultKind = "odd" // of some vendor

func TestFaultsHitWhatTheyMatch(t *testing.T) {
	for _, c := range []struct {
		reason string
		calls  []string
		write  bool
		names  []string
		want   bool
	}{
		{"no calls are all", nil, false, []string{"issues.list"}, true},
		{"by name", []string{"x", "issues.list"}, false, []string{"issues.list"}, true},
		{"by any name", []string{"b"}, false, []string{"a", "b", "a+b"}, true},
		{"not by part of a name", []string{"issues"}, false, []string{"issues.list"}, false},
		{"by group", []string{"issues.*"}, false, []string{"issues.list"}, true},
		{"not by another group", []string{"issues.*"}, false, []string{"comments.list"}, false},
		{"a write", []string{"write"}, true, []string{"x"}, true},
		{"a read is no write", []string{"write"}, false, []string{"x"}, false},
		{"a read", []string{"read"}, false, []string{"x"}, true},
		{"a write is no read", []string{"read"}, true, []string{"x"}, false},
	} {
		var f stage.Faults
		f.Set(stage.Fault{Kind: odd, Calls: c.calls})
		p := f.Draw(nil, c.write, c.names...)
		if (p.Kind() == odd) != c.want || p.Fired != c.want {
			t.Errorf("%s: %+v, want a hit %v", c.reason, p, c.want)
		}
	}
}

func TestFaultsAreUsedUp(t *testing.T) {
	var f stage.Faults
	f.Set(stage.Fault{Kind: odd, Skip: 2, Next: 2})
	f.Add(stage.Fault{Kind: stage.WebhookLost, Next: 1})
	for k, want := range []stage.FaultKind{"", "", odd, odd, "", ""} {
		if p := f.Draw(nil, false, "x"); p.Kind() != want {
			t.Errorf("call %d: %q, want %q", k, p.Kind(), want)
		}
		if k == 2 {
			if left := f.Active(); len(left) != 2 || left[0].Skip != 0 || left[0].Next != 1 {
				t.Errorf("left after call 2: %+v", left)
			}
		}
	}
	for k, want := range []stage.FaultKind{stage.WebhookLost, ""} {
		if got := f.DrawWebhook(nil, "issues.opened"); got != want {
			t.Errorf("webhook %d: %q, want %q: calls use no fault of webhooks up", k, got, want)
		}
	}
	f.Add(stage.Fault{Kind: odd})
	f.Clear()
	if left := f.Active(); len(left) != 0 {
		t.Errorf("cleared: %+v", left)
	}
}

func TestOneFaultDecidesAndSomeCombine(t *testing.T) {
	var f stage.Faults
	f.Set(stage.Fault{Kind: stage.Latency, Delay: time.Second}, stage.Fault{Kind: odd, Next: 1}, stage.Fault{Kind: stage.ServerError, Next: 1},
		stage.Fault{Kind: stage.Latency, Delay: time.Minute}, stage.Fault{Kind: stage.PermissionLost})
	p := f.Draw(nil, true, "x")
	if p.Kind() != odd || p.Delay != time.Minute+time.Second || !p.PermissionLost {
		t.Errorf("the first call: %+v", p)
	}
	if p := f.Draw(nil, true, "x"); p.Kind() != stage.ServerError {
		t.Errorf("the second call: %+v; what did not decide is kept", p)
	}
}

func TestFaultsAreDrawnFromTheSeed(t *testing.T) {
	draws := func(seed uint64) (out []bool) {
		var f stage.Faults
		f.Set(stage.Fault{Kind: odd, Probability: 0.3})
		rng := rand.New(rand.NewPCG(seed, 1))
		for range 1000 {
			p := f.Draw(rng, false, "x")
			out = append(out, p.Fired)
		}
		return out
	}
	once := draws(1)
	hits := 0
	for _, hit := range once {
		if hit {
			hits++
		}
	}
	if hits < 250 || hits > 350 {
		t.Errorf("%d of 1000 hit with a chance of 0.3", hits)
	}
	if !slices.Equal(once, draws(1)) || slices.Equal(once, draws(2)) {
		t.Error("a seed must give the same draws, another seed others")
	}
}

// TestPlay has a client see each fault that needs no vendor.
func TestPlay(t *testing.T) {
	for _, c := range []struct {
		fault    stage.Fault
		answered bool // the work was done
		body     string
		slept    time.Duration
	}{
		{stage.Fault{Kind: odd}, true, "whole half", 0},
		{stage.Fault{Kind: stage.Latency, Delay: time.Hour}, true, "whole half", time.Hour},
		{stage.Fault{Kind: stage.RequestLost}, false, "", 0},
		{stage.Fault{Kind: stage.ReplyLost}, true, "", 0},
		{stage.Fault{Kind: stage.ResetMidBody, Delay: time.Minute}, true, "whole", time.Minute},
	} {
		var f stage.Faults
		f.Set(c.fault)
		answered, lost, slept := false, false, time.Duration(0)
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p := f.Draw(nil, true, "x")
			p.Play(w, r, func(_ context.Context, d time.Duration) { slept += d }, func() { lost = true }, func(context.Context) stage.Answer {
				answered = true
				return stage.Answer{Status: http.StatusOK, Body: []byte("whole half")}
			})
		})
		body := ""
		resp, err := (&http.Client{Transport: stage.Transport(h)}).Get("http://x/")
		if err == nil {
			var b []byte
			b, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			body = string(b)
		}
		if whole := body == "whole half"; body != c.body || (err == nil) != whole || c.body == "whole" && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: body %q, %v; want %q", c.fault.Kind, body, err, c.body)
		}
		if answered != c.answered || lost == c.answered || slept != c.slept {
			t.Errorf("%s: answered %v, lost %v, slept %v", c.fault.Kind, answered, lost, slept)
		}
	}
}

func TestServerErrorsComeBeforeOrAfter(t *testing.T) {
	for _, c := range []struct {
		reason        string
		fault         stage.Fault
		before, after bool
		status        int
	}{
		{"before, by default", stage.Fault{Kind: stage.ServerError}, true, false, 502},
		{"after, with its own status", stage.Fault{Kind: stage.ServerError, Status: 500, Applied: true}, false, true, 500},
		{"no server error", stage.Fault{Kind: odd}, false, false, 502},
		{"none decides", stage.Fault{Kind: stage.Latency}, false, false, 502},
	} {
		var f stage.Faults
		f.Set(c.fault)
		p := f.Draw(nil, true, "x")
		if p.Before() != c.before || p.After() != c.after || p.Status(502) != c.status {
			t.Errorf("%s: %v %v %d", c.reason, p.Before(), p.After(), p.Status(502))
		}
	}
}
