package model

import (
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// PutRemote makes a remote link, or replaces the one with its global id; made says which. It moves no updated.
func (w *World) PutRemote(by Caller, i *Issue, l RemoteLink) (link *RemoteLink, made bool, err error) {
	if !i.Project.May(by.User, LinkIssues) {
		return nil, false, Refuse(http.StatusForbidden, "You do not have the permission to create or edit remote issue links.")
	}
	if utf8.RuneCountInString(l.GlobalID) > MaxKey {
		return nil, false, badField("globalId", "globalId is too long, the maximum is %d characters.", MaxKey)
	}
	for _, need := range []string{"url", "title"} {
		if s, _ := l.Object[need].(string); s == "" {
			return nil, false, badField(need, "'%s' is required.", need)
		}
	}
	for _, known := range i.Remote {
		if l.GlobalID != "" && known.GlobalID == l.GlobalID {
			l.ID = known.ID
			*known = l
			return known, false, nil
		}
	}
	l.ID = w.next("remote")
	i.Remote = append(i.Remote, &l)
	return &l, true, nil
}

// DropRemote deletes the remote links that match; the error says there was none.
func (w *World) DropRemote(by Caller, i *Issue, match func(*RemoteLink) bool) error {
	if !i.Project.May(by.User, LinkIssues) {
		return Refuse(http.StatusForbidden, "You do not have the permission to delete remote issue links.")
	}
	before := len(i.Remote)
	i.Remote = slices.DeleteFunc(i.Remote, match)
	if len(i.Remote) == before {
		return Refuse(http.StatusNotFound, "The remote issue link does not exist.")
	}
	return nil
}

// IDText is the id as Jira writes it in addresses.
func (l *RemoteLink) IDText() string { return strconv.FormatInt(l.ID, 10) }
