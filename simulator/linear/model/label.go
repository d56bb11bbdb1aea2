package model

import (
	"slices"
	"strings"
)

// Label belongs to a team, or to the workspace where Team is nil. A group holds labels of which an issue carries at most one; a group
// itself cannot be put on an issue.
type Label struct {
	Meta
	Name        string
	Color       string
	Description *string
	Team        *Team
	Parent      *Label
	Group       bool
	Creator     *User
}

// CreateLabel makes a label from an IssueLabelCreateInput.
func (w *World) CreateLabel(actor Actor, in Input) (*Label, error) {
	id, err := in.newID()
	if err != nil {
		return nil, err
	}
	l := &Label{Name: strings.TrimSpace(in.text("name")), Color: in.text("color"), Description: in.pointer("description"),
		Group: in.flag("isGroup"), Creator: actor.User}
	if l.Color == "" {
		l.Color = "#bec2c8"
	}
	if err := w.placeLabel(l, id, in); err != nil {
		return nil, err
	}
	l.Meta = w.meta(id)
	w.labels = append(w.labels, l)
	w.emit(Notice{Action: "create", Type: "IssueLabel", Label: l, Actor: actor})
	return l, nil
}

func (w *World) placeLabel(l *Label, id string, in Input) error {
	if id != "" && w.Label(id) != nil {
		return taken("IssueLabel", id)
	}
	if l.Name == "" {
		return Refuse("Argument Validation Error: name should not be empty")
	}
	if err := within("name", l.Name, MaxLabel); err != nil {
		return err
	}
	if team := in.text("teamId"); team != "" {
		if l.Team = w.Team(team); l.Team == nil {
			return NotFound("Team", "teamId")
		}
	}
	if parent := in.text("parentId"); parent != "" {
		if l.Parent = w.Label(parent); l.Parent == nil {
			return NotFound("IssueLabel", "parentId")
		}
		if !l.Parent.Group {
			return Refuse("parentId: the label is not a group")
		}
	}
	for _, other := range w.labels {
		if (other.Team == nil || l.Team == nil || other.Team == l.Team) && strings.EqualFold(other.Name, l.Name) {
			return Refuse("Duplicate label name - Label with this name already exists in the team") // its words: https://github.com/linear/linear/issues/159
		}
	}
	return nil
}

// Labels lists all labels by age.
func (w *World) Labels() []*Label { return w.labels }

// Label finds a label by id; nil if there is none.
func (w *World) Label(id string) *Label {
	return find(w.labels, func(l *Label) bool { return l.ID == id })
}

// LabelNamed finds the label of that name an issue of the team can carry; nil if there is none.
func (w *World) LabelNamed(t *Team, name string) *Label {
	return find(w.labels, func(l *Label) bool {
		return (l.Team == nil || l.Team == t) && strings.EqualFold(l.Name, name)
	})
}

// labelled computes an issue's labels after an update: labelIds replaces, then removedLabelIds and addedLabelIds apply.
func (w *World) labelled(t *Team, current []*Label, in Input) ([]*Label, error) {
	out := slices.Clone(current)
	if in.Has("labelIds") {
		out = nil
		if err := w.addLabels(t, &out, in, "labelIds"); err != nil {
			return nil, err
		}
	}
	for _, id := range in.list("removedLabelIds") {
		if w.Label(id) == nil {
			return nil, NotFound("IssueLabel", "removedLabelIds")
		}
		out = slices.DeleteFunc(out, func(l *Label) bool { return l.ID == id })
	}
	if err := w.addLabels(t, &out, in, "addedLabelIds"); err != nil {
		return nil, err
	}
	return out, exclusive(out)
}

func (w *World) addLabels(t *Team, to *[]*Label, in Input, field string) error {
	for _, id := range in.list(field) {
		l := w.Label(id)
		switch {
		case l == nil:
			return NotFound("IssueLabel", field)
		case l.Team != nil && l.Team != t:
			return Refuse("%s: the label %s belongs to another team", field, l.ID)
		case l.Group:
			return Refuse("%s: the label %s is a group and cannot be put on an issue", field, l.ID)
		case !slices.Contains(*to, l):
			*to = append(*to, l)
		}
	}
	return nil
}

// exclusive refuses two labels of one group. Our reading: Linear's own pages replace the other one, its API refuses.
func exclusive(labels []*Label) error {
	for k, l := range labels {
		if l.Parent != nil && slices.ContainsFunc(labels[:k], func(o *Label) bool { return o.Parent == l.Parent }) {
			return Refuse("labelIds: not exclusive child labels: only one label of a group can be set")
		}
	}
	return nil
}
