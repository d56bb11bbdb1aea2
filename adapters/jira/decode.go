package jira

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/markup"
	"github.com/extsync/extsync/ticket"
)

// stamp is Jira's format of times. Cloud and Data Center send the offset as "+0000";
// what sends "Z" is read too, which go-jira's own Time refuses.
const stamp = "2006-01-02T15:04:05.000-0700"

// moment is a time on the wire.
type moment struct{ time.Time }

// UnmarshalJSON reads a time, also as a number, as the example of operation
// getBulkChangelogs has it; null and what is none leave it zero.
func (m *moment) UnmarshalJSON(b []byte) error {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		m.Time = epoch(n)
		return nil
	}
	s, err := strconv.Unquote(string(b))
	if err != nil {
		return nil //nolint:nilerr // null, or not a string: Jira says nothing, and the zero time says so
	}
	m.Time, _ = parseTime(s) // zero when it is none
	return nil
}

// epoch reads seconds or milliseconds: no second of the next millennia has as many digits
// as a millisecond of this one.
func epoch(n int64) time.Time {
	if n > 99_999_999_999 {
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{stamp, "2006-01-02T15:04:05.999999999-0700", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// named is whatever has an id, a name or a value.
type named struct {
	ID    text   `json:"id"`
	Name  string `json:"name"`
	Value string `json:"value"`
	Child *named `json:"child"`
}

// text is a string that some versions of Jira send as a number.
type text string

// UnmarshalJSON reads a string or a number.
func (t *text) UnmarshalJSON(b []byte) error {
	if s, err := strconv.Unquote(string(b)); err == nil {
		*t = text(s)
		return nil
	}
	if s := string(b); s != "null" {
		*t = text(s)
	}
	return nil
}

// user is a person: accountId on Cloud, name on Data Center. The e-mail address may be
// hidden.
type user struct {
	AccountID   string `json:"accountId"`
	AccountType string `json:"accountType"`
	Name        string `json:"name"`
	Email       string `json:"emailAddress"`
	DisplayName string `json:"displayName"`
	Active      *bool  `json:"active"`
}

// login is what fields of people hold.
func (u *user) login(e edition) string {
	switch {
	case u == nil:
		return ""
	case e == dataCenter:
		return u.Name
	}
	return u.AccountID
}

// decoded is one value as read. raw is what stands beside the Markdown of prose.
type decoded struct {
	value ticket.Value
	raw   string
}

// decode reads a value of the kind. What is malformed reads as empty: a field of a
// plugin may hold anything, and must not hide the issue.
func decode(k kind, raw json.RawMessage, e edition) decoded {
	switch k {
	case kindProse:
		return decodeProse(raw, e.format())
	case kindLabels, kindNames, kindOptions, kindUsers:
		return decoded{value: ticket.Set(decodeList(k, raw, e)...)}
	case kindUser:
		if login := decodeUser(raw, e); login != "" {
			return decoded{value: ticket.Set(login)}
		}
		return decoded{value: ticket.Set()}
	case kindSprint:
		return decoded{value: ticket.Text(currentSprint(raw))}
	}
	return decoded{value: ticket.Text(decodeScalar(k, raw))}
}

func decodeScalar(k kind, raw json.RawMessage) string {
	switch k {
	case kindNumber:
		return number(string(raw))
	case kindNamed, kindOption, kindCascade:
		return nameOf(raw)
	case kindReference:
		return string(decodeNamed(raw).ID)
	}
	var s string
	if json.Unmarshal(raw, &s) != nil { // no string: null, or an object of a kind that we do not know
		return nameOf(raw)
	}
	switch k {
	case kindDate:
		return date(s)
	case kindTime:
		return instant(s)
	}
	return s
}

func decodeNamed(raw json.RawMessage) named {
	var n named
	if json.Unmarshal(raw, &n) != nil {
		return named{} // not an object: it names nothing
	}
	return n
}

// nameOf spells an option: "parent / child" where it cascades.
func nameOf(raw json.RawMessage) string {
	n := decodeNamed(raw)
	name := n.Name
	if name == "" {
		name = n.Value
	}
	if n.Child != nil {
		name += cascade + n.Child.Value
	}
	return name
}

// cascade joins the levels of a cascading option.
const cascade = " / "

func decodeUser(raw json.RawMessage, e edition) string {
	var u *user
	if json.Unmarshal(raw, &u) != nil {
		return "" // not a user
	}
	return u.login(e)
}

func decodeList(k kind, raw json.RawMessage, e edition) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil // null: the set is empty
	}
	var out []string
	for _, one := range list {
		var s string
		switch k {
		case kindLabels:
			s = decodeScalar(kindText, one)
		case kindUsers:
			s = decodeUser(one, e)
		default:
			s = nameOf(one)
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// decodeProse reads rich text. A text that the lens cannot follow shows its words alone;
// Damage and writes then refuse it, so that nothing of it is lost.
func decodeProse(raw json.RawMessage, f markup.Format) decoded {
	source := string(raw)
	if source == "null" || source == "" {
		return decoded{}
	}
	if f == markup.Wiki && json.Unmarshal(raw, &source) != nil {
		return decoded{raw: string(raw)}
	}
	view, err := f.Read(source)
	if err != nil {
		view = strings.Join(words(raw), "\n\n")
	}
	return decoded{value: ticket.Text(view), raw: source}
}

// words collects the texts of a document, whatever its shape.
func words(raw json.RawMessage) []string {
	var node struct {
		Text    string            `json:"text"`
		Content []json.RawMessage `json:"content"`
	}
	if json.Unmarshal(raw, &node) != nil {
		return nil // not a node
	}
	var out []string
	if node.Text != "" {
		out = append(out, node.Text)
	}
	for _, child := range node.Content {
		out = append(out, words(child)...)
	}
	return out
}

// sprint is a sprint as the field shows it.
type sprint struct {
	name string
	open bool
}

// currentSprint names the sprint that is open, or the last one where all are closed: an
// issue keeps those it was in.
func currentSprint(raw json.RawMessage) string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return "" // null
	}
	name := ""
	for _, one := range list {
		s := readSprint(one)
		name = s.name
		if s.open {
			return name
		}
	}
	return name
}

// oldSprint is the form in which Data Center prints sprints.
var oldSprint = regexp.MustCompile(`\bstate=([A-Za-z]+),.*?\bname=(.*?),(?:startDate|goal)=`)

func readSprint(raw json.RawMessage) sprint {
	var printed string
	if json.Unmarshal(raw, &printed) == nil {
		m := oldSprint.FindStringSubmatch(printed)
		if m == nil {
			return sprint{}
		}
		return sprint{name: m[2], open: !strings.EqualFold(m[1], "closed")}
	}
	var s struct{ Name, State string }
	if json.Unmarshal(raw, &s) != nil {
		return sprint{} // neither form: no name
	}
	return sprint{name: s.Name, open: s.State != "closed"}
}
