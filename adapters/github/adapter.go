package github

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// adapter is the port to one repository.
type adapter struct {
	*client
	projectID string
	ownKey    func(string) bool
}

var (
	_ adapters.Adapter         = (*adapter)(nil)
	_ adapters.WebhookReceiver = (*adapter)(nil)
	_ adapters.ContainerLister = (*adapter)(nil)
	_ adapters.Respeller       = (*adapter)(nil)
)

// New makes the adapter of the repository cfg.ProjectKey, "owner/name". It makes no
// call. Without a ProjectKey only Projects, Ops, Normalize and VerifyWebhook work.
func New(cfg adapters.Config) (adapters.Adapter, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	own := cfg.OwnKey
	if own == nil {
		own = func(string) bool { return false }
	}
	return &adapter{client: c, projectID: cfg.ProjectID, ownKey: own}, nil
}

// Capabilities returns facts.
func (a *adapter) Capabilities() external.Capabilities { return Capabilities() }

// Probe asks whose token it is and what it lacks in the repository. GitHub tells a
// classic token's scopes and its owner's role, but not whether a fine-grained token
// may write issues: that shows with the first write, which is refused by name.
func (a *adapter) Probe(ctx context.Context) (external.Identity, error) {
	login, scopes, err := a.account(ctx)
	if err != nil {
		return external.Identity{}, err
	}
	repo, err := a.repository(ctx)
	if err != nil {
		return external.Identity{}, err
	}
	if repo.GetDisabled() {
		return external.Identity{}, fail(external.Forbidden, "look at "+a.key(), "GitHub has disabled the repository; ask its owner", nil)
	}
	if repo.HasIssues != nil && !repo.GetHasIssues() {
		return external.Identity{}, fail(external.Forbidden, "look at "+a.key(),
			"issues are disabled there; enable them in the repository's settings", nil)
	}
	id := external.Identity{Login: login}
	id.Missing = missing(repo, scopes)
	if repo.GetArchived() {
		id.ReadOnly = archived + ", or connect it in the direction pull"
	}
	if _, err = a.issuePage(ctx, position{size: 1}, ""); external.KindOf(err) == external.Forbidden {
		id.Missing, err = append(id.Missing, "Issues: read and write"), nil
	}
	return id, err
}

// Account implements adapters.AccountTeller.
func (a *adapter) Account(ctx context.Context) (string, error) {
	login, _, err := a.account(ctx)
	return login, err
}

// appToken is why the token of an installation is refused. Source:
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app.
const appToken = "this is the token of a GitHub App's installation, or of a workflow: it ends after an hour, and has no account by which our work is told from that of others; " +
	"make a personal access token of an account of its own, with the permission Issues: read and write, and give that"

// account asks whose token it is, and for its scopes where GitHub tells them.
func (a *adapter) account(ctx context.Context) (login string, scopes []string, err error) {
	var user *gogithub.User
	answer, err := a.read(ctx, "ask whose token it is", "user.get", func(ctx context.Context) (err error) {
		user, _, err = a.gh.Users.Get(ctx, "")
		return err
	})
	var refused *external.Error
	if errors.As(err, &refused) && refused.Kind == external.Forbidden && refused.AllItems {
		return "", nil, fail(external.Unauthorised, refused.Op, appToken, err) // any other token may ask that
	}
	if err != nil {
		return "", nil, err
	}
	return user.GetLogin(), answer.header.Values("X-OAuth-Scopes"), nil
}

// missing names the permissions that the owner of the token or, where GitHub tells
// its scopes, the token lacks.
func missing(repo *gogithub.Repository, scopes []string) []string {
	var out []string
	may := repo.GetPermissions()
	if !may["push"] && !may["maintain"] && !may["admin"] {
		out = append(out, "push access (without it labels, assignees and milestones are dropped)")
	}
	if len(scopes) == 0 { // a fine-grained token
		return out
	}
	var has []string
	for s := range strings.SplitSeq(strings.Join(scopes, ","), ",") {
		has = append(has, strings.TrimSpace(s))
	}
	public := !repo.GetPrivate() && slices.Contains(has, "public_repo")
	if !public && !slices.Contains(has, "repo") {
		out = append(out, "scope repo")
	}
	return out
}

// Project returns the repository. Its key is the present one: GitHub redirects from
// a former name.
func (a *adapter) Project(ctx context.Context) (external.Project, error) {
	repo, err := a.repository(ctx)
	if err != nil {
		return external.Project{}, err
	}
	return project(repo), nil
}

// repository reads the repository that has the name by now, be it another one than was connected.
func (a *adapter) repository(ctx context.Context) (*gogithub.Repository, error) {
	var repo *gogithub.Repository
	_, err := a.read(ctx, "look at "+a.key(), "repos.get", func(ctx context.Context) (err error) {
		repo, _, err = a.gh.Repositories.Get(ctx, a.owner, a.repo)
		return err
	})
	return repo, err
}

func project(r *gogithub.Repository) external.Project {
	return external.Project{
		ID: strconv.FormatInt(r.GetID(), 10), Key: r.GetFullName(), Name: r.GetName(),
		URL: r.GetHTMLURL(), Private: r.GetPrivate(),
	}
}

// Projects lists the repositories that have issues and that the token may see.
func (a *adapter) Projects(ctx context.Context) ([]external.Project, error) {
	var out []external.Project
	err := a.pages(ctx, "list repositories", "repos.list", func(ctx context.Context, page gogithub.ListOptions) error {
		repos, _, err := a.gh.Repositories.ListByAuthenticatedUser(ctx,
			&gogithub.RepositoryListByAuthenticatedUserOptions{Sort: "full_name", ListOptions: page})
		for _, r := range repos {
			if r.GetHasIssues() && !r.GetArchived() {
				out = append(out, project(r))
			}
		}
		return err
	})
	return out, err
}

// Schema returns the labels, milestones and assignable people of the repository.
// Closed milestones are among them: issues may stand in one.
func (a *adapter) Schema(ctx context.Context) (external.Schema, error) {
	s := external.Schema{Fields: Capabilities().Fields}
	err := a.pages(ctx, "list labels", "labels.list", func(ctx context.Context, page gogithub.ListOptions) error {
		labels, _, err := a.gh.Issues.ListLabels(ctx, a.owner, a.repo, &page)
		for _, l := range labels {
			s.Labels = append(s.Labels, l.GetName())
		}
		return err
	})
	if err != nil {
		return external.Schema{}, err
	}
	err = a.pages(ctx, "list assignable people", "assignees.list", func(ctx context.Context, page gogithub.ListOptions) error {
		users, _, err := a.gh.Issues.ListAssignees(ctx, a.owner, a.repo, &page)
		for _, u := range users {
			s.People = append(s.People, external.Person{Login: u.GetLogin()})
		}
		return err
	})
	if err != nil {
		return external.Schema{}, err
	}
	s.Containers, err = a.Containers(ctx)
	return s, err
}

// Containers returns the milestones, closed ones too.
func (a *adapter) Containers(ctx context.Context) ([]external.Container, error) {
	var out []external.Container
	err := a.pages(ctx, "list milestones", "milestones.list", func(ctx context.Context, page gogithub.ListOptions) error {
		list, _, err := a.gh.Issues.ListMilestones(ctx, a.owner, a.repo,
			&gogithub.MilestoneListOptions{State: "all", ListOptions: page})
		for _, m := range list {
			out = append(out, external.Container{Ref: milestoneRef(m), Field: fieldMilestone, Name: m.GetTitle()})
		}
		return err
	})
	return out, err
}
