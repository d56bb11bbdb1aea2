package worker_test

import (
	"bytes"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/extsync/extsync/workflows"
)

// details returns what the Temporal UI shows of a workflow.
func (s *stack) details(id string) string {
	s.t.Helper()
	v, err := s.Temporal.QueryWorkflow(s.ctx, id, "", "__temporal_workflow_metadata")
	s.must(err)
	var m sdkpb.WorkflowMetadata
	s.must(v.Get(&m))
	return m.GetCurrentDetails()
}

// TestAnOperatorCanReadTheTemporalUI looks at the details and search attributes of a
// project, its setup and a session, and for what must not be there.
func TestAnOperatorCanReadTheTemporalUI(t *testing.T) {
	s := newStack(t)
	s.local("SECRET PLANS")
	s.connect(0)
	s.quiet()
	session := workflows.SessionID(s.project, s.sessions()[len(s.sessions())-1].ID)
	for _, c := range []struct {
		reason, id string
		want       []string
	}{
		{"the project", workflows.ProjectID(s.project), []string{
			"octo/hello on github: active", "| 1 | 0 | 0 |", "next: a session when something changes", "initial, ended", "**succeeded**", "created outside | 1",
		}},
		{"its setup", workflows.SetupID(s.project), []string{"Connecting octo/hello", "[x] First synchronisation", "we speak as extsync-bot"}},
		{"its first session", session, []string{"initial", "**succeeded**", "planned: 1 tickets"}},
	} {
		shown := s.details(c.id)
		for _, w := range c.want {
			if !strings.Contains(shown, w) {
				t.Errorf("%s does not show %q:\n%s", c.reason, w, shown)
			}
		}
		if strings.Contains(shown, "SECRET") || strings.Contains(shown, token) {
			t.Errorf("%s shows content:\n%s", c.reason, shown)
		}
	}
	for _, id := range []string{workflows.ProjectID(s.project), workflows.SetupID(s.project), session} {
		s.carriesNo(id, "SECRET", token)
	}
	d, err := s.Temporal.DescribeWorkflow(s.ctx, workflows.ProjectID(s.project), "")
	s.must(err)
	for name, want := range map[string]string{"ExternalSystem": "github", "ExternalProject": "octo/hello", "SyncStatus": "active"} {
		if got, _ := d.TypedSearchAttributes.GetKeyword(temporal.NewSearchAttributeKeyKeyword(name)); got != want {
			t.Errorf("search attribute %s is %q, want %q", name, got, want)
		}
	}
}

// carriesNo fails when a workflow's history holds one of the texts anywhere.
func (s *stack) carriesNo(id string, texts ...string) {
	s.t.Helper()
	events := s.Temporal.GetWorkflowHistory(s.ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		s.must(err)
		raw, err := proto.Marshal(e)
		s.must(err)
		for _, text := range texts {
			if bytes.Contains(raw, []byte(text)) {
				s.t.Errorf("event %d of %s carries %q", e.GetEventId(), id, text)
			}
		}
	}
}
