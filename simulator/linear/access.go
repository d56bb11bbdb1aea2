package linear

import (
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/linear/model"
)

type tokenState struct {
	Token
	used usage
}

// may says whether a token has one of the scopes.
func (t *tokenState) may(scopes ...string) bool {
	if len(t.Scopes) == 0 {
		return true
	}
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(t.Scopes, s) })
}

// authError is a refusal with its HTTP status.
type authError struct {
	status int
	*model.Error
}

func unauthenticated(status int, message string) *authError {
	return &authError{status, &model.Error{Code: "AUTHENTICATION_ERROR", Type: "authentication error", Message: message,
		User: "You need to authenticate to access this operation.", Status: http.StatusUnauthorized}}
}

// authenticate finds the credential of a request. How each kind is sent: see TokenKind.
func (s *Sim) authenticate(h http.Header) (*tokenState, *authError) {
	value := strings.TrimSpace(h.Get("Authorization"))
	secret, bearer := value, false
	if scheme, rest, cut := strings.Cut(value, " "); cut && strings.EqualFold(scheme, "Bearer") {
		secret, bearer = strings.TrimSpace(rest), true
	}
	t := s.tokens[secret]
	switch {
	case t == nil || t.Revoked:
		return nil, unauthenticated(http.StatusUnauthorized, "Authentication required, not authenticated")
	case bearer && t.Kind == APIKey:
		return nil, unauthenticated(http.StatusBadRequest,
			"It looks like you're trying to use an API key as a Bearer token. Remove the Bearer prefix from the Authorization header.")
	case !bearer && t.Kind != APIKey:
		return nil, unauthenticated(http.StatusUnauthorized, "Authentication required, not authenticated")
	}
	return t, nil
}

// sees says whether the caller's credential and user reach a team.
func (v *viewer) sees(t *model.Team) bool {
	if len(v.token.Teams) > 0 && !slices.Contains(v.token.Teams, t.Key) {
		return false
	}
	return !t.Private || slices.Contains(t.Members, v.user)
}

// need refuses who has none of the scopes, or lost all rights to a fault.
func (v *viewer) need(scopes ...string) error {
	if v.permissionLost || !v.token.may(scopes...) {
		return model.Forbidden("Invalid scope: `" + scopes[0] + "` required")
	}
	return nil
}

// needAdmin refuses who may not manage webhooks.
func (v *viewer) needAdmin() error {
	if err := v.need(ScopeAdmin); err != nil {
		return err
	}
	if !v.user.Admin && !slices.Contains(v.token.Scopes, ScopeAdmin) {
		return model.Forbidden("You need to be an admin to manage webhooks")
	}
	return nil
}
