package jira

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// listComments pages through an issue's comments, oldest first, or newest with orderBy=-created.
func listComments(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	list := i.CommentsFor(c.user)
	if c.query.Get("orderBy") == "-created" {
		slices.Reverse(list)
	}
	part, start, size := slice(c, list, 100, 100)
	return ok(object{"startAt": start, "maxResults": size, "total": len(list), "comments": renderAll(part, c.expandedComment)})
}

// expandedComment is a comment with its properties, where they are asked for.
func (c *call) expandedComment(m *model.Comment) object {
	o := c.comment(m)
	if strings.Contains(c.query.Get("expand"), "properties") {
		o["properties"] = propertyList(m.Properties)
	}
	return o
}

// commentRequest is a comment as it is written.
type commentRequest struct {
	Body       any              `json:"body"`
	Properties []model.Property `json:"properties"`
	// Visibility is left as it is by an edit that does not say it; null opens the comment to all.
	Visibility json.RawMessage `json:"visibility"`
}

func (c *call) commentRequest() (commentRequest, map[string]any, error) {
	var in commentRequest
	if err := c.decode(&in); err != nil {
		return in, nil, err
	}
	var properties map[string]any
	for _, p := range in.Properties {
		if properties == nil {
			properties = map[string]any{}
		}
		properties[p.Key] = p.Value
	}
	return in, properties, nil
}

// visible reads who is to see the comment: nobody in particular where it is not said, which clients also write as an empty object.
func (r commentRequest) visible() (v *model.Visibility, said bool, err error) {
	if len(r.Visibility) == 0 {
		return nil, false, nil
	}
	if json.Unmarshal(r.Visibility, &v) != nil {
		return nil, false, model.Refuse(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
	}
	if v != nil && *v == (model.Visibility{}) {
		return nil, false, nil
	}
	return v, true, nil
}

func addComment(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	in, properties, err := c.commentRequest()
	if err != nil {
		return reply{}, err
	}
	visible, _, err := in.visible()
	if err != nil {
		return reply{}, err
	}
	m, err := c.world.AddCommentFor(c.caller(), i, in.Body, properties, visible)
	if err != nil {
		return reply{}, err
	}
	return created(c.comment(m))
}

// commentOf finds the comment of a path issue/*/comment/*.
func (c *call) commentOf() (*model.Comment, error) {
	i, err := c.issue()
	if err != nil {
		return nil, err
	}
	return c.world.CommentOf(c.user, i, c.values[1])
}

func getComment(c *call) (reply, error) {
	m, err := c.commentOf()
	if err != nil {
		return reply{}, err
	}
	return ok(c.expandedComment(m))
}

func editComment(c *call) (reply, error) {
	m, err := c.commentOf()
	if err != nil {
		return reply{}, err
	}
	in, properties, err := c.commentRequest()
	if err != nil {
		return reply{}, err
	}
	visible, said, err := in.visible()
	if err != nil {
		return reply{}, err
	}
	var anew []*model.Visibility
	if said {
		anew = append(anew, visible)
	}
	if err := c.world.EditComment(c.caller(), m, in.Body, properties, anew...); err != nil {
		return reply{}, err
	}
	return ok(c.comment(m))
}

func deleteComment(c *call) (reply, error) {
	m, err := c.commentOf()
	if err != nil {
		return reply{}, err
	}
	if err := c.world.DeleteComment(c.caller(), m); err != nil {
		return reply{}, err
	}
	return noContent()
}

// commentsByIDs reads up to a thousand comments of any issues; those that are gone or hidden are left out.
func commentsByIDs(c *call) (reply, error) {
	var in struct {
		IDs []int64 `json:"ids"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if len(in.IDs) == 0 || len(in.IDs) > 1000 {
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of ids must be between 1 and 1000.")
	}
	var found []*model.Comment
	for _, id := range in.IDs {
		if m := c.world.Comment(id); m != nil && m.Issue.Project.May(c.user, model.Browse) && m.ShownTo(c.user) {
			found = append(found, m)
		}
	}
	return pageBean(c, found, 1000, 1000, c.expandedComment)
}

// commentByID finds the comment of a path comment/*.
func (c *call) commentByID() (*model.Comment, error) {
	id, err := strconv.ParseInt(c.values[0], 10, 64)
	m := c.world.Comment(id)
	if err != nil || m == nil || !m.Issue.Project.May(c.user, model.Browse) || !m.ShownTo(c.user) {
		return nil, model.Refuse(http.StatusNotFound, "Can not find a comment for the id: %s.", c.values[0])
	}
	return m, nil
}
