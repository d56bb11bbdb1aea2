package simtest

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/simtest/failpoint"
)

// TestEveryCallHasItsPhase: whatever calls a port under Sync does so in a function that
// belongs to a phase. Else a fault that strikes there would be counted nowhere, and nobody
// would notice that it never does. A function that is reported here gets a line in parts, or
// is called by one that has it.
func TestEveryCallHasItsPhase(t *testing.T) {
	named := parts()
	loose, err := failpoint.Between("Sync", func(method string) bool { _, is := named[method]; return is })
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range loose {
		if strings.HasPrefix(s.Call, "Store.") || callNamed(strings.ToLower(strings.TrimPrefix(s.Call, "Adapter."))) != callNone || asksVendor(s.Call) {
			t.Errorf("%s, %s: %s belongs to no phase", s, s.Func, s.Call)
		}
	}
	all, err := failpoint.Sites()
	if err != nil {
		t.Fatal(err)
	}
	calling := map[string]bool{}
	for _, s := range all {
		calling[s.Func] = true
	}
	if len(loose) >= len(all) || !calling["prepare"] {
		t.Errorf("%d of %d calls belong to no phase: nothing was left out", len(loose), len(all))
	}
}

// asksVendor reports whether a call is one of the tracker, at which faults strike.
func asksVendor(call string) bool {
	switch call {
	case "Adapter.Changes", "Adapter.Read", "Adapter.Write", "Adapter.History", "BatchWriter.WriteBatch":
		return true
	}
	return strings.HasPrefix(call, "Containers")
}
