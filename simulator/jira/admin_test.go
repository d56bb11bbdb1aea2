package jira_test

import (
	"testing"
)

func TestControls(t *testing.T) {
	w := newWorld(t)
	w.must(200, "POST", "/_sim/settings", object{
		"users": []any{object{"login": "eve", "time_zone": "Europe/Berlin"}}, "tokens": object{"eve-tok": object{"login": "eve"}},
		"projects": []any{object{"key": "DEMO", "issue_types": []any{object{"name": "Task", "level": 0}}, "workflow": object{
			"statuses": []any{object{"name": "Open", "category": "new"}, object{"name": "Shut", "category": "done"}}, "transitions": []any{object{"name": "Shut", "to": "Shut"}}}}},
		"limits": object{}, "lag": 0,
		"hooks":  []any{object{"url": "https://receiver.example", "secret": "s", "projects": []string{"NONE"}}},
		"rights": []any{object{"project": "OTH", "login": "eve", "permissions": []string{}}},
	})
	made := w.must(200, "POST", "/_sim/act", object{"login": "eve", "do": "create", "project": "DEMO", "summary": "by eve", "text": "needle"})
	w.as("eve-tok", func() {
		if s := w.must(200, "GET", "issue/"+made.str("key"), nil).str("fields.status.name"); s != "Open" {
			t.Errorf("status %q", s)
		}
		w.must(404, "GET", "project/OTH", nil)
	})
	if a := w.must(200, "GET", "/_sim/marked?project=DEMO&text=needle", nil); a.get("issues") != 1.0 {
		t.Errorf("marked: %s", a.raw)
	}
	w.must(200, "POST", "/_sim/faults", object{"kind": "server_error", "next": 1})
	w.must(200, "POST", "/_sim/faults?mode=add", []any{object{"kind": "latency", "calls": []string{"never"}}})
	w.must(503, "GET", "myself", nil)
	if a := w.must(200, "GET", "/_sim/faults", nil); !contains(a.raw, "latency") || contains(a.raw, "server_error") {
		t.Errorf("faults left: %s", a.raw)
	}
	w.must(200, "DELETE", "/_sim/faults", nil)
	if a := w.must(200, "GET", "/_sim/counters", nil); a.get("kinds.myself.calls") != nil || a.get("total") != 3.0 {
		t.Errorf("counters: %s", a.raw)
	}
	if a := w.must(200, "GET", "/_sim/requests?kind=myself.get", nil); !contains(a.raw, "/rest/api/3/myself") {
		t.Errorf("requests: %s", a.raw)
	}
	w.must(200, "GET", "/_sim/deliveries", nil)
	w.must(200, "POST", "/_sim/deliver", nil)
	w.must(200, "POST", "/_sim/counters/reset", nil)
	for _, c := range []struct {
		path string
		body any
	}{
		{"faults", object{"kind": "nonsense"}}, {"act", object{"login": "nobody", "do": "edit"}}, {"act", object{"unknown": 1}},
		{"settings", object{"rights": []any{object{"project": "NO"}}}}, {"settings", object{"users": []any{object{}}}}, {"redeliver?id=nope", nil},
	} {
		w.must(400, "POST", "/_sim/"+c.path, c.body)
	}
	w.must(400, "GET", "/_sim/marked?project=NO", nil)
	w.must(404, "GET", "/_sim/nothing", nil)
}
