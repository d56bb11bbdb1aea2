package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// rewrites behaves as trackers do that keep text in a form of their own.
func rewrites(f external.Fields) external.Fields {
	out := external.Fields{}
	for n, v := range f {
		switch s := v.Text(); {
		case v.IsSet():
			out[n] = v
		case n == "description":
			out[n] = ticket.Text(strings.TrimSpace(strings.ReplaceAll(s, "<!--secret-->", "")))
		case n == "title":
			out[n] = ticket.Text(s + "!") // never the same twice
		default:
			out[n] = v
		}
	}
	return out
}

func TestTryReportsEachField(t *testing.T) {
	m := standard(t, "linear")
	caps := external.Capabilities{Fields: []external.FieldCapability{
		{Name: "cycle", MaxRunes: 5}, {Name: "labels", Set: true, MaxItems: 2},
	}}
	item := func(id string, f external.Fields) external.Item {
		return external.Item{Ref: external.Ref{ID: id}, Fields: f}
	}
	ours := func(id string, f ticket.Fields) ticket.Ticket { return ticket.Ticket{ID: id, Fields: f} }
	report := mapping.Try(m, caps, external.Schema{},
		[]external.Item{
			item("a", external.Fields{
				"title": ticket.Text("stable"), "description": ticket.Text(" padded-secret "), "state": ticket.Text("Secret Stage"),
				"priority": ticket.Text("Low"), "estimate": ticket.Text("3.0"),
			}),
		},
		[]ticket.Ticket{
			ours("b", ticket.Fields{
				ticket.Body: ticket.Text("<!--secret-->"), ticket.Priority: ticket.Text("p5"), ticket.State: ticket.Text("open"),
				ticket.Assignees: ticket.Set("zoe"), ticket.Iteration: ticket.Text("secret cycle"), ticket.Labels: ticket.Set("1", "2", "secret"),
				ticket.Estimate: ticket.Text("secret"),
			}),
		}, rewrites)
	for _, want := range []mapping.Trial{
		{ID: "a", Direction: mapping.In, Field: ticket.Title, Outcome: mapping.Lossy},
		{ID: "a", Direction: mapping.In, Field: ticket.Body, Outcome: mapping.Respelled},
		{ID: "a", Direction: mapping.In, Field: ticket.State, Outcome: mapping.Refused},
		{ID: "b", Direction: mapping.Out, Field: ticket.Body, Outcome: mapping.Lossy},
		{ID: "b", Direction: mapping.Out, Field: ticket.Priority, Outcome: mapping.Respelled},
		{ID: "b", Direction: mapping.Out, Field: ticket.Assignees, Outcome: mapping.Refused},
		{ID: "b", Direction: mapping.Out, Field: ticket.Iteration, Outcome: mapping.Refused},
		{ID: "b", Direction: mapping.Out, Field: ticket.Labels, Outcome: mapping.Refused},
		{ID: "b", Direction: mapping.Out, Field: ticket.Estimate, Outcome: mapping.Refused},
	} {
		i := slices.IndexFunc(report.Trials, func(got mapping.Trial) bool {
			return got.ID == want.ID && got.Direction == want.Direction && got.Field == want.Field
		})
		if i < 0 || report.Trials[i].Outcome != want.Outcome || report.Trials[i].Reason == "" {
			t.Errorf("want %+v; found %+v", want, report.Trials)
		}
	}
	if len(report.Trials) != 9 || report.Counts[mapping.Refused] != 5 || report.Counts[mapping.Exact] == 0 {
		t.Errorf("counts %v of %d trials: %+v", report.Counts, len(report.Trials), report.Trials)
	}
	text, err := json.Marshal(report)
	if err != nil || strings.Contains(strings.ToLower(string(text)), "secret") || strings.Contains(string(text), "zoe") {
		t.Errorf("the report says what tickets say: %s (%v)", text, err)
	}
}

func TestTryOfAFaithfulSystem(t *testing.T) {
	for _, system := range mapping.Systems() {
		report := mapping.Try(standard(t, system), external.Capabilities{}, external.Schema{},
			nil, []ticket.Ticket{{ID: "a", Fields: ticket.Fields{
				ticket.Title: ticket.Text("t"), ticket.Body: ticket.Text("b"), ticket.State: ticket.Text("duplicate"), ticket.Labels: ticket.Set("x"),
				ticket.Priority: ticket.Text("p2"), ticket.Due: ticket.Text("2026-01-02"), ticket.Milestone: ticket.Text("v1"),
			}}}, nil)
		if len(report.Trials) > 0 || report.Counts[mapping.Exact] < 4 {
			t.Errorf("%s: %+v", system, report)
		}
	}
}
