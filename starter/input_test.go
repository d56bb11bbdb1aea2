package starter_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/apitest"
)

func (c console) ticket(args ...string) v1.Ticket {
	c.t.Helper()
	var t v1.Ticket
	if err := json.Unmarshal([]byte(c.must(append(args, "--json")...)), &t); err != nil {
		c.t.Fatal(err)
	}
	return t
}

// TestATextThatIsNoUTF8 is refused: JSON would carry other characters in place of what it does not
// know, and nobody would be told.
func TestATextThatIsNoUTF8(t *testing.T) {
	c := console{t, apitest.New(t)}
	file := filepath.Join(t.TempDir(), "latin1.md")
	if err := os.WriteFile(file, []byte("Gr\xfc\xdfe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"tickets", "create", "--title", "Greetings", "--body-file", file},
		{"tickets", "create", "--title", "Gr\xfc\xdfe"},
	} {
		if _, errs, code := c.run("", args...); code != 2 || !strings.Contains(errs, "UTF-8") {
			t.Errorf("%q: exit %d: %s", args, code, errs)
		}
	}
	if _, errs, code := c.run("Gr\xfc\xdfe", "tickets", "create", "--title", "Greetings", "--body-file", "-"); code != 2 || !strings.Contains(errs, "UTF-8") {
		t.Errorf("standard input: exit %d: %s", code, errs)
	}
	// An editor's mark at the beginning of a file is no part of the text: a heading behind it would be none.
	if made, _, code := c.run("\uFEFF# Heading", "tickets", "create", "--title", "Marked", "--body-file", "-", "--json"); code != 0 || !strings.Contains(made, `"# Heading"`) {
		t.Errorf("a file with a mark: exit %d: %s", code, made)
	}
}

// TestALabelWithAComma is one label, as it is outside.
func TestALabelWithAComma(t *testing.T) {
	c := console{t, apitest.New(t)}
	made := c.ticket("tickets", "create", "--title", "Labelled", "--label", "needs, triage", "--label", `the "big" one`, "--assignee", "ann")
	if len(made.Labels) != 2 || made.Labels[0] != "needs, triage" && made.Labels[1] != "needs, triage" {
		t.Errorf("labels %q", made.Labels)
	}
	cleared := c.ticket("tickets", "edit", made.ID, "--revision", "1", "--label", "")
	if len(cleared.Labels) != 0 || len(cleared.Assignees) != 1 {
		t.Errorf("cleared: labels %q, assignees %q", cleared.Labels, cleared.Assignees)
	}
}

// TestARevisionThatNobodySaw is a mistake on the command line, whichever command it is given to: the
// API would speak of a header that nobody typed, or take it that none was named.
func TestARevisionThatNobodySaw(t *testing.T) {
	c := console{t, apitest.New(t)}
	made := c.ticket("tickets", "create", "--title", "Seen")
	for _, args := range [][]string{
		{"tickets", "edit", made.ID, "--title", "x"},
		{"tickets", "delete", made.ID},
		{"tickets", "comment", made.ID, "--edit", "any", "--body", "x"},
		{"conflicts", "restore", "any", "--value", "local"},
	} {
		for _, revision := range []string{"-1", "0", "1.5"} {
			_, errs, code := c.run("", append(args, "--revision", revision)...)
			if code != 2 || !strings.Contains(errs, "--revision") || !strings.Contains(errs, "1 or more") {
				t.Errorf("%q with revision %s: exit %d: %s", args, revision, code, errs)
			}
		}
	}
}

// TestHowManySessionsStatusShows: the five last ones, unless somebody looks for an older one.
func TestHowManySessionsStatusShows(t *testing.T) {
	c := console{t, apitest.New(t)}
	c.must("connect", "github", apitest.Repo, "--api-url", apitest.GitHub)
	p := apitest.Repo
	for range 6 {
		c.must("sync", p)
	}
	for _, tt := range []struct {
		args []string
		code int
		want int
	}{
		{nil, 0, 5}, {[]string{"--sessions", "7"}, 0, 7}, {[]string{"--sessions", "500"}, 0, 7}, {[]string{"--sessions", "0"}, 2, 0},
	} {
		out, errs, code := c.run("", append([]string{"status", p}, tt.args...)...)
		if n := strings.Count(out, "session-"); code != tt.code || n != tt.want {
			t.Errorf("%q: exit %d, %d sessions: %s%s", tt.args, code, n, out, errs)
		}
	}
	if _, errs, code := c.run("", "status", "--sessions", "7"); code != 2 || !strings.Contains(errs, "one project") {
		t.Errorf("without a project: exit %d: %s", code, errs)
	}
}

// TestATicketByItsNameOutside has no id by that name, and whoever gives it is told how it is found.
func TestATicketByItsNameOutside(t *testing.T) {
	c := console{t, apitest.New(t)}
	for _, args := range [][]string{
		{"tickets", "show", "octo/hello#1"}, {"tickets", "show", "#1"}, {"why", "octo/hello#1"}, {"tickets", "edit", "PROJ/1", "--revision", "1", "--title", "x"},
	} {
		if _, errs, code := c.run("", args...); code != 3 || !strings.Contains(errs, "ids are UUIDs; `extsync tickets list --key KEY`") {
			t.Errorf("%q: exit %d: %s", args, code, errs)
		}
	}
}
