package jira

import (
	"net/http"

	"github.com/extsync/extsync/simulator/jira/model"
)

func (c *call) remoteLink(i *model.Issue) func(*model.RemoteLink) object {
	return func(l *model.RemoteLink) object {
		o := object{"id": l.ID, "self": c.api("issue", i.IDText(), "remotelink", l.IDText()), "object": l.Object, "application": object{}}
		if l.GlobalID != "" {
			o["globalId"] = l.GlobalID
		}
		if l.Relationship != "" {
			o["relationship"] = l.Relationship
		}
		if l.Application != nil {
			o["application"] = l.Application
		}
		return o
	}
}

// listRemoteLinks lists all, or shows the one with globalId.
func listRemoteLinks(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	id := c.query.Get("globalId")
	if id == "" {
		return ok(renderAll(i.Remote, c.remoteLink(i)))
	}
	return c.oneRemoteLink(i, func(l *model.RemoteLink) bool { return l.GlobalID == id })
}

func (c *call) oneRemoteLink(i *model.Issue, match func(*model.RemoteLink) bool) (reply, error) {
	for _, l := range i.Remote {
		if match(l) {
			return ok(c.remoteLink(i)(l))
		}
	}
	return reply{}, model.Refuse(http.StatusNotFound, "The remote issue link does not exist.")
}

func getRemoteLink(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return c.oneRemoteLink(i, func(l *model.RemoteLink) bool { return l.IDText() == c.values[1] })
}

// putRemoteLink makes a link, or replaces the one with its global id: 201 or 200.
func putRemoteLink(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var in struct {
		GlobalID     string         `json:"globalId"`
		Relationship string         `json:"relationship"`
		Application  map[string]any `json:"application"`
		Object       map[string]any `json:"object"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	l, made, err := c.world.PutRemote(c.caller(), i, model.RemoteLink{GlobalID: in.GlobalID, Relationship: in.Relationship, Application: in.Application, Object: in.Object})
	if err != nil {
		return reply{}, err
	}
	body := object{"id": l.ID, "self": c.api("issue", i.IDText(), "remotelink", l.IDText())}
	if made {
		return created(body)
	}
	return ok(body)
}

func deleteRemoteLinkByGlobalID(c *call) (reply, error) {
	id := c.query.Get("globalId")
	if id == "" {
		return reply{}, model.Refuse(http.StatusBadRequest, "The globalId query parameter is required.")
	}
	return c.dropRemoteLink(func(l *model.RemoteLink) bool { return l.GlobalID == id })
}

func deleteRemoteLink(c *call) (reply, error) {
	return c.dropRemoteLink(func(l *model.RemoteLink) bool { return l.IDText() == c.values[1] })
}

func (c *call) dropRemoteLink(match func(*model.RemoteLink) bool) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	if err := c.world.DropRemote(c.caller(), i, match); err != nil {
		return reply{}, err
	}
	return noContent()
}
