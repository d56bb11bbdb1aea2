package plan_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

func TestWhatWasLost(t *testing.T) {
	tests := []struct {
		reason        string
		written, kept ticket.Value
		want          string
	}{
		{"a system that drops a value", ticket.Text("2026-03-01"), ticket.Value{}, "it kept nothing of it"},
		{"a set that is not taken at all", ticket.Set("a", "b"), ticket.Set(), "it kept nothing of it"},
		{"labels that may not be made", ticket.Set("secret-a", "secret-b", "secret-c"), ticket.Set("secret-b"), "it left out 2 of 3 elements"},
		{"a label that may not be taken away", ticket.Set("a"), ticket.Set("a", "b"), "it holds 1 elements that were to be taken away"},
		{"a text that is cut, counted in characters", ticket.Text("äöü secret"), ticket.Text("äö"), "it kept the first 2 of 10 characters"},
		{"line ends and blanks", ticket.Text("a  b\n"), ticket.Text("a b\r\n"), "only white space differs"},
		{"a link that is rewritten", ticket.Text("one\ntwo secret\nthree"), ticket.Text("one\ntwo\nthree"), "it kept 13 characters of 20, the first difference in line 2"},
	}
	for _, tt := range tests {
		got := plan.WhatWasLost(tt.written, tt.kept)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
		if strings.Contains(got, "secret") {
			t.Errorf("%s: content in %q", tt.reason, got)
		}
	}
}
