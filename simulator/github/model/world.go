// Package model is GitHub's issue tracker as one in-memory value: repositories, issues and pull requests, comments, labels,
// milestones, assignees, their timeline and edit history, and the notices from which webhooks are made.
//
// It knows nothing of HTTP, tokens, limits or faults: package github serves it. It is pure in the sense that matters for
// reproducible runs: no goroutine, no lock, no wall clock and no source of chance of its own. Time comes from the function given to
// [New] and ids from counters, so the same calls give the same world. The caller serialises access.
//
// The entry point is [New]; everything hangs off [World.AddRepo].
package model

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// World holds all users and repositories. It is not safe for concurrent use.
type World struct {
	now   func() time.Time
	lag   time.Duration
	emit  func(Notice)
	users map[string]*User // by lower-case login
	repos map[string]*Repo // by lower-case owner/name; a former name keeps pointing at its repository
	byID  map[int64]*Repo
	nodes map[string]any // *Issue or *Comment by GraphQL node id; deleted ones are removed
	last  int64          // the last id given out; one sequence for all kinds
}

// New returns an empty world whose time is now().
func New(now func() time.Time) *World {
	return &World{
		now:   now,
		emit:  func(Notice) {},
		users: map[string]*User{},
		repos: map[string]*Repo{},
		byID:  map[int64]*Repo{},
		nodes: map[string]any{},
		last:  3_000_000_000, // beyond 32 bits, as GitHub's issue ids are
	}
}

// OnNotice sets the function that hears of every change a webhook would tell about. It runs inside the change, after it is
// complete, and must not change the world.
func (w *World) OnNotice(f func(Notice)) { w.emit = f }

// SetLag makes writes from now on appear in lists only d later, as on a lagging replica. Direct reads are never late.
func (w *World) SetLag(d time.Duration) { w.lag = d }

// Now is the world's time in GitHub's resolution: whole seconds, UTC.
func (w *World) Now() time.Time { return w.now().UTC().Truncate(time.Second) }

// Node finds an issue, pull request or comment by its GraphQL node id; nil if there is none (or no longer).
func (w *World) Node(id string) any { return w.nodes[id] }

// User is an account.
type User struct {
	ID        int64
	NodeID    string
	Login     string
	AvatarURL string
	Type      string // User, Bot or Organization

	recorded bool // from a seed, not made up
}

// User returns the account with that login (case-insensitive), creating it at first sight.
func (w *World) User(login string) *User {
	if u := w.users[strings.ToLower(login)]; u != nil {
		return u
	}
	id := w.nextID()
	u := &User{ID: id, NodeID: nodeID("U", id), Login: login, Type: "User"}
	if strings.HasSuffix(login, "[bot]") {
		u.Type = "Bot"
	}
	w.users[strings.ToLower(login)] = u
	return u
}

// KnownUser is like User but does not create; nil when the login was never seen.
func (w *World) KnownUser(login string) *User { return w.users[strings.ToLower(login)] }

func (w *World) nextID() int64 {
	w.last++
	return w.last
}

// nodeID makes a node id in the shape of GitHub's: a type prefix and an opaque rest.
func nodeID(prefix string, id int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	return prefix + "_kwDO" + base64.RawURLEncoding.EncodeToString(b[:])
}

// Notice is one thing that happened, as a webhook tells it.
type Notice struct {
	Event     string // issues or issue_comment
	Action    string // opened, edited, labeled, ...
	Repo      *Repo
	Issue     *Issue
	Comment   *Comment // issue_comment only
	Sender    *User
	Label     *Label
	Assignee  *User
	Milestone *Milestone
	Changes   map[string]any // edited: the former values; transferred: the new issue and repository
	MovedTo   *Issue         // transferred only
}
