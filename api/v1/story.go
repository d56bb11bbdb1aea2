package v1

import "time"

// Story tells how a ticket came to hold what it holds.
type Story struct {
	Ticket   string         `json:"ticket" format:"uuid"`
	Chapters []StoryChapter `json:"chapters" nullable:"false" doc:"its fields, its privacy, its deletion, and its comments"`
	Cut      bool           `json:"cut,omitempty" doc:"more is recorded than was read: the oldest events are missing"`
}

// StoryChapter is the story of one value.
type StoryChapter struct {
	Field     string          `json:"field" doc:"a field of the ticket, body for a comment, privacy, or deleted: what became of it as a whole, and of its items outside"`
	Comment   string          `json:"comment,omitempty" doc:"set for what is a comment's"`
	Value     Value           `json:"value"`
	Events    []StoryEvent    `json:"events" nullable:"false" doc:"newest first"`
	Standings []StoryStanding `json:"standings" nullable:"false" doc:"how it stands in each project"`
}

// StoryEvent is one thing that happened to a value.
type StoryEvent struct {
	At       time.Time `json:"at"`
	Verb     string    `json:"verb" enum:"wrote,came_in,decided,merged,restored,sent_out,took_back,conflict,settled"`
	Who      string    `json:"who,omitempty" doc:"a local handle; absent where a session acted by rule"`
	Project  string    `json:"project,omitempty" doc:"where the value came from or went to"`
	Before   Value     `json:"before"`
	After    Value     `json:"after"`
	Reason   string    `json:"reason,omitempty"`
	Outcome  string    `json:"outcome,omitempty" doc:"of a write outside that was not plain"`
	Session  string    `json:"session,omitempty"`
	Step     int64     `json:"step,omitempty" doc:"of the session's journal"`
	Mapping  int       `json:"mapping,omitempty" doc:"version of the field mapping in force then"`
	Intent   string    `json:"intent,omitempty" doc:"the write, as the audit log names it"`
	Conflict string    `json:"conflict,omitempty"`
}

// StoryStanding says how a value stands in one project.
type StoryStanding struct {
	Project  string `json:"project"`
	Key      string `json:"key,omitempty" doc:"of the external item; absent: there is none"`
	State    string `json:"state" doc:"of the link"`
	Waiting  bool   `json:"waiting,omitempty" doc:"a change waits for its session"`
	Conflict string `json:"conflict,omitempty"`
	Because  string `json:"because,omitempty" doc:"why nothing happens"`
}
