package stage_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/extsync/extsync/simulator/stage"
)

// performer is a simulator that only remembers what it was told.
type performer struct {
	faults stage.Faults
	counts stage.Counters
	lost   string // what was asked to be redelivered
}

func (p *performer) Counters() stage.Counters { return p.counts.Clone() }
func (p *performer) ResetCounters()           { p.counts = stage.Counters{} }
func (p *performer) Faults() *stage.Faults    { return &p.faults }

func (p *performer) Requests(kinds ...string) (out []stage.Request) {
	for _, k := range kinds {
		out = append(out, stage.Request{Kind: k})
	}
	return out
}

func (p *performer) Deliveries() []stage.Receipt { return nil }

func (p *performer) Deliver(context.Context, *http.Client) (int, error) { return 7, nil }

func (p *performer) Redeliver(_ context.Context, _ *http.Client, id string) error {
	p.lost = id
	if id == "" {
		return errors.New("no id")
	}
	return nil
}

func TestControls(t *testing.T) {
	p := &performer{}
	p.counts.Add("list", false, 200, false)
	type order struct {
		Do string `json:"do"`
	}
	h := stage.ControlsOf(p, []stage.FaultKind{odd, stage.Latency}, http.DefaultClient).With(stage.Controls{
		"POST act": stage.Take(func(in order) (string, error) { return "did " + in.Do, nil }),
	})
	for _, c := range []struct {
		reason, method, path, body string
		status                     int
		want                       string // part of the answer
	}{
		{"counters", "GET", "counters", "", 200, `"list":{"calls":1}`},
		{"a reset answers what is left", "POST", "counters/reset", "", 200, `"total":0`},
		{"no faults are a list", "GET", "faults", "", 200, `[]`},
		{"one fault", "POST", "faults", `{"kind":"odd","next":2}`, 200, `[{"kind":"odd","next":2}]`},
		{"one more", "POST", "faults?mode=add", `[{"kind":"latency","delay":1}]`, 200, `[{"kind":"odd","next":2},{"kind":"latency","delay":1}]`},
		{"others instead", "POST", "faults", `[{"kind":"latency"}]`, 200, `[{"kind":"latency"}]`},
		{"an unknown kind switches nothing on", "POST", "faults", `[{"kind":"odd"},{"kind":"earthquake"}]`, 400, `unknown fault kind \"earthquake\"`},
		{"what is on stays", "GET", "faults", "", 200, `[{"kind":"latency"}]`},
		{"no JSON", "POST", "faults", `x`, 400, `read /_sim/faults: `},
		{"no fault", "POST", "faults", `7`, 400, `read faults: `},
		{"none", "POST", "faults", `[]`, 200, `[]`},
		{"off", "DELETE", "faults", "", 200, `[]`},
		{"no requests are a list", "GET", "requests", "", 200, `[]`},
		{"requests of kinds", "GET", "requests?kind=a&kind=b", "", 200, `"kind":"b"`},
		{"no deliveries are a list", "GET", "deliveries", "", 200, `[]`},
		{"deliver", "POST", "deliver", "", 200, `{"sent":7}`},
		{"redeliver", "POST", "redeliver?id=x", "", 200, `{"ok":true}`},
		{"redeliver nothing", "POST", "redeliver", "", 400, `{"error":"no id"}`},
		{"one of its own", "POST", "act", `{"do":"this"}`, 200, `"did this"`},
		{"a field that is unknown", "POST", "act", `{"done":"this"}`, 400, `unknown field`},
		{"another method", "GET", "act", "", 404, `no such control; there are DELETE faults, GET counters`},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(c.method, stage.ControlPath+c.path, strings.NewReader(c.body)))
		got := strings.TrimSpace(w.Body.String())
		whole := strings.HasPrefix(c.want, "[") || c.want == `{"ok":true}`
		if w.Code != c.status || !strings.Contains(got, c.want) || whole && got != c.want {
			t.Errorf("%s: %d %s; want %d with %s", c.reason, w.Code, got, c.status, c.want)
		}
		if !json.Valid(w.Body.Bytes()) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: no JSON: %s %s", c.reason, w.Header().Get("Content-Type"), got)
		}
	}
}
