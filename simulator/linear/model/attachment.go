package model

import (
	"slices"
	"strings"
)

// Attachment is a link from an issue to something elsewhere. An issue has at most one for each URL.
type Attachment struct {
	Meta
	Issue         *Issue
	URL           string
	Title         string
	Subtitle      *string
	Metadata      map[string]any
	GroupBySource bool
	Creator       *User
}

// CreateAttachment makes an attachment from an AttachmentCreateInput. One with the same URL on the same issue is updated instead and
// keeps its id. Issues in the archive or the trash take none.
func (w *World) CreateAttachment(actor Actor, in Input) (*Attachment, error) {
	id, err := in.newID()
	if err != nil {
		return nil, err
	}
	i, err := w.live(in.text("issueId"), "issueId")
	if err != nil {
		return nil, err
	}
	a := Attachment{Issue: i, URL: strings.TrimSpace(in.text("url")), Title: in.text("title"), Subtitle: in.pointer("subtitle"),
		GroupBySource: in.flag("groupBySource"), Creator: actor.User, Metadata: map[string]any{}}
	if m, isMap := in["metadata"].(map[string]any); isMap {
		a.Metadata = m
	}
	if a.URL == "" || a.Title == "" {
		return nil, Refuse("Argument Validation Error: url and title should not be empty")
	}
	if old := find(i.Attachments, func(o *Attachment) bool { return o.URL == a.URL }); old != nil {
		w.replaceAttachment(actor, old, a)
		return old, nil
	}
	if id != "" && w.Attachment(id) != nil {
		return nil, taken("Attachment", id)
	}
	a.Meta = w.meta(id)
	i.Attachments = append(slices.Clip(i.Attachments), &a)
	w.attachments = append(w.attachments, &a)
	w.recordValues(actor, i, map[string]any{"attachment": &a})
	w.emit(Notice{Action: "create", Type: "Attachment", Issue: i, Attachment: &a, Actor: actor})
	return &a, nil
}

func (w *World) replaceAttachment(actor Actor, old *Attachment, a Attachment) {
	before := map[string]any{"updatedAt": old.UpdatedAt, "title": old.Title, "subtitle": deref(old.Subtitle), "metadata": old.Metadata}
	old.Title, old.Subtitle, old.Metadata, old.GroupBySource = a.Title, a.Subtitle, a.Metadata, a.GroupBySource
	w.touch(&old.Meta)
	w.emit(Notice{Action: "update", Type: "Attachment", Issue: old.Issue, Attachment: old, Actor: actor, Before: before})
}

// DeleteAttachment removes an attachment.
func (w *World) DeleteAttachment(actor Actor, a *Attachment) {
	gone := func(o *Attachment) bool { return o == a }
	a.Issue.Attachments = slices.DeleteFunc(slices.Clone(a.Issue.Attachments), gone)
	w.attachments = slices.DeleteFunc(slices.Clone(w.attachments), gone)
	w.touch(&a.Meta)
	w.emit(Notice{Action: "remove", Type: "Attachment", Issue: a.Issue, Attachment: a, Actor: actor})
}

// Attachments lists all attachments by age.
func (w *World) Attachments() []*Attachment { return w.attachments }

// Attachment finds an attachment by id; nil if there is none.
func (w *World) Attachment(id string) *Attachment {
	return find(w.attachments, func(a *Attachment) bool { return a.ID == id })
}
