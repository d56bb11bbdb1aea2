package webhook

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/extsync/extsync/simulator/webhook/model"
)

// draftJSON is what a create or edit carries; what is absent stays as it is.
type draftJSON struct {
	Title       *string         `json:"title"`
	Text        *string         `json:"text"`
	State       *string         `json:"state"`
	Labels      *setJSON        `json:"labels"`
	People      *setJSON        `json:"people"`
	Points      json.RawMessage `json:"points"`
	ExternalKey string          `json:"external_key"`
	Ticket      string          `json:"ticket"` // of a new comment: its ticket's key
}

// setJSON is a list, which replaces the set, or {"add": [], "remove": []}.
type setJSON model.Change

// UnmarshalJSON reads either form.
func (c *setJSON) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		c.Replace = true
		return json.Unmarshal(b, &c.Set)
	}
	var delta struct {
		Add    []string `json:"add"`
		Remove []string `json:"remove"`
	}
	err := json.Unmarshal(b, &delta)
	c.Add, c.Remove = delta.Add, delta.Remove
	return err
}

func decodeDraft(body []byte) (draftJSON, error) {
	var d draftJSON
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return d, &model.Error{Status: http.StatusBadRequest, Message: "the body is not what this address takes"}
	}
	return d, nil
}

func (d draftJSON) patch() (model.Patch, error) {
	p := model.Patch{Title: d.Title, Text: d.Text, State: d.State, Labels: (*model.Change)(d.Labels), People: (*model.Change)(d.People)}
	if len(d.Points) > 0 {
		var points *float64
		if err := json.Unmarshal(d.Points, &points); err != nil {
			return p, &model.Error{Status: http.StatusUnprocessableEntity, Message: "points is no number"}
		}
		p.Points = &points
	}
	return p, nil
}
