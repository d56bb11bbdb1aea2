package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// History is one entry of an issue's changelog: what one call changed.
type History struct {
	ID      int64
	Author  *User
	Created time.Time
	Items   []HistoryItem
	issue   *Issue
}

// HistoryItem is one field's change. From and To are ids, empty for values that have none.
type HistoryItem struct {
	Field, FieldID   string
	Custom           bool
	From, FromText   string
	To, ToText       string
	HasFrom, HasTo   bool // the value was, is there; FromText and ToText are null otherwise
	FromUser, ToUser bool // From, To are users
}

// history starts an entry; it is filed when something is added to it.
func (w *World) history(i *Issue, actor *User) *History {
	return &History{Author: actor, Created: w.Now(), issue: i}
}

func (h *History) add(it HistoryItem) {
	it.HasFrom, it.HasTo = it.HasFrom || it.FromText != "" || it.From != "", it.HasTo || it.ToText != "" || it.To != ""
	if len(h.Items) == 0 {
		h.ID = h.issue.Project.w.next("history")
		h.issue.History = append(h.issue.History, h)
	}
	h.Items = append(h.Items, it)
}

// record adds the change of a field's value; it says whether there was one.
func (w *World) record(h *History, f *Field, from, to any) bool {
	fromID, fromText := w.describe(from)
	toID, toText := w.describe(to)
	same := fromID == toID && fromText == toText
	if a, isText := from.(Text); isText && same { // markup is coarser than a document
		b, _ := to.(Text)
		same = a.Doc.Equal(b.Doc)
	}
	if same {
		return false
	}
	_, fromUser := from.(*User)
	_, toUser := to.(*User)
	h.add(HistoryItem{Field: f.historyName(), FieldID: f.ID, Custom: f.Custom != "", From: fromID, FromText: fromText, To: toID, ToText: toText,
		HasFrom: from != nil, HasTo: to != nil, FromUser: fromUser, ToUser: toUser})
	return true
}

// historyName is what a changelog calls a field: system fields by id, save some old names; custom ones by name.
func (f *Field) historyName() string {
	switch {
	case f.ID == "fixVersions":
		return "Fix Version"
	case f.ID == "versions":
		return "Version"
	case f.ID == "components":
		return "Component"
	case f.ID == "parent":
		return "IssueParentAssociation"
	case f.Custom != "":
		return f.Name
	}
	return f.ID
}

// describe gives id and text of a value as a changelog shows them.
func (w *World) describe(v any) (id, text string) {
	switch v := v.(type) {
	case nil:
		return "", ""
	case string:
		return "", v
	case Text:
		return "", v.Markup()
	case float64:
		return "", strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.Format(Stamp), v.Format(Stamp)
	case []string:
		return "", strings.Join(v, " ")
	case *User:
		return w.ID(v), v.Display
	case *Named:
		return v.ID, v.Name
	case *Issue:
		return v.IDText(), v.Key
	case Cascade:
		text = fmt.Sprintf("Parent values: %s(%s)", v.Parent.Name, v.Parent.ID)
		if v.Child != nil {
			text += fmt.Sprintf("Level 1 values: %s(%s)", v.Child.Name, v.Child.ID)
		}
		return "", text
	case []*Named:
		return joined(v, func(n *Named) (string, string) { return n.ID, n.Name })
	case []*User:
		return joined(v, func(u *User) (string, string) { return w.ID(u), u.Display })
	case []*Sprint:
		return joined(v, func(s *Sprint) (string, string) { return strconv.FormatInt(s.ID, 10), s.Name })
	}
	panic(fmt.Sprintf("simulator: value of type %T", v)) // our own types: a bug here, never input
}

func joined[T any](list []T, parts func(T) (id, text string)) (string, string) {
	var ids, texts []string
	for _, v := range list {
		id, text := parts(v)
		ids, texts = append(ids, id), append(texts, text)
	}
	return strings.Join(ids, ", "), strings.Join(texts, ", ")
}

// Stamp is Jira's format of times.
const Stamp = "2006-01-02T15:04:05.000-0700"

// tellEdit emits the notice of an edit, if it changed anything.
func (w *World) tellEdit(i *Issue, actor *User, h *History, kind string) {
	if len(h.Items) > 0 {
		w.emit(Notice{Event: "jira:issue_updated", Type: kind, Issue: i, User: actor, History: h})
	}
}
