package stage

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// ControlPath is where simulators take their controls.
const ControlPath = "/_sim/"

// Control does one thing; what it returns is answered as JSON.
type Control func(*http.Request) (any, error)

// Controls are what can be done under ControlPath, by method and rest of the path: "GET counters". They need no credentials: a
// simulator is for tests and demonstrations, on loopback.
type Controls map[string]Control

// ServeHTTP answers 200 with what the control returns, 400 with {"error": ...} when it fails, and 404 when there is none.
func (c Controls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	do, known := c[r.Method+" "+strings.TrimPrefix(r.URL.Path, ControlPath)]
	if !known {
		answerControl(w, http.StatusNotFound, failed("no such control; there are "+strings.Join(slices.Sorted(maps.Keys(c)), ", ")))
		return
	}
	out, err := do(r)
	if err != nil {
		answerControl(w, http.StatusBadRequest, failed(err.Error()))
		return
	}
	answerControl(w, http.StatusOK, out)
}

func failed(why string) any { return map[string]string{"error": why} }

func answerControl(w http.ResponseWriter, status int, out any) {
	Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: append(Marshal(out), '\n')}.Write(w)
}

// With adds controls, which replace those of the same name, and returns all.
func (c Controls) With(more Controls) Controls {
	maps.Copy(c, more)
	return c
}

// Take makes a control of what takes a JSON object and returns another. Unknown fields are refused.
func Take[In, Out any](do func(In) (Out, error)) Control {
	return func(r *http.Request) (any, error) {
		var in In
		if err := decode(r, &in); err != nil {
			return nil, err
		}
		return do(in)
	}
}

// Done is the answer of a control that has nothing to tell.
func Done(err error) (any, error) { return map[string]bool{"ok": true}, err }

func decode(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", r.URL.Path, err)
	}
	return nil
}
