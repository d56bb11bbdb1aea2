package starter

import (
	"runtime/debug"
	"time"
)

// version is what a binary was built from. Empty: nothing is known.
type version struct {
	Version  string    `json:"version"`            // of the module
	Revision string    `json:"revision,omitempty"` // in the source's history
	Time     time.Time `json:"time,omitzero"`      // of the revision
	Changed  bool      `json:"changed,omitempty"`  // the source was changed since
	Go       string    `json:"go,omitempty"`       // what it was built with
}

// versionOf reads what the builder noted; nil: it noted nothing.
func versionOf(info *debug.BuildInfo) version {
	v := version{Version: "unknown"}
	if info == nil {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time, _ = time.Parse(time.RFC3339, s.Value) // zero: not told
		case "vcs.modified":
			v.Changed = s.Value == "true"
		}
	}
	return v
}

// String is one line for a person, and for a log.
func (v version) String() string {
	line := v.Version
	if v.Revision != "" {
		line += ", revision " + v.Revision
	}
	if !v.Time.IsZero() {
		line += " of " + v.Time.UTC().Format(time.RFC3339)
	}
	if v.Changed {
		line += ", changed since"
	}
	if v.Go != "" {
		line += ", built with " + v.Go
	}
	return line
}
