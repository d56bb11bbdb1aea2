package model

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Label is a repository's label. Names are unique without regard to case.
type Label struct {
	ID          int64
	NodeID      string
	Name        string
	Color       string // six hex digits, no #
	Description *string
	Default     bool
}

func (r *Repo) addDefaultLabels() {
	for _, l := range []struct{ name, color, description string }{
		{"bug", "d73a4a", "Something isn't working"},
		{"documentation", "0075ca", "Improvements or additions to documentation"},
		{"duplicate", "cfd3d7", "This issue or pull request already exists"},
		{"enhancement", "a2eeef", "New feature or request"},
		{"good first issue", "7057ff", "Good for newcomers"},
		{"help wanted", "008672", "Extra attention is needed"},
		{"invalid", "e4e669", "This doesn't seem right"},
		{"question", "d876e3", "Further information is requested"},
		{"wontfix", "ffffff", "This will not be worked on"},
	} {
		r.newLabel(l.name, l.color, &l.description).Default = true
	}
}

func (r *Repo) newLabel(name, color string, description *string) *Label {
	id := r.w.nextID()
	l := &Label{ID: id, NodeID: nodeID("LA", id), Name: name, Color: color, Description: description}
	r.labels = append(r.labels, l)
	return l
}

// Labels lists the repository's labels in the order they were made.
func (r *Repo) Labels() []*Label { return r.labels }

// Label finds a label by name, without regard to case; nil if there is none.
func (r *Repo) Label(name string) *Label {
	for _, l := range r.labels {
		if strings.EqualFold(l.Name, name) {
			return l
		}
	}
	return nil
}

// CreateLabel makes a label; a name already taken (in any case) is refused.
func (r *Repo) CreateLabel(name, color string, description *string) (*Label, error) {
	if err := checkLabel(name); err != nil {
		return nil, err
	}
	if r.Label(name) != nil {
		return nil, invalid("Label", "name", "already_exists", "")
	}
	if color == "" {
		color = "ededed"
	}
	return r.newLabel(name, color, description), nil
}

// EditLabel changes a label; issues carrying it show the new name, and their updated_at does not move.
func (r *Repo) EditLabel(l *Label, name, color *string, description Optional[*string]) error {
	if name != nil {
		if err := checkLabel(*name); err != nil {
			return err
		}
		if other := r.Label(*name); other != nil && other != l {
			return invalid("Label", "name", "already_exists", "")
		}
		l.Name = *name
	}
	if color != nil {
		l.Color = *color
	}
	if description.Set {
		l.Description = description.Value
	}
	return nil
}

// DeleteLabel removes a label from the repository and from every issue.
func (r *Repo) DeleteLabel(l *Label) {
	r.labels = slices.DeleteFunc(r.labels, func(x *Label) bool { return x == l })
	for _, i := range r.byNumber {
		i.Labels = slices.DeleteFunc(slices.Clone(i.Labels), func(x *Label) bool { return x == l })
	}
}

func checkLabel(name string) error {
	if strings.TrimSpace(name) == "" {
		return invalid("Label", "name", "missing_field", "")
	}
	if utf8.RuneCountInString(name) > MaxLabel {
		return tooLong("Label", "name", MaxLabel)
	}
	return nil
}

// labelsNamed finds labels by name and makes the unknown ones, as GitHub does for whoever may write. All names are checked first.
func (r *Repo) labelsNamed(names []string) ([]*Label, error) {
	for _, n := range names {
		if err := checkLabel(n); err != nil {
			return nil, err
		}
	}
	var out []*Label
	for _, n := range names {
		l := r.Label(n)
		if l == nil {
			l = r.newLabel(n, "ededed", nil)
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, nil
}

func (r *Repo) knownLabels(labels []*Label) []*Label {
	var out []*Label
	for _, l := range labels {
		if k := r.Label(l.Name); k != nil {
			out = append(out, k)
		}
	}
	return out
}

// SetLabels replaces the labels of an issue.
func (r *Repo) SetLabels(actor *User, i *Issue, names []string) error {
	labels, err := r.labelsNamed(names)
	if err != nil {
		return err
	}
	r.replaceLabels(actor, i, labels)
	return nil
}

// AddLabels adds labels to an issue, making unknown ones.
func (r *Repo) AddLabels(actor *User, i *Issue, names []string) error {
	add, err := r.labelsNamed(names)
	if err != nil {
		return err
	}
	labels := slices.Clone(i.Labels)
	for _, l := range add {
		if !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	r.replaceLabels(actor, i, labels)
	return nil
}

// RemoveLabel takes one label off an issue; a label not on it is 404 "Label does not exist".
func (r *Repo) RemoveLabel(actor *User, i *Issue, name string) error {
	l := r.Label(name)
	if l == nil || !slices.Contains(i.Labels, l) {
		return &Error{Status: http.StatusNotFound, Message: "Label does not exist"}
	}
	r.replaceLabels(actor, i, slices.DeleteFunc(slices.Clone(i.Labels), func(x *Label) bool { return x == l }))
	return nil
}

func (r *Repo) replaceLabels(actor *User, i *Issue, labels []*Label) {
	var notices []Notice
	i.change(func() bool {
		n := len(i.Timeline)
		notices = i.setLabels(actor, labels)
		return len(i.Timeline) > n
	})
	r.tell(notices)
}

func (i *Issue) setLabels(actor *User, labels []*Label) []Notice {
	var notices []Notice
	for _, l := range i.Labels {
		if !slices.Contains(labels, l) {
			notices = append(notices, i.labeled(actor, "unlabeled", l)...)
		}
	}
	for _, l := range labels {
		if !slices.Contains(i.Labels, l) {
			notices = append(notices, i.labeled(actor, "labeled", l)...)
		}
	}
	i.Labels = labels
	return notices
}

func (i *Issue) labeled(actor *User, action string, l *Label) []Notice {
	then := *l
	i.record(&Event{Kind: action, Actor: actor, Label: &then})
	notices := i.announce(actor, action)
	for k := range notices {
		notices[k].Label = l
	}
	return notices
}
