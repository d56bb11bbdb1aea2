package jira

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// route is one operation.
type route struct {
	service string // api, agile, software
	method  string
	path    []string // literal segments, * for a value
	kind    string   // how it is counted: issues.get, comments.add, ...
	write   bool
	onIssue bool // a write to the issue that the first value names: counts against the limit per issue
	only    Edition
	handle  func(*call) (reply, error)
}

// match splits an escaped path into the route's values.
func (r *route) match(segments []string) ([]string, bool) {
	var values []string
	for k, want := range r.path {
		if want == "*" {
			v, err := url.PathUnescape(segments[k])
			if err != nil || v == "" {
				return nil, false
			}
			values = append(values, v)
		} else if want != segments[k] {
			return nil, false
		}
	}
	return values, true
}

// target is a parsed request path.
type target struct {
	prefix  string // /ex/jira/{cloudId} or empty
	release string // 2 or 3 of the platform API, 1.0 of the others
	route   *route
	values  []string
}

// resolve finds the route of a request; unknown paths get the route that answers 404.
func (s *Sim) resolve(method, escapedPath string) target {
	t := target{route: unknownRoute()}
	cloud := s.opts.Edition == Cloud
	if rest, below := strings.CutPrefix(escapedPath, "/ex/jira/"); below && cloud {
		id, path, _ := strings.Cut(rest, "/")
		if id != s.opts.CloudID {
			return t
		}
		t.prefix, escapedPath = "/ex/jira/"+id, "/"+path
	}
	segments := strings.Split(strings.Trim(escapedPath, "/"), "/")
	if len(segments) < 4 || segments[0] != "rest" {
		return t
	}
	service, version := segments[1], segments[2]
	switch {
	case service == "api" && version == "latest":
		version = map[bool]string{true: "3", false: "2"}[cloud]
	case service == "api" && (version == "2" || (version == "3" && cloud)), service == "agile" && version == "1.0",
		service == "software" && version == "1.0" && cloud:
	default:
		return t
	}
	t.release = version
	segments = segments[3:]
	for _, r := range routes()[routeKey{service, method, len(segments)}] {
		if r.only != "" && r.only != s.opts.Edition {
			continue
		}
		if values, ok := r.match(segments); ok {
			t.route, t.values = r, values
			return t
		}
	}
	return t
}

type routeKey struct {
	service, method string
	segments        int
}

func unknownRoute() *route {
	return &route{kind: "unknown", handle: func(*call) (reply, error) {
		return reply{}, &model.Error{Status: http.StatusNotFound, Messages: []string{"No resource method found."}}
	}}
}
