package jira

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Token is a credential and the user behind it. On Cloud it works as an API token (Basic, with the user's email address) and as a
// bearer token; on Data Center as a personal access token (Bearer) and as a password (Basic, with the login).
type Token struct {
	Login   string `json:"login"`
	Revoked bool   `json:"revoked"` // every call answers 401
	OAuth   bool   `json:"oauth"`   // bearer only, and its calls count against the hourly points
}

type tokenState struct {
	Token
	user *model.User
}

// AddToken makes a token valid, or replaces what it stands for. A user that is not there yet is made.
func (s *Sim) AddToken(token string, t Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.User(t.Login)
	if u == nil {
		u = s.world.AddUser(model.User{Login: t.Login})
	}
	s.tokens[token] = &tokenState{Token: t, user: u}
}

// authenticate finds the token of a request; nil when there is none that is valid. No call is served to nobody.
func (s *Sim) authenticate(h http.Header) *tokenState {
	scheme, value, _ := strings.Cut(h.Get("Authorization"), " ")
	name, basic := "", strings.EqualFold(scheme, "Basic")
	if basic {
		raw, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil
		}
		name, value, _ = strings.Cut(string(raw), ":")
	} else if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	t := s.tokens[value]
	switch {
	case t == nil || t.Revoked || t.user.Inactive || (basic && t.OAuth):
		return nil
	case basic && s.opts.Edition == Cloud && !strings.EqualFold(name, t.user.Email):
		return nil
	case basic && s.opts.Edition == DataCenter && name != t.user.Login:
		return nil
	}
	return t
}

// unauthenticated is the answer to no or bad credentials; Jira's gateway makes it, not Jira.
func unauthenticated() reply {
	return reply{status: http.StatusUnauthorized,
		header: http.Header{"X-Seraph-Loginreason": {"AUTHENTICATED_FAILED"}, "Www-Authenticate": {`OAuth realm="https%3A%2F%2Fexample.atlassian.net"`}},
		body:   map[string]any{"message": "Client must be authenticated to access this resource.", "status-code": http.StatusUnauthorized}}
}
