package github

import (
	"strings"
	"sync"

	"github.com/extsync/extsync/simulator/github/model"
)

// routes is the table of everything answered, built once and never changed.
//
//nolint:gochecknoglobals // a constant that needs computing
var routes = sync.OnceValue(buildRoutes)

func unknownRoute() *route {
	return &route{kind: "unknown", metadata: true, handle: func(*call) (reply, error) { return reply{}, model.NotFound() }}
}

// option adjusts a route.
type option func(*route)

func writes(r *route)    { r.write = true }
func creates(r *route)   { r.write, r.creates = true, true }
func metadata(r *route)  { r.metadata = true }
func needsUser(r *route) { r.user = true }
func isFree(r *route)    { r.free = true }

func buildRoutes() []*route {
	var all []*route
	add := func(inRepo bool) func(method, path, kind string, h func(*call) (reply, error), opts ...option) {
		return func(method, path, kind string, h func(*call) (reply, error), opts ...option) {
			r := &route{method: method, kind: kind, inRepo: inRepo, handle: h}
			if path != "" {
				r.path = strings.Split(path, "/")
			}
			for _, o := range opts {
				o(r)
			}
			all = append(all, r)
		}
	}
	top, repo := add(false), add(true)

	top("GET", "user", "user.get", getUser, metadata, needsUser)
	top("GET", "user/repos", "repos.list", listUserRepos, metadata, needsUser)
	top("GET", "rate_limit", "rate_limit.get", getRateLimit, metadata, isFree)
	top("POST", "graphql", "graphql", postGraphQL, metadata, needsUser)

	repo("GET", "", "repos.get", getRepo, metadata)

	repo("GET", "issues", "issues.list", listIssues)
	repo("POST", "issues", "issues.create", createIssue, creates)
	repo("GET", "issues/comments", "comments.list", listRepoComments)
	repo("GET", "issues/comments/#", "comments.get", getComment)
	repo("PATCH", "issues/comments/#", "comments.edit", editComment, writes)
	repo("DELETE", "issues/comments/#", "comments.delete", deleteComment, writes)
	repo("GET", "issues/#", "issues.get", getIssue)
	repo("PATCH", "issues/#", "issues.edit", editIssue, writes)
	repo("GET", "issues/#/comments", "comments.list_issue", listIssueComments)
	repo("POST", "issues/#/comments", "comments.create", createComment, creates)
	repo("GET", "issues/#/timeline", "timeline.list", listTimeline)
	repo("GET", "issues/#/events", "events.list", listEvents)

	repo("GET", "issues/#/labels", "labels.list_issue", listIssueLabels)
	repo("POST", "issues/#/labels", "labels.add", addLabels, writes)
	repo("PUT", "issues/#/labels", "labels.replace", setLabels, writes)
	repo("DELETE", "issues/#/labels", "labels.clear", clearLabels, writes)
	repo("DELETE", "issues/#/labels/*", "labels.remove", removeLabel, writes)
	repo("GET", "labels", "labels.list", listLabels)
	repo("POST", "labels", "labels.create", createLabel, creates)
	repo("GET", "labels/*", "labels.get", getLabel)
	repo("PATCH", "labels/*", "labels.edit", editLabel, writes)
	repo("DELETE", "labels/*", "labels.delete", deleteLabel, writes)

	repo("GET", "milestones", "milestones.list", listMilestones)
	repo("POST", "milestones", "milestones.create", createMilestone, creates)
	repo("GET", "milestones/#", "milestones.get", getMilestone)
	repo("PATCH", "milestones/#", "milestones.edit", editMilestone, writes)
	repo("DELETE", "milestones/#", "milestones.delete", deleteMilestone, writes)

	repo("GET", "assignees", "assignees.list", listAssignees)
	repo("GET", "assignees/*", "assignees.check", checkAssignee)
	repo("POST", "issues/#/assignees", "assignees.add", addAssignees, writes)
	repo("DELETE", "issues/#/assignees", "assignees.remove", removeAssignees, writes)
	return all
}
