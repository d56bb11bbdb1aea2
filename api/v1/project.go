package v1

import (
	"encoding/json"
	"time"
)

// Project is one connected external project.
type Project struct {
	ID           string     `json:"id" format:"uuid"`
	System       string     `json:"system" doc:"the kind of external system" example:"github"`
	Address      string     `json:"address" doc:"what the system calls the project" example:"octo/hello"`
	APIURL       string     `json:"api_url,omitempty" doc:"empty: the vendor's public service"`
	Login        string     `json:"login,omitempty" doc:"whom the credential speaks as"`
	User         string     `json:"user,omitempty" doc:"the account that goes with the credential, where the system wants both"`
	Filter       string     `json:"filter,omitempty" doc:"narrows the project, in the system's own language" example:"labels = shared"`
	Settings     Settings   `json:"settings,omitempty" doc:"the adapter's own; absent: its defaults"`
	Mapping      int        `json:"mapping,omitempty" doc:"version of the field mapping in force; absent: the system's default; only when one project is read"`
	Status       string     `json:"status" enum:"configuring,active,paused,error,disconnected"`
	StatusReason string     `json:"status_reason,omitempty" doc:"why the status is what it is"`
	Failures     int        `json:"failures" doc:"sessions that failed in a row"`
	Direction    string     `json:"direction" enum:"push,pull,bidirectional,disabled"`
	PollEvery    Duration   `json:"poll_every" doc:"zero: synchronises when told to and by webhooks"`
	Pace         Pace       `json:"pace"`
	Strategies   []Strategy `json:"strategies" nullable:"false" doc:"how conflicts are resolved; a field without an entry follows the entry without a field, and without that one a person decides"`
	PassOn       []PassOn   `json:"pass_on" nullable:"false" doc:"projects of origin whose tickets may be passed on to this one"`
	Deletions    Deletions  `json:"deletions" doc:"what becomes of a ticket whose twin was deleted"`
	CreatedAt    time.Time  `json:"created_at"`
	SyncedAt     time.Time  `json:"synced_at,omitzero" doc:"end of the last session that succeeded and was no undo"`
	SweptAt      time.Time  `json:"swept_at,omitzero" doc:"when the last full sweep began, or the one that is under way; only when one project is read"`
	SweepOverdue bool       `json:"sweep_overdue,omitempty" doc:"no full sweep began for twice the time between two; only when one project is read"`
	Links        *Links     `json:"links,omitempty" doc:"only when one project is read"`
	Conflicts    int        `json:"open_conflicts,omitempty" doc:"open conflicts; only when one project is read"`

	ConflictKinds  map[string]int  `json:"open_conflicts_by_kind,omitempty" doc:"only when one project is read"`
	ConflictPolicy *ConflictPolicy `json:"conflict_policy,omitempty" doc:"absent: conflicts that nobody decides wait"`
	// RollbackFailed undoes a session that fails after it wrote something.
	RollbackFailed bool `json:"rollback_failed,omitempty" doc:"a session that fails after it wrote something is rolled back by the next one"`
}

// Settings are an adapter's own, a JSON object; each adapter says what it takes. They
// hold no secret.
type Settings = json.RawMessage

// Pace overrides the vendor's published limits, for servers that have others.
type Pace struct {
	Off             bool     `json:"off,omitempty" doc:"the server has no limits"`
	WritesPerMinute int      `json:"writes_per_minute,omitempty" minimum:"0"`
	WritesPerHour   int      `json:"writes_per_hour,omitempty" minimum:"0"`
	WriteGap        Duration `json:"write_gap,omitzero" doc:"least time between two writes"`
}

// Strategy is how conflicts of one field are resolved.
type Strategy struct {
	Field       string    `json:"field,omitempty" doc:"empty: every field without an entry" example:"title"`
	Strategy    string    `json:"strategy" enum:"local_wins,external_wins,newest_wins,manual,merge"`
	ConfirmedBy string    `json:"confirmed_by,omitempty" doc:"a strategy by which the external side can win acts as manual until someone confirms it"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// PassOn permits tickets pulled from one project to leave for another.
type PassOn struct {
	From string `json:"from" format:"uuid" doc:"id of the project of origin"`
	To   string `json:"to" format:"uuid" doc:"id of the project that its tickets may reach"`
}

// Links counts what a project's sync mapping holds.
type Links struct {
	Tickets     int `json:"tickets" doc:"tickets with an external side"`
	Comments    int `json:"comments" doc:"comments with an external side"`
	Due         int `json:"due" doc:"changes that can be synchronised now"`
	Waiting     int `json:"waiting" doc:"changes that wait, now or later"`
	Quarantined int `json:"quarantined" doc:"failed too often; see their reasons"`
	Gone        int `json:"gone" doc:"the external side answers that it does not exist"`
	Parked      int `json:"parked"`
}

// Projects is a list of all projects, oldest first.
type Projects struct {
	Projects []Project `json:"projects" nullable:"false"`
}

// NewProject asks to connect an external project.
type NewProject struct {
	System        string        `json:"system" doc:"the kind of external system" example:"github"`
	Address       string        `json:"address" minLength:"1" maxLength:"512" example:"octo/hello"`
	APIURL        string        `json:"api_url,omitempty" maxLength:"2048" doc:"API of a server of your own; empty: the vendor's public service" example:"https://github.example.com/api/v3"`
	Token         string        `json:"token,omitempty" maxLength:"4096" doc:"credential; it is sealed and never shown again. Only a peer that takes nothing from us may do without"`
	User          string        `json:"user,omitempty" maxLength:"256" doc:"the account that goes with the token, where the system wants both (Jira: an e-mail address)" example:"me@example.com"`
	Filter        string        `json:"filter,omitempty" maxLength:"4096" doc:"narrows the project to some tickets, in the system's own language (Jira: JQL)" example:"labels = shared"`
	Settings      Settings      `json:"settings,omitempty" doc:"the adapter's own, a JSON object without secrets; GET /v1/systems says who takes any"`
	Direction     string        `json:"direction,omitempty" enum:"push,pull,bidirectional,disabled" doc:"default: bidirectional; for a project that was disconnected, what it was, as for filter and settings"`
	PollEvery     Duration      `json:"poll_every,omitzero" doc:"zero: synchronises when told to and by webhooks"`
	Pace          Pace          `json:"pace,omitzero"`
	Strategies    []NewStrategy `json:"strategies,omitempty" nullable:"false" maxItems:"50"`
	WebhookSecret string        `json:"webhook_secret,omitempty" minLength:"16" maxLength:"256" doc:"what the system signs its webhooks with"`
	Mapping       string        `json:"mapping,omitempty" enum:"auto,review,default" doc:"how the fields are mapped: proposed from what the project offers and put in force unless something is wrong (auto, the default), proposed and confirmed by a person (review), or the system's default as it is"`
	Preview       bool          `json:"preview,omitempty" doc:"before the first synchronisation show what would leave, and wait for approval"`
}

// NewStrategy sets how conflicts of one field are resolved.
type NewStrategy struct {
	Field    string `json:"field,omitempty" maxLength:"64" pattern:"^[a-z][a-z0-9_:]*$" doc:"empty: every field without an entry"`
	Strategy string `json:"strategy" enum:"local_wins,external_wins,newest_wins,manual,merge"`
	Confirm  bool   `json:"confirm,omitempty" doc:"yes, the external side may win; recorded with your name"`
}

// ProjectChange changes a project. What is absent stays.
type ProjectChange struct {
	Direction  string          `json:"direction,omitempty" enum:"push,pull,bidirectional,disabled"`
	PollEvery  *Duration       `json:"poll_every,omitempty" nullable:"false"`
	Pace       *Pace           `json:"pace,omitempty"`
	User       *string         `json:"user,omitempty" nullable:"false" maxLength:"256" doc:"tried with the stored credential before it counts, as are filter and settings"`
	Filter     *string         `json:"filter,omitempty" nullable:"false" maxLength:"4096" doc:"empty: the whole project; everything is read again"`
	Settings   Settings        `json:"settings,omitempty" doc:"replaces all; {} stands for the defaults"`
	Strategies []NewStrategy   `json:"strategies,omitempty" nullable:"false" maxItems:"50" doc:"set field by field; fields that are not named stay"`
	Conflicts  *ConflictPolicy `json:"conflicts,omitempty" doc:"replaces all; {} lets conflicts wait, without a word"`
	Deletions  *NewDeletions   `json:"deletions,omitempty" nullable:"false"`
	PassOn     *[]PassOn       `json:"pass_on,omitempty" nullable:"false" maxItems:"100" doc:"replaces the whole list; to is this project"`
	// RollbackFailed undoes a session that fails after it wrote something.
	RollbackFailed *bool `json:"rollback_failed,omitempty" nullable:"false" doc:"whether a session that fails after it wrote something is rolled back by the next one"`
}

// Resume lets a paused project synchronise again.
type Resume struct {
	Allow bool `json:"allow,omitempty" doc:"the next session passes the guards: you have seen what they stopped"`
}

// SyncRequest asks for a session now.
type SyncRequest struct {
	Full bool `json:"full,omitempty" doc:"compare everything, also what did not change"`
}

// WebhookSecret sets, or without one generates, what webhooks are signed with.
type WebhookSecret struct {
	Secret string `json:"secret,omitempty" minLength:"16" maxLength:"256" doc:"empty: one is made"`
}

// WebhookSetup is what to enter in the external system. The secret is shown this once.
type WebhookSetup struct {
	Path        string `json:"path" doc:"address of the webhook on this server" example:"/v1/hooks/github/6f0c..."`
	Secret      string `json:"secret"`
	ContentType string `json:"content_type" example:"application/json"`
}

// Setup is how the setup of a project stands.
type Setup struct {
	Step          int    `json:"step" doc:"1 to 7; 8 when it is done"`
	Name          string `json:"name" doc:"what the step does"`
	Done          bool   `json:"done"`
	Problem       string `json:"problem,omitempty" doc:"what a person must mend, and how; then start the setup again"`
	Fault         string `json:"fault,omitempty" doc:"the kind of the problem" example:"unauthorised"`
	NeedsApproval bool   `json:"needs_approval" doc:"the preview waits for approval"`
	CreateOutside int    `json:"create_outside" doc:"tickets and comments that would be created outside"`
	Withheld      int    `json:"withheld" doc:"tickets and comments that privacy keeps here"`
	Twins         int    `json:"twins" doc:"tickets here that seem to exist outside: a person is asked about each before it is created on the other side"`
	Outside       int    `json:"outside,omitempty" doc:"tickets outside that were read for that; nothing is stored of them"`
	TwinsPart     bool   `json:"twins_part,omitempty" doc:"there are more tickets outside, and may be more twins: the first synchronisation reads them all"`

	Mapping *MappingReview `json:"mapping,omitempty" doc:"while the field mapping is found"`
}

// Token replaces a project's credential.
type Token struct {
	Token string `json:"token" minLength:"1" maxLength:"4096" doc:"it is tried, sealed and never shown again"`
	User  string `json:"user,omitempty" maxLength:"256" doc:"the account that goes with it; absent: as before"`
}
