package github

import (
	"github.com/extsync/extsync/simulator/github/model"
)

func getUser(c *call) (reply, error) {
	u := c.view.user(c.user)
	epoch := "2020-01-01T00:00:00Z"
	return ok(struct {
		*userJSON
		Name        *string `json:"name"`
		Company     *string `json:"company"`
		Blog        *string `json:"blog"`
		Location    *string `json:"location"`
		Email       *string `json:"email"`
		Hireable    *bool   `json:"hireable"`
		Bio         *string `json:"bio"`
		PublicRepos int     `json:"public_repos"`
		PublicGists int     `json:"public_gists"`
		Followers   int     `json:"followers"`
		Following   int     `json:"following"`
		Created     string  `json:"created_at"`
		Updated     string  `json:"updated_at"`
		ViewType    string  `json:"user_view_type"`
	}{userJSON: u, Created: epoch, Updated: epoch, ViewType: "public"})
}

func getRepo(c *call) (reply, error) {
	j := c.view.repository(c.repo)
	j["permissions"] = map[string]bool{
		"admin": c.role >= RoleAdmin, "maintain": c.role >= RoleAdmin, "push": c.role >= RoleWrite,
		"triage": c.role >= RoleTriage, "pull": true,
	}
	return ok(j)
}

// listUserRepos lists the repositories that the caller has a role in, all on one page: here there are few.
func listUserRepos(c *call) (reply, error) {
	out := []any{}
	for _, r := range c.sim.world.Repos() {
		if c.sim.role(c.token, r) > RoleNone {
			out = append(out, c.view.repository(r))
		}
	}
	return ok(out)
}

func listAssignees(c *call) (reply, error) {
	return numberedList(c, c.repo.Collaborators(), c.view.user)
}

func checkAssignee(c *call) (reply, error) {
	if c.repo.Collaborator(c.names[0]) == nil {
		return reply{}, model.NotFound()
	}
	return noContent()
}

type assigneesRequest struct {
	Assignees []string `json:"assignees"`
}

// changeAssignees is the frame of adding and removing; without the role nothing happens and the call succeeds.
func (c *call) changeAssignees(change func(*model.Issue, []string)) (*model.Issue, error) {
	i, err := c.issue()
	if err != nil {
		return nil, err
	}
	var in assigneesRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.role >= RoleTriage {
		change(i, in.Assignees)
	}
	return i, nil
}

func addAssignees(c *call) (reply, error) {
	i, err := c.changeAssignees(func(i *model.Issue, logins []string) { c.repo.Assign(c.user, i, logins) })
	if err != nil {
		return reply{}, err
	}
	return created(c.view.issue(i))
}

func removeAssignees(c *call) (reply, error) {
	i, err := c.changeAssignees(func(i *model.Issue, logins []string) { c.repo.Unassign(c.user, i, logins) })
	if err != nil {
		return reply{}, err
	}
	return ok(c.view.issue(i))
}
