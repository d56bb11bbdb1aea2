package model

import "slices"

// Visibility restricts a comment to the members of a group or of a project role.
type Visibility struct {
	Type  string `json:"type"` // group or role
	Value string `json:"value"`
}

// member says that the user may see what is restricted so. Nobody is exempt, administrators neither.
func (v Visibility) member(u *User) bool {
	switch {
	case u == nil:
		return false
	case v.Type == "group":
		return slices.Contains(u.Groups, v.Value)
	}
	return slices.Contains(u.Roles, v.Value)
}

// check refuses a restriction to what the user does not belong to.
func (v *Visibility) check(u *User) error {
	switch {
	case v == nil:
		return nil
	case v.Type != "group" && v.Type != "role":
		return badField("commentLevel", "The visibility type '%s' is not supported.", v.Type)
	case v.member(u):
		return nil
	case v.Type == "group":
		return badField("commentLevel", "You are currently not a member of the group: %s.", v.Value)
	}
	return badField("commentLevel", "You are currently not a member of the project role: %s.", v.Value)
}

// ShownTo says that the user may see the comment, given that the issue may be seen.
func (c *Comment) ShownTo(u *User) bool { return c.Visible == nil || c.Visible.member(u) }

// CommentsFor lists the comments that the user may see, oldest first.
func (i *Issue) CommentsFor(u *User) []*Comment {
	return slices.DeleteFunc(slices.Clone(i.Comments), func(c *Comment) bool { return !c.ShownTo(u) })
}
