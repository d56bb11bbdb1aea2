package jira_test

import (
	"net/http"
	"testing"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/official"
)

// TestRepliesFitTheOfficialDescription drives every operation served, successes and refusals, through the validator.
func TestRepliesFitTheOfficialDescription(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.Limits = jira.NoLimits() }) // a walk is faster than any person
	c := official.Jira(t, 2, w.sim.Transport())
	w.client = &http.Client{Transport: c}
	if err := w.abc.Generate(30, generated()); err != nil {
		t.Fatal(err)
	}
	walkSite(w)
	id := walkIssue(w)
	walkParts(w, id)
	walkSoftware(w, id)
	walkRefusals(w, id)
	for _, must := range served() {
		if !c.Saw(must) {
			t.Errorf("the walk did not see %s", must)
		}
	}
	c.Stale()
}
