package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// pollEvery is how often a system is asked whether anything changed; webhooks tell it
// sooner.
const pollEvery = 30 * time.Second

// Summary is what came of the demo.
type Summary struct {
	IssuesIn            int            `json:"issues_in"`
	CommentsIn          int            `json:"comments_in"`
	PullRequestsLeftOut int            `json:"pull_requests_left_out"`
	TicketsOut          int            `json:"tickets_out"`
	ConflictsDetected   int            `json:"conflicts_detected"`
	ConflictsDecided    int            `json:"conflicts_decided"`
	Project             string         `json:"project"`  // id
	Conflict            string         `json:"conflict"` // id
	SecondSyncWrites    int            `json:"second_sync_writes"`
	Calls               map[string]int `json:"calls"` // at GitHub, by kind
	NotModified         int            `json:"calls_not_modified"`
	Webhooks            int            `json:"webhooks"`
	Spread              int            `json:"passed_on"`              // tickets and comments, to Jira and to Linear each
	SetAside            int            `json:"set_aside"`              // tickets and comments that Jira would damage
	KeptFromGitHub      int            `json:"kept_from_github"`       // tickets of Jira that no rule passes on
	EditInJira          float64        `json:"edit_in_jira_seconds"`   // until it was in both other systems
	EditInLinear        float64        `json:"edit_in_linear_seconds"` // likewise
	Systems             []System       `json:"systems"`
	Seconds             float64        `json:"seconds"`
}

// System is what one system holds and was called for.
type System struct {
	System   string `json:"system"`
	Project  string `json:"project"` // id
	Address  string `json:"address"`
	Tickets  int    `json:"tickets"` // linked
	Comments int    `json:"comments"`
	Calls
	LastCalls  int `json:"last_round_calls"`
	LastWrites int `json:"last_round_writes"`
}

// figures takes over what the systems counted.
func (p *play) figures(ctx context.Context) error {
	for _, j := range p.joined {
		v, err := p.Project(ctx, j.id)
		if err != nil {
			return err
		}
		last := p.last[j.side]
		p.sum.Systems = append(p.sum.Systems, System{
			System: v.System, Project: v.ID, Address: v.Address, Tickets: v.Links.Tickets, Comments: v.Links.Comments,
			Calls: j.counted(), LastCalls: last.total(), LastWrites: last.Writes,
		})
	}
	github := p.sum.Systems[0]
	p.sum.Calls, p.sum.Webhooks = github.Kinds, github.Webhooks
	p.sum.NotModified = p.GitHub.sim.Counters().NotModified
	return nil
}

// Print shows the summary to a person.
func (s Summary) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nIn %.0f seconds:\n", s.Seconds)
	fmt.Fprintf(t, "  issues brought in\t%d, with %d comments\n", s.IssuesIn, s.CommentsIn)
	fmt.Fprintf(t, "  pull requests left out\t%d\n", s.PullRequestsLeftOut)
	fmt.Fprintf(t, "  tickets sent out\t%d\n", s.TicketsOut)
	fmt.Fprintf(t, "  conflicts\t%d found, %d decided\n", s.ConflictsDetected, s.ConflictsDecided)
	fmt.Fprintf(t, "  passed on to Jira and to Linear\t%d tickets and comments each\n", s.Spread)
	fmt.Fprintf(t, "  set aside\t%d, which Jira cannot hold undamaged\n", s.SetAside)
	fmt.Fprintf(t, "  kept from GitHub\t%d ticket of Jira\n", s.KeptFromGitHub)
	fmt.Fprintf(t, "  writes of the second synchronisation\t%d\n", s.SecondSyncWrites)
	fmt.Fprintf(t, "  calls to GitHub\t%d answered that nothing changed\n\n", s.NotModified)
	fmt.Fprintf(t, "\ttickets\tcomments\treads\twrites\twebhooks\twrites of the last round\n")
	for _, y := range s.Systems {
		fmt.Fprintf(t, "  %s\t%d\t%d\t%d\t%d\t%d\t%d\n", y.System+" "+y.Address, y.Tickets, y.Comments, y.Reads, y.Writes, y.Webhooks, y.LastWrites)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	fmt.Fprintln(w)
	for _, y := range s.Systems {
		fmt.Fprintf(w, "  most calls to %s: %s\n", y.System, y.most(mostKinds))
	}
	return nil
}

// mostKinds is how many kinds of calls a person is shown; the JSON has all.
const mostKinds = 6

// most lists the kinds of calls that were made most often.
func (c Calls) most(n int) string {
	kinds := slices.SortedFunc(maps.Keys(c.Kinds), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Kinds[b], c.Kinds[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, k := range kinds[:min(n, len(kinds))] {
		parts = append(parts, fmt.Sprintf("%s %d", k, c.Kinds[k]))
	}
	return strings.Join(parts, ", ")
}

// JSON returns the summary as one line.
func (s Summary) JSON() (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode the summary: %w", err)
	}
	return string(b), nil
}
