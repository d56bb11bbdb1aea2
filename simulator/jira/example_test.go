package jira_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

// A site with two people, a project with a workflow of several hops, a required custom field and a board, in a time of its own.
func Example() {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	sim := jira.New(jira.Options{Now: func() time.Time { return now }, Seed: 1, Lag: 10 * time.Second})
	sim.AddUser(model.User{Login: "bot", Email: "bot@example.com"})
	sim.AddUser(model.User{Login: "ada", TimeZone: "America/New_York"})
	sim.AddToken("secret", jira.Token{Login: "bot"}) // Basic bot@example.com:secret, or Bearer secret
	p, err := sim.AddProject(model.ProjectSpec{Key: "ABC", Workflow: model.ReviewWorkflow(), Fields: []model.FieldSpec{
		{Name: "Severity", Type: model.Select, Options: []model.OptionSpec{{Value: "low"}, {Value: "high"}}, Required: true, Types: []string{"Bug"}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := p.Revoke("bot", model.AssignIssues); err != nil {
		fmt.Println(err)
		return
	}
	made, err := sim.Act(jira.Act{Login: "ada", Do: "create", Project: "ABC", Type: "Bug", Summary: "it hurts",
		Fields: map[string]any{p.Field("Severity"): map[string]any{"value": "high"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	search := func() {
		r, _ := http.NewRequest(http.MethodPost, "https://example.atlassian.net/rest/api/3/search/jql", strings.NewReader(`{"jql":"project = ABC"}`))
		r.Header.Set("Authorization", "Bearer secret")
		resp, err := (&http.Client{Transport: sim.Transport()}).Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		fmt.Println(resp.Status, resp.ContentLength, "bytes")
	}
	search()
	now = now.Add(10 * time.Second)
	search()
	fmt.Println(made.Key, sim.Counters().Kinds["search.jql"].Calls)
	// Output:
	// 200 OK 27 bytes
	// 200 OK 41 bytes
	// ABC-1 2
}
