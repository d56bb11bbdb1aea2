package github

import (
	"time"

	"github.com/extsync/extsync/simulator/github/graphql"
	"github.com/extsync/extsync/simulator/github/model"
)

// postGraphQL answers a query. Whatever is wrong with it is told in the errors of a 200.
func postGraphQL(c *call) (reply, error) {
	var in graphql.Request
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	return ok(graphql.Run(graphql.Viewer{
		World: c.sim.world, User: c.user, NodeMax: 100,
		CanSee: c.canSee,
		HTML:   c.view.issueHTML,
		Rate:   c.graphqlRate,
	}, in))
}

// canSee says whether the caller may read the repository's issues.
func (c *call) canSee(r *model.Repo) bool {
	if c.plan.PermissionLost && r.Private {
		return false
	}
	visible := !r.Private || c.sim.role(c.token, r) > RoleNone
	return visible && (c.token.Issues != PermissionNone || !r.Private)
}

func (c *call) graphqlRate() map[string]any {
	l, now, b := &c.sim.limits, c.sim.opts.Now(), &c.token.used.graphql
	b.roll(l.time(now))
	r := b.view(l.GraphQLPerHour)
	return map[string]any{"cost": 1, "limit": r.Limit, "used": r.Used + 1, "remaining": r.Remaining - 1, "nodeCount": 1,
		"resetAt": time.Unix(l.reset(b, now), 0)}
}
