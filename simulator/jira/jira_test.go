package jira_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
)

type object = map[string]any

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

// list is a list in the body, nil where there is none; keys is an object in it.
func (a answer) list(path string) []any {
	v, _ := a.get(path).([]any)
	return v
}

func (a answer) keys(path string) object {
	v, _ := a.get(path).(object)
	return v
}

// world is a site with two projects and three people, and a client of one of them.
type world struct {
	*testing.T
	clock  *clock
	sim    *jira.Sim
	abc    *jira.Project
	other  *jira.Project
	client *http.Client
	token  string // Authorization
	prefix string
}

func newWorld(t *testing.T, adjust ...func(*jira.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{time.Date(2026, 11, 25, 12, 0, 0, 123_000_000, time.UTC)}, token: "Bearer tok"}
	o := jira.Options{Now: w.clock.now, Seed: 7}
	for _, f := range adjust {
		f(&o)
	}
	w.prefix = "https://example.atlassian.net/rest/api/3/"
	if o.Edition == jira.DataCenter {
		w.prefix = "https://jira.example.com/rest/api/2/"
	}
	w.sim = jira.New(o)
	w.sim.AddUser(model.User{Login: "root", Admin: true})
	w.sim.AddUser(model.User{Login: "ada", TimeZone: "America/New_York"})
	w.sim.AddUser(model.User{Login: "bot", Email: "bot@example.com"})
	w.sim.AddToken("tok", jira.Token{Login: "bot"})
	w.sim.AddToken("ada-tok", jira.Token{Login: "ada"})
	w.sim.AddToken("root-tok", jira.Token{Login: "root"})
	w.abc = w.project(model.ProjectSpec{Key: "ABC", Name: "Alphabet", Workflow: model.ReviewWorkflow(), Fields: everyField(),
		Components: []string{"core", "edge"}, Versions: []string{"1.0"}})
	w.other = w.project(model.ProjectSpec{Key: "OTH"})
	w.client = &http.Client{Transport: w.sim.Transport()}
	return w
}

func everyField() []model.FieldSpec {
	colours := []model.OptionSpec{{Value: "red", Children: []string{"crimson", "ruby"}}, {Value: "green"}}
	return []model.FieldSpec{
		{Name: "One line", Type: model.TextField}, {Name: "Notes", Type: model.TextArea}, {Name: "Story Points", Type: model.Number},
		{Name: "Day", Type: model.Date}, {Name: "Moment", Type: model.DateTime}, {Name: "Colour", Type: model.Select, Options: colours},
		{Name: "Colours", Type: model.MultiSelect, Options: colours}, {Name: "Boxes", Type: model.Checkbox, Options: colours},
		{Name: "Shade", Type: model.Cascading, Options: colours}, {Name: "Owner", Type: model.UserPicker}, {Name: "Owners", Type: model.MultiUser},
		{Name: "Tags", Type: model.Labels}, {Name: "Page", Type: model.URL},
		{Name: "Severity", Type: model.Select, Options: colours, Required: true, Types: []string{"Bug"}},
	}
}

func (w *world) project(s model.ProjectSpec) *jira.Project {
	w.Helper()
	p, err := w.sim.AddProject(s)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	body   object
}

// get digs into the body: keys and indexes, separated by dots.
func (a answer) get(path string) any {
	var v any = a.body
	for _, k := range strings.Split(path, ".") {
		switch x := v.(type) {
		case object:
			v = x[k]
		case []any:
			n := 0
			if _, err := fmt.Sscan(k, &n); err != nil || n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

func (a answer) str(path string) string {
	s, _ := a.get(path).(string)
	return s
}

// do calls an operation of the platform API, or one given from its root.
func (w *world) do(method, path string, body any) answer {
	w.Helper()
	var in io.Reader
	if s, isText := body.(string); isText {
		in = strings.NewReader(s)
	} else if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			w.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	u := w.prefix + path
	if strings.HasPrefix(path, "/") {
		u = w.prefix[:strings.Index(w.prefix, "/rest")] + path
	}
	r, err := http.NewRequestWithContext(w.Context(), method, u, in)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", w.token)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.client.Do(r)
	if err != nil {
		return answer{raw: err.Error()}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{raw: err.Error()}
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body) // arrays are looked at raw
	return a
}

// must is do with the status expected.
func (w *world) must(status int, method, path string, body any) answer {
	w.Helper()
	a := w.do(method, path, body)
	if a.status != status {
		w.Fatalf("%s %s: %d, want %d: %.600s", method, path, a.status, status, a.raw)
	}
	return a
}

func doc(paragraphs ...string) object {
	var content []any
	for _, p := range paragraphs {
		content = append(content, object{"type": "paragraph", "content": []any{object{"type": "text", "text": p}}})
	}
	return object{"type": "doc", "version": 1, "content": content}
}

func task(fields object) object {
	f := object{"project": object{"key": "ABC"}, "issuetype": object{"name": "Task"}, "summary": "s"}
	for k, v := range fields {
		f[k] = v
	}
	return object{"fields": f}
}

// create makes an issue and returns its id.
func (w *world) create(fields object) string {
	w.Helper()
	return w.must(201, "POST", "issue", task(fields)).str("id")
}

// as runs f with another token.
func (w *world) as(token string, f func()) {
	before := w.token
	w.token = "Bearer " + token
	defer func() { w.token = before }()
	f()
}

func (w *world) act(a jira.Act) jira.Acted {
	w.Helper()
	out, err := w.sim.Act(a)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func ptr[T any](v T) *T { return &v }
