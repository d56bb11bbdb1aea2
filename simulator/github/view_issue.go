package github

import (
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/github/model"
)

type issueJSON struct {
	URL           string         `json:"url"`
	RepositoryURL string         `json:"repository_url"`
	LabelsURL     string         `json:"labels_url"`
	CommentsURL   string         `json:"comments_url"`
	EventsURL     string         `json:"events_url"`
	HTMLURL       string         `json:"html_url"`
	ID            int64          `json:"id"`
	NodeID        string         `json:"node_id"`
	Number        int            `json:"number"`
	Title         string         `json:"title"`
	User          *userJSON      `json:"user"`
	Labels        []*labelJSON   `json:"labels"`
	State         string         `json:"state"`
	Locked        bool           `json:"locked"`
	Assignee      *userJSON      `json:"assignee"`
	Assignees     []*userJSON    `json:"assignees"`
	Milestone     *milestoneJSON `json:"milestone"`
	Comments      int            `json:"comments"`
	Created       time.Time      `json:"created_at"`
	Updated       time.Time      `json:"updated_at"`
	Closed        *time.Time     `json:"closed_at"`
	Association   string         `json:"author_association"`
	LockReason    *string        `json:"active_lock_reason"`
	Draft         *bool          `json:"draft,omitempty"`
	PullRequest   *pullJSON      `json:"pull_request,omitempty"`
	Body          *string        `json:"body"`
	ClosedBy      *userJSON      `json:"closed_by"`
	Reactions     reactionsJSON  `json:"reactions"`
	TimelineURL   string         `json:"timeline_url"`
	App           *struct{}      `json:"performed_via_github_app"`
	Reason        *string        `json:"state_reason"`
}

type pullJSON struct {
	URL      string     `json:"url"`
	HTMLURL  string     `json:"html_url"`
	DiffURL  string     `json:"diff_url"`
	PatchURL string     `json:"patch_url"`
	Merged   *time.Time `json:"merged_at"`
}

func (v view) issue(i *model.Issue) *issueJSON {
	at, repo := v.issueURL(i), v.repoURL(i.Repo)
	i.Repo.Recount()
	j := &issueJSON{
		URL: at, RepositoryURL: repo, LabelsURL: at + "/labels{/name}", CommentsURL: at + "/comments", EventsURL: at + "/events",
		HTMLURL: v.issueHTML(i), ID: i.ID, NodeID: i.NodeID, Number: i.Number, Title: i.Title, User: v.user(i.Author),
		Labels: renderAll(i.Labels, v.label(i.Repo)), State: i.State, Assignees: v.users(i.Assignees),
		Milestone: v.milestone(i.Repo)(i.Milestone), Comments: i.Comments, Created: i.Created, Updated: i.Updated, Closed: i.Closed,
		Association: association(i.Association, i.Author, i.Repo), Body: i.Body, ClosedBy: v.user(i.ClosedBy),
		Reactions: reactionsJSON{URL: at + "/reactions"}, TimelineURL: at + "/timeline",
	}
	if len(j.Assignees) > 0 {
		j.Assignee = j.Assignees[0]
	}
	if i.Reason != "" {
		j.Reason = &i.Reason
	}
	if i.PullRequest {
		pull, draft := repo+"/pulls/"+strconv.Itoa(i.Number), false
		j.Draft = &draft
		j.PullRequest = &pullJSON{URL: pull, HTMLURL: j.HTMLURL, DiffURL: j.HTMLURL + ".diff", PatchURL: j.HTMLURL + ".patch",
			Merged: i.Merged}
	}
	return j
}

// association is the author's standing in the repository, unless it was recorded.
func association(recorded string, author *model.User, r *model.Repo) string {
	switch {
	case recorded != "":
		return recorded
	case author == r.Owner:
		return "OWNER"
	case r.Collaborator(author.Login) != nil:
		return "COLLABORATOR"
	}
	return "NONE"
}

type commentJSON struct {
	URL         string        `json:"url"`
	HTMLURL     string        `json:"html_url"`
	IssueURL    string        `json:"issue_url"`
	ID          int64         `json:"id"`
	NodeID      string        `json:"node_id"`
	User        *userJSON     `json:"user"`
	Created     time.Time     `json:"created_at"`
	Updated     time.Time     `json:"updated_at"`
	Association string        `json:"author_association"`
	Body        string        `json:"body"`
	Reactions   reactionsJSON `json:"reactions"`
	App         *struct{}     `json:"performed_via_github_app"`

	Event string    `json:"event,omitempty"` // in timelines
	Actor *userJSON `json:"actor,omitempty"` // in timelines
}

func (v view) comment(c *model.Comment) *commentJSON {
	at, id := v.repoURL(c.Issue.Repo)+"/issues/comments/", strconv.FormatInt(c.ID, 10)
	return &commentJSON{
		URL: at + id, HTMLURL: v.issueHTML(c.Issue) + "#issuecomment-" + id, IssueURL: v.issueURL(c.Issue), ID: c.ID,
		NodeID: c.NodeID, User: v.user(c.Author), Created: c.Created, Updated: c.Updated,
		Association: association(c.Association, c.Author, c.Issue.Repo), Body: c.Body,
		Reactions: reactionsJSON{URL: at + id + "/reactions"},
	}
}

type eventJSON struct {
	ID        int64           `json:"id"`
	NodeID    string          `json:"node_id"`
	URL       string          `json:"url"`
	Actor     *userJSON       `json:"actor"`
	Event     string          `json:"event"`
	CommitID  *string         `json:"commit_id"`
	CommitURL *string         `json:"commit_url"`
	Created   time.Time       `json:"created_at"`
	App       *struct{}       `json:"performed_via_github_app"`
	Label     *eventLabel     `json:"label,omitempty"`
	Assignee  *userJSON       `json:"assignee,omitempty"`
	Assigner  *userJSON       `json:"assigner,omitempty"`
	Milestone *eventMilestone `json:"milestone,omitempty"`
	Rename    *eventRename    `json:"rename,omitempty"`
	Reason    *string         `json:"state_reason,omitempty"`
}

type eventLabel struct {
	Name  string `json:"name"`
	Color string `json:"color"`
}

type eventMilestone struct {
	Title string `json:"title"`
}

type eventRename struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (v view) event(r *model.Repo) func(*model.Event) *eventJSON {
	return func(e *model.Event) *eventJSON {
		j := &eventJSON{ID: e.ID, NodeID: e.NodeID, URL: v.repoURL(r) + "/issues/events/" + strconv.FormatInt(e.ID, 10),
			Actor: v.user(e.Actor), Event: e.Kind, Created: e.At, Assignee: v.user(e.Assignee)}
		if e.Assignee != nil {
			j.Assigner = j.Actor
		}
		if e.Label != nil {
			j.Label = &eventLabel{e.Label.Name, e.Label.Color}
		}
		if e.Milestone != "" {
			j.Milestone = &eventMilestone{e.Milestone}
		}
		if e.Kind == "renamed" {
			j.Rename = &eventRename{e.From, e.To}
		}
		if e.Kind == "closed" {
			j.Reason = &e.Reason
		}
		return j
	}
}

// entry renders a line of the timeline.
func (v view) entry(r *model.Repo) func(model.Entry) any {
	return func(e model.Entry) any {
		if e.Event != nil {
			return v.event(r)(e.Event)
		}
		c := v.comment(e.Comment)
		c.Event, c.Actor = "commented", c.User
		return c
	}
}

// repository renders a repository; GitHub derives most of its fields from the address.
func (v view) repository(r *model.Repo) map[string]any {
	at := v.repoURL(r)
	open := r.OpenCount()
	j := map[string]any{
		"id": r.ID, "node_id": r.NodeID, "name": r.Name, "full_name": r.FullName(), "private": r.Private, "owner": v.user(r.Owner),
		"html_url": v.html + "/" + r.FullName(), "description": nil, "fork": false, "url": at, "created_at": r.Created,
		"updated_at": r.Created, "pushed_at": r.Created, "git_url": "git://" + strings.SplitN(v.html, "://", 2)[1] + "/" + r.FullName() + ".git",
		"ssh_url": "git@github.com:" + r.FullName() + ".git", "clone_url": v.html + "/" + r.FullName() + ".git",
		"svn_url": v.html + "/" + r.FullName(), "homepage": nil, "size": 0, "stargazers_count": 0, "watchers_count": 0,
		"language": nil, "has_issues": !r.IssuesDisabled, "has_projects": true, "has_downloads": true, "has_wiki": true,
		"has_pages": false, "has_discussions": false, "forks_count": 0, "mirror_url": nil, "archived": r.Archived, "disabled": false,
		"open_issues_count": open, "open_issues": open, "license": nil, "forks": 0, "watchers": 0, "default_branch": "main",
		"visibility": "public", "network_count": 0, "subscribers_count": 0, "topics": []string{},
	}
	if r.Private {
		j["visibility"] = "private"
	}
	for field, path := range repositoryLinks() {
		j[field] = at + path
	}
	return j
}

// repositoryLinks are the addresses below a repository's own.
func repositoryLinks() map[string]string {
	return map[string]string{
		"forks_url": "/forks", "keys_url": "/keys{/key_id}", "collaborators_url": "/collaborators{/collaborator}", "teams_url": "/teams",
		"hooks_url": "/hooks", "issue_events_url": "/issues/events{/number}", "events_url": "/events", "assignees_url": "/assignees{/user}",
		"branches_url": "/branches{/branch}", "tags_url": "/tags", "blobs_url": "/git/blobs{/sha}", "git_tags_url": "/git/tags{/sha}",
		"git_refs_url": "/git/refs{/sha}", "trees_url": "/git/trees{/sha}", "statuses_url": "/statuses/{sha}", "languages_url": "/languages",
		"stargazers_url": "/stargazers", "contributors_url": "/contributors", "subscribers_url": "/subscribers",
		"subscription_url": "/subscription", "commits_url": "/commits{/sha}", "git_commits_url": "/git/commits{/sha}",
		"comments_url": "/comments{/number}", "issue_comment_url": "/issues/comments{/number}", "contents_url": "/contents/{+path}",
		"compare_url": "/compare/{base}...{head}", "merges_url": "/merges", "archive_url": "/{archive_format}{/ref}",
		"downloads_url": "/downloads", "issues_url": "/issues{/number}", "pulls_url": "/pulls{/number}",
		"milestones_url": "/milestones{/number}", "notifications_url": "/notifications{?since,all,participating}",
		"labels_url": "/labels{/name}", "releases_url": "/releases{/id}", "deployments_url": "/deployments",
	}
}
