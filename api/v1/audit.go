package v1

import "time"

// AuditCheck is what a walk along an audit chain has shown.
type AuditCheck struct {
	Entries   int64       `json:"entries" doc:"that hold together, before the fault if there is one"`
	Hash      string      `json:"hash,omitempty" doc:"of the last of them"`
	Heads     int         `json:"heads,omitempty" doc:"published heads that were met and agree"`
	Backwards int         `json:"backwards,omitempty" doc:"entries with a time before their neighbour's: a clock was set"`
	Fault     *AuditFault `json:"fault,omitempty" doc:"absent: the chain holds"`
}

// AuditFault is the first entry that is wrong, and what is wrong with it.
type AuditFault struct {
	Flaw string `json:"flaw" enum:"hash,prev,gap,order,project,form,head,truncated"`
	Seq  int64  `json:"seq"`
	What string `json:"what"`
}

// SignedHead says how far an audit chain reached at some time, under the service's
// signature. It is what is published outside, one per line.
type SignedHead struct {
	Project   string    `json:"project" format:"uuid"`
	Seq       int64     `json:"seq" doc:"number of the newest entry; 0: the log is empty"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	Signature string    `json:"signature" doc:"Ed25519, in base64"`
}

// AuditHead is how far a chain reaches now, and how far it was published.
type AuditHead struct {
	Head        SignedHead  `json:"head"`
	Key         string      `json:"key" doc:"the public key that verifies heads; keep it outside, too" example:"ed25519:..."`
	Published   *SignedHead `json:"published,omitempty" doc:"the last one; absent: none ever"`
	PublishedAt time.Time   `json:"published_at,omitzero"`
	Error       string      `json:"error,omitempty" doc:"why publishing fails at present"`
	FailedAt    time.Time   `json:"failed_at,omitzero" doc:"since when"`
}
