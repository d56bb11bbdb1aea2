package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"
)

// pollEvery is how often the demo asks GitHub whether anything changed; webhooks tell
// it sooner.
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
	Seconds             float64        `json:"seconds"`
}

// count takes over what GitHub counted.
func (p *play) count() {
	n := p.GitHub.sim.Counters()
	p.sum.Calls = make(map[string]int, len(n.Kinds))
	for kind, c := range n.Kinds {
		p.sum.Calls[kind] = c.Calls
	}
	p.sum.NotModified, p.sum.Webhooks = n.NotModified, n.Webhooks
}

// Print shows the summary to a person.
func (s Summary) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\nIn %.0f seconds:\n", s.Seconds)
	fmt.Fprintf(t, "  issues brought in\t%d, with %d comments\n", s.IssuesIn, s.CommentsIn)
	fmt.Fprintf(t, "  pull requests left out\t%d\n", s.PullRequestsLeftOut)
	fmt.Fprintf(t, "  tickets sent out\t%d\n", s.TicketsOut)
	fmt.Fprintf(t, "  conflicts\t%d found, %d decided\n", s.ConflictsDetected, s.ConflictsDecided)
	fmt.Fprintf(t, "  writes of the last synchronisation\t%d\n", s.SecondSyncWrites)
	fmt.Fprintf(t, "  webhooks received\t%d\n", s.Webhooks)
	total := 0
	for _, n := range s.Calls {
		total += n
	}
	fmt.Fprintf(t, "  calls to GitHub\t%d, of which %d answered that nothing changed\n", total, s.NotModified)
	for _, kind := range slices.Sorted(maps.Keys(s.Calls)) {
		fmt.Fprintf(t, "    %s\t%d\n", kind, s.Calls[kind])
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	return nil
}

// JSON returns the summary as one line.
func (s Summary) JSON() (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode the summary: %w", err)
	}
	return string(b), nil
}
