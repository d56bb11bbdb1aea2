package jira

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// propertyKey is the entity property that holds our create key, on issues and comments.
const propertyKey = "extsync"

// agentsKey is the property by which a service project keeps a comment to its agents. Cloud tells what it
// says as jsdPublic.
// Source: https://github.com/pycontribs/jira/issues/1011
const agentsKey = "sd.public.comment"

// property is an entity property as creates carry it.
type property struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// ownProperty is our property with the key.
func ownProperty(key string) property {
	return property{Key: propertyKey, Value: map[string]any{"key": key}}
}

// keyOf reads our key from a property's value, or is empty.
func (a *adapter) keyOf(value json.RawMessage) string {
	var v struct {
		Key string `json:"key"`
	}
	if json.Unmarshal(value, &v) != nil || v.Key == "" || !a.ownKey(v.Key) {
		return "" // none, or somebody else's
	}
	return v.Key
}

// issue is an issue on the wire. Its fields are decoded by their kinds.
type issue struct {
	ID         string                     `json:"id"`
	Key        string                     `json:"key"`
	Fields     map[string]json.RawMessage `json:"fields"`
	Properties map[string]json.RawMessage `json:"properties"`
	Log        struct {
		Entries []entry `json:"histories"`
	} `json:"changelog"` // where it was asked for
}

// into decodes one of the issue's fields. What is absent or of another shape leaves v as
// it is.
func (i *issue) into(name string, v any) {
	if raw, there := i.Fields[name]; there {
		_ = json.Unmarshal(raw, v) // another shape is no value: see decode
	}
}

func (i *issue) updated() moment {
	var m moment
	i.into("updated", &m)
	return m
}

func (i *issue) status() statusWire {
	var s statusWire
	i.into(fieldStatus, &s)
	return s
}

func (i *issue) ref() external.Ref {
	return external.Ref{Kind: external.KindTicket, ID: i.ID, Key: i.Key}
}

// issueItem turns an issue into an item. Fields that the answer lacks are absent.
func (a *adapter) issueItem(i *issue, c *catalogue) external.Item {
	var created moment
	var creator *user
	i.into("created", &created)
	i.into("creator", &creator)
	return external.Item{
		Ref: i.ref(), Fields: a.fieldsOf(i, c), Author: creator.login(a.edition),
		CreatedAt: created.Time, UpdatedAt: i.updated().Time,
		URL: a.page(i.Key), CreateKey: a.keyOf(i.Properties[propertyKey]),
	}
}

// page is where people look at an issue. Below api.atlassian.com there are no pages.
func (a *adapter) page(key string) string {
	if key == "" || !a.addressed || strings.Contains(a.base.Path, "/ex/jira/") {
		return ""
	}
	return a.base.String() + "browse/" + url.PathEscape(key)
}

// secured says that the issue has a security level or, in a team-managed project, is restricted to
// some roles, by which only some of those who see its project see it, and what can be done about it;
// empty: neither. What cannot be read is taken for one of them.
func (i *issue) secured() string {
	const after = "take it off in Jira, or say secured_issues in the project's settings"
	if i.holds(fieldSecurity) {
		var level struct{ Name string }
		i.into(fieldSecurity, &level)
		return "it has the security level " + strconv.Quote(level.Name) + "; " + after
	}
	var restricted struct {
		By map[string]json.RawMessage `json:"issuerestrictions"`
	}
	if i.holds(fieldRestriction) && (json.Unmarshal(i.Fields[fieldRestriction], &restricted) != nil || len(restricted.By) > 0) {
		return "it is restricted to some roles; " + after
	}
	return ""
}

// holds reports whether a field has a value.
func (i *issue) holds(name string) bool {
	raw := string(i.Fields[name])
	return raw != "" && raw != "null"
}

func (a *adapter) fieldsOf(i *issue, c *catalogue) external.Fields {
	f := external.Fields{}
	put := func(name string, k kind, raw json.RawMessage) {
		d := decode(k, raw, a.edition)
		f[name] = d.value
		if d.raw != "" {
			f[name+external.SidecarSuffix] = ticket.Text(d.raw)
		}
	}
	for id, raw := range i.Fields {
		k, system := systemKind(id)
		switch {
		case id == c.sprint:
			put(fieldSprint, kindSprint, raw)
		case system:
			put(id, k, raw)
		case isCustom(id):
			put(id, c.kind(id), raw)
		}
	}
	if s := i.status(); s.Category.Key != "" {
		f[fieldStatus+external.SidecarSuffix] = ticket.Text(s.Category.Key) // see leavesDone
	}
	if why := i.secured(); why != "" && !a.settings.SecuredIssues {
		f[external.RestrictedField] = ticket.Text(why)
	}
	if estimate, there := a.estimateOf(i, c); there {
		f[fieldEstimate] = ticket.Text(estimate)
	}
	if i.has(fieldSummary) { // it was read whole
		if _, there := f[fieldParent]; !there {
			f[fieldParent] = ticket.Value{} // left out where there is none
		}
		a.tellUnheld(f)
	}
	return f
}

// mayLack reports whether an issue may lack a field: those of a project's own belong to some types of issues, and the
// field configuration of a project hides what its administrator does not want. A parent is left out where there is none.
// What makes a state always shows, but for the resolution, without which the status says enough.
func mayLack(name string) bool {
	return !slices.Contains([]string{fieldSummary, fieldType, fieldParent, fieldStatus, fieldResolution}, name)
}

// tellUnheld says which fields an issue lacks. Jira leaves them out of the answer where the issue does not have them, and
// sends null where they are empty.
func (a *adapter) tellUnheld(f external.Fields) {
	for _, name := range a.own {
		if _, there := f[name]; !there {
			f[name+external.UnheldSuffix] = ticket.Text("it has no such field, or hides it")
		}
	}
}

func (i *issue) has(name string) bool {
	_, there := i.Fields[name]
	return there
}

// estimateOf is the first number in the fields that may hold one, beginning with the one that is written:
// a project has one of them on its screens, the others mostly stay empty.
func (a *adapter) estimateOf(i *issue, c *catalogue) (string, bool) {
	there := false
	for _, id := range c.estimate {
		raw, has := i.Fields[id]
		there = there || has
		if n := decodeScalar(kindNumber, raw); has && n != "" {
			return n, true
		}
	}
	return "", there
}

// comments is the comment field of an issue, cut by Jira where they are many. go-jira's
// type has no total, which alone tells that it is cut.
type comments struct {
	Comments []*comment `json:"comments"`
	Total    int        `json:"total"`
}

// comment is a comment on the wire.
type comment struct {
	Self       string          `json:"self"`
	ID         string          `json:"id"`
	Author     *user           `json:"author"`
	Body       json.RawMessage `json:"body"`
	Created    moment          `json:"created"`
	Updated    moment          `json:"updated"`
	Properties []propertyWire  `json:"properties"`
	// Who may see the comment, where that is not everybody who sees the issue.
	Visibility *struct{} `json:"visibility"`
	Public     *bool     `json:"jsdPublic"` // false: internal to a service project's agents
}

// restricted reports whether the comment is for fewer eyes than its issue.
func (c *comment) restricted() bool {
	if c.Public != nil {
		return c.Visibility != nil || !*c.Public
	}
	return c.Visibility != nil || c.internal()
}

// internal reports whether a comment is for a service project's agents, as Data Center tells it to
// those who ask. What cannot be read is taken for that.
func (c *comment) internal() bool {
	n := slices.IndexFunc(c.Properties, func(p propertyWire) bool { return p.Key == agentsKey })
	if n < 0 {
		return false
	}
	var v struct {
		Internal text `json:"internal"`
	}
	return json.Unmarshal(c.Properties[n].Value, &v) != nil || v.Internal != "false"
}

// open leaves out the restricted comments: beside their issue nobody could tell them from
// the others any more, here and wherever the ticket goes.
func open(list []*comment) []*comment {
	return slices.DeleteFunc(list, (*comment).restricted)
}

// propertyWire is an entity property as it is read.
type propertyWire struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// createKey is our key among the comment's properties.
func (a *adapter) createKey(c *comment) string {
	for _, p := range c.Properties {
		if p.Key == propertyKey {
			return a.keyOf(p.Value)
		}
	}
	return ""
}

func (a *adapter) commentItem(c *comment, parent string) external.Item {
	body := decodeProse(c.Body, a.edition.format())
	f := external.Fields{fieldBody: body.value}
	if body.raw != "" {
		f[fieldBody+external.SidecarSuffix] = ticket.Text(body.raw)
	}
	item := external.Item{
		Ref:    external.Ref{Kind: external.KindComment, ID: c.ID, Key: c.ID, Parent: parent},
		Fields: f, Author: c.Author.login(a.edition),
		CreatedAt: c.Created.Time, UpdatedAt: c.Updated.Time, CreateKey: a.createKey(c),
	}
	if page := a.page(parent); page != "" {
		item.URL = page + "?focusedCommentId=" + url.QueryEscape(c.ID)
	}
	return item
}

// issueOfComment is the id of the issue in a comment's own address,
// .../issue/10010/comment/10000; empty when it has none.
func issueOfComment(self string) string {
	parts := strings.Split(self, "/")
	for n, p := range parts {
		if p == "issue" && n+2 < len(parts) && parts[n+2] == "comment" {
			return parts[n+1]
		}
	}
	return ""
}
