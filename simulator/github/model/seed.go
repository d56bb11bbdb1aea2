package model

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Seed fills the repository from GitHub's own JSON: the arrays answered by GET .../issues?state=all and GET .../issues/comments.
// Numbers, ids, authors and dates are kept, pull requests and their comments included. What the lists do not carry (timeline
// events, former texts) is not made up. Comments may be nil.
func (r *Repo) Seed(issues, comments io.Reader) error {
	var is []seedIssue
	if err := json.NewDecoder(issues).Decode(&is); err != nil {
		return fmt.Errorf("decode seed issues: %w", err)
	}
	var cs []seedComment
	if comments != nil {
		if err := json.NewDecoder(comments).Decode(&cs); err != nil {
			return fmt.Errorf("decode seed comments: %w", err)
		}
	}
	for _, s := range is {
		if r.byNumber[s.Number] != nil {
			return fmt.Errorf("seed %s: number %d is taken", r.FullName(), s.Number)
		}
		r.seedIssue(s)
	}
	slices.SortFunc(cs, func(a, b seedComment) int { return compareKeys(0, a.ID, 0, b.ID) })
	for _, s := range cs {
		if err := r.seedComment(s); err != nil {
			return err
		}
	}
	return nil
}

type seedUser struct {
	ID        int64  `json:"id"`
	Login     string `json:"login"`
	NodeID    string `json:"node_id"`
	AvatarURL string `json:"avatar_url"`
	Type      string `json:"type"`
}

type seedIssue struct {
	ID          int64       `json:"id"`
	NodeID      string      `json:"node_id"`
	Number      int         `json:"number"`
	Title       string      `json:"title"`
	Body        *string     `json:"body"`
	User        *seedUser   `json:"user"`
	Labels      []seedLabel `json:"labels"`
	Assignees   []*seedUser `json:"assignees"`
	Milestone   *seedStone  `json:"milestone"`
	State       string      `json:"state"`
	Reason      *string     `json:"state_reason"`
	Association string      `json:"author_association"`
	Created     time.Time   `json:"created_at"`
	Updated     time.Time   `json:"updated_at"`
	Closed      *time.Time  `json:"closed_at"`
	PullRequest *struct {
		Merged *time.Time `json:"merged_at"`
	} `json:"pull_request"`
}

type seedLabel struct {
	Name        string  `json:"name"`
	Color       string  `json:"color"`
	Description *string `json:"description"`
}

type seedStone struct {
	Title       string     `json:"title"`
	Description *string    `json:"description"`
	State       string     `json:"state"`
	Due         *time.Time `json:"due_on"`
}

type seedComment struct {
	ID          int64     `json:"id"`
	NodeID      string    `json:"node_id"`
	IssueURL    string    `json:"issue_url"`
	User        *seedUser `json:"user"`
	Body        string    `json:"body"`
	Association string    `json:"author_association"`
	Created     time.Time `json:"created_at"`
	Updated     time.Time `json:"updated_at"`
}

// seedUser files an account as it was recorded; GitHub's "ghost" stands in for a deleted one.
func (w *World) seedUser(s *seedUser) *User {
	if s == nil {
		return w.User("ghost")
	}
	u := w.User(s.Login)
	if !u.recorded {
		*u = User{ID: s.ID, NodeID: s.NodeID, Login: s.Login, AvatarURL: s.AvatarURL, Type: s.Type, recorded: true}
	}
	return u
}

func (r *Repo) seedIssue(s seedIssue) {
	i := &Issue{
		ID: s.ID, NodeID: s.NodeID, Number: s.Number, Repo: r, Title: s.Title, Body: s.Body, Author: r.w.seedUser(s.User),
		Association: s.Association, State: s.State, Created: s.Created, Updated: s.Updated, Closed: s.Closed,
	}
	if s.Reason != nil {
		i.Reason = *s.Reason
	}
	if s.PullRequest != nil {
		i.PullRequest, i.Merged = true, s.PullRequest.Merged
	}
	for _, l := range s.Labels {
		known := r.Label(l.Name)
		if known == nil {
			known = r.newLabel(l.Name, l.Color, l.Description)
		}
		i.Labels = append(i.Labels, known)
	}
	for _, u := range s.Assignees {
		user := r.w.seedUser(u)
		r.collaborators[strings.ToLower(user.Login)] = user
		i.Assignees = append(i.Assignees, user)
	}
	if s.Milestone != nil {
		i.Milestone = r.seedMilestone(s.Milestone)
	}
	r.w.last = max(r.w.last, s.ID)
	r.add(i)
}

func (r *Repo) seedMilestone(s *seedStone) *Milestone {
	if m := r.milestoneTitled(s.Title); m != nil {
		return m
	}
	r.lastMilestone++
	id := r.w.nextID()
	m := &Milestone{ID: id, NodeID: nodeID("MI", id), Number: r.lastMilestone, Title: s.Title, Description: s.Description,
		State: s.State, Due: s.Due, Creator: r.Owner, Created: r.Created, Updated: r.Created}
	r.milestones = append(r.milestones, m)
	return m
}

func (r *Repo) seedComment(s seedComment) error {
	number, err := strconv.Atoi(s.IssueURL[strings.LastIndexByte(s.IssueURL, '/')+1:])
	if err != nil || r.byNumber[number] == nil {
		return fmt.Errorf("seed comment %d: no issue at %q", s.ID, s.IssueURL)
	}
	i := r.byNumber[number]
	c := &Comment{ID: s.ID, NodeID: s.NodeID, Issue: i, Author: r.w.seedUser(s.User), Association: s.Association,
		Body: s.Body, Created: s.Created, Updated: s.Updated}
	r.w.last = max(r.w.last, s.ID)
	i.attach(c)
	r.addComment(c)
	return nil
}
