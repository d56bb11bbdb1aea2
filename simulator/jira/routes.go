package jira

import (
	"net/http"
	"strings"
	"sync"
)

// routes is the table of everything answered, built once and never changed.
//
//nolint:gochecknoglobals // a constant that needs computing
var routes = sync.OnceValue(buildRoutes)

func buildRoutes() map[routeKey][]*route {
	table := map[routeKey][]*route{}
	for _, r := range []*route{
		get("myself", "myself.get", getMyself),
	} {
		k := routeKey{r.service, r.method, len(r.path)}
		table[k] = append(table[k], r)
	}
	return table
}

func api(method, path, kind string, h func(*call) (reply, error)) *route {
	return &route{service: "api", method: method, path: strings.Split(path, "/"), kind: kind, handle: h}
}

func get(path, kind string, h func(*call) (reply, error)) *route {
	return api(http.MethodGet, path, kind, h)
}
