package starter_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/internal/apitest"
	"github.com/extsync/extsync/starter"
)

// TestWhatIsMissingIsNamed: whoever leaves an argument out, or gives one too many, reads which, and
// what to do next.
func TestWhatIsMissingIsNamed(t *testing.T) {
	c := console{t, apitest.New(t)}
	for _, row := range []struct{ line, says string }{
		{"connect github", "OWNER/REPO is missing: want `extsync connect github OWNER/REPO`; see `extsync connect github --help`"},
		{"connect jira", "URL/PROJECT is missing: want `extsync connect jira URL/PROJECT`; see `extsync connect jira --help`"},
		{"sync", "PROJECT is missing: want `extsync sync PROJECT`; `extsync status` shows the projects"},
		{"sync one two", "\"two\" is one too many: want `extsync sync PROJECT`"},
		{"mapping show", "PROJECT is missing: want `extsync mapping show PROJECT`; `extsync status` shows the projects"},
		{"retry", "PROJECT is missing: want `extsync retry PROJECT [LINK...]`; `extsync status` shows the projects"},
		{"rollback", "SESSION is missing: want `extsync rollback SESSION`; `extsync status PROJECT` shows the last sessions"},
		{"why", "TICKET is missing: want `extsync why TICKET [FIELD]`; `extsync tickets list` shows the tickets"},
		{"why t1 title body", "\"body\" is one too many: want `extsync why TICKET [FIELD]`"},
		{"conflicts show", "ID is missing: want `extsync conflicts show ID`; `extsync conflicts list` shows the conflicts"},
		{"conflicts restore", "ID is missing: want `extsync conflicts restore ID`; see `extsync conflicts restore --help`"},
		{"conflicts decide one two --take local", "\"two\" is one too many: want `extsync conflicts decide ID | --all`"},
		{"tickets edit", "ID is missing: want `extsync tickets edit ID --revision N`; `extsync tickets list` shows the tickets"},
		{"tickets grant t1", "PROJECT is missing: want `extsync tickets grant ID PROJECT`; `extsync status` shows the projects"},
		{"tickets privacy t1", "local_only|shareable|public is missing: want `extsync tickets privacy ID local_only|shareable|public`; see `extsync tickets privacy --help`"},
		{"tickets create Login", "\"Login\" is one too many: want `extsync tickets create --title TITLE`"},
	} {
		_, errs, code := c.run("", strings.Fields(row.line)...)
		if errs != "extsync: "+row.says+"\n" || code != 2 {
			t.Errorf("extsync %s: exit %d: %swant %s", row.line, code, errs, row.says)
		}
	}
	for _, line := range []string{"status", "audit verify", "tickets list", "rules list"} {
		c.must(strings.Fields(line)...)
	}
}

// TestEveryCommandNamesWhatItMisses: so does one that is added later.
func TestEveryCommandNamesWhatItMisses(t *testing.T) {
	first := regexp.MustCompile(`^\S+ ([A-Z/]+)( [^|]|$)`)
	seen := 0
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			look(c)
		}
		if cmd.HasSubCommands() || !cmd.Runnable() {
			return
		}
		said := ""
		if err := cmd.ValidateArgs(nil); err != nil {
			said = err.Error()
		}
		if m := first.FindStringSubmatch(cmd.Use); m != nil {
			seen++
			if !strings.HasPrefix(said, m[1]+" is missing: ") {
				t.Errorf("%s says %q", cmd.CommandPath(), said)
			}
		} else if said != "" {
			t.Errorf("%s needs nothing, and says %q", cmd.CommandPath(), said)
		}
	}
	look(starter.New(&starter.Env{Getenv: func(string) string { return "" }}))
	if seen < 30 {
		t.Errorf("only %d commands take an argument", seen)
	}
}
