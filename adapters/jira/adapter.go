package jira

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// adapter is the port to one project.
type adapter struct {
	*client
	settings   Settings
	projectKey string
	projectID  string
	filter     string
	custom     []string // ids of the project's own fields that are read
	own        []string // names of the mapped fields that an issue may lack, see mayLack
	sprints    bool     // sprints are mapped, which needs a permission of its own
	ownKey     func(string) bool

	book   fieldBook
	flow   workflowBook
	recent recentBook
	me     accountBook
	keys   keyBook
	desk   deskBook
}

var (
	_ adapters.Adapter         = (*adapter)(nil)
	_ adapters.WebhookReceiver = (*adapter)(nil)
	_ adapters.ContainerLister = (*adapter)(nil)
	_ adapters.BatchWriter     = (*adapter)(nil)
	_ adapters.Damager         = (*adapter)(nil)
	_ adapters.Respeller       = (*adapter)(nil)
)

// New makes the adapter of the project cfg.ProjectKey, "ABC", at cfg.BaseURL. It makes no
// call. Without an address only the pure methods and VerifyWebhook work. cfg.Settings are
// [Settings]; cfg.Filter is JQL without an order.
func New(cfg adapters.Config) (adapters.Adapter, error) {
	s, err := parseSettings(cfg.Settings)
	if err != nil {
		return nil, err
	}
	if err := checkFilter(cfg.Filter); err != nil {
		return nil, err
	}
	c, err := newClient(cfg, edition(s.Edition))
	if err != nil {
		return nil, err
	}
	own := cfg.OwnKey
	if own == nil {
		own = func(string) bool { return false }
	}
	a := &adapter{client: c, settings: s, projectKey: cfg.ProjectKey, projectID: cfg.ProjectID, filter: cfg.Filter, ownKey: own}
	a.book.unknown = map[string]bool{}
	for _, name := range cfg.Fields {
		a.sprints = a.sprints || name == fieldSprint
		if isCustom(name) {
			a.custom = append(a.custom, name)
		}
		if mayLack(name) {
			a.own = append(a.own, name)
		}
	}
	return a, nil
}

// Capabilities returns facts.
func (a *adapter) Capabilities() external.Capabilities { return capabilitiesOf(a.edition) }

// project is how calls name the project: by its id once that is known.
func (a *adapter) project() string {
	if a.projectID != "" {
		return a.projectID
	}
	return a.projectKey
}

// Probe asks whom the credential speaks as, whether the project is there, what the
// account lacks in it, and whether the filter can be searched.
func (a *adapter) Probe(ctx context.Context) (external.Identity, error) {
	login, err := a.account(ctx)
	if err != nil {
		return external.Identity{}, err
	}
	p, err := a.Project(ctx)
	if err != nil {
		return external.Identity{}, err
	}
	id := external.Identity{Login: login}
	if id.Missing, err = a.missing(ctx, p.Key); err != nil {
		return external.Identity{}, err
	}
	if a.filter != "" && !slices.Contains(id.Missing, "BROWSE_PROJECTS") {
		_, err = a.search(ctx, query{jql: a.jql(position{}), size: 1})
	}
	return id, err
}

// missing names the permissions that the account lacks, by Jira's keys.
func (a *adapter) missing(ctx context.Context, key string) ([]string, error) {
	var answer struct {
		Permissions map[string]struct {
			Have bool `json:"havePermission"`
		} `json:"permissions"`
	}
	wanted := a.permissions()
	_, err := a.send(ctx, request{
		what: "ask what the account may do in " + key, kind: "permissions.get",
		path: withQuery(a.at("mypermissions"), url.Values{"projectKey": {key}, "permissions": {joined(wanted)}}),
		into: &answer,
	})
	var out []string
	for _, p := range wanted {
		if !answer.Permissions[p].Have {
			out = append(out, p)
		}
	}
	return out, err
}

// permissions are those that the synchronisation needs.
func (a *adapter) permissions() []string {
	out := []string{
		"BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS",
		"ASSIGN_ISSUES", "EDIT_OWN_COMMENTS", "DELETE_OWN_COMMENTS",
	}
	if a.sprints {
		out = append(out, "SCHEDULE_ISSUES") // putting an issue into a sprint; sprints themselves are left alone
	}
	return out
}

// projectWire is a project on the wire.
type projectWire struct {
	ID         string  `json:"id"`
	Key        string  `json:"key"`
	Name       string  `json:"name"`
	IsPrivate  bool    `json:"isPrivate"`
	Simplified bool    `json:"simplified"` // team-managed
	Type       string  `json:"projectTypeKey"`
	Versions   []named `json:"versions"`
}

// Project returns the project. Its key is the present one: Jira answers to a former key.
func (a *adapter) Project(ctx context.Context) (external.Project, error) {
	p, err := a.readProject(ctx)
	if err != nil {
		return external.Project{}, err
	}
	return a.projectOf(p), nil
}

// readProject reads the project, by its id once that is known. It is made raw because go-jira's project
// lacks the type.
func (a *adapter) readProject(ctx context.Context) (projectWire, error) {
	what := "look at project " + a.projectKey
	var p projectWire
	_, err := a.send(ctx, request{what: what, kind: "projects.get", path: a.at("project", a.project()), into: &p})
	switch {
	case err != nil:
		return projectWire{}, err
	case p.ID == "":
		return projectWire{}, fail(external.Temporary, what, "the answer is not a project", nil)
	}
	return p, nil
}

func (a *adapter) projectOf(p projectWire) external.Project {
	return external.Project{ID: p.ID, Key: p.Key, Name: p.Name, URL: a.page(p.Key), Private: p.IsPrivate}
}

// Projects lists the projects that the account may browse.
func (a *adapter) Projects(ctx context.Context) ([]external.Project, error) {
	if a.edition == dataCenter {
		return a.allProjects(ctx)
	}
	var out []external.Project
	for start := 0; ; {
		var page struct {
			Values []projectWire `json:"values"`
			IsLast bool          `json:"isLast"`
		}
		q := url.Values{"startAt": {strconv.Itoa(start)}, "maxResults": {"50"}, "orderBy": {"key"}}
		if _, err := a.send(ctx, request{what: "list projects", kind: "projects.search", path: withQuery(a.at("project", "search"), q), into: &page}); err != nil {
			return nil, err
		}
		for _, p := range page.Values {
			out = append(out, a.projectOf(p))
		}
		start += len(page.Values)
		if page.IsLast || len(page.Values) == 0 {
			return out, nil
		}
	}
}

// allProjects lists the projects of a Data Center, which has no pages of them.
func (a *adapter) allProjects(ctx context.Context) ([]external.Project, error) {
	var list *gojira.ProjectList
	err := a.typed(ctx, "list projects", "projects.list", false, func(ctx context.Context) (err error) {
		list, _, err = a.jira.Project.GetListWithContext(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]external.Project, 0, len(*list))
	for _, p := range *list {
		out = append(out, external.Project{ID: p.ID, Key: p.Key, Name: p.Name, URL: a.page(p.Key)})
	}
	return out, nil
}
