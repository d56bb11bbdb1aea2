package github

import (
	"net/url"
	"strconv"
	"strings"
)

// route is one REST operation.
type route struct {
	method   string
	path     []string // literal segments, * for a name, # for a number
	kind     string   // how it is counted: issues.list, comments.create, ...
	inRepo   bool     // path is below a repository
	write    bool
	creates  bool // counts against the limits on content creation
	metadata bool // needs no issues permission
	user     bool // refuses anonymous callers
	free     bool // does not count against the primary limit
	handle   func(*call) (reply, error)
}

// match splits an escaped path into the route's names and numbers.
func (r *route) match(method string, segments []string) (names []string, numbers []int64, ok bool) {
	if r.method != method || len(r.path) != len(segments) {
		return nil, nil, false
	}
	for k, want := range r.path {
		switch want {
		case "*":
			name, err := url.PathUnescape(segments[k])
			if err != nil {
				return nil, nil, false
			}
			names = append(names, name)
		case "#":
			n, err := strconv.ParseInt(segments[k], 10, 64)
			if err != nil {
				return nil, nil, false
			}
			numbers = append(numbers, n)
		default:
			if want != segments[k] {
				return nil, nil, false
			}
		}
	}
	return names, numbers, true
}

// target is a parsed request path.
type target struct {
	prefix  string // /api/v3, /api or empty
	owner   string // of /repos/{owner}/{repo}
	name    string
	repoID  int64 // of /repositories/{id}, the form GitHub uses in Link and Location
	inRepo  bool
	route   *route
	names   []string
	numbers []int64
}

// resolve finds the route of a request; unknown paths get the route that answers 404.
func resolve(method, escapedPath string) target {
	t := target{route: unknownRoute()}
	for _, p := range []string{"/api/v3", "/api"} {
		if strings.HasPrefix(escapedPath, p+"/") {
			t.prefix, escapedPath = p, escapedPath[len(p):]
			break
		}
	}
	segments := strings.Split(strings.Trim(escapedPath, "/"), "/")
	switch {
	case len(segments) >= 3 && segments[0] == "repos":
		t.inRepo, t.owner, t.name = true, unescape(segments[1]), unescape(segments[2])
		segments = segments[3:]
	case len(segments) >= 2 && segments[0] == "repositories":
		id, err := strconv.ParseInt(segments[1], 10, 64)
		if err != nil {
			return t
		}
		t.inRepo, t.repoID = true, id
		segments = segments[2:]
	}
	for _, r := range routes() {
		if r.inRepo != t.inRepo {
			continue
		}
		if names, numbers, ok := r.match(method, segments); ok {
			t.route, t.names, t.numbers = r, names, numbers
			return t
		}
	}
	return t
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
