package jira

import (
	"context"
	"slices"
	"strings"
	"sync"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/external"
)

// field is one field of this Jira.
type field struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Custom bool   `json:"custom"`
	Schema schema `json:"schema"`
}

// catalogue is what this Jira says about its fields. It is a value that nobody changes.
type catalogue struct {
	fields   map[string]field // by id
	sprint   string           // id of the field that holds sprints; empty: there is none
	estimate []string         // ids of the fields that may hold estimates
}

// fieldBook holds the catalogue, read once per adapter and again when somebody asks for
// a field that it does not know.
type fieldBook struct {
	mu      sync.Mutex
	known   *catalogue
	unknown map[string]bool // asked for and not there: no reason to read again
}

// catalogue returns the fields of this Jira, which hold at least those wanted if they
// exist.
func (a *adapter) catalogue(ctx context.Context, wanted ...string) (*catalogue, error) {
	a.book.mu.Lock()
	defer a.book.mu.Unlock()
	if a.book.known != nil && !a.book.misses(wanted) {
		return a.book.known, nil
	}
	fields, err := a.listFields(ctx)
	if err != nil {
		return nil, err
	}
	c := newCatalogue(fields, a.settings)
	if err := a.preferEstimate(ctx, c); err != nil {
		return nil, err
	}
	a.book.known = c
	for _, id := range wanted {
		if _, there := a.book.known.fields[id]; isCustom(id) && !there {
			a.book.unknown[id] = true
		}
	}
	return a.book.known, nil
}

func (b *fieldBook) misses(wanted []string) bool {
	return slices.ContainsFunc(wanted, func(id string) bool {
		_, there := b.known.fields[id]
		return isCustom(id) && !there && !b.unknown[id]
	})
}

// listFields reads all fields of the site. Operation getFields.
func (a *adapter) listFields(ctx context.Context) ([]field, error) {
	const what, kind = "list the fields", "fields.list"
	var out []field
	if a.edition == cloud {
		_, err := a.send(ctx, request{what: what, kind: kind, path: a.at("field"), into: &out})
		return out, err
	}
	err := a.typed(ctx, what, kind, false, func(ctx context.Context) error {
		list, _, err := a.jira.Field.GetListWithContext(ctx)
		for _, f := range list {
			out = append(out, fieldOf(f))
		}
		return err
	})
	return out, err
}

func fieldOf(f gojira.Field) field {
	return field{ID: f.ID, Name: f.Name, Custom: f.Custom, Schema: schema{
		Type: f.Schema.Type, Items: f.Schema.Items, System: f.Schema.System, Custom: f.Schema.Custom,
	}}
}

// newCatalogue finds the fields that have no fixed id: sprints by the schema alone,
// since anybody may rename the field; story points by their own schema in team-managed
// projects and by name elsewhere, where they are a number like others.
func newCatalogue(fields []field, s Settings) *catalogue {
	c := &catalogue{fields: map[string]field{}, sprint: s.SprintField}
	for _, f := range fields {
		c.fields[f.ID] = f
		if f.Schema.Custom == customSprint && c.sprint == "" {
			c.sprint = f.ID
		}
		points := f.Schema.Type == "number" && (strings.EqualFold(f.Name, "Story Points") || strings.EqualFold(f.Name, "Story point estimate"))
		if f.Schema.Custom == customStoryPoints || points {
			c.estimate = append(c.estimate, f.ID)
		}
	}
	slices.Sort(c.estimate)
	if s.EstimateField != "" {
		c.estimate = []string{s.EstimateField}
	}
	return c
}

// kind returns the form of a field's values.
func (c *catalogue) kind(name string) kind {
	if k, ok := systemKind(name); ok {
		return k
	}
	return c.fields[name].Schema.kind()
}

// id returns Jira's id of a field of ours.
func (c *catalogue) id(what, name string) (string, error) {
	switch name {
	case fieldSprint:
		if c.sprint == "" {
			return "", fail(external.Invalid, what, "this Jira has no field for sprints; take sprint out of the mapping", nil)
		}
		return c.sprint, nil
	case fieldEstimate:
		if len(c.estimate) == 0 {
			return "", fail(external.Invalid, what, "this Jira has no field for story points; name it as estimate_field in the settings", nil)
		}
		return c.estimate[0], nil
	}
	if _, there := c.fields[name]; isCustom(name) && !there {
		return "", fail(external.Invalid, what, "this Jira has no field "+name+"; take it out of the mapping", nil)
	}
	return name, nil
}

// ourName returns our name of a field of Jira's.
func (c *catalogue) ourName(id string) string {
	switch {
	case id == c.sprint:
		return fieldSprint
	case slices.Contains(c.estimate, id):
		return fieldEstimate
	}
	return id
}

// readFields lists the ids of the fields that an item is made of.
func (a *adapter) readFields(c *catalogue) []string {
	ids := []string{
		fieldSummary, fieldDescription, fieldStatus, fieldResolution, fieldPriority, fieldLabels, fieldAssignee, fieldReporter,
		fieldType, fieldParent, fieldVersions, fieldComponents, fieldDue, "created", "updated", "creator", "project", fieldSecurity,
	}
	if a.edition == cloud {
		ids = append(ids, fieldRestriction)
	}
	if c.sprint != "" {
		ids = append(ids, c.sprint)
	}
	ids = append(ids, c.estimate...)
	for _, id := range a.custom {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// preferEstimate puts the field first that the project's estimates stand in. A site may have two: team-managed
// projects have one of their own. An issue may hold numbers in both, one of which nobody looks at.
func (a *adapter) preferEstimate(ctx context.Context, c *catalogue) error {
	if len(c.estimate) < 2 {
		return nil
	}
	p, err := a.readProject(ctx)
	switch external.KindOf(err) {
	case "":
	case external.NotFound, external.Gone: // of the project, and would be taken for an issue's
		return fail(external.Temporary, "look at project "+a.projectKey, "it is out of sight; it is tried again", err)
	default:
		return err
	}
	other := func(id string) int {
		if (c.fields[id].Schema.Custom == customStoryPoints) == p.Simplified {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(c.estimate, func(x, y string) int { return other(x) - other(y) })
	return nil
}
