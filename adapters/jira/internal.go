package jira

import (
	"context"
	"net/url"
	"sync"

	"github.com/extsync/extsync/external"
)

// deskBook remembers whether the project is one of Jira Service Management, which is asked once per
// adapter.
type deskBook struct {
	mu    sync.Mutex
	asked bool
	is    bool
}

// hides reports whether comments must be asked for their properties before anybody is shown them: those
// of a service project on Data Center, which tells no other way that one is for its agents alone.
func (a *adapter) hides(ctx context.Context) (bool, error) {
	if a.edition == cloud {
		return false, nil
	}
	a.desk.mu.Lock()
	defer a.desk.mu.Unlock()
	if a.desk.asked {
		return a.desk.is, nil
	}
	p, err := a.readProject(ctx)
	switch external.KindOf(err) {
	case "":
	case external.NotFound, external.Gone: // of the project, and would be taken for the comment's
		return false, fail(external.Temporary, "look at project "+a.projectKey, "it went out of sight while its comments were read; it is tried again", err)
	default:
		return false, err
	}
	a.desk.asked, a.desk.is = true, p.Type == "service_desk"
	return a.desk.is, nil
}

// readInternal sees to it that comments say whether they are for a service project's agents alone. Those
// that came with their properties do.
func (a *adapter) readInternal(ctx context.Context, list []*comment) error {
	if len(list) == 0 {
		return nil
	}
	if hides, err := a.hides(ctx); err != nil || !hides {
		return err
	}
	for _, c := range list {
		if c.Properties != nil {
			continue
		}
		p := propertyWire{Key: agentsKey}
		_, err := a.send(ctx, request{
			what: "ask who may see comment " + c.ID, kind: "properties.get", path: a.at("comment", c.ID, "properties", agentsKey), into: &p,
		})
		switch external.KindOf(err) {
		case "":
			c.Properties = []propertyWire{p}
		case external.NotFound: // it has none
		default:
			return err
		}
	}
	return nil
}

// oneComment reads a comment of Data Center below its issue.
func (a *adapter) oneComment(ctx context.Context, what string, ref external.Ref) (*comment, error) {
	c := new(comment)
	path := withQuery(a.at("issue", ref.Parent, "comment", address(ref)), url.Values{"expand": {"properties"}})
	if _, err := a.send(ctx, request{what: what, kind: "comments.get", path: path, into: c}); err != nil {
		return nil, err
	}
	return c, a.readInternal(ctx, []*comment{c})
}
