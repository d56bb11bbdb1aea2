package starter

import (
	"runtime/debug"
	"testing"
)

// TestVersionOfWhatSaysLittle: a binary that was built without its source's history, or by nobody known.
func TestVersionOfWhatSaysLittle(t *testing.T) {
	for _, tt := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"nothing noted", nil, "unknown"},
		{"no module", &debug.BuildInfo{GoVersion: "go1.26.0"}, "unknown, built with go1.26.0"},
		{"no history", &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}}, "(devel), built with go1.26.0"},
		{"a time that is none", &debug.BuildInfo{Main: debug.Module{Version: "v1.0.0"}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "yesterday"},
		}}, "v1.0.0, revision abc"},
	} {
		if got := versionOf(tt.info).String(); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}
