package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/markup"
)

// Settings are the adapter's own part of a project's configuration, as JSON in
// Config.Settings. The zero value is a Jira Cloud.
type Settings struct {
	// Edition is "cloud" (the default) or "data_center".
	Edition string `json:"edition,omitempty"`
	// IssueType is the name of the type that new issues get; default "Task".
	IssueType string `json:"issue_type,omitempty"`
	// TransitionFields are values for fields that a transition's screen asks for and that
	// neither the ticket gives nor the issue holds, by field id: {"resolution": "Done"}. They are
	// spelled as the field's values are elsewhere.
	TransitionFields map[string]string `json:"transition_fields,omitempty"`
	// Board is the id of the one board whose sprints count; zero: all scrum boards of the
	// project.
	Board int `json:"board,omitempty"`
	// EstimateField is the id of the custom field that holds estimates; empty: found by
	// its schema or name.
	EstimateField string `json:"estimate_field,omitempty"`
	// SprintField is the id of the custom field that holds sprints; empty: found by its
	// schema.
	SprintField string `json:"sprint_field,omitempty"`
	// SecuredIssues has issues that have a security level, or are restricted to some roles, synchronised like all others. Without
	// it nothing of them flows: they are for fewer eyes than the project.
	SecuredIssues bool `json:"secured_issues,omitempty"`
}

// edition is the product spoken to.
type edition string

const (
	cloud      edition = "cloud"
	dataCenter edition = "data_center"
)

// api is the beginning of the addresses of the platform's interface.
func (e edition) api() string {
	if e == dataCenter {
		return "rest/api/2/"
	}
	return "rest/api/3/"
}

// format is the form in which rich text is kept.
func (e edition) format() markup.Format {
	if e == dataCenter {
		return markup.Wiki
	}
	return markup.ADF
}

var errMore = errors.New("something stands behind the settings")

// parseSettings reads Config.Settings. An unknown name is refused: it is a typing error.
func parseSettings(raw json.RawMessage) (Settings, error) {
	const what = "read the settings"
	s := Settings{}
	if len(bytes.TrimSpace(raw)) > 0 {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		err := d.Decode(&s)
		if err == nil && !json.Valid(raw) {
			err = errMore
		}
		if err != nil {
			return s, fail(external.Invalid, what, strings.TrimPrefix(err.Error(), "json: ")+"; want JSON with edition, issue_type, transition_fields, board, estimate_field, sprint_field or secured_issues", err)
		}
	}
	if s.Edition == "" {
		s.Edition = string(cloud)
	}
	if s.IssueType == "" {
		s.IssueType = "Task"
	}
	if problem := s.problem(); problem != "" {
		return s, fail(external.Invalid, what, problem, nil)
	}
	return s, nil
}

// problem says what is wrong with settings; empty: nothing.
func (s Settings) problem() string {
	switch {
	case s.Edition != string(cloud) && s.Edition != string(dataCenter):
		return "want the edition cloud or data_center"
	case s.Board < 0:
		return "board is the number in the address of a board, or left out"
	case s.EstimateField != "" && !isCustom(s.EstimateField):
		return "estimate_field is the id of a custom field, like customfield_10016"
	case s.SprintField != "" && !isCustom(s.SprintField):
		return "sprint_field is the id of a custom field, like customfield_10020"
	}
	return ""
}

// Settle checks a project's settings, [Settings] as JSON, and returns the capabilities of
// their edition. An error of kind Invalid says what to mend.
func Settle(settings json.RawMessage) (external.Capabilities, error) {
	s, err := parseSettings(settings)
	if err != nil {
		return external.Capabilities{}, err
	}
	return capabilitiesOf(edition(s.Edition)), nil
}

// Places says where estimates and sprints stand, as far as a project's settings do.
func Places(settings json.RawMessage) map[external.Kind]map[string]string {
	s, err := parseSettings(settings)
	if err != nil {
		return nil // they are refused wherever they are used
	}
	return map[external.Kind]map[string]string{external.KindTicket: {fieldEstimate: s.EstimateField, fieldSprint: s.SprintField}}
}

// ordering finds an order in a filter; ours comes behind it.
var ordering = regexp.MustCompile(`(?i)\border\s+by\b`)

// checkFilter refuses a filter that would reach beyond its parentheses, and so beyond
// the project.
func checkFilter(filter string) error {
	bare, depth, ok := unquoted(filter)
	switch {
	case !ok || depth != 0:
		return fail(external.Invalid, "read the filter", "its quotes or parentheses do not match", nil)
	case ordering.MatchString(bare):
		return fail(external.Invalid, "read the filter", "leave out its ORDER BY; the order is ours", nil)
	}
	return nil
}

// unquoted returns JQL without what stands in quotes, how many parentheses stay open,
// and whether quotes end and no parenthesis closes what it did not open.
func unquoted(jql string) (bare string, depth int, ok bool) {
	var out strings.Builder
	quote, escaped := rune(0), false
	for _, r := range jql {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		default:
			out.WriteRune(r)
			switch r {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth < 0 {
				return out.String(), depth, false
			}
		}
	}
	return out.String(), depth, quote == 0 && !escaped
}
