package github

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/stage"
)

// view renders the model as GitHub's JSON with addresses that lead back to where the request came in.
type view struct {
	api  string // base of API addresses, no trailing slash
	html string // base of addresses for people
	memo map[*model.User]*userJSON
}

func viewOf(r *http.Request, prefix string) view {
	host := stage.SchemeOf(r) + "://" + r.Host
	return viewAt(host + strings.TrimSuffix(prefix, "/"))
}

func viewAt(api string) view {
	u, err := url.Parse(api)
	if err != nil {
		u = &url.URL{Scheme: "https", Host: "unknown.invalid"}
	}
	return view{api: strings.TrimSuffix(api, "/"), html: u.Scheme + "://" + strings.TrimPrefix(u.Host, "api."),
		memo: map[*model.User]*userJSON{}}
}

func escape(name string) string { return url.PathEscape(name) }

func (v view) repoURL(r *model.Repo) string { return v.api + "/repos/" + r.FullName() }

func (v view) repoByID(r *model.Repo) string {
	return v.api + "/repositories/" + strconv.FormatInt(r.ID, 10)
}

func (v view) issueByID(i *model.Issue) string {
	return v.repoByID(i.Repo) + "/issues/" + strconv.Itoa(i.Number)
}

func (v view) issueURL(i *model.Issue) string {
	return v.repoURL(i.Repo) + "/issues/" + strconv.Itoa(i.Number)
}

func (v view) issueHTML(i *model.Issue) string {
	kind := "/issues/"
	if i.PullRequest {
		kind = "/pull/"
	}
	return v.html + "/" + i.Repo.FullName() + kind + strconv.Itoa(i.Number)
}

type userJSON struct {
	Login         string `json:"login"`
	ID            int64  `json:"id"`
	NodeID        string `json:"node_id"`
	AvatarURL     string `json:"avatar_url"`
	GravatarID    string `json:"gravatar_id"`
	URL           string `json:"url"`
	HTMLURL       string `json:"html_url"`
	Followers     string `json:"followers_url"`
	Following     string `json:"following_url"`
	Gists         string `json:"gists_url"`
	Starred       string `json:"starred_url"`
	Subscriptions string `json:"subscriptions_url"`
	Organizations string `json:"organizations_url"`
	Repos         string `json:"repos_url"`
	Events        string `json:"events_url"`
	Received      string `json:"received_events_url"`
	Type          string `json:"type"`
	SiteAdmin     bool   `json:"site_admin"`
}

func (v view) user(u *model.User) *userJSON {
	if u == nil {
		return nil
	}
	if j := v.memo[u]; j != nil {
		return j
	}
	at := v.api + "/users/" + escape(u.Login)
	avatar := u.AvatarURL
	if avatar == "" {
		avatar = v.html + "/avatars/u/" + strconv.FormatInt(u.ID, 10)
	}
	j := &userJSON{
		Login: u.Login, ID: u.ID, NodeID: u.NodeID, AvatarURL: avatar, URL: at, HTMLURL: v.html + "/" + escape(u.Login),
		Followers: at + "/followers", Following: at + "/following{/other_user}", Gists: at + "/gists{/gist_id}",
		Starred: at + "/starred{/owner}{/repo}", Subscriptions: at + "/subscriptions", Organizations: at + "/orgs",
		Repos: at + "/repos", Events: at + "/events{/privacy}", Received: at + "/received_events", Type: u.Type,
	}
	v.memo[u] = j
	return j
}

func (v view) users(list []*model.User) []*userJSON { return renderAll(list, v.user) }

type labelJSON struct {
	ID          int64   `json:"id"`
	NodeID      string  `json:"node_id"`
	URL         string  `json:"url"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
	Color       string  `json:"color"`
	Default     bool    `json:"default"`
}

func (v view) label(r *model.Repo) func(*model.Label) *labelJSON {
	return func(l *model.Label) *labelJSON {
		return &labelJSON{ID: l.ID, NodeID: l.NodeID, URL: v.repoURL(r) + "/labels/" + escape(l.Name), Name: l.Name,
			Description: l.Description, Color: l.Color, Default: l.Default}
	}
}

type milestoneJSON struct {
	URL         string     `json:"url"`
	HTMLURL     string     `json:"html_url"`
	LabelsURL   string     `json:"labels_url"`
	ID          int64      `json:"id"`
	NodeID      string     `json:"node_id"`
	Number      int        `json:"number"`
	Title       string     `json:"title"`
	Description *string    `json:"description"`
	Creator     *userJSON  `json:"creator"`
	Open        int        `json:"open_issues"`
	Done        int        `json:"closed_issues"`
	State       string     `json:"state"`
	Created     time.Time  `json:"created_at"`
	Updated     time.Time  `json:"updated_at"`
	Due         *time.Time `json:"due_on"`
	Closed      *time.Time `json:"closed_at"`
}

func (v view) milestone(r *model.Repo) func(*model.Milestone) *milestoneJSON {
	return func(m *model.Milestone) *milestoneJSON {
		if m == nil {
			return nil
		}
		at := v.repoURL(r) + "/milestones/" + strconv.Itoa(m.Number)
		return &milestoneJSON{URL: at, HTMLURL: v.html + "/" + r.FullName() + "/milestone/" + strconv.Itoa(m.Number),
			LabelsURL: at + "/labels", ID: m.ID, NodeID: m.NodeID, Number: m.Number, Title: m.Title, Description: m.Description,
			Creator: v.user(m.Creator), Open: m.Open, Done: m.Done, State: m.State, Created: m.Created, Updated: m.Updated,
			Due: m.Due, Closed: m.Closed}
	}
}

type reactionsJSON struct {
	URL      string `json:"url"`
	Total    int    `json:"total_count"`
	Plus     int    `json:"+1"`
	Minus    int    `json:"-1"`
	Laugh    int    `json:"laugh"`
	Hooray   int    `json:"hooray"`
	Confused int    `json:"confused"`
	Heart    int    `json:"heart"`
	Rocket   int    `json:"rocket"`
	Eyes     int    `json:"eyes"`
}
