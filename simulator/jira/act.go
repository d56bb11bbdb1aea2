package jira

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Act is something a person does in Jira's own pages: no token, no limits, no faults, but the same checks, changelog and webhooks.
// Rich text is wiki markup, on Cloud too.
type Act struct {
	Login   string         `json:"login"`             // who
	Do      string         `json:"do"`                // see Sim.Act
	Project string         `json:"project,omitempty"` // key; create
	Issue   string         `json:"issue,omitempty"`   // id or key
	Comment string         `json:"comment,omitempty"` // id
	Type    string         `json:"type,omitempty"`    // create: name of the issue type; default Task
	Summary string         `json:"summary,omitempty"` // create; edit: when not empty
	Text    *string        `json:"text,omitempty"`    // create, edit: the description; comment, edit_comment: the body
	Fields  map[string]any `json:"fields,omitempty"`  // create, edit, transition: further fields, as REST takes them
	Names   []string       `json:"names,omitempty"`   // label, unlabel
	// Visible restricts a comment; comment and edit_comment.
	Visible *model.Visibility `json:"visible,omitempty"`
	To      string            `json:"to,omitempty"` // transition: its name, or the target status; move: project key; assign: login or empty; sprint: id or empty; secure: a level or empty
}

// Acted is what came of an act.
type Acted struct {
	Issue   string `json:"issue,omitempty"` // id
	Key     string `json:"key,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// Act does one of: create (Project, Type, Summary, Text, Fields, Names as labels); edit (Summary, Text, Fields); label, unlabel (Names);
// assign (To); transition (To, Fields); sprint (To); comment (Text, Visible); edit_comment (Comment, Text, Visible); delete_comment (Comment); internal (Comment), as a service project's agent; delete; move (To);
// secure (To).
func (s *Sim) Act(a Act) (Acted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.User(a.Login)
	if u == nil {
		return Acted{}, fmt.Errorf("act %s: no user %q", a.Do, a.Login)
	}
	p := performer{Act: a, w: s.world, by: model.Caller{User: u, Wiki: true}}
	out, err := p.perform()
	if err != nil {
		return out, fmt.Errorf("act %s %s%s: %w", a.Do, a.Project, a.Issue, err)
	}
	return out, nil
}

type performer struct {
	Act
	w  *model.World
	by model.Caller
}

func (p performer) perform() (Acted, error) {
	if p.Do == "create" {
		return p.create()
	}
	i := p.w.Issue(p.Issue)
	if i == nil {
		return Acted{}, model.NoIssue()
	}
	done := Acted{Issue: i.IDText(), Key: i.Key, Comment: p.Comment}
	switch p.Do {
	case "comment":
		c, err := p.w.AddCommentFor(p.by, i, p.text(), nil, p.Visible)
		if err != nil {
			return Acted{}, err
		}
		done.Comment = c.IDText()
		return done, nil
	case "edit_comment", "delete_comment", "internal":
		return done, p.changeComment(i)
	case "move":
		to := p.w.Project(p.To)
		if to == nil {
			return Acted{}, fmt.Errorf("no project %q", p.To)
		}
		p.w.Move(p.by.User, i, to)
		done.Key = i.Key
		return done, nil
	case "delete":
		p.w.DeleteIssue(p.by.User, i)
		return done, nil
	case "secure":
		p.w.Secure(p.by, i, p.To)
		return done, nil
	}
	return done, p.change(i)
}

func (p performer) text() any {
	if p.Text == nil {
		return nil
	}
	return *p.Text
}

// fields are those of the act under REST's names.
func (p performer) fields() map[string]any {
	f := map[string]any{}
	if p.Summary != "" {
		f["summary"] = p.Summary
	}
	if p.Text != nil {
		f["description"] = *p.Text
	}
	maps.Copy(f, p.Fields)
	return f
}

func (p performer) create() (Acted, error) {
	f := p.fields()
	f["project"], f["issuetype"] = object{"key": p.Project}, object{"name": p.Type}
	if p.Type == "" {
		f["issuetype"] = object{"name": "Task"}
	}
	if len(p.Names) > 0 {
		f["labels"] = renderAll(p.Names, func(n string) any { return n })
	}
	i, err := p.w.CreateIssue(p.by, model.Input{Fields: f})
	if err != nil {
		return Acted{}, err
	}
	return Acted{Issue: i.IDText(), Key: i.Key}, nil
}

func (p performer) changeComment(i *model.Issue) error {
	c, err := p.w.CommentOf(p.by.User, i, p.Comment)
	if err != nil {
		return err
	}
	switch p.Do {
	case "delete_comment":
		return p.w.DeleteComment(p.by, c)
	case "internal":
		c.SetProperty(model.AgentsOnly, map[string]any{"internal": true})
		return nil
	}
	if p.Visible != nil {
		return p.w.EditComment(p.by, c, p.text(), nil, p.Visible)
	}
	return p.w.EditComment(p.by, c, p.text(), nil)
}

// change does what changes an issue in place.
func (p performer) change(i *model.Issue) error {
	switch p.Do {
	case "edit":
		return p.w.EditIssue(p.by, i, model.Input{Fields: p.fields()})
	case "label", "unlabel":
		verb := map[string]string{"label": "add", "unlabel": "remove"}[p.Do]
		ops := renderAll(p.Names, func(n string) map[string]any { return object{verb: n} })
		return p.w.EditIssue(p.by, i, model.Input{Update: map[string][]map[string]any{"labels": ops}})
	case "assign":
		return p.assign(i)
	case "transition":
		for _, t := range p.w.Transitions(p.by.User, i) {
			if t.Name == p.To || t.Target().Name == p.To {
				return p.w.Transition(p.by, i, model.Input{Fields: p.Fields, Transition: &model.TransitionRef{ID: t.ID()}})
			}
		}
		return fmt.Errorf("no transition to %q from %q", p.To, i.Status.Name)
	case "sprint":
		return p.sprint(i)
	}
	return fmt.Errorf("unknown act %q", p.Do)
}

func (p performer) assign(i *model.Issue) error {
	if p.To == "" {
		return p.w.Assign(p.by, i, "")
	}
	u := p.w.User(p.To)
	if u == nil {
		return fmt.Errorf("no user %q", p.To)
	}
	return p.w.Assign(p.by, i, p.w.ID(u))
}

func (p performer) sprint(i *model.Issue) error {
	if p.To == "" {
		return p.w.MoveToSprint(p.by, nil, []string{i.Key})
	}
	id, err := strconv.ParseInt(p.To, 10, 64)
	s := p.w.Sprint(id)
	if err != nil || s == nil {
		return fmt.Errorf("no sprint %q", p.To)
	}
	return p.w.MoveToSprint(p.by, s, []string{i.Key})
}
