package starter_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/devstack/pgtest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/starter"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
)

// canaryWord is a word of letters, which no escaping changes. Each stands in one place, so
// that what was found says what leaked.
var canaryWord = regexp.MustCompile(`canary[a-z]+`)

// canaries returns the words in a text, each once, but for those that may be there.
func canaries(text string, may ...string) []string {
	found := canaryWord.FindAllString(text, -1)
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(w string) bool { return slices.Contains(may, w) })
}

// temporal is all that Temporal keeps of a namespace: histories with their inputs, results,
// signals, failures, summaries and details, memos and search attributes, and what pending
// activities say.
func (s *stack) temporal() string {
	s.t.Helper()
	c := s.dial()
	defer c.Close()
	var b strings.Builder
	list := &workflowservice.ListWorkflowExecutionsRequest{Namespace: s.env["EXTSYNC_NAMESPACE"], PageSize: 1000}
	all, err := c.ListWorkflow(s.t.Context(), list)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range all.Executions {
		b.WriteString(x.String())
		id, run := x.GetExecution().GetWorkflowId(), x.GetExecution().GetRunId()
		if about, err := c.DescribeWorkflowExecution(s.t.Context(), id, run); err == nil {
			b.WriteString(about.String())
		}
		events := c.GetWorkflowHistory(s.t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				s.t.Fatal(err)
			}
			fmt.Fprintln(&b, e.String())
		}
	}
	schedules, err := c.WorkflowService().ListSchedules(s.t.Context(), &workflowservice.ListSchedulesRequest{Namespace: s.env["EXTSYNC_NAMESPACE"], MaximumPageSize: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, x := range schedules.Schedules {
		b.WriteString(x.String())
		about := &workflowservice.DescribeScheduleRequest{Namespace: s.env["EXTSYNC_NAMESPACE"], ScheduleId: x.ScheduleId}
		if d, err := c.WorkflowService().DescribeSchedule(s.t.Context(), about); err == nil {
			b.WriteString(d.String())
		}
	}
	return b.String()
}

func (s *stack) dial() client.Client {
	s.t.Helper()
	c, err := client.Dial(client.Options{HostPort: s.env["EXTSYNC_TEMPORAL"], Namespace: s.env["EXTSYNC_NAMESPACE"]})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// audited is the audit log of a project.
func (s *stack) audited(project string) string {
	s.t.Helper()
	var out buffer
	if code := starter.Run(s.t.Context(), s.environment(&out, &s.err), []string{"audit", "export", project}); code != 0 {
		s.t.Fatalf("audit export: %d: %s", code, s.err.String())
	}
	return out.String()
}

// requests is all that was sent to the vendor.
func (s *stack) requests() string {
	var b strings.Builder
	for _, r := range s.sim.Requests() {
		fmt.Fprintln(&b, r.Method, r.Path, r.Body)
	}
	return b.String()
}

// holdsContent says what the tables are for that hold what people write. In no other table
// may any of it stand.
func holdsContent() map[string]string {
	return map[string]string{
		"tickets": "the local side", "comments": "the local side", "ticket_changes": "its history",
		"external_items": "the other side as it was seen", "links": "what both sides agreed on", "intents": "what is being written",
		"session_steps": "the journal", "conflicts": "the values of both sides",
		"external_projects": "its settings, among them the rules", "field_mappings": "names of fields",
	}
}

// rows is what the tables hold that may hold no content: the audit log, events and
// wake-ups, deliveries, budgets, sessions, sealed credentials and whatever is added.
func (s *stack) rows() string {
	s.t.Helper()
	var b strings.Builder
	for table, rows := range pgtest.Rows(s.t, s.env["EXTSYNC_POSTGRES_URL"]) {
		if holdsContent()[table] == "" {
			fmt.Fprintln(&b, table+":", rows)
		}
	}
	return b.String()
}

// everything is all that the database holds.
func (s *stack) everything() string {
	s.t.Helper()
	var b strings.Builder
	for table, rows := range pgtest.Rows(s.t, s.env["EXTSYNC_POSTGRES_URL"]) {
		fmt.Fprintln(&b, table+":", rows)
	}
	return b.String()
}

// forge delivers a webhook that nobody signed.
func (s *stack) forge(project, body string) {
	s.t.Helper()
	address, err := os.ReadFile(filepath.Join(s.dir, "api"))
	if err != nil {
		s.t.Fatal(err)
	}
	url := strings.TrimSpace(string(address)) + "/v1/hooks/github/" + project
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Hub-Signature-256", "sha256=canarysignature")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 400 {
		s.t.Errorf("a forged delivery was taken: %s", resp.Status)
	}
}

// TestCanariesOnTheRealStack plants words in every text, credential and setting of a small
// story, and looks for them in all that the service leaves behind: its logs at level debug,
// its errors, Temporal's histories and schedules, the audit log, every table that is to hold
// no content, and, for what is private, every request. None may be there; in the end some
// are put there on purpose, and must be found.
func TestCanariesOnTheRealStack(t *testing.T) {
	s := newStack(t)
	s.sim.AddToken("ghp_canarycredential", simulator.Token{Login: "extsync-bot", Push: true})
	s.env["GITHUB_TOKEN"] = "ghp_canarycredential"
	theirs, body := "canarytheirtitle", "canarytheirbody"
	issue := s.outside(simulator.Act{Do: "open", Title: &theirs, Body: &body}).Issue
	mine := run[v1.Ticket](s, 0, "tickets", "create", "--title", "canaryopentitle", "--body", "canaryopenbody", "--label", "canaryopenlabel", "--privacy", "public")
	private := run[v1.Ticket](s, 0, "tickets", "create", "--title", "canaryprivatetitle", "--body", "canaryprivatebody", "--label", "canaryprivatelabel")
	run[v1.Comment](s, 0, "tickets", "comment", mine.ID, "--body", "canaryprivatecomment", "--private")
	run[v1.Comment](s, 0, "tickets", "comment", mine.ID, "--body", "canaryopencomment")

	p := run[v1.Project](s, 0, "connect", "github", "octo/hello", "--api-url", s.url, "--no-pacing", "--poll-every", "0")
	run[v1.Rules](s, 0, "rules", "passage", "--project", "octo/hello", "--begin", "[[canarymark]]", "--end", "[[/canarymark]]")
	run[v1.Rules](s, 0, "rules", "comments", "--project", "octo/hello", "--only", "by", "--by", "canaryperson")

	// A conflict is found and decided for a third value, and a passage is cut out.
	here := s.pulled(theirs)
	run[v1.Ticket](s, 0, "tickets", "edit", here.ID, "--revision", "1", "--title", "canaryheretitle", "--body", "open [[canarymark]]canarypassage[[/canarymark]]")
	again := "canarytheirnewtitle"
	s.outside(simulator.Act{Do: "edit", Issue: issue, Title: &again})
	var list v1.Conflicts
	s.until("the conflict is found", func() bool {
		run[v1.Session](s, 0, "sync", "octo/hello")
		list = run[v1.Conflicts](s, 0, "conflicts", "list")
		return len(list.Conflicts) == 1
	})
	c := list.Conflicts[0]
	run[v1.Conflict](s, 0, "conflicts", "decide", c.ID, "--value", "canarydecision", "--digest", c.Digest, "--wait", "30")
	run[v1.Ticket](s, 0, "tickets", "privacy", mine.ID, "local_only", "--withdraw", "redact")
	run[v1.Session](s, 0, "sync", "octo/hello")

	// What people look at, and an undo.
	run[v1.RollbackPreview](s, 0, "rollback", run[v1.Session](s, 0, "sync", "octo/hello", "--full").ID, "--preview")
	last := "canarylaststitle"
	s.outside(simulator.Act{Do: "edit", Issue: issue, Title: &last})
	run[v1.Session](s, 0, "rollback", s.changed("octo/hello"), "--yes")
	run[map[string]any](s, 0, "verify", "octo/hello")
	run[map[string]any](s, 0, "why", here.ID)
	run[map[string]any](s, 0, "preview", "octo/hello")
	s.forge(p.ID, `{"issue":{"title":"canaryforged"}}`)

	// What goes wrong: requests that are refused, and a credential that is refused in the
	// middle of a session.
	run[v1.Ticket](s, 2, "tickets", "create", "--title", strings.Repeat("canarylongtitle ", 100))
	run[v1.Ticket](s, 3, "tickets", "show", "canarynosuchticket")
	s.sim.AddToken("ghp_canarycredential", simulator.Token{Login: "extsync-bot", Revoked: true})
	s.until("a session fails", func() bool {
		return starter.Run(t.Context(), s.environment(&buffer{}, &s.err), []string{"sync", "octo/hello"}) != 0
	})

	places := []struct {
		name string
		read func() string
		may  []string
	}{
		{"the service's logs", s.log.String, nil},
		{"errors that people are shown", s.err.String, []string{"canarynosuchticket"}}, // the word that was not understood
		{"Temporal", s.temporal, nil},
		{"the audit log", func() string { return s.audited(p.ID) }, nil},
		{"tables without content", s.rows, nil},
		// Once a value was outside, writes name it: what the other side holds is no secret to it.
		{"requests", s.requests, []string{
			"canaryopentitle", "canaryopenbody", "canaryopenlabel", "canaryopencomment", "canarydecision",
			"canarytheirtitle", "canarytheirbody", "canarytheirnewtitle", "canarylaststitle",
		}},
	}
	all := s.everything()
	for _, word := range []string{"canarycredential", "canaryforged"} {
		if strings.Contains(all, word) || strings.Contains(all, hex.EncodeToString([]byte(word))) { // as bytes are shown
			t.Errorf("the database holds %s: a credential in clear text, or what nobody signed", word)
		}
	}
	if found := canaries(s.requests()); !slices.Contains(found, "canaryopentitle") || !slices.Contains(found, "canarydecision") {
		t.Errorf("requests hold %v, and not what was to leave: nothing was looked at", found)
	}
	for _, place := range places {
		text := place.read()
		if len(text) < 100 && place.name != places[1].name {
			t.Errorf("%s say nothing: %q", place.name, text)
		}
		if found := canaries(text, place.may...); len(found) > 0 {
			at := strings.Index(text, found[0])
			t.Errorf("%s hold %v: ...%s...", place.name, found, text[max(0, at-200):min(len(text), at+100)])
		}
	}
	if shown := run[v1.Ticket](s, 0, "tickets", "show", private.ID); shown.Title != "canaryprivatetitle" {
		t.Errorf("the words are not where they belong: %+v", shown)
	}
	s.plant()
	for n, word := range map[int]string{0: "canarylogged", 2: "canarypayload", 4: "canarysubject"} {
		if found := canaries(places[n].read()); !slices.Contains(found, word) {
			t.Errorf("%s hold %s, which was put there, and %v was found", places[n].name, word, found)
		}
	}
}

// changed waits until a session of the project changed something here, and returns its id.
func (s *stack) changed(project string) (id string) {
	s.t.Helper()
	s.until("a session changes something here", func() bool {
		x := run[v1.Session](s, 0, "sync", project)
		id = x.ID
		return x.Report.AppliedHere > 0
	})
	return id
}

// TestCanariesAreSoughtInAllThatLeaves: there are no metrics and no spans yet. Whoever adds
// a library that sends some has to add what it sends to the places above.
func TestCanariesAreSoughtInAllThatLeaves(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		direct := !strings.HasSuffix(strings.TrimSpace(line), "// indirect")
		for _, library := range []string{"go.opentelemetry.io/", "github.com/prometheus/", "github.com/uber-go/tally", "go.temporal.io/sdk/contrib/"} {
			if direct && strings.Contains(line, library) {
				t.Errorf("%s sends something: look for canaries in it, and take it out of this test", strings.TrimSpace(line))
			}
		}
	}
}

// plant leaks on purpose: a line in the log, a workflow that is started with content, and an
// event that carries some.
func (s *stack) plant() {
	s.t.Helper()
	fmt.Fprintln(&s.log, `level=DEBUG msg="a ticket" title=canarylogged`)
	db, err := postgres.Open(s.t.Context(), s.env["EXTSYNC_POSTGRES_URL"])
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	entry := store.Outbox{ID: "planted", Kind: store.OutboxEvent, Subject: "canarysubject", Event: "Planted", At: time.Now()}
	if err := db.Tx(s.t.Context(), func(tx store.Tx) error { return tx.AddOutbox(s.t.Context(), entry) }); err != nil {
		s.t.Fatal(err)
	}
	c := s.dial()
	w, err := c.ExecuteWorkflow(s.t.Context(), client.StartWorkflowOptions{ID: "planted", TaskQueue: "nobody"}, "Planted", map[string]string{"title": "canarypayload"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		defer c.Close()
		if err := c.TerminateWorkflow(ctx, w.GetID(), w.GetRunID(), "the test is over"); err != nil {
			s.t.Error(err)
		}
	})
	s.until("Temporal lists it", func() bool { return strings.Contains(s.temporal(), "Planted") })
}
