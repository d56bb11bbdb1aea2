package webhook

import (
	"encoding/json"
	"fmt"

	"github.com/extsync/extsync/simulator/webhook/model"
)

// Act is something a person does in the tracker's own pages: no token and no faults, but the same stamps and webhooks.
type Act struct {
	Project string          `json:"project"`
	Login   string          `json:"login"`
	Do      string          `json:"do"`             // create, edit or delete
	Kind    string          `json:"kind"`           // ticket or comment
	ID      int64           `json:"id,omitempty"`   // of what is edited or deleted
	Item    json.RawMessage `json:"item,omitempty"` // as in the REST interface; a new comment's names its "ticket"
}

// Act does it and returns the item.
func (s *Sim) Act(a Act) (model.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.act(a)
	if err != nil {
		return i, fmt.Errorf("act %s %s: %w", a.Do, a.Kind, err)
	}
	return i, nil
}

func (s *Sim) act(a Act) (model.Item, error) {
	p, err := s.world.Project(a.Project)
	if err != nil {
		return model.Item{}, err
	}
	if a.Do == "delete" {
		return p.Delete(a.Login, a.Kind, a.ID)
	}
	d, err := decodeDraft(a.Item)
	if err != nil {
		return model.Item{}, err
	}
	patch, err := d.patch()
	if err != nil {
		return model.Item{}, err
	}
	switch a.Do {
	case "create":
		return p.Create(a.Login, model.Draft{Kind: a.Kind, Parent: d.Ticket, ExternalKey: d.ExternalKey, Patch: patch})
	case "edit":
		return p.Edit(a.Login, a.Kind, a.ID, patch)
	}
	return model.Item{}, fmt.Errorf("nobody can %q", a.Do)
}
