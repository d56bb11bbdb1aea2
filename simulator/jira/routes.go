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
	for _, list := range [][]*route{siteRoutes(), issueRoutes(), issuePartRoutes(), softwareRoutes()} {
		for _, r := range list {
			k := routeKey{r.service, r.method, len(r.path)}
			table[k] = append(table[k], r)
		}
	}
	return table
}

// option adjusts a route.
type option func(*route)

func writes(r *route)  { r.write = true }
func onIssue(r *route) { r.write, r.onIssue = true, true }

func onCloud(r *route) { r.only = Cloud }

func api(method, path, kind string, h func(*call) (reply, error), opts ...option) *route {
	return below("api", method, path, kind, h, opts...)
}

func below(service, method, path, kind string, h func(*call) (reply, error), opts ...option) *route {
	r := &route{service: service, method: method, path: strings.Split(path, "/"), kind: kind, handle: h}
	for _, o := range opts {
		o(r)
	}
	return r
}

func siteRoutes() []*route {
	return []*route{
		api(http.MethodGet, "myself", "myself.get", getMyself),
		api(http.MethodGet, "serverInfo", "server.get", getServerInfo),
		api(http.MethodGet, "mypermissions", "permissions.get", getMyPermissions),
		api(http.MethodGet, "user", "users.get", getUser),
		api(http.MethodGet, "user/search", "users.search", searchUsers),
		api(http.MethodGet, "user/assignable/search", "users.assignable", searchAssignable),

		api(http.MethodGet, "project", "projects.list", listProjects),
		api(http.MethodGet, "project/search", "projects.search", searchProjects, onCloud),
		api(http.MethodGet, "project/*", "projects.get", getProject),
		api(http.MethodGet, "project/*/statuses", "projects.statuses", getProjectStatuses),

		api(http.MethodPost, "workflows", "workflows.read", readWorkflows, onCloud),

		api(http.MethodGet, "field", "fields.list", listFields),
		api(http.MethodGet, "priority", "priorities.list", listPriorities),
		api(http.MethodGet, "priority/search", "priorities.search", searchPriorities, onCloud),
		api(http.MethodGet, "resolution", "resolutions.list", listResolutions),
		api(http.MethodGet, "resolution/search", "resolutions.search", searchResolutions, onCloud),
		api(http.MethodGet, "status", "statuses.list", listStatuses),
		api(http.MethodGet, "issuetype", "issuetypes.list", listIssueTypes),
		api(http.MethodGet, "label", "labels.list", listLabels, onCloud),

		api(http.MethodGet, "issue/createmeta", "createmeta.all", createMeta),
		api(http.MethodGet, "issue/createmeta/*/issuetypes", "createmeta.types", createMetaTypes),
		api(http.MethodGet, "issue/createmeta/*/issuetypes/*", "createmeta.fields", createMetaFields),

		api(http.MethodGet, "search/jql", "search.jql", searchJQL, onCloud),
		api(http.MethodPost, "search/jql", "search.jql", searchJQL, onCloud),
		api(http.MethodPost, "search/approximate-count", "search.count", approximateCount, onCloud),
		api(http.MethodGet, "search", "search.classic", classicSearch),
		api(http.MethodPost, "search", "search.classic", classicSearch),
	}
}

func issueRoutes() []*route {
	return []*route{
		api(http.MethodPost, "issue", "issues.create", createIssue, writes),
		api(http.MethodPost, "issue/bulk", "issues.bulk_create", createIssues, writes),
		api(http.MethodPost, "issue/bulkfetch", "issues.bulkfetch", bulkFetch, onCloud),
		api(http.MethodGet, "issue/*", "issues.get", getIssue),
		api(http.MethodPut, "issue/*", "issues.edit", editIssue, onIssue),
		api(http.MethodDelete, "issue/*", "issues.delete", deleteIssue, onIssue),
		api(http.MethodPut, "issue/*/assignee", "issues.assign", assignIssue, onIssue),
		api(http.MethodGet, "issue/*/editmeta", "issues.editmeta", editMeta),
		api(http.MethodGet, "issue/*/transitions", "transitions.list", listTransitions),
		api(http.MethodPost, "issue/*/transitions", "transitions.do", doTransition, onIssue),
		api(http.MethodGet, "issue/*/changelog", "changelog.list", listChangelog, onCloud),
		api(http.MethodPost, "changelog/bulkfetch", "changelog.bulkfetch", bulkChangelog, onCloud),
	}
}

func issuePartRoutes() []*route {
	return []*route{
		api(http.MethodGet, "issue/*/comment", "comments.list", listComments),
		api(http.MethodPost, "issue/*/comment", "comments.add", addComment, onIssue),
		api(http.MethodGet, "issue/*/comment/*", "comments.get", getComment),
		api(http.MethodPut, "issue/*/comment/*", "comments.edit", editComment, onIssue),
		api(http.MethodDelete, "issue/*/comment/*", "comments.delete", deleteComment, onIssue),
		api(http.MethodPost, "comment/list", "comments.by_ids", commentsByIDs, onCloud),
		api(http.MethodGet, "comment/*/properties", "comment_properties.list", listCommentProperties),
		api(http.MethodGet, "comment/*/properties/*", "comment_properties.get", getCommentProperty),
		api(http.MethodPut, "comment/*/properties/*", "comment_properties.set", setCommentProperty, writes),
		api(http.MethodDelete, "comment/*/properties/*", "comment_properties.delete", deleteCommentProperty, writes),

		api(http.MethodGet, "issue/*/properties", "properties.list", listProperties),
		api(http.MethodGet, "issue/*/properties/*", "properties.get", getProperty),
		api(http.MethodPut, "issue/*/properties/*", "properties.set", setProperty, onIssue),
		api(http.MethodDelete, "issue/*/properties/*", "properties.delete", deleteProperty, onIssue),

		api(http.MethodGet, "issue/*/remotelink", "remotelinks.list", listRemoteLinks),
		api(http.MethodPost, "issue/*/remotelink", "remotelinks.put", putRemoteLink, onIssue),
		api(http.MethodDelete, "issue/*/remotelink", "remotelinks.delete", deleteRemoteLinkByGlobalID, onIssue),
		api(http.MethodGet, "issue/*/remotelink/*", "remotelinks.get", getRemoteLink),
		api(http.MethodDelete, "issue/*/remotelink/*", "remotelinks.delete", deleteRemoteLink, onIssue),
	}
}

func softwareRoutes() []*route {
	return []*route{
		below("agile", http.MethodGet, "board", "boards.list", listBoards),
		below("agile", http.MethodGet, "board/*", "boards.get", getBoard),
		below("agile", http.MethodGet, "board/*/configuration", "boards.configuration", getBoardConfiguration),
		below("agile", http.MethodGet, "board/*/sprint", "sprints.list", listSprints),
		below("agile", http.MethodGet, "sprint/*", "sprints.get", getSprint),
		below("agile", http.MethodPost, "sprint/*/issue", "sprints.move", moveToSprint, writes),
		below("agile", http.MethodPost, "backlog/issue", "backlog.move", moveToBacklog, writes),
		below("software", http.MethodGet, "sprint/*/issue", "sprints.issues", sprintIssues, onCloud),
	}
}
