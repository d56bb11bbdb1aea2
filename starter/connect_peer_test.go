package starter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/apitest"
)

// TestConnectAPeerAgain: a peer that only sends to us has no token to replace. Connecting it again, as one is
// told to, takes its secret and has the setup go on.
func TestConnectAPeerAgain(t *testing.T) {
	c := console{t, apitest.New(t)}
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	settings := write("peer.json", `{"ticket": {"id": ".id", "updated_at": ".at", "fields": {"title": {"read": ".title"}}},
		"receive": {"signature": {"mode": "sha256"}, "delivery_id": {"header": "X-Delivery"}, "ticket": ".issue"}}`)
	connect := func(secret string) (string, int) {
		t.Helper()
		_, errs, code := c.run("", "connect", "webhook", "helpdesk", "--settings", settings, "--direction", "pull", "--mapping", "review",
			"--webhook-secret-file", write("secret", secret))
		return errs, code
	}
	if errs, code := connect("the first of the secrets"); code != 5 || !strings.Contains(errs, "waits for review") {
		t.Fatalf("exit %d: %s", code, errs)
	}
	errs, code := connect("the second of the secrets")
	if code != 5 || !strings.Contains(errs, "waits for review") || strings.Contains(errs, "token") {
		t.Errorf("again: exit %d: %s", code, errs)
	}
	if !strings.Contains(errs, "the secret is replaced") {
		t.Errorf("it is not told what was taken: %s", errs)
	}
}
