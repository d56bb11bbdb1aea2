package model

import "strings"

// User is a person, or the user of an app.
type User struct {
	Meta
	Name, DisplayName, Email string
	Active, Admin, App       bool
	Guest                    bool
}

// Actor is who does something: a user, possibly in the name of somebody who has no account (createAsUser, for apps only).
type Actor struct {
	User *User
	As   string
}

// User returns the user with that display name (case-insensitive), creating it at first sight.
func (w *World) User(login string) *User {
	if u := w.KnownUser(login); u != nil {
		return u
	}
	u := &User{Meta: w.meta(""), Name: login, DisplayName: login, Email: slug(login) + "@" + w.Organization.URLKey + ".example", Active: true}
	w.users = append(w.users, u)
	return u
}

// KnownUser is like User but does not create: nil when the name was never seen.
func (w *World) KnownUser(login string) *User {
	return find(w.users, func(u *User) bool { return strings.EqualFold(u.DisplayName, login) })
}

// UserByID returns nil when there is none.
func (w *World) UserByID(id string) *User {
	return find(w.users, func(u *User) bool { return u.ID == id })
}

// Users lists all users by age.
func (w *World) Users() []*User { return w.users }

// assignable finds a user who may get work.
func (w *World) assignable(id, field string) (*User, error) {
	u := w.UserByID(id)
	if u == nil {
		return nil, NotFound("User", field)
	}
	if !u.Active || u.App {
		return nil, Refuse("%s: the user cannot be assigned", field)
	}
	return u, nil
}
