package mapping_test

import (
	"testing"

	gh "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/adapters/jira"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
)

// A default speaks of the fields that its adapter has, by their types.
func TestDefaultsFitTheirAdapters(t *testing.T) {
	for _, caps := range []external.Capabilities{gh.Capabilities(), jira.Capabilities(), linear.Capabilities()} {
		m := standard(t, caps.System)
		for _, f := range mapping.Validate(m, caps, external.Schema{}) {
			if f.Severity == mapping.Error {
				t.Errorf("%s: %s: %s", caps.System, f.Path, f.Message)
			}
		}
		p := mapping.Propose(caps, external.Schema{}, nil)
		for _, r := range m.Tickets {
			if q := rule(&p.Mapping, r.Field); q.External[0] != r.External[0] {
				t.Errorf("%s: %s is proposed as %v, the default is %v", caps.System, r.Field, q.External, r.External)
			}
		}
	}
}
