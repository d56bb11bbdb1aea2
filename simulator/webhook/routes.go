package webhook

import (
	"net/http"
	"strings"

	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook/model"
)

const kindHook = "hook"

// route is where a request leads.
type route struct {
	kind       string // as in Counters
	write      bool
	projectKey string
	item       string // ticket or comment
	id         string
	do         func(*call) stage.Answer
}

// resolve finds the route of a request:
//
//	GET    /api/account
//	GET    /api/projects/{p}/{tickets|comments}?since=&cursor=&limit=
//	POST   /api/projects/{p}/{tickets|comments}
//	GET    /api/projects/{p}/{tickets|comments}/{id}     PATCH and DELETE likewise
//	POST   /hooks/{p}                                   a delivery, signed as Standard Webhooks
func resolve(r *http.Request) route {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) == 2 && parts[0] == "api" && parts[1] == "account" && r.Method == http.MethodGet:
		return route{kind: "account.get", do: (*call).getAccount}
	case len(parts) == 2 && parts[0] == "hooks" && r.Method == http.MethodPost:
		return route{kind: kindHook, write: true, projectKey: parts[1], do: (*call).takeHook}
	case len(parts) < 4 || len(parts) > 5 || parts[0] != "api" || parts[1] != "projects":
		return route{kind: "unknown"}
	}
	item, plural := strings.CutSuffix(parts[3], "s")
	if !plural || item != model.Ticket && item != model.Comment {
		return route{kind: "unknown"}
	}
	out := route{kind: "unknown", projectKey: parts[2], item: item}
	if len(parts) == 5 {
		out.id = parts[4]
	}
	return out.verb(r.Method)
}

func (r route) verb(method string) route {
	name := map[string]string{http.MethodPatch: "edit", http.MethodDelete: "delete"}[method]
	switch {
	case r.id == "" && method == http.MethodGet:
		name, r.do = "list", (*call).list
	case r.id == "" && method == http.MethodPost:
		name, r.do = "create", (*call).create
	case r.id != "" && method == http.MethodGet:
		name, r.do = "get", (*call).get
	case r.id != "" && name == "edit":
		r.do = (*call).edit
	case r.id != "" && name == "delete":
		r.do = (*call).remove
	default:
		return r
	}
	r.kind, r.write = r.item+"."+name, method != http.MethodGet
	return r
}
