package jira

import (
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
)

// view renders the world as one caller sees it: addresses below base, times in the caller's zone, texts in the version's language.
type view struct {
	world   *model.World
	edition Edition
	base    string
	version string // of the platform API
	wiki    bool
	user    *model.User // nil in webhooks
}

// api is an address of the platform API.
func (v view) api(parts ...string) string {
	u := v.base + "/rest/api/" + v.version
	for _, p := range parts {
		u += "/" + p
	}
	return u
}

func (v view) agile(kind string, id int64) string {
	return v.base + "/rest/agile/1.0/" + kind + "/" + strconv.FormatInt(id, 10)
}

// stamp renders a time.
func (v view) stamp(t time.Time) string { return t.In(v.user.Location()).Format(model.Stamp) }

// person renders a user; nil is null.
func (v view) person(u *model.User) any {
	if u == nil {
		return nil
	}
	p := object{"displayName": u.Display, "active": !u.Inactive, "timeZone": u.TimeZone, "avatarUrls": v.avatars(u.AccountID)}
	if v.edition == DataCenter {
		p["self"], p["name"], p["key"] = v.api("user?username="+url.QueryEscape(u.Login)), u.Login, u.Key
	} else {
		p["self"], p["accountId"], p["accountType"] = v.api("user?accountId="+url.QueryEscape(u.AccountID)), u.AccountID, "atlassian"
	}
	if !u.HideEmail || (v.user != nil && v.user.Login == u.Login) {
		p["emailAddress"] = u.Email
	}
	return p
}

func (v view) avatars(of string) object {
	u := v.base + "/secure/useravatar?ownerId=" + url.QueryEscape(of)
	return object{"16x16": u + "&size=xsmall", "24x24": u + "&size=small", "32x32": u + "&size=medium", "48x48": u}
}

// numberOf makes a number of a name, for ids that nobody refers to.
func numberOf(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32()%1000) + 10_300
}

func (v view) status(n *model.Named) object {
	return object{"self": v.api("status", n.ID), "description": "", "iconUrl": v.base + "/images/icons/statuses/generic.png", "name": n.Name,
		"id": n.ID, "statusCategory": v.category(n.Category)}
}

func (v view) category(c model.Category) object {
	id, color, name := 2, "blue-gray", "To Do"
	switch c {
	case model.InProgress:
		id, color, name = 4, "yellow", "In Progress"
	case model.Done:
		id, color, name = 3, "green", "Done"
	}
	return object{"self": v.api("statuscategory", strconv.Itoa(id)), "id": id, "key": string(c), "colorName": color, "name": name}
}

func (v view) issueType(t *model.IssueType) object {
	avatar := numberOf(t.Name)
	o := object{"self": v.api("issuetype", t.ID), "id": t.ID, "description": "", "name": t.Name, "subtask": t.Level < 0, "avatarId": avatar,
		"iconUrl": v.api("universal_avatar/view/type/issuetype/avatar", strconv.Itoa(avatar))}
	if v.edition == Cloud {
		o["hierarchyLevel"] = t.Level
	}
	return o
}

func (v view) priority(n *model.Named) object {
	return object{"self": v.api("priority", n.ID), "id": n.ID, "name": n.Name, "iconUrl": v.base + "/images/icons/priorities/" + n.ID + ".svg"}
}

func (v view) resolution(n *model.Named) object {
	return object{"self": v.api("resolution", n.ID), "id": n.ID, "name": n.Name, "description": ""}
}

// option renders an option of a custom field.
func (v view) option(n *model.Named) object {
	return object{"self": v.api("customFieldOption", n.ID), "id": n.ID, "value": n.Name}
}

func (v view) part(kind string) func(*model.Named) object {
	return func(n *model.Named) object {
		o := object{"self": v.api(kind, n.ID), "id": n.ID, "name": n.Name}
		if kind == "version" {
			o["archived"], o["released"] = false, false
		}
		return o
	}
}

func renderAll[T, R any](list []T, f func(T) R) []R {
	out := make([]R, 0, len(list))
	for _, e := range list {
		out = append(out, f(e))
	}
	return out
}

// projectRef is a project as an issue shows it.
func (v view) projectRef(p *model.Project) object {
	o := object{"self": v.api("project", p.ID), "id": p.ID, "key": p.Key, "name": p.Name, "projectTypeKey": "software", "avatarUrls": v.avatars(p.Key)}
	if p.Service {
		o["projectTypeKey"] = "service_desk"
	}
	if v.edition == Cloud {
		o["simplified"] = p.TeamManaged
	}
	return o
}

// project is a project by itself.
func (v view) project(p *model.Project) object {
	o := v.projectRef(p)
	o["expand"] = "description,lead,issueTypes,url,projectKeys,permissions,insight"
	o["description"], o["lead"], o["assigneeType"] = "", v.person(p.Lead), "UNASSIGNED"
	o["issueTypes"] = renderAll(p.Types, v.issueType)
	o["components"], o["versions"] = renderAll(p.Components, v.part("component")), renderAll(p.Versions, v.part("version"))
	o["roles"] = object{}
	v.cloudParts(o, p)
	return o
}

func (v view) cloudParts(o object, p *model.Project) {
	if v.edition != Cloud {
		return
	}
	o["style"], o["isPrivate"], o["properties"] = "classic", false, object{}
	if p.TeamManaged {
		o["style"] = "next-gen"
	}
}

// sprint is a sprint by itself.
func (v view) sprint(s *model.Sprint) object {
	o := object{"id": s.ID, "self": v.agile("sprint", s.ID), "state": s.State, "name": s.Name, "originBoardId": s.Board.ID, "goal": s.Goal}
	zulu := func(name string, t *time.Time) {
		if t != nil {
			o[name] = t.UTC().Format("2006-01-02T15:04:05.000Z")
		}
	}
	zulu("startDate", s.Start)
	zulu("endDate", s.End)
	zulu("completeDate", s.Completed)
	return o
}

// sprintValue is a sprint in the field of an issue: an object, on Data Center what its Java object prints.
func (v view) sprintValue(s *model.Sprint) any {
	if v.edition == DataCenter {
		return fmt.Sprintf("com.atlassian.greenhopper.service.sprint.Sprint@%x[id=%d,rapidViewId=%d,state=%s,name=%s,startDate=%s,endDate=%s,completeDate=%s,sequence=%d,goal=%s]",
			s.ID, s.ID, s.Board.ID, strings.ToUpper(s.State), s.Name, v.printed(s.Start), v.printed(s.End), v.printed(s.Completed), s.ID, s.Goal)
	}
	o := v.sprint(s)
	delete(o, "self")
	delete(o, "originBoardId")
	o["boardId"] = s.Board.ID
	return o
}

func (v view) printed(t *time.Time) string {
	if t == nil {
		return "<null>"
	}
	return t.In(v.user.Location()).Format("2006-01-02T15:04:05.000Z07:00")
}
