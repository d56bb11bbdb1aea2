package v1

import "time"

// VerifyFirst is the cursor of the first page of a verification; an empty one is, too.
const VerifyFirst = "tickets/"

// VerifyRequest asks for one page of a verification.
type VerifyRequest struct {
	After  string `json:"after,omitempty" maxLength:"4096" doc:"the next of the page before"`
	Limit  int    `json:"limit,omitempty" minimum:"0" maximum:"500" doc:"links to compare; default 50"`
	Sample int    `json:"sample,omitempty" minimum:"0" maximum:"500" doc:"compare that many links from a random place on, and nothing else"`
}

// Verification is what one page has shown.
type Verification struct {
	Compared    int            `json:"compared" doc:"links and external items that were looked at on both sides"`
	Unexplained int            `json:"unexplained" doc:"of which something is not explained"`
	Score       float64        `json:"score" doc:"their share; 0 is perfect"`
	Standings   map[string]int `json:"standings" doc:"links by the worst of their standings"`
	Differences []Difference   `json:"differences" nullable:"false" doc:"all that is not in step"`
	Reads       int            `json:"reads" doc:"calls to the external system"`
	Next        string         `json:"next,omitempty" doc:"pass it as after to go on; absent: all was seen"`
	RetryAt     time.Time      `json:"retry_at,omitzero" doc:"the external system's limits let it go on then"`
	Reason      string         `json:"reason,omitempty"`
}

// Difference is one thing that is not in step. It holds no content.
type Difference struct {
	Standing  string `json:"standing" enum:"pending,parked,withheld,drift,aside,lossy,unreadable,different,missing_here,missing_outside,duplicate,dangling"`
	Explained bool   `json:"explained" doc:"what is recorded accounts for it"`
	Kind      string `json:"kind" enum:"ticket,comment"`
	Link      string `json:"link,omitempty" doc:"absent: nothing here knows the item"`
	Local     string `json:"local,omitempty"`
	External  string `json:"external,omitempty"`
	Key       string `json:"key,omitempty"`
	Field     string `json:"field,omitempty" doc:"absent: about the whole item"`
	Reason    string `json:"reason"`
}
