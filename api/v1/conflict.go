package v1

import "time"

// ConflictCounts says how many conflicts wait.
type ConflictCounts struct {
	Counts []ConflictCount `json:"counts" nullable:"false" doc:"by project, kind and state"`
}

// ConflictCount is how many conflicts of a kind wait in a project.
type ConflictCount struct {
	Project string    `json:"project" format:"uuid"`
	Kind    string    `json:"kind"`
	State   string    `json:"state" enum:"open,decided"`
	Count   int       `json:"count"`
	Oldest  time.Time `json:"oldest" doc:"when the oldest of them was detected"`
}

// ConflictRule decides many open conflicts alike. What is absent narrows nothing; it must
// name a project or a ticket.
type ConflictRule struct {
	Project   string    `json:"project,omitempty" format:"uuid"`
	Ticket    string    `json:"ticket,omitempty" format:"uuid"`
	Field     string    `json:"field,omitempty" maxLength:"128"`
	Kind      string    `json:"kind,omitempty" enum:"both_edited,overwritten,unmappable,refused,lossy,undone,edited_deleted,gone,twin_created"`
	Strategy  string    `json:"strategy,omitempty" enum:"local_wins,external_wins,newest_wins,manual,merge"`
	OlderThan Duration  `json:"older_than,omitempty" doc:"detected at least so long ago; with before, not looked at"`
	Before    time.Time `json:"before,omitzero" doc:"detected before; take it from the preview, so that time does not widen the rule"`
	Choice    string    `json:"choice" enum:"local,external,unlink,link,separate" doc:"conflicts that do not offer it are left"`
	Digest    string    `json:"digest,omitempty" maxLength:"128" doc:"of the preview you were shown; absent: preview only"`
	By        string    `json:"by,omitempty" maxLength:"128" pattern:"^[A-Za-z0-9._@-]*$" doc:"who decides: a local handle; default: the Extsync-Actor header"`
}

// RulePreview is what a rule would decide now.
type RulePreview struct {
	Count   int       `json:"count" doc:"conflicts that would be decided"`
	Skipped int       `json:"skipped" doc:"that pass and do not offer the choice"`
	More    bool      `json:"more" doc:"one order decides 500 at most: give it again for the rest"`
	Digest  string    `json:"digest" doc:"of these conflicts, their values and the choice; send it to decide so"`
	Before  time.Time `json:"before,omitzero" doc:"send it along"`
	Sample  []string  `json:"sample" nullable:"false" doc:"ids of the newest, at most 20"`
}

// RuleOutcome is a preview, and what became of it.
type RuleOutcome struct {
	Preview RulePreview `json:"preview"`
	Decided int         `json:"decided" doc:"each a decision of its own; the next session carries them out"`
	Moved   int         `json:"moved" doc:"whose values moved meanwhile: they wait, with the new ones"`
	Already int         `json:"already" doc:"that somebody else decided meanwhile"`
}

// Restore names the value of a closed conflict that is put back.
type Restore struct {
	Value string `json:"value" enum:"local,external,base" doc:"base: what was here when both sides last agreed"`
	By    string `json:"by,omitempty" maxLength:"128" pattern:"^[A-Za-z0-9._@-]*$" doc:"a local handle; default: the Extsync-Actor header"`
}

// Restored is the ticket or comment that holds the value again.
type Restored struct {
	Ticket  Ticket   `json:"ticket"`
	Comment *Comment `json:"comment,omitempty" doc:"where the value is a comment's"`
	Anew    bool     `json:"anew,omitempty" doc:"the comment was deleted: this is a new one with the text"`
}

// ConflictPolicy says what happens to conflicts that nobody decides. Absent or zero: they
// wait, without a word.
type ConflictPolicy struct {
	RemindAfter Duration  `json:"remind_after,omitempty" doc:"since its detection"`
	RemindEvery Duration  `json:"remind_every,omitempty" doc:"after the first reminder; absent: once"`
	ExpireAfter Duration  `json:"expire_after,omitempty" doc:"since its detection; reminders end then"`
	OnExpiry    string    `json:"on_expiry,omitempty" enum:"keep_parked,local,external" doc:"what is decided then; default: keep_parked"`
	Confirm     bool      `json:"confirm,omitempty" doc:"needed for local and external, which act as keep_parked without it"`
	ConfirmedBy string    `json:"confirmed_by,omitempty" readOnly:"true"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero" readOnly:"true"`
}
