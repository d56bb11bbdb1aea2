package linear

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// adapter is the port to one team.
type adapter struct {
	*client
	settings  settings
	key       string // the team's, "ENG"
	projectID string // the team's id
	filter    map[string]any
	ownKey    func(string) bool
	keyOf     func(string) string
	made      func(id string) bool  // nil: nobody can tell
	known     atomic.Pointer[names] // what writing needs and reading does not
}

var (
	_ adapters.Adapter         = (*adapter)(nil)
	_ adapters.BatchWriter     = (*adapter)(nil)
	_ adapters.WebhookReceiver = (*adapter)(nil)
	_ adapters.ContainerLister = (*adapter)(nil)
	_ adapters.Respeller       = (*adapter)(nil)
)

// New makes the adapter of the team cfg.ProjectKey, "ENG". It makes no call. Without a
// ProjectKey only Projects, Ops, Normalize and VerifyWebhook work.
func New(cfg adapters.Config) (adapters.Adapter, error) {
	s, err := parseSettings(cfg.Settings)
	if err != nil {
		return nil, err
	}
	c, err := newClient(cfg, s)
	if err != nil {
		return nil, err
	}
	filter, err := parseFilter(cfg.Filter)
	if err != nil {
		return nil, err
	}
	a := &adapter{
		client: c, settings: s, key: cfg.ProjectKey, projectID: cfg.ProjectID, filter: filter,
		ownKey: cfg.OwnKey, keyOf: cfg.KeyOf, made: cfg.Made,
	}
	if a.ownKey == nil {
		a.ownKey = func(string) bool { return false }
	}
	if a.keyOf == nil {
		a.keyOf = func(string) string { return "" }
	}
	return a, nil
}

// Capabilities returns facts, as the settings narrow them.
func (a *adapter) Capabilities() external.Capabilities { return a.settings.capabilities() }

// impossible is an id of the right form that no issue has.
const impossible = "00000000-0000-4000-8000-000000000000"

// Probe asks whose token it is, whether it sees the team and its issues through the
// filter, and whether it may write. No read tells a token's scopes, so the last question
// is an update of an issue that does not exist: a token that may write is told so, any
// other that it is forbidden. Whether the team lets its owner change an issue of somebody
// else shows with the first such write.
func (a *adapter) Probe(ctx context.Context) (external.Identity, error) {
	login, err := a.Account(ctx)
	if err != nil {
		return external.Identity{}, err
	}
	id := external.Identity{Login: login}
	if _, err := a.team(ctx); err != nil {
		return external.Identity{}, err
	}
	if id.Missing, err = a.tryFilter(ctx); err != nil {
		return external.Identity{}, err
	}
	_, err = a.write(ctx, "ask whether the token may write", "probe", func(ctx context.Context) error {
		_, err := updateIssue(ctx, a.gql, impossible, map[string]any{})
		return err
	})
	switch external.KindOf(err) {
	case external.Forbidden:
		id.Missing = append(id.Missing, "write")
	case external.RateLimited, external.Unauthorised, external.Temporary, external.Ambiguous:
		return external.Identity{}, notDone(err)
	}
	return id, nil
}

// Account implements adapters.AccountTeller.
func (a *adapter) Account(ctx context.Context) (string, error) {
	var who *viewerResponse
	_, err := a.read(ctx, "ask whose token it is", "viewer", func(ctx context.Context) (err error) {
		who, err = viewer(ctx, a.gql)
		return err
	})
	if err != nil {
		return "", err
	}
	return who.Viewer.DisplayName, nil
}

// notDone is the error of a call that could have changed nothing.
func notDone(err error) error {
	if external.KindOf(err) != external.Ambiguous {
		return err
	}
	return fail(external.Temporary, "ask whether the token may write", "Linear gave no usable answer", err)
}

// tryFilter lists one issue, to see that it may be done and that the filter is one.
func (a *adapter) tryFilter(ctx context.Context) (missing []string, err error) {
	_, err = a.read(ctx, "list issues", "issues.list", func(ctx context.Context) error {
		_, err := tryFilter(ctx, a.gql, a.issueFilter())
		return err
	})
	switch kind := external.KindOf(err); {
	case kind == external.Forbidden:
		return []string{"read"}, nil
	case kind == external.Invalid && a.filter != nil:
		return nil, fail(external.Invalid, "try the filter", "Linear does not take it; write an IssueFilter as its schema describes it", err)
	}
	return nil, err
}

// Project returns the team. Its key is the present one.
func (a *adapter) Project(ctx context.Context) (external.Project, error) {
	t, err := a.team(ctx)
	if err != nil {
		return external.Project{}, err
	}
	return project(t), nil
}

// team reads the team: by its id where that is known, since a key can be changed.
func (a *adapter) team(ctx context.Context) (teamFields, error) {
	what := "look at team " + a.key
	var got *listTeamsResponse
	_, err := a.read(ctx, what, "teams.list", func(ctx context.Context) (err error) {
		got, err = listTeams(ctx, a.gql, a.teamFilter(), nil)
		return err
	})
	if err != nil {
		return teamFields{}, err
	}
	if got.Teams.Nodes == nil {
		return teamFields{}, fail(external.Temporary, what, "the answer holds no list of teams", nil)
	}
	if len(got.Teams.Nodes) != 1 {
		return teamFields{}, fail(external.NotFound, what,
			"there is no such team or the token may not see it; check its key and the token's access", nil)
	}
	return got.Teams.Nodes[0], nil
}

func (a *adapter) teamFilter() map[string]any {
	if a.projectID != "" {
		return map[string]any{"id": map[string]any{"eq": a.projectID}}
	}
	return map[string]any{"key": map[string]any{"eq": strings.ToUpper(a.key)}}
}

// teamID is the team's id, looked up where the project is not connected yet.
func (a *adapter) teamID(ctx context.Context) (string, error) {
	if a.projectID != "" {
		return a.projectID, nil
	}
	if n := a.known.Load(); n != nil {
		return n.team, nil
	}
	t, err := a.team(ctx)
	return t.Id, err
}

func project(t teamFields) external.Project {
	return external.Project{
		ID: t.Id, Key: t.Key, Name: t.Name, Private: t.Visibility != "public",
		URL: "https://linear.app/" + t.Organization.UrlKey + "/team/" + t.Key,
	}
}

// Projects lists the teams that the token may see.
func (a *adapter) Projects(ctx context.Context) ([]external.Project, error) {
	var out []external.Project
	err := pages(func(after *string) (next pageFields, err error) {
		_, err = a.read(ctx, "list teams", "teams.list", func(ctx context.Context) error {
			got, err := listTeams(ctx, a.gql, map[string]any{}, after)
			if err != nil {
				return err
			}
			for _, t := range got.Teams.Nodes {
				out = append(out, project(t))
			}
			next = got.Teams.PageInfo
			return nil
		})
		return next, err
	})
	return out, err
}
