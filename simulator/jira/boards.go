package jira

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

func (c *call) boardJSON(b *model.Board) object {
	return object{"id": b.ID, "self": c.agile("board", b.ID), "name": b.Name, "type": b.Kind, "location": object{
		"projectId": numeric(b.Project.ID), "projectKey": b.Project.Key, "projectName": b.Project.Name, "displayName": b.Project.Name,
		"name": b.Project.Name, "projectTypeKey": "software"}}
}

func numeric(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64) // ours are numbers
	return n
}

func listBoards(c *call) (reply, error) {
	kinds, name, project := c.list("type"), strings.ToLower(c.query.Get("name")), c.query.Get("projectKeyOrId")
	list := slices.DeleteFunc(slices.Clone(c.world.Boards()), func(b *model.Board) bool {
		switch {
		case !b.Project.May(c.user, model.Browse), len(kinds) > 0 && !slices.Contains(kinds, b.Kind):
			return true
		case project != "" && b.Project.Key != project && b.Project.ID != project:
			return true
		}
		return !strings.Contains(strings.ToLower(b.Name), name)
	})
	return agilePage(c, list, c.boardJSON)
}

func agilePage[T any](c *call, list []T, f func(T) object) (reply, error) {
	part, start, size := slice(c, list, 50, 50)
	return ok(object{"startAt": start, "maxResults": size, "total": len(list), "isLast": start+len(part) >= len(list), "values": renderAll(part, f)})
}

// board finds the board of the path.
func (c *call) board() (*model.Board, error) {
	b := c.world.Board(numeric(c.values[0]))
	if b == nil || !b.Project.May(c.user, model.Browse) {
		return nil, model.Refuse(http.StatusNotFound, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
	}
	return b, nil
}

func getBoard(c *call) (reply, error) {
	b, err := c.board()
	if err != nil {
		return reply{}, err
	}
	return ok(c.boardJSON(b))
}

// getBoardConfiguration shows the columns, one per status, and the field that estimates are in: the project's number field called story
// points or story point estimate, if it has one.
func getBoardConfiguration(c *call) (reply, error) {
	b, err := c.board()
	if err != nil {
		return reply{}, err
	}
	columns := renderAll(b.Project.Workflow(b.Project.Types[len(b.Project.Types)-1]).Bound(), func(n *model.Named) object {
		return object{"name": n.Name, "statuses": []any{object{"id": n.ID, "self": c.api("status", n.ID)}}}
	})
	o := object{"id": b.ID, "self": c.agile("board", b.ID) + "/configuration", "name": b.Name, "type": b.Kind,
		"location":     object{"type": "project", "projectKeyOrId": b.Project.Key},
		"columnConfig": object{"columns": columns, "constraintType": "none"}}
	for _, f := range b.Project.CustomFields() {
		if (f.Type == model.Number || f.Type == model.StoryPoints) && strings.HasPrefix(strings.ToLower(f.Name), "story point") {
			o["estimation"] = object{"type": "field", "field": object{"fieldId": f.ID, "displayName": f.Name}}
		}
	}
	return ok(o)
}

func listSprints(c *call) (reply, error) {
	b, err := c.board()
	if err != nil {
		return reply{}, err
	}
	states := c.list("state")
	list := slices.DeleteFunc(c.world.SprintsOf(b), func(s *model.Sprint) bool { return len(states) > 0 && !slices.Contains(states, s.State) })
	return agilePage(c, list, c.sprint)
}

// sprintOf finds the sprint of the path.
func (c *call) sprintOf() (*model.Sprint, error) {
	s := c.world.Sprint(numeric(c.values[0]))
	if s == nil || !s.Board.Project.May(c.user, model.Browse) {
		return nil, model.Refuse(http.StatusNotFound, "Sprint does not exist.")
	}
	return s, nil
}

func getSprint(c *call) (reply, error) {
	s, err := c.sprintOf()
	if err != nil {
		return reply{}, err
	}
	return ok(c.sprint(s))
}

func moveToSprint(c *call) (reply, error) {
	s, err := c.sprintOf()
	if err != nil {
		return reply{}, err
	}
	return c.move(s)
}

func moveToBacklog(c *call) (reply, error) { return c.move(nil) }

func (c *call) move(s *model.Sprint) (reply, error) {
	var in struct {
		Issues []string `json:"issues"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.world.MoveToSprint(c.caller(), s, in.Issues); err != nil {
		return reply{}, err
	}
	return noContent()
}

// sprintIssues lists a sprint's issues by token, with texts as REST v2 has them.
func sprintIssues(c *call) (reply, error) {
	s, err := c.sprintOf()
	if err != nil {
		return reply{}, err
	}
	q, err := c.searchRequest()
	if err != nil {
		return reply{}, err
	}
	where := "sprint = " + strconv.FormatInt(s.ID, 10)
	if q.JQL != "" {
		condition, order := q.JQL, ""
		if at := strings.Index(strings.ToLower(condition), "order by"); at >= 0 {
			condition, order = condition[:at], condition[at:]
		}
		if strings.TrimSpace(condition) != "" {
			where += " AND (" + condition + ")"
		}
		where += " " + order
	}
	query, err := c.world.Compile(c.user, where)
	if err != nil {
		return reply{}, err
	}
	q.JQL = where
	if len(q.Fields) == 0 {
		q.Fields = []string{"*navigable"}
	}
	return c.searchPage(q, query, func(i *model.Issue, f selection) object { return c.issueWith(i, f, nil, q.expands, 40) })
}
