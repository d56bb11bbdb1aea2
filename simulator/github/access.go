package github

import (
	"net/http"
	"strings"

	"github.com/extsync/extsync/simulator/github/model"
)

// Role is what a user may do in a repository.
type Role int

// GitHub's roles. Without triage, labels, assignees and milestones of a write are dropped silently; without write, unknown labels
// are not made.
const (
	RoleNone Role = iota + 1
	RoleRead
	RoleTriage
	RoleWrite
	RoleAdmin
)

// Token is a personal access token and the user behind it.
type Token struct {
	Login   string          `json:"login"`
	Push    bool            `json:"push"`    // RoleWrite in every repository not named in Roles; else read, and nothing where private
	Roles   map[string]Role `json:"roles"`   // by owner/name
	Issues  Permission      `json:"issues"`  // what the token itself is allowed; default write
	Revoked bool            `json:"revoked"` // every call answers 401
}

// Permission is what a fine-grained token grants on issues, whatever its user's role.
type Permission string

// The permissions of a fine-grained token. The empty one counts as PermissionWrite.
const (
	PermissionWrite Permission = "write"
	PermissionRead  Permission = "read"
	PermissionNone  Permission = "none"
)

type tokenState struct {
	Token
	anonymous bool
	used      usage
}

// AddToken makes a token valid, or replaces its rights; what it used of its limits stays.
func (s *Sim) AddToken(token string, t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.tokens[token]; known != nil {
		known.Token = t
	} else {
		s.tokens[token] = &tokenState{Token: t}
	}
	s.world.User(t.Login)
	s.enrol()
}

// SetRole flips the role of a token's user in one repository.
func (s *Sim) SetRole(token, repo string, role Role) {
	s.locked(func() {
		if t := s.tokens[token]; t != nil {
			roles := map[string]Role{repo: role}
			for k, v := range t.Roles {
				if !strings.EqualFold(k, repo) {
					roles[k] = v
				}
			}
			t.Roles = roles
		}
	})
}

// enrol makes those who may push assignable.
func (s *Sim) enrol() {
	for _, t := range s.tokens {
		for _, r := range s.world.Repos() {
			if s.role(t, r) >= RoleWrite {
				r.AddCollaborator(t.Login)
			}
		}
	}
}

func (s *Sim) role(t *tokenState, r *model.Repo) Role {
	for full, role := range t.Roles {
		owner, name, _ := strings.Cut(full, "/")
		if named, _ := s.world.Repo(owner, name); named == r {
			return role
		}
	}
	switch {
	case strings.EqualFold(t.Login, r.Owner.Login):
		return RoleAdmin
	case t.Push:
		return RoleWrite
	case r.Private:
		return RoleNone
	}
	return RoleRead
}

// authenticate finds the token of a request. No token at all is an anonymous caller, who may read public repositories.
func (s *Sim) authenticate(h http.Header) (*tokenState, error) {
	value := h.Get("Authorization")
	if value == "" {
		t := s.tokens[""]
		if t == nil {
			t = &tokenState{anonymous: true, Token: Token{Issues: PermissionRead}}
			s.tokens[""] = t
		}
		return t, nil
	}
	scheme, token, _ := strings.Cut(value, " ")
	t := s.tokens[strings.TrimSpace(token)]
	known := strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "token")
	if !known || t == nil || t.anonymous || t.Revoked {
		return nil, &model.Error{Status: http.StatusUnauthorized, Message: "Bad credentials"}
	}
	return t, nil
}

// enter checks what the route asks for against the caller's rights. What may not be seen is not there.
func (c *call) enter() error {
	if c.token.anonymous && (c.route.write || c.route.user) {
		return &model.Error{Status: http.StatusUnauthorized, Message: "Requires authentication"}
	}
	if c.repo == nil {
		return nil
	}
	c.role = c.sim.role(c.token, c.repo)
	if c.plan.PermissionLost {
		c.role = RoleNone
	}
	if c.role <= RoleNone {
		if c.repo.Private {
			return model.NotFound()
		}
		c.role = RoleRead
	}
	if c.route.write && c.repo.Archived {
		return &model.Error{Status: http.StatusForbidden, Message: "Repository was archived so is read-only."}
	}
	if c.route.metadata || c.granted() {
		return nil
	}
	return &model.Error{Status: http.StatusForbidden, Message: "Resource not accessible by personal access token"}
}

// granted says whether the token itself, whatever its user's role, allows the call.
func (c *call) granted() bool {
	if c.route.write {
		return !c.plan.PermissionLost && (c.token.Issues == "" || c.token.Issues == PermissionWrite)
	}
	return c.token.Issues != PermissionNone || !c.repo.Private
}

// mayEdit says whether the caller may change what author wrote: the author may, and whoever has the role.
func (c *call) mayEdit(author *model.User, role Role) error {
	if c.role >= role || author == c.user {
		return nil
	}
	return &model.Error{Status: http.StatusForbidden, Message: "Must have admin rights to Repository."}
}

func (c *call) needRole(role Role) error { return c.mayEdit(nil, role) }
