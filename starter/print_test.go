package starter //nolint:testpackage // how a key is spelled has no door of its own

import "testing"

// TestKeyed: what has a number is called by it, and what has a name by its name.
func TestKeyed(t *testing.T) {
	for key, want := range map[string]string{"12": "#12", "IVY-7": "IVY-7", "b\x1b[2J": "b\ufffd[2J"} {
		if got := keyed(key); got != want {
			t.Errorf("%q is called %q, want %q", key, got, want)
		}
	}
}
