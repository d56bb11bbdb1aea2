package linear

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/extsync/extsync/external"
)

// settings are a project's own, as JSON:
//
//	{"auth": "oauth", "backlink": "https://tickets.example.com/links/{id}"}
type settings struct {
	// Auth says what the token is: "key" for a personal API key, "oauth" for an OAuth
	// access token. Empty: a token that begins with lin_api_ is a key, any other is not.
	Auth string `json:"auth"`
	// Backlink is attached to each issue that we make, with {id} replaced by the issue's
	// id, which is also that of our link to it. Empty: nothing is attached.
	Backlink string `json:"backlink"`
}

// Settle checks the settings of a project, for the catalog. They change no capability,
// except that a create with a link back to us takes two calls and shares none.
func Settle(raw json.RawMessage) (external.Capabilities, error) {
	s, err := parseSettings(raw)
	return s.capabilities(), err
}

func (s settings) capabilities() external.Capabilities {
	caps := Capabilities()
	if s.Backlink != "" {
		caps.WriteBatch = 0
	}
	return caps
}

const keyPrefix = "lin_api_"

func parseSettings(raw json.RawMessage) (settings, error) {
	const what = "read the settings"
	var s settings
	if len(raw) > 0 {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&s); err != nil {
			return s, fail(external.Invalid, what, strings.TrimPrefix(err.Error(), "json: ")+`; want JSON with "auth" and "backlink" alone`, err)
		}
	}
	if s.Auth != "" && s.Auth != "key" && s.Auth != "oauth" {
		return s, fail(external.Invalid, what, `auth is "key" or "oauth"`, nil)
	}
	if s.Backlink == "" {
		return s, nil
	}
	u, err := url.Parse(s.Backlink)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || !strings.Contains(s.Backlink, "{id}") {
		return s, fail(external.Invalid, what, "backlink is an absolute address with {id} in it", err)
	}
	return s, nil
}

// authorization is the header of that name. Linear refuses a key behind Bearer, and an
// OAuth token without it.
func (s settings) authorization(token string) string {
	if token == "" {
		return ""
	}
	if s.Auth == "key" || (s.Auth == "" && strings.HasPrefix(token, keyPrefix)) {
		return token
	}
	return "Bearer " + token
}

// parseFilter reads an IssueFilter of a project. Whether Linear takes it, Probe asks.
func parseFilter(s string) (map[string]any, error) {
	if s == "" {
		return nil, nil
	}
	var f map[string]any
	if err := json.Unmarshal([]byte(s), &f); err != nil {
		return nil, fail(external.Invalid, "read the filter", `want an IssueFilter as JSON, like {"labels": {"name": {"eq": "public"}}}`, err)
	}
	return f, nil
}
