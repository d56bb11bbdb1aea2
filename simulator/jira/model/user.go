package model

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// User is an account. On Cloud it is known by AccountID alone, on Data Center by Login (name) and Key.
type User struct {
	Login     string `json:"login"`
	AccountID string `json:"account_id,omitempty"`
	Key       string `json:"key,omitempty"` // Data Center
	Display   string `json:"display,omitempty"`
	Email     string `json:"email,omitempty"`
	HideEmail bool   `json:"hide_email,omitempty"` // the address is missing for others, as the profile's visibility may have it
	TimeZone  string `json:"time_zone,omitempty"`  // IANA name; quoted JQL dates and rendered times are in it; default UTC
	Inactive  bool   `json:"inactive,omitempty"`
	Admin     bool   `json:"admin,omitempty"` // administers Jira: has every permission
	// Groups and Roles are what the user belongs to; roles are the same in every project here. They matter to comments alone.
	Groups []string `json:"groups,omitempty"`
	Roles  []string `json:"roles,omitempty"`

	zone *time.Location
}

// AddUser makes an account, or replaces the one with that login. Empty fields get values made of the login.
func (w *World) AddUser(u User) *User {
	if u.AccountID == "" {
		u.AccountID = accountID(u.Login)
	}
	if u.Key == "" {
		u.Key = "JIRAUSER" + strings.ToUpper(accountID(u.Login)[7:12])
	}
	if u.Display == "" && u.Login != "" {
		u.Display = strings.ToUpper(u.Login[:1]) + u.Login[1:]
	}
	if u.Email == "" {
		u.Email = u.Login + "@example.com"
	}
	if u.TimeZone == "" {
		u.TimeZone = "UTC"
	}
	var err error
	if u.zone, err = time.LoadLocation(u.TimeZone); err != nil {
		u.zone = time.UTC // an unknown zone is as good as none
	}
	if known := w.User(u.Login); known != nil {
		*known = u
		return known
	}
	w.users = append(w.users, &u)
	return &u
}

// accountID makes an id in the shape of Jira's.
func accountID(login string) string {
	h := fnv.New128a()
	h.Write([]byte(login))
	s := fmt.Sprintf("%x", h.Sum(nil))
	return fmt.Sprintf("712020:%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:32])
}

// Users lists all accounts in the order they were made.
func (w *World) Users() []*User { return w.users }

// User finds by login; nil if there is none.
func (w *World) User(login string) *User {
	return w.userBy(func(u *User) bool { return u.Login == login })
}

// Account finds by account id; nil if there is none.
func (w *World) Account(id string) *User {
	return w.userBy(func(u *User) bool { return u.AccountID == id })
}

func (w *World) userBy(match func(*User) bool) *User {
	if at := slices.IndexFunc(w.users, match); at >= 0 {
		return w.users[at]
	}
	return nil
}

// Location is the user's time zone.
func (u *User) Location() *time.Location {
	if u == nil || u.zone == nil {
		return time.UTC
	}
	return u.zone
}

// ID is what the edition knows the user by: the login on Data Center, the account id on Cloud.
func (w *World) ID(u *User) string {
	if w.wiki {
		return u.Login
	}
	return u.AccountID
}
