package starter_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
)

// TestVerifyTellsOnceThatItWaits: the limits of a system make many spans of one
// verification, which is no news each time. Nor is it asked again at once where the clock
// here is ahead of the server's, by which every wait is over already.
func TestVerifyTellsOnceThatItWaits(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	waits := 0
	c.w.Server.URL = between(t, c.w.Server.URL, func(path, body string) string {
		if !strings.HasSuffix(path, "/verify") || waits == 3 {
			return body
		}
		waits++
		wait, err := json.Marshal(v1.Verification{
			Next: v1.VerifyFirst, RetryAt: time.Now().Add(-time.Hour), Reason: "the limit is reached", Standings: map[string]int{}, Differences: []v1.Difference{},
		})
		if err != nil {
			t.Error(err)
		}
		return string(wait)
	})
	began := time.Now()
	_, errs, code := c.run("", "verify", apitest.Repo)
	if code != 0 || waits != 3 || strings.Count(errs, "the limit is reached") != 1 {
		t.Errorf("exit %d after %d waits: %s", code, waits, errs)
	}
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("it asked three times more within %s", took)
	}
}
