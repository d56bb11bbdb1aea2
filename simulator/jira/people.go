package jira

import (
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

func getMyself(c *call) (reply, error) {
	o, _ := c.person(c.user).(object)
	o["locale"], o["expand"] = "en_US", "groups,applicationRoles"
	o["groups"], o["applicationRoles"] = object{"size": 1, "items": []any{}}, object{"size": 1, "items": []any{}}
	return ok(o)
}

func getServerInfo(c *call) (reply, error) {
	o := object{"baseUrl": c.base, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0}, "deploymentType": "Cloud", "buildNumber": 100290,
		"buildDate": "2026-06-10T00:00:00.000+0000", "serverTime": c.stamp(c.now()), "scmInfo": "simulator", "serverTitle": "Jira",
		"serverTimeZone": "Etc/UTC"}
	if c.edition == DataCenter {
		o["version"], o["versionNumbers"], o["deploymentType"] = "10.3.0", []int{10, 3, 0}, "Server"
		delete(o, "serverTimeZone")
	}
	return ok(o)
}

// getMyPermissions answers for the permissions asked for, which must be named on Cloud, in a project, at an issue, or anywhere.
func getMyPermissions(c *call) (reply, error) {
	asked := c.list("permissions")
	if len(asked) == 0 {
		if c.edition == Cloud {
			return reply{}, model.Refuse(http.StatusBadRequest, "The 'permissions' query parameter is required.")
		}
		for _, p := range model.Permissions() {
			asked = append(asked, string(p))
		}
	}
	may, err := c.mayWhere()
	if err != nil {
		return reply{}, err
	}
	out := object{}
	for _, name := range asked {
		p := model.Permission(name)
		if !slices.Contains(model.Permissions(), p) {
			return reply{}, model.Refuse(http.StatusBadRequest, "Unrecognized permission: %s", name)
		}
		kind := "PROJECT"
		if p == model.Administer || p == model.BulkChange {
			kind = "GLOBAL"
		}
		out[name] = object{"id": "0", "key": name, "name": title(name), "type": kind, "description": "", "havePermission": may(p)}
	}
	return ok(object{"permissions": out})
}

func title(key string) string {
	words := strings.Fields(strings.ToLower(strings.ReplaceAll(key, "_", " ")))
	for k, w := range words {
		words[k] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// mayWhere finds the place the question is about.
func (c *call) mayWhere() (func(model.Permission) bool, error) {
	var p *model.Project
	if name := first(c.query.Get("issueId"), c.query.Get("issueKey")); name != "" {
		i, err := c.issueNamed(name)
		if err != nil {
			return nil, err
		}
		p = i.Project
	} else if name := first(c.query.Get("projectId"), c.query.Get("projectKey")); name != "" {
		if p = c.world.Project(name); p == nil || !p.May(c.user, model.Browse) {
			return nil, model.Refuse(http.StatusNotFound, "No project could be found with key '%s'.", name)
		}
	}
	return func(perm model.Permission) bool {
		switch {
		case perm == model.Administer || perm == model.BulkChange:
			return !c.user.Inactive && c.world.MayGlobally(c.user, perm)
		case p != nil:
			return p.May(c.user, perm)
		}
		return slices.ContainsFunc(c.world.Projects(), func(p *model.Project) bool { return p.May(c.user, perm) })
	}, nil
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func getUser(c *call) (reply, error) {
	u := c.world.Account(c.query.Get("accountId"))
	if c.edition == DataCenter {
		u = c.world.User(c.query.Get("username"))
	}
	if u == nil {
		return reply{}, model.Refuse(http.StatusNotFound, "Specified user does not exist or you do not have required permissions")
	}
	return ok(c.person(u))
}

// finds says whether a query finds the user: a piece of the display name, or of an address that is not hidden.
func (c *call) finds(u *model.User) bool {
	q := strings.ToLower(first(c.query.Get("query"), c.query.Get("username")))
	if id := c.query.Get("accountId"); id != "" {
		return u.AccountID == id
	}
	return strings.Contains(strings.ToLower(u.Display), q) || (!u.HideEmail && strings.Contains(strings.ToLower(u.Email), q)) ||
		(c.edition == DataCenter && (q == "." || strings.Contains(u.Login, q)))
}

func searchUsers(c *call) (reply, error) {
	if !c.query.Has("query") && !c.query.Has("accountId") && !c.query.Has("username") && !c.query.Has("property") {
		return reply{}, model.Refuse(http.StatusBadRequest, "The query parameter 'query', 'accountId' or 'property' is required.")
	}
	return c.users(func(u *model.User) bool { return c.finds(u) })
}

func (c *call) users(want func(*model.User) bool) (reply, error) {
	var found []*model.User
	for _, u := range c.world.Users() {
		if !u.Inactive && want(u) {
			found = append(found, u)
		}
	}
	part, _, _ := slice(c, found, 50, 1000)
	c.objects += len(part) // users count twice
	return ok(renderAll(part, c.person))
}

func searchAssignable(c *call) (reply, error) {
	var p *model.Project
	if name := first(c.query.Get("issueKey"), c.query.Get("issueId")); name != "" {
		i, err := c.issueNamed(name)
		if err != nil {
			return reply{}, err
		}
		p = i.Project
	} else if p = c.world.Project(c.query.Get("project")); p == nil || !p.May(c.user, model.Browse) {
		return reply{}, model.Refuse(http.StatusNotFound, "No project could be found with key '%s'.", c.query.Get("project"))
	}
	return c.users(func(u *model.User) bool { return p.May(u, model.AssignableUser) && c.finds(u) })
}
