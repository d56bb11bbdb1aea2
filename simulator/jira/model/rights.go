package model

import "maps"

// Permission is a project permission, by its key in Jira.
type Permission string

// The permissions that something here depends on.
const (
	Browse            Permission = "BROWSE_PROJECTS"
	CreateIssues      Permission = "CREATE_ISSUES"
	EditIssues        Permission = "EDIT_ISSUES"
	TransitionIssues  Permission = "TRANSITION_ISSUES"
	AssignIssues      Permission = "ASSIGN_ISSUES"
	AssignableUser    Permission = "ASSIGNABLE_USER"
	ModifyReporter    Permission = "MODIFY_REPORTER"
	ScheduleIssues    Permission = "SCHEDULE_ISSUES"
	LinkIssues        Permission = "LINK_ISSUES"
	DeleteIssues      Permission = "DELETE_ISSUES"
	AddComments       Permission = "ADD_COMMENTS"
	EditOwnComments   Permission = "EDIT_OWN_COMMENTS"
	EditAllComments   Permission = "EDIT_ALL_COMMENTS"
	DeleteOwnComments Permission = "DELETE_OWN_COMMENTS"
	DeleteAllComments Permission = "DELETE_ALL_COMMENTS"
	ManageSprints     Permission = "MANAGE_SPRINTS_PERMISSION"
	AdministerProject Permission = "ADMINISTER_PROJECTS"
	Administer        Permission = "ADMINISTER" // global
	BulkChange        Permission = "BULK_CHANGE"
)

// Permissions lists all of them.
func Permissions() []Permission {
	return []Permission{Browse, CreateIssues, EditIssues, TransitionIssues, AssignIssues, AssignableUser, ModifyReporter, ScheduleIssues, LinkIssues,
		DeleteIssues, AddComments, EditOwnComments, EditAllComments, DeleteOwnComments, DeleteAllComments, ManageSprints, AdministerProject, Administer, BulkChange}
}

// byDefault says what everybody may do in a project where nothing was said about them: all but administer and change what others wrote.
func byDefault(p Permission) bool {
	switch p {
	case AdministerProject, Administer, EditAllComments, DeleteAllComments, DeleteIssues, ManageSprints, BulkChange:
		return false
	}
	return true
}

// May says whether the user has the permission in the project.
func (p *Project) May(u *User, perm Permission) bool {
	if u == nil || u.Inactive {
		return false
	}
	if rights, said := p.rights[u]; said {
		return rights[perm] && (perm == Browse || rights[Browse])
	}
	return u.Admin || byDefault(perm)
}

// MayGlobally is May for permissions that belong to no project.
func (w *World) MayGlobally(u *User, perm Permission) bool { return u.Admin || byDefault(perm) }

// SetPermissions replaces all rights of a user in the project.
func (p *Project) SetPermissions(u *User, perms ...Permission) {
	rights := map[Permission]bool{}
	for _, perm := range perms {
		rights[perm] = true
	}
	p.rights[u] = rights
}

// Grant adds rights to those the user has, Revoke takes some away.
func (p *Project) Grant(u *User, perms ...Permission) { p.adjust(u, true, perms) }

// Revoke takes rights away from those the user has.
func (p *Project) Revoke(u *User, perms ...Permission) { p.adjust(u, false, perms) }

func (p *Project) adjust(u *User, to bool, perms []Permission) {
	rights := map[Permission]bool{}
	for _, perm := range Permissions() {
		rights[perm] = p.May(u, perm)
	}
	maps.DeleteFunc(rights, func(_ Permission, has bool) bool { return !has })
	for _, perm := range perms {
		rights[perm] = to
	}
	p.rights[u] = rights
}
