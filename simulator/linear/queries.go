package linear

import (
	"slices"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
)

// query answers one root field: what node.get may give.
type query func(v *viewer, args map[string]any) (any, error)

// root is the object behind the root fields.
type root struct {
	*viewer
	name string
}

func (r root) TypeName() string { return r.name }

func (r root) Resolve(f graphql.Field) (any, error) {
	do := r.tables.queries[f.Name]
	if r.name == "Mutation" {
		write := r.tables.mutations[f.Name]
		do = func(v *viewer, args map[string]any) (any, error) { return write(v, args) }
	} else if err := r.need(ScopeRead, ScopeWrite); err != nil {
		return nil, wrap(err)
	}
	value, err := do(r.viewer, f.Args)
	if err != nil {
		return nil, wrap(err)
	}
	return r.lower(value, f)
}

func queries() map[string]query {
	list := func(all func(*viewer) []node) query {
		return func(v *viewer, _ map[string]any) (any, error) { return all(v), nil }
	}
	return map[string]query{
		"viewer":          func(v *viewer, _ map[string]any) (any, error) { return v.showUser(v.user), nil },
		"organization":    func(v *viewer, _ map[string]any) (any, error) { return v.showOrganization(), nil },
		"rateLimitStatus": func(v *viewer, _ map[string]any) (any, error) { return v.rateLimitStatus(), nil },
		"teams":           list((*viewer).allTeams),
		"workflowStates":  list((*viewer).allStates),
		"issueLabels":     list((*viewer).allLabels),
		"cycles":          list((*viewer).allCycles),
		"projects":        list((*viewer).allProjects),
		"users":           list((*viewer).allUsers),
		"issues":          list((*viewer).allIssues),
		"comments":        list((*viewer).allComments),
		"attachments":     list((*viewer).allAttachments),
		"attachmentsForURL": func(v *viewer, args map[string]any) (any, error) {
			return slices.DeleteFunc(v.allAttachments(), func(n node) bool { u, _ := n.get("url"); return u != args["url"] }), nil
		},
		"webhooks": func(v *viewer, _ map[string]any) (any, error) { return v.allHooks(), v.needAdmin() },
		"webhook": func(v *viewer, args map[string]any) (any, error) {
			if err := v.needAdmin(); err != nil {
				return nil, err
			}
			return one(v.allHooks(), "Webhook", args)
		},
		"team": func(v *viewer, args map[string]any) (any, error) {
			t := v.world.Team(id(args))
			if t == nil || !v.sees(t) {
				return nil, model.NotFound("Team", "")
			}
			return v.showTeam(t), nil
		},
		"issueLabel": func(v *viewer, args map[string]any) (any, error) { return one(v.allLabels(), "IssueLabel", args) },
		"project":    func(v *viewer, args map[string]any) (any, error) { return one(v.allProjects(), "Project", args) },
		"user":       func(v *viewer, args map[string]any) (any, error) { return one(v.allUsers(), "User", args) },
		"attachment": func(v *viewer, args map[string]any) (any, error) { return one(v.allAttachments(), "Attachment", args) },
		"issue": func(v *viewer, args map[string]any) (any, error) {
			i, err := v.issue(id(args))
			if err != nil {
				return nil, err
			}
			return v.showIssue(i), nil
		},
		"comment": func(v *viewer, args map[string]any) (any, error) {
			c, err := v.comment(id(args))
			if err != nil {
				return nil, err
			}
			return v.showComment(c), nil
		},
	}
}

func id(args map[string]any) string {
	s, _ := args["id"].(string)
	return s
}

// one finds an entity by id among those the caller sees.
func one(list []node, name string, args map[string]any) (any, error) {
	for _, n := range list {
		if n.meta().ID == id(args) {
			return n, nil
		}
	}
	return nil, model.NotFound(name, "")
}

// issue finds an issue the caller sees, by id or identifier.
func (v *viewer) issue(id string) (*model.Issue, error) {
	if i := v.world.Issue(id); i != nil && v.sees(i.Team) {
		return i, nil
	}
	return nil, model.NotFound("Issue", "")
}

func (v *viewer) comment(id string) (*model.Comment, error) {
	if c := v.world.Comment(id); c != nil && v.sees(c.Issue.Team) {
		return c, nil
	}
	return nil, model.NotFound("Comment", "")
}
