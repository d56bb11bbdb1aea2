package model

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Repo is a repository with its tracker. Exported fields may be read freely; change them only through methods, except the three
// switches Private, IssuesDisabled and Archived.
type Repo struct {
	ID             int64
	NodeID         string
	Owner          *User
	Name           string
	Private        bool
	IssuesDisabled bool
	Archived       bool
	Created        time.Time

	w             *World
	byNumber      map[int]*Issue // deleted and transferred ones too
	byUpdate      index[*Issue]
	byCreation    []*Issue
	lagging       map[*Issue]struct{}
	comments      map[int64]*Comment
	byEdit        index[*Comment]
	tardy         map[*Comment]struct{}
	labels        []*Label
	milestones    []*Milestone
	collaborators map[string]*User
	lastNumber    int
	lastMilestone int
	uncounted     bool // an issue changed since the milestones were counted
}

// AddRepo makes an empty repository with the nine labels GitHub gives a new one.
func (w *World) AddRepo(owner, name string) *Repo {
	id := w.nextID()
	r := &Repo{
		ID: id, NodeID: nodeID("R", id), Owner: w.User(owner), Name: name, Created: w.Now(), w: w,
		byNumber: map[int]*Issue{}, comments: map[int64]*Comment{}, collaborators: map[string]*User{},
		lagging: map[*Issue]struct{}{}, tardy: map[*Comment]struct{}{},
	}
	w.byID[id] = r
	w.repos[strings.ToLower(r.FullName())] = r
	r.addDefaultLabels()
	r.AddCollaborator(owner)
	return r
}

// FullName is owner/name.
func (r *Repo) FullName() string { return r.Owner.Login + "/" + r.Name }

// Repo finds a repository by owner and name, case-insensitively. Under a former name it is found too, with moved true: GitHub
// answers those requests with 301.
func (w *World) Repo(owner, name string) (r *Repo, moved bool) {
	full := strings.ToLower(owner + "/" + name)
	r = w.repos[full]
	return r, r != nil && strings.ToLower(r.FullName()) != full
}

// RepoByID finds a repository by its id, which survives renaming.
func (w *World) RepoByID(id int64) *Repo { return w.byID[id] }

// Rename changes the repository's name; the old one redirects from now on.
func (r *Repo) Rename(name string) {
	r.Name = name
	r.w.repos[strings.ToLower(r.FullName())] = r
}

// AddCollaborator makes a user assignable to issues here.
func (r *Repo) AddCollaborator(login string) {
	r.collaborators[strings.ToLower(login)] = r.w.User(login)
}

// Collaborators lists who can be assigned, by login.
func (r *Repo) Collaborators() []*User {
	out := make([]*User, 0, len(r.collaborators))
	for _, u := range r.collaborators {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *User) int { return strings.Compare(a.Login, b.Login) })
	return out
}

// RemoveCollaborator takes from a user that he can be assigned; issues that he is on stay his.
func (r *Repo) RemoveCollaborator(login string) { delete(r.collaborators, strings.ToLower(login)) }

// Collaborator returns the assignable user with that login, or nil.
func (r *Repo) Collaborator(login string) *User { return r.collaborators[strings.ToLower(login)] }

// Issue finds an issue or pull request by number as a direct read does: never late. A deleted issue is 410, a transferred one 301
// with MovedTo, an unknown one 404.
func (r *Repo) Issue(number int) (*Issue, error) {
	i := r.byNumber[number]
	switch {
	case i == nil:
		return nil, NotFound()
	case i.movedTo != nil:
		return nil, &Error{Status: http.StatusMovedPermanently, Message: "Moved Permanently", MovedTo: i.movedTo}
	case i.deleted:
		return nil, &Error{Status: http.StatusGone, Message: "This issue was deleted"}
	case r.IssuesDisabled && !i.PullRequest:
		return nil, issuesDisabled()
	}
	return i, nil
}

func issuesDisabled() *Error {
	return &Error{Status: http.StatusGone, Message: "Issues are disabled for this repo"}
}

// All returns every issue and pull request ever made here, by number; with gone, deleted and transferred ones too.
func (r *Repo) All(gone bool) []*Issue {
	out := make([]*Issue, 0, len(r.byNumber))
	for _, i := range r.byNumber {
		if gone || !i.Gone() {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b *Issue) int { return a.Number - b.Number })
	return out
}

// OpenCount counts open issues and pull requests, as GitHub's open_issues_count does.
func (r *Repo) OpenCount() int {
	n := 0
	for _, i := range r.byUpdate.items {
		if i.State == "open" {
			n++
		}
	}
	return n
}

// Repos lists all repositories by id.
func (w *World) Repos() []*Repo {
	out := make([]*Repo, 0, len(w.byID))
	for _, r := range w.byID {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *Repo) int { return compareKeys(0, a.ID, 0, b.ID) })
	return out
}
