package starter_test

import (
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
)

// TestSyncBehindARollback: somebody orders a rollback right before another one wants a session. The rollback goes first, and
// what becomes of it is not told as the outcome of the session, which comes after it.
func TestSyncBehindARollback(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	states := []string{"pending", "running", "stopped", "failed", "succeeded"}
	looks := 0
	c.w.Server.URL = between(t, c.w.Server.URL, func(path, body string) string {
		if !strings.HasSuffix(path, "/sessions") {
			return body
		}
		if looks++; looks == 1 || looks > len(states)+1 { // the first one is before it is asked for
			return body
		}
		list, err := json.Marshal(v1.Sessions{Sessions: []v1.Session{{ID: "undo", Kind: "rollback", State: states[looks-2], Reason: "there is no permission"}}})
		if err != nil {
			t.Error(err)
		}
		return string(list)
	})
	out, errs, code := c.run("", "sync", apitest.Repo)
	if code != 0 || looks != len(states)+2 || !strings.Contains(out, "succeeded") {
		t.Errorf("exit %d after %d looks: %s%s", code, looks, out, errs)
	}
	if !strings.Contains(errs, "rollback undo goes first: stopped there is no permission") {
		t.Errorf("it is not told what goes first: %s", errs)
	}
	looks = -100
	if _, errs, code := c.run("", "sync", apitest.Repo, "--timeout", "0"); code != 2 || !strings.Contains(errs, "--no-wait") {
		t.Errorf("no time at all: exit %d: %s", code, errs)
	}
}
