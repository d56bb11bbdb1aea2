package webhook

import (
	"time"

	"github.com/extsync/extsync/simulator/webhook/model"
)

type personJSON struct {
	Login string `json:"login"`
}

type labelJSON struct {
	Name string `json:"name"`
}

// itemJSON is how a ticket or comment is told, in answers and webhooks alike.
type itemJSON struct {
	ID          int64       `json:"id"`
	Kind        string      `json:"kind"`
	Number      string      `json:"number,omitempty"` // of a ticket: its key
	Ticket      string      `json:"ticket,omitempty"` // of a comment: its ticket's key
	Title       string      `json:"title,omitempty"`
	Text        string      `json:"text"`
	State       string      `json:"state,omitempty"`
	Labels      []labelJSON `json:"labels,omitempty"`
	People      []string    `json:"people,omitempty"`
	Points      *float64    `json:"points,omitempty"`
	Author      personJSON  `json:"author"`
	ExternalKey *string     `json:"external_key"`
	Created     time.Time   `json:"created"`
	Updated     time.Time   `json:"updated"`
	Sequence    int64       `json:"sequence"`
	URL         string      `json:"url"`
	Deleted     bool        `json:"deleted"`
}

func view(project string, i model.Item) itemJSON {
	out := itemJSON{
		ID: i.ID, Kind: i.Kind, Ticket: i.Parent, Title: i.Title, Text: i.Text, State: i.State, People: i.People, Points: i.Points,
		Author: personJSON{i.Author}, Created: i.Created, Updated: i.Updated, Sequence: i.Sequence,
		URL: "https://desk.example/" + project + "/" + i.Key, Deleted: i.Deleted,
	}
	if i.Kind == model.Ticket {
		out.Number = i.Key
	}
	if i.ExternalKey != "" {
		out.ExternalKey = &i.ExternalKey
	}
	for _, l := range i.Labels {
		out.Labels = append(out.Labels, labelJSON{l})
	}
	return out
}
