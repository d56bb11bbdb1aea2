package starter

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/extsync/extsync/api"
)

const (
	readme = "../README.md"
	begin  = "<!-- systems: made by `extsync systems --markdown` -->\n"
	end    = "<!-- end of systems -->"
)

// TestReadmeShowsWhatTheSystemsCan: the table in the README is the one that the
// command prints.
func TestReadmeShowsWhatTheSystemsCan(t *testing.T) {
	raw, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	if !ok {
		t.Skipf("SKIPPED: the README has no table between %q and %q", strings.TrimSpace(begin), end)
	}
	got, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("the table in the README has no end; close it with %s", end)
	}
	want := "\n" + systemsMarkdown(api.KnownSystems()) + "\n"
	if got == want {
		return
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(readme, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the table in the README is not what `extsync systems --markdown` prints; run `go test ./starter -run Readme -update`; want\n%s", want)
}
