package starter_test

import (
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
	"github.com/extsync/extsync/outbound"
)

// TestTwoAddRulesAtOnce: what one keeps here does not leave because another one said something else
// in the same moment.
func TestTwoAddRulesAtOnce(t *testing.T) {
	w := apitest.New(t)
	c := console{t, w}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub, "--no-pacing", "--poll-every", "0")
	bob := false
	var all v1.Projects
	if err := json.Unmarshal([]byte(c.must("status", "--json")), &all); err != nil {
		t.Fatal(err)
	}
	proxy := between(t, w.Server.URL, func(path, body string) string {
		if strings.HasSuffix(path, "/rules") && !bob {
			bob = true
			_, err := w.Engine.ChangeRules(t.Context(), all.Projects[0].ID, "bob", func(r *outbound.Rules) {
				if len(r.Cuts) > 0 {
					r.Cuts = append(r.Cuts, outbound.Cut{Begin: "<later>", End: "</later>"})
					return
				}
				r.Keep = append(r.Keep, "milestone")
				r.Cuts = append(r.Cuts, outbound.Cut{Begin: "<secret>", End: "</secret>"})
			})
			if err != nil {
				t.Error(err)
			}
		}
		return body
	})
	w.Server.URL = proxy
	c.must("rules", "field", "--project", apitest.Repo, "--keep", "estimate")
	bob = false // once more
	c.must("rules", "passage", "--project", apitest.Repo, "--begin", "<mine>", "--end", "</mine>")
	shown := c.must("rules", "show", apitest.Repo)
	for _, said := range []string{"estimate", "milestone", "<secret>", "<mine>", "<later>"} {
		if !strings.Contains(shown, said) {
			t.Errorf("%q does not stay here:\n%s", said, shown)
		}
	}
}
