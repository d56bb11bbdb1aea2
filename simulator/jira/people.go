package jira

func getMyself(c *call) (reply, error) {
	return ok(c.person(c.user))
}
