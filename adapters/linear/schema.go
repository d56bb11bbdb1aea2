package linear

import (
	"context"
	"strconv"

	"github.com/extsync/extsync/external"
)

// priorities are Linear's, by number, under the names that its pages show.
func priorities() []string { return []string{"No priority", "Urgent", "High", "Medium", "Low"} }

// Schema returns the states, labels, people, projects and cycles of the team, and the
// scale of its estimates. A field that the team does not use is left out.
func (a *adapter) Schema(ctx context.Context) (external.Schema, error) {
	team, err := a.teamID(ctx)
	if err != nil {
		return external.Schema{}, err
	}
	states, err := a.states(ctx, team)
	if err != nil {
		return external.Schema{}, err
	}
	s := external.Schema{Fields: fieldsOf(states.Team)}
	labels, err := a.labels(ctx, team)
	if err != nil {
		return external.Schema{}, err
	}
	for _, l := range labels {
		if !l.IsGroup {
			s.Labels = append(s.Labels, l.Name)
		}
	}
	if s.People, err = a.people(ctx, team); err != nil {
		return external.Schema{}, err
	}
	s.Containers, err = a.Containers(ctx)
	return s, err
}

// fieldsOf adds to the fields what is true in one team.
func fieldsOf(t listStatesTeam) []external.FieldCapability {
	var out []external.FieldCapability
	for _, f := range Capabilities().Fields {
		switch f.Name {
		case fieldTitle:
			f.Required = true
		case fieldState:
			for _, s := range t.States.Nodes {
				f.Options = append(f.Options, external.Option{ID: s.Id, Name: s.Name, Category: category(s.Type)})
			}
		case fieldPriority:
			for n, name := range priorities() {
				f.Options = append(f.Options, external.Option{ID: strconv.Itoa(n), Name: name})
			}
		case fieldEstimate:
			if f.Options = estimates(t); len(f.Options) == 0 {
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

// category groups states by their type, which Linear keeps an open set: what is not known
// is still to be done. Empty is no category.
func category(kind string) external.Category {
	switch kind {
	case "started":
		return external.CategoryDoing
	case "completed":
		return external.CategoryDone
	case "canceled", "duplicate":
		return external.CategoryCanceled
	}
	return external.CategoryTodo // triage, backlog, unstarted
}

// estimates are the points that a team's scale offers; none where it does not estimate.
// Source: https://linear.app/docs/estimates
func estimates(t listStatesTeam) []external.Option {
	points := map[string][]int{
		"exponential": {1, 2, 4, 8, 16, 32, 64}, "fibonacci": {1, 2, 3, 5, 8, 13, 21},
		"linear": {1, 2, 3, 4, 5, 6, 7}, "tShirt": {1, 2, 3, 5, 8, 13, 21},
	}[t.IssueEstimationType]
	if points == nil {
		return nil
	}
	if !t.IssueEstimationExtended {
		points = points[:5]
	}
	var out []external.Option
	if t.IssueEstimationAllowZero {
		out = append(out, external.Option{Name: "0"})
	}
	for _, p := range points {
		out = append(out, external.Option{Name: strconv.Itoa(p)})
	}
	return out
}

func (a *adapter) states(ctx context.Context, team string) (*listStatesResponse, error) {
	var got *listStatesResponse
	_, err := a.read(ctx, "list states", "states.list", func(ctx context.Context) (err error) {
		got, err = listStates(ctx, a.gql, team)
		return err
	})
	return got, err
}

type labelNode = listLabelsIssueLabelsIssueLabelConnectionNodesIssueLabel

// labels are those of the team and of the whole workspace, groups among them.
func (a *adapter) labels(ctx context.Context, team string) ([]labelNode, error) {
	filter := map[string]any{"or": []any{
		map[string]any{"team": map[string]any{"id": map[string]any{"eq": team}}},
		map[string]any{"team": map[string]any{"null": true}},
	}}
	var out []labelNode
	err := pages(func(after *string) (next pageFields, err error) {
		_, err = a.read(ctx, "list labels", "labels.list", func(ctx context.Context) error {
			got, err := listLabels(ctx, a.gql, filter, after)
			if err != nil {
				return err
			}
			out, next = append(out, got.IssueLabels.Nodes...), got.IssueLabels.PageInfo
			return nil
		})
		return next, err
	})
	return out, err
}

// people are the team's members who can be assigned. Their login is their id: names and
// addresses change. Linear vouches for the addresses, by which people sign in.
func (a *adapter) people(ctx context.Context, team string) ([]external.Person, error) {
	var out []external.Person
	err := pages(func(after *string) (next pageFields, err error) {
		_, err = a.read(ctx, "list members", "members.list", func(ctx context.Context) error {
			got, err := listMembers(ctx, a.gql, team, after)
			if err != nil {
				return err
			}
			for _, u := range got.Team.Members.Nodes {
				if u.Active && !u.App {
					out = append(out, external.Person{Login: u.Id, Name: u.Name, Email: u.Email})
				}
			}
			next = got.Team.Members.PageInfo
			return nil
		})
		return next, err
	})
	return out, err
}

// Containers returns the team's projects and cycles, finished ones too: issues may stand
// in them.
func (a *adapter) Containers(ctx context.Context) ([]external.Container, error) {
	team, err := a.teamID(ctx)
	if err != nil {
		return nil, err
	}
	out, err := a.projectContainers(ctx, team)
	if err != nil {
		return nil, err
	}
	err = pages(func(after *string) (next pageFields, err error) {
		_, err = a.read(ctx, "list cycles", "cycles.list", func(ctx context.Context) error {
			got, err := listCycles(ctx, a.gql, team, after)
			if err != nil {
				return err
			}
			for _, c := range got.Team.Cycles.Nodes {
				out = append(out, container(fieldCycle, c.Id, strconv.Itoa(int(c.Number)), cycleName(c.Number, c.Name)))
			}
			next = got.Team.Cycles.PageInfo
			return nil
		})
		return next, err
	})
	return out, err
}

func (a *adapter) projectContainers(ctx context.Context, team string) ([]external.Container, error) {
	var out []external.Container
	err := pages(func(after *string) (next pageFields, err error) {
		_, err = a.read(ctx, "list projects", "projects.list", func(ctx context.Context) error {
			got, err := listProjects(ctx, a.gql, team, after)
			if err != nil {
				return err
			}
			for _, p := range got.Team.Projects.Nodes {
				if p.Trashed == nil || !*p.Trashed {
					out = append(out, container(fieldProject, p.Id, p.SlugId, p.Name))
				}
			}
			next = got.Team.Projects.PageInfo
			return nil
		})
		return next, err
	})
	return out, err
}

func container(field, id, key, name string) external.Container {
	return external.Container{Ref: external.Ref{Kind: external.KindContainer, ID: id, Key: key}, Field: field, Name: name}
}

// cycleName is how Linear's pages call a cycle, which need not have a name.
func cycleName(number float64, name *string) string {
	if name != nil && *name != "" {
		return *name
	}
	return "Cycle " + strconv.Itoa(int(number))
}
