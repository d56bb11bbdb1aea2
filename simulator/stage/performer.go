package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// Performer is a simulator that counts calls as C and tells about webhooks as D.
type Performer[C, D any] interface {
	Counters() C
	ResetCounters()
	Faults() *Faults
	Requests(kinds ...string) []Request
	Deliveries() []D
	Deliver(ctx context.Context, client *http.Client) (int, error)
	Redeliver(ctx context.Context, client *http.Client, id string) error
}

// ControlsOf are the controls that every simulator has, with the kinds of fault that this one knows and the client that sends its
// webhooks:
//
//	GET    /_sim/counters                     Counters
//	POST   /_sim/counters/reset               Counters
//	GET    /_sim/faults                       []Fault, what is left of them
//	POST   /_sim/faults?mode=add|set          []Fault or one Fault; set (the default) replaces all
//	DELETE /_sim/faults
//	GET    /_sim/requests?kind=               []Request
//	GET    /_sim/deliveries                   []Delivery
//	POST   /_sim/deliver                      sends the queued webhooks, answers {"sent": requests}
//	POST   /_sim/redeliver?id=
func ControlsOf[C, D any](p Performer[C, D], kinds []FaultKind, client *http.Client) Controls {
	return Controls{
		"GET counters": func(*http.Request) (any, error) { return p.Counters(), nil },
		"POST counters/reset": func(*http.Request) (any, error) {
			p.ResetCounters()
			return p.Counters(), nil
		},
		"GET faults":  func(*http.Request) (any, error) { return orEmpty(p.Faults().Active()), nil },
		"POST faults": func(r *http.Request) (any, error) { return setFaults(p.Faults(), kinds, r) },
		"DELETE faults": func(*http.Request) (any, error) {
			p.Faults().Clear()
			return []Fault{}, nil
		},
		"GET requests":   func(r *http.Request) (any, error) { return orEmpty(p.Requests(r.URL.Query()["kind"]...)), nil },
		"GET deliveries": func(*http.Request) (any, error) { return orEmpty(p.Deliveries()), nil },
		"POST deliver": func(r *http.Request) (any, error) {
			n, err := p.Deliver(r.Context(), client)
			return map[string]int{"sent": n}, err
		},
		"POST redeliver": func(r *http.Request) (any, error) {
			return Done(p.Redeliver(r.Context(), client, r.URL.Query().Get("id")))
		},
	}
}

// orEmpty makes a list that is an array in JSON, never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// setFaults reads a fault or several, and switches them on when all are of a known kind.
func setFaults(b *Faults, kinds []FaultKind, r *http.Request) (any, error) {
	var raw json.RawMessage
	if err := decode(r, &raw); err != nil {
		return nil, err
	}
	var list []Fault
	if err := json.Unmarshal(raw, &list); err != nil {
		var one Fault
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("read faults: %w", err)
		}
		list = []Fault{one}
	}
	for _, f := range list {
		if !slices.Contains(kinds, f.Kind) {
			return nil, fmt.Errorf("unknown fault kind %q", f.Kind)
		}
	}
	if r.URL.Query().Get("mode") == "add" {
		b.Add(list...)
	} else {
		b.Set(list...)
	}
	return orEmpty(b.Active()), nil
}
