package simtest

import (
	"fmt"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/ticket"
)

// act does something as a person and lets the truth be read anew.
func (s *vendorSite) act(do func() error) error {
	s.truth.stale = true
	s.site.Wire().Forget()
	return do()
}

func (s *vendorSite) create(who string, f external.Fields) (external.Ref, error) {
	c := fleet.Change{Title: pointer(f["title"].Text()), Label: f["labels"].Elements()}
	if body := f["body"].Text(); body != "" {
		c.Body = &body
	}
	var id string
	err := s.act(func() (err error) {
		id, err = s.site.Create(who, c)
		return err
	})
	if err != nil {
		return external.Ref{}, err
	}
	it, ok := s.Peek(external.KindTicket, id)
	if !ok {
		return it.Ref, fmt.Errorf("the ticket %s that a person made is not there", id)
	}
	if c.Body == nil || s.document == nil || lot(s.w.seed, "document "+id)%4 == 0 {
		return it.Ref, nil
	}
	k := s.of(it) // the person goes on in the vendor's own editor
	return it.Ref, s.act(func() error { return s.document(s.site, who, k, *c.Body) })
}

func pointer(s string) *string { return &s }

func (s *vendorSite) comment(who string, on external.Item, text string) (external.Ref, error) {
	var key string
	err := s.act(func() (err error) {
		key, err = s.site.Comment(who, on.ID, text)
		return err
	})
	if err != nil {
		return external.Ref{}, err
	}
	for _, c := range s.Look(external.KindComment) {
		if c.Key == key {
			return c.Ref, nil
		}
	}
	return external.Ref{}, fmt.Errorf("the comment %s that a person made is not there", key)
}

// of returns what is known of an item.
func (s *vendorSite) of(it external.Item) *known {
	s.refresh()
	return s.truth.items[place{it.Kind, it.ID}]
}

func (s *vendorSite) write(who string, it external.Item, f ticket.Field, v string) error {
	k := s.of(it)
	c := fleet.Change{}
	switch f {
	case ticket.Title:
		c.Title = &v
	case ticket.Body:
		v += tail(k.raw, it.CreateKey)
		c.Body = &v
	case ticket.Assignees:
		c.Assignee = &v
	case ticket.Parent:
		c.Parent = &v
	default:
		return fmt.Errorf("people do not write the field %s", f)
	}
	return s.edit(who, it, c)
}

func (s *vendorSite) edit(who string, it external.Item, c fleet.Change) error {
	s.truth.touch(it.Ref)
	if c.Body != nil && s.document != nil && s.w.work.IntN(4) > 0 {
		k := s.of(it)
		return s.act(func() error { return s.document(s.site, who, k, *c.Body) })
	}
	if it.Kind == external.KindComment {
		ticketID := s.of(it).ticket
		return s.act(func() error { return s.site.EditComment(who, ticketID, it.Key, *c.Body) })
	}
	return s.act(func() error { return s.site.Edit(who, it.ID, c) })
}

// sees returns the text in the vendor's markup.
func (s *vendorSite) sees(it external.Item) string {
	for _, seen := range s.site.Look() {
		if it.Kind == external.KindTicket && seen.ID == it.ID {
			return strings.TrimSuffix(seen.Body, tail(seen.Body, it.CreateKey))
		}
		for _, r := range seen.Comments {
			if it.Kind == external.KindComment && r.ID == it.Key {
				return strings.TrimSuffix(r.Body, tail(r.Body, it.CreateKey))
			}
		}
	}
	return ""
}

func (s *vendorSite) erase(who string, it external.Item, text string) error {
	return s.edit(who, it, fleet.Change{Body: &text})
}

func (s *vendorSite) forge(who string, it external.Item, title, text string, copied bool) (external.Ref, error) {
	if mark := tail(s.of(it).raw, it.CreateKey); mark != "" && s.caps().CreateKey == external.CreateKeyMarker {
		if !copied {
			mark = strings.Replace(mark, it.CreateKey, "made-up."+it.CreateKey, 1)
		}
		text += mark
	}
	return s.create(who, external.Fields{"title": ticket.Text(title), "body": ticket.Text(text)})
}

func (s *vendorSite) states() []string { return s.site.Vocabulary().States }

func (s *vendorSite) move(who string, it external.Item, state string) error {
	return s.edit(who, it, fleet.Change{State: &state})
}

func (s *vendorSite) label(who string, it external.Item, l string) error {
	return s.edit(who, it, fleet.Change{Label: []string{l}})
}

func (s *vendorSite) unlabel(who string, it external.Item, l string) error {
	return s.edit(who, it, fleet.Change{Unlabel: []string{l}})
}

func (s *vendorSite) delete(who string, it external.Item) error {
	if it.Kind == external.KindComment {
		ticketID := s.of(it).ticket
		return s.act(func() error { return s.site.DeleteComment(who, ticketID, it.Key) })
	}
	return s.act(func() error { return s.site.Delete(who, it.ID) })
}
