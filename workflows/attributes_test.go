package workflows

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/extsync/extsync/activities"
)

// TestALongAddressIsShortForTemporal: it refuses a workflow whose summary has more than 400 bytes,
// and cannot list one whose search attribute has more than 255 characters.
func TestALongAddressIsShortForTemporal(t *testing.T) {
	for _, key := range []string{"octo/hello", strings.Repeat("é", 512), strings.Repeat("a", 512), "a" + strings.Repeat("👩", 511)} {
		name, ok := ofConflict(activities.ConflictView{System: "webhook", Key: key}).GetKeyword(keyword(attrProject))
		if !ok || len(name) > 255 || !utf8.ValidString(name) || !strings.HasPrefix(key, strings.TrimSuffix(name, "…")) {
			t.Errorf("%d bytes are told as %q", len(key), name)
		}
		if len(key) <= 200 && name != key {
			t.Errorf("%q is told as %q", key, name)
		}
	}
}
