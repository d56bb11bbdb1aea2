package jira

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestDecodeSprints: objects on Cloud, printed ones on Data Center; the open one counts,
// else the last.
func TestDecodeSprints(t *testing.T) {
	printed := func(state, name string) string {
		return `"com.atlassian.greenhopper.service.sprint.Sprint@1f39706d[id=4,rapidViewId=2,state=` + state + `,name=` + name +
			`,startDate=2026-05-04T10:00:00.000Z,endDate=<null>,completeDate=<null>,sequence=4,goal=]"`
	}
	tests := []struct{ reason, raw, want string }{
		{"none", `null`, ""}, {"empty", `[]`, ""}, {"of another shape", `[1]`, ""},
		{"an active one", `[{"id": 1, "name": "S1", "state": "closed"}, {"id": 2, "name": "S2", "state": "active"}]`, "S2"},
		{"a future one", `[{"id": 2, "name": "S2", "state": "future"}, {"id": 1, "name": "S1", "state": "closed"}]`, "S2"},
		{"closed ones", `[{"id": 1, "name": "S1", "state": "closed"}, {"id": 2, "name": "S2", "state": "closed"}]`, "S2"},
		{"printed", `[` + printed("CLOSED", "S1") + `,` + printed("ACTIVE", "S2, the long one") + `]`, "S2, the long one"},
		{"printed and closed", `[` + printed("CLOSED", "S1") + `]`, "S1"},
		{"printed otherwise", `["Sprint 5"]`, ""},
	}
	for _, tt := range tests {
		if got := currentSprint(json.RawMessage(tt.raw)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// TestDecodeMoments: the offset without a colon, with one, and Z, which go-jira refuses.
func TestDecodeMoments(t *testing.T) {
	want := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	for _, raw := range []string{`"2026-05-04T10:00:00.000+0200"`, `"2026-05-04T10:00:00.000+02:00"`, `"2026-05-04T08:00:00Z"`, `"2026-05-04T08:00:00.000000-0000"`, `1777881600`, `1777881600000`} {
		var m moment
		if err := json.Unmarshal([]byte(raw), &m); err != nil || !m.Equal(want) {
			t.Errorf("%s: got %s, %v", raw, m, err)
		}
	}
	for _, raw := range []string{`null`, `"soon"`, `{}`} {
		var m moment
		if err := json.Unmarshal([]byte(raw), &m); err != nil || !m.IsZero() {
			t.Errorf("%s: got %s, %v", raw, m, err)
		}
	}
}

// TestDecodeStrangeValues: a plugin's field may hold anything and must not hide the issue.
func TestDecodeStrangeValues(t *testing.T) {
	strange := []string{`null`, `""`, `"x"`, `1`, `true`, `[]`, `[null]`, `[[]]`, `{}`, `{"name": 1}`, `{"id": 5, "name": "n"}`, `[{"value": {}}]`, `"\ud800"`}
	for k := kindUnknown; k <= kindUsers; k++ {
		for _, raw := range strange {
			for _, e := range []edition{cloud, dataCenter} {
				decode(k, json.RawMessage(raw), e)
			}
		}
	}
	if got := decode(kindUnknown, json.RawMessage(`{"id": 5, "name": "n"}`), cloud).value.Text(); got != "n" {
		t.Errorf("what has a name shows it: got %q", got)
	}
}

// TestADocumentThatCannotBeFollowed shows its words, keeps its raw form, and is not
// written over.
func TestADocumentThatCannotBeFollowed(t *testing.T) {
	deep := `{"type": "text", "text": "at the bottom"}`
	for range 500 {
		deep = `{"type": "blockquote", "content": [` + deep + `]}`
	}
	raw := `{"version": 1, "type": "doc", "content": [` + deep + `]}`
	got := decodeProse(json.RawMessage(raw), cloud.format())
	if got.value.Text() != "at the bottom" || got.raw != raw {
		t.Errorf("got %q", got.value.Text())
	}
	if lost := damage(cloud.format(), raw, "new words"); !strings.HasSuffix(lost, "edit it in Jira.") {
		t.Errorf("got %q", lost)
	}
}
