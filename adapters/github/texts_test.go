package github_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// realData is a recording of a real repository; without the optional folder beside the
// repository the test is skipped and says so.
func realData(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "github-ivy", name))
	if err != nil {
		t.Skipf("SKIPPED: needs ../shared/data/github-ivy/%s beside the repository: %v", name, err)
	}
	return raw
}

// bodies are the texts of a recording by the node id of their item.
func bodies(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	var items []struct {
		ID   string `json:"node_id"`
		Body string
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, it := range items {
		out[it.ID] = it.Body
	}
	return out
}

// Real texts come in byte for byte, and Normalize takes nothing of them but the CR before
// a LF, by which nobody means anything. Of what is written each byte comes back, so nothing
// has to be respelled.
func TestRealTextsAreVerbatim(t *testing.T) {
	issues, comments := realData(t, "issues.json"), realData(t, "comments.json")
	d := newDesk(t)
	if err := d.repo.Seed(bytes.NewReader(issues), bytes.NewReader(comments)); err != nil {
		t.Fatal(err)
	}
	d.sim.SetLag(0)
	on := d.open("for comments")
	shown, crlf := 0, 0
	for stream, want := range map[external.Stream]map[string]string{
		external.StreamTickets: bodies(t, issues), external.StreamComments: bodies(t, comments),
	} {
		items, _, _ := d.walk(stream, time.Time{}, nil)
		for _, i := range items {
			body, recorded := want[i.ID]
			if !recorded {
				continue // the issue opened here
			}
			if shown++; strings.Contains(body, "\r\n") {
				crlf++
			}
			if got := i.Fields["body"].Text(); got != body {
				t.Errorf("%s shows as %q, want %q", i.ID, got, body)
			}
			if got := d.Tested.Normalize(i.Fields)["body"].Text(); got != strings.ReplaceAll(body, "\r\n", "\n") {
				t.Errorf("%s is %q in its normal form, want all of %q", i.ID, got, body)
			}
			if body == "" {
				continue
			}
			made := d.Push(outbound.Content{Action: outbound.Create, Ref: external.Ref{Kind: external.KindComment, Parent: on.Key}, Set: external.Fields{"body": text(body)}})
			if got := d.Look(made[0].Ref).Fields["body"].Text(); got != body {
				t.Errorf("%q was written and is %q", body, got)
			}
		}
	}
	if t.Logf("%d texts, %d with CRLF", shown, crlf); shown < 250 || crlf < 100 {
		t.Errorf("%d texts, %d with CRLF", shown, crlf)
	}
}
