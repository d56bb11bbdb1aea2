package linear_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
)

// clock is a virtual clock, safe for concurrent use.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is one simulator with the team ENG and the API key "key" of the user bot.
type world struct {
	*testing.T
	clock *clock
	sim   *linear.Sim
	team  *linear.Team
	http  *http.Client
	auth  string
}

func newWorld(t *testing.T, adjust ...func(*linear.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}, auth: "key"}
	o := linear.Options{Now: w.clock.Now, Seed: 1, Limits: linear.NoLimits(),
		Sleep: func(_ context.Context, d time.Duration) { w.clock.advance(d) }}
	for _, a := range adjust {
		a(&o)
	}
	w.sim = linear.New(o)
	w.team = w.sim.AddTeam("ENG", "Engineering")
	w.sim.AddToken("key", linear.Token{Login: "bot"})
	w.http = &http.Client{Transport: w.sim.Transport()}
	return w
}

type vars map[string]any

// answer is what a call gave.
type answer struct {
	status int
	header http.Header
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
	raw string
}

// code is the code of the first error, "" for none.
func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	s, _ := a.Errors[0].Extensions["code"].(string)
	return s
}

// get walks into the data: "issues.nodes.0.title".
func (a answer) get(path string) any {
	var at any = a.Data
	for part := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[part]
		case []any:
			k := int(part[0] - '0')
			if k >= len(v) {
				return nil
			}
			at = v[k]
		default:
			return nil
		}
	}
	return at
}

func (a answer) str(path string) string {
	s, _ := a.get(path).(string)
	return s
}

// list collects one field of all items of a list.
func (a answer) list(path, field string) []string {
	items, _ := a.get(path).([]any)
	out := []string{}
	for _, item := range items {
		m, _ := item.(map[string]any)
		s, _ := m[field].(string)
		out = append(out, s)
	}
	return out
}

// try sends an operation and takes any answer; the error is the connection's.
func (w *world) try(query string, v vars) (answer, error) {
	w.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": v})
	if err != nil {
		w.Fatal(err)
	}
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, "https://api.linear.app/graphql", bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", w.auth)
	resp, err := w.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end below
	a := answer{status: resp.StatusCode, header: resp.Header}
	raw, err := io.ReadAll(resp.Body)
	a.raw = string(raw)
	if err != nil {
		return a, err
	}
	if json.Valid(raw) {
		err = json.Unmarshal(raw, &a)
	}
	return a, err
}

// ask sends an operation that must answer.
func (w *world) ask(query string, v vars) answer {
	w.Helper()
	a, err := w.try(query, v)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// do sends an operation that must succeed.
func (w *world) do(query string, v vars) answer {
	w.Helper()
	a := w.ask(query, v)
	if a.status != http.StatusOK || len(a.Errors) > 0 {
		w.Fatalf("%s: %d %s", query, a.status, a.raw)
	}
	return a
}

const createIssue = `mutation($in: IssueCreateInput!) { issueCreate(input: $in) { success issue { id identifier title description
	updatedAt createdAt state { name } } } }`

const updateIssue = `mutation($id: String!, $in: IssueUpdateInput!) { issueUpdate(id: $id, input: $in) { success
	issue { id identifier previousIdentifiers title updatedAt labels { nodes { name } } assignee { id } estimate dueDate state { name } } } }`

// input is an IssueCreateInput for the team.
func (w *world) input(title string, more vars) vars {
	in := vars{"teamId": w.team.ID(), "title": title}
	for k, v := range more {
		in[k] = v
	}
	return in
}

// create makes an issue and returns its id. A millisecond passes, so that dates differ.
func (w *world) create(title string, more vars) string {
	w.Helper()
	w.clock.advance(time.Millisecond)
	return w.do(createIssue, vars{"in": w.input(title, more)}).str("issueCreate.issue.id")
}

func (w *world) update(id string, in vars) answer {
	w.Helper()
	w.clock.advance(time.Millisecond)
	return w.do(updateIssue, vars{"id": id, "in": in})
}

func (w *world) act(a linear.Act) linear.Acted {
	w.Helper()
	w.clock.advance(time.Millisecond)
	out, err := w.sim.Act(a)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func ptr[T any](v T) *T { return &v }
