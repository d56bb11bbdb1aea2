package starter

import "testing"

func TestJiraAddress(t *testing.T) {
	for _, c := range []struct{ reason, arg, base, key string }{
		{"a site and a key", "https://example.atlassian.net/PROJ", "https://example.atlassian.net", "PROJ"},
		{"a slash at the end", "https://example.atlassian.net/PROJ/", "https://example.atlassian.net", "PROJ"},
		{"a server below a path", "https://example.com/jira/PROJ", "https://example.com/jira", "PROJ"},
		{"a port", "http://127.0.0.1:8080/PROJ", "http://127.0.0.1:8080", "PROJ"},
		{"an issue's page", "https://example.com/jira/browse/PROJ-12?focusedId=1#c", "https://example.com/jira", "PROJ"},
		{"a project's page", "https://example.com/projects/PROJ/issues", "https://example.com", "PROJ"},
		{"a board in the cloud", "https://example.atlassian.net/jira/software/c/projects/PROJ/boards/1", "https://example.atlassian.net", "PROJ"},
		{"no project", "https://example.atlassian.net/", "", ""},
		{"no site", "PROJ", "", ""},
		{"another scheme", "ssh://example.com/PROJ", "", ""},
		{"a password in the address would be logged", "https://me:secret@example.com/PROJ", "", ""},
	} {
		base, key, err := jiraAddress(c.arg)
		if base != c.base || key != c.key || (err != nil) != (c.key == "") {
			t.Errorf("%s: %s: got %q, %q, %v; want %q, %q", c.reason, c.arg, base, key, err, c.base, c.key)
		}
	}
}
