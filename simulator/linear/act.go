package linear

import (
	"fmt"

	"github.com/extsync/extsync/simulator/linear/model"
)

// Act is something a person does in Linear's own pages: no token, no limits, no faults, but the same history and webhooks.
type Act struct {
	Team    string      `json:"team,omitempty"`    // key or id; of create, and of team as the one to move to
	Login   string      `json:"login"`             // who, by display name; created at first sight
	Do      string      `json:"do"`                // see Sim.Act
	Issue   string      `json:"issue,omitempty"`   // id or identifier
	Comment string      `json:"comment,omitempty"` // id
	Title   *string     `json:"title,omitempty"`
	Body    *string     `json:"body,omitempty"`  // description, or text of a comment
	Names   []string    `json:"names,omitempty"` // labels, by name; unknown ones are made for the team
	To      string      `json:"to,omitempty"`    // state: its name; assign: a display name, or empty for nobody
	Input   model.Input `json:"input,omitempty"` // further fields of create and edit, as IssueCreateInput and IssueUpdateInput have them
}

// Acted is what came of an act.
type Acted struct {
	Issue      string `json:"issue,omitempty"` // id
	Identifier string `json:"identifier,omitempty"`
	Comment    string `json:"comment,omitempty"`
}

// Act does one of: create (Team, Title, Body, Names, Input); edit (Title, Body, Input); state (To); assign (To); label, unlabel,
// set_labels (Names); team (Team); archive, unarchive, trash, purge; comment (Body), edit_comment (Comment, Body), delete_comment
// (Comment).
func (s *Sim) Act(a Act) (Acted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := performer{Act: a, w: s.world, actor: model.Actor{User: s.world.User(a.Login)}}
	out, err := p.perform()
	if err != nil {
		return out, fmt.Errorf("act %s: %w", a.Do, err)
	}
	return out, nil
}

type performer struct {
	Act
	w     *model.World
	actor model.Actor
}

func (p performer) perform() (Acted, error) {
	switch p.Do {
	case "create":
		return p.create()
	case "edit_comment", "delete_comment":
		return Acted{Comment: p.Comment}, p.changeComment()
	}
	i := p.w.Issue(p.Issue)
	if i == nil {
		return Acted{}, model.NotFound("Issue", "")
	}
	if p.Do == "comment" {
		c, err := p.w.CreateComment(p.actor, model.Input{"issueId": i.ID, "body": p.text()})
		if err != nil {
			return Acted{}, err
		}
		return Acted{Issue: i.ID, Identifier: i.Identifier(), Comment: c.ID}, nil
	}
	err := p.change(i)
	return Acted{Issue: i.ID, Identifier: i.Identifier()}, err
}

func (p performer) text() string {
	if p.Body == nil {
		return ""
	}
	return *p.Body
}

// input is what Title, Body and Input say.
func (p performer) input() model.Input {
	in := model.Input{}
	for k, v := range p.Input {
		in[k] = v
	}
	if p.Title != nil {
		in["title"] = *p.Title
	}
	if p.Body != nil {
		in["description"] = *p.Body
	}
	return in
}

func (p performer) create() (Acted, error) {
	t := p.w.Team(p.Team)
	if t == nil {
		return Acted{}, model.NotFound("Team", "team")
	}
	in := p.input()
	in["teamId"] = t.ID
	if len(p.Names) > 0 {
		ids, err := p.labels(t)
		if err != nil {
			return Acted{}, err
		}
		in["labelIds"] = ids
	}
	i, err := p.w.CreateIssue(p.actor, in)
	if err != nil {
		return Acted{}, err
	}
	return Acted{Issue: i.ID, Identifier: i.Identifier()}, nil
}

// labels are the ids of Names.
func (p performer) labels(t *model.Team) ([]string, error) {
	ids := []string{}
	for _, name := range p.Names {
		l := p.w.LabelNamed(t, name)
		if l == nil {
			made, err := p.w.CreateLabel(p.actor, model.Input{"name": name, "teamId": t.ID})
			if err != nil {
				return nil, err
			}
			l = made
		}
		ids = append(ids, l.ID)
	}
	return ids, nil
}

func (p performer) changeComment() error {
	c := p.w.Comment(p.Comment)
	if c == nil {
		return model.NotFound("Comment", "")
	}
	if p.Do == "delete_comment" {
		return p.w.DeleteComment(p.actor, c)
	}
	return p.w.UpdateComment(p.actor, c, model.Input{"body": p.text()}, false)
}

// change does what changes an issue in place.
func (p performer) change(i *model.Issue) error {
	switch p.Do {
	case "archive":
		p.w.ArchiveIssue(p.actor, i)
	case "unarchive":
		p.w.UnarchiveIssue(p.actor, i)
	case "trash":
		p.w.TrashIssue(p.actor, i)
	case "purge":
		p.w.PurgeIssue(p.actor, i)
	default:
		in, err := p.update(i)
		if err != nil {
			return err
		}
		return p.w.UpdateIssue(p.actor, i, in)
	}
	return nil
}

// update is the input of an act that changes what an issue says.
func (p performer) update(i *model.Issue) (model.Input, error) {
	switch p.Do {
	case "edit":
		return p.input(), nil
	case "state":
		s := p.w.StateNamed(i.Team, p.To)
		if s == nil {
			return nil, model.NotFound("WorkflowState", "to")
		}
		return model.Input{"stateId": s.ID}, nil
	case "assign":
		if p.To == "" {
			return model.Input{"assigneeId": nil}, nil
		}
		return model.Input{"assigneeId": p.w.User(p.To).ID}, nil
	case "team":
		t := p.w.Team(p.Team)
		if t == nil {
			return nil, model.NotFound("Team", "team")
		}
		return model.Input{"teamId": t.ID}, nil
	}
	field := map[string]string{"label": "addedLabelIds", "unlabel": "removedLabelIds", "set_labels": "labelIds"}[p.Do]
	if field == "" {
		return nil, fmt.Errorf("unknown act %q", p.Do)
	}
	ids, err := p.labels(i.Team)
	return model.Input{field: ids}, err
}
