package v1

import "time"

// Session is one bounded synchronisation.
type Session struct {
	ID        string    `json:"id"`
	Project   string    `json:"project" format:"uuid"`
	Kind      string    `json:"kind" enum:"initial,incremental,reconcile,rollback"`
	State     string    `json:"state" enum:"pending,running,succeeded,failed,held,stopped,cancelled" doc:"pending: a rollback that was ordered and has not begun; cancelled: one whose order was taken back before it had done anything"`
	Reason    string    `json:"reason,omitempty" doc:"why it failed, was held or stopped"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Mapping   int       `json:"mapping,omitempty" doc:"version of the field mapping it used; absent: the system's default"`
	Undoes    string    `json:"undoes,omitempty" doc:"of a rollback: the session that it undoes"`
	By        string    `json:"by,omitempty" doc:"of a rollback: who asked for it"`
	Report    Report    `json:"report"`
	Steps     []Step    `json:"steps,omitempty" nullable:"false" doc:"one page of the journal; only when one session is read"`
	Next      int64     `json:"next,omitempty" doc:"pass it as after to read on in the journal; absent on the last page"`
}

// Sessions is a list of sessions, newest first.
type Sessions struct {
	Sessions []Session `json:"sessions" nullable:"false"`
	More     bool      `json:"more,omitempty" doc:"there are older ones than the limit let through"`
	Next     string    `json:"next,omitempty" doc:"where there are older ones: what to say as before to read them"`
}

// Report is a session in numbers.
type Report struct {
	Observed       int `json:"observed" doc:"items seen in changes"`
	Changed        int `json:"changed" doc:"of which were new or different"`
	CreatedHere    int `json:"created_here" doc:"tickets and comments created here"`
	AppliedHere    int `json:"applied_here" doc:"fields changed here"`
	DeletedHere    int `json:"deleted_here" doc:"comments deleted here"`
	CreatedOutside int `json:"created_outside" doc:"items created outside"`
	PushedOutside  int `json:"pushed_outside" doc:"fields changed outside"`
	DeletedOutside int `json:"deleted_outside" doc:"comments deleted outside"`
	Conflicts      int `json:"conflicts" doc:"conflicts found"`
	Twins          int `json:"twins" doc:"of which ask whether a ticket here and one outside are the same"`
	Resolved       int `json:"resolved" doc:"conflicts closed"`
	Drift          int `json:"drift" doc:"edits on a side that may not flow"`
	Withheld       int `json:"withheld" doc:"items that privacy keeps here"`
	TakenBack      int `json:"taken_back" doc:"tickets and comments that were taken back outside"`
	Lossy          int `json:"lossy" doc:"fields that came back different from what was written"`
	Failed         int `json:"failed" doc:"items that failed and will be tried again"`
	Quarantined    int `json:"quarantined"`
	Repaired       int `json:"repaired" doc:"writes of uncertain outcome that were settled"`
	Reads          int `json:"reads" doc:"calls that read"`
	Writes         int `json:"writes" doc:"calls that write"`
	Compared       int `json:"compared" doc:"links of which a sample compared what both sides really hold"`
	Unexplained    int `json:"unexplained" doc:"of which nothing explains a difference; their share is the drift score, and 0 is perfect"`
	Walks          int `json:"walks" doc:"1: it read what changed outside to the end; else only what waited here, or as far as limits allowed"`
}

// Step is one line of a session's journal.
type Step struct {
	Seq     int64     `json:"seq"`
	Ticket  string    `json:"ticket,omitempty"`
	Field   string    `json:"field,omitempty" doc:"empty: about the whole item"`
	Action  string    `json:"action" example:"push"`
	Before  Value     `json:"before"`
	After   Value     `json:"after"`
	Reason  string    `json:"reason,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
	At      time.Time `json:"at"`
}

// Conflict is one field on which both sides disagree.
type Conflict struct {
	ID           string    `json:"id" format:"uuid"`
	Project      string    `json:"project" format:"uuid"`
	Ticket       string    `json:"ticket" format:"uuid"`
	Comment      string    `json:"comment,omitempty" doc:"set when the field is a comment's"`
	Title        string    `json:"title,omitempty" doc:"the ticket's title"`
	Field        string    `json:"field"`
	Kind         string    `json:"kind" enum:"both_edited,overwritten,unmappable,refused,lossy,undone,edited_deleted,gone,twin_created"`
	State        string    `json:"state" enum:"open,decided,resolved,converged" doc:"decided: stored and not carried out yet"`
	BaseLocal    Value     `json:"base_local" doc:"what this side held when both last agreed"`
	BaseExternal Value     `json:"base_external" doc:"what the other side held then"`
	Local        Value     `json:"local"`
	External     Value     `json:"external"`
	Digest       string    `json:"digest" doc:"identifies the two values; send it with your decision"`
	Blocks       []Block   `json:"blocks,omitempty" doc:"of an open conflict on a text, when it alone is read: the text part by part, as the external system spells it"`
	Strategy     string    `json:"strategy" enum:"local_wins,external_wins,newest_wins,manual,merge"`
	Choice       string    `json:"choice,omitempty" enum:"local,external,value,unlink,link,separate"`
	Value        *Value    `json:"value,omitempty" doc:"what was decided"`
	Earlier      *Value    `json:"earlier,omitempty" doc:"what stands on neither side any more: decided on before the values moved, or written by a session that is undone"`
	DecidedBy    string    `json:"decided_by,omitempty"`
	DetectedAt   time.Time `json:"detected_at"`
	DecidedAt    time.Time `json:"decided_at,omitzero"`
	ClosedAt     time.Time `json:"closed_at,omitzero"`
	Reminders    int       `json:"reminders,omitempty" doc:"how often somebody was reminded of it"`
	RemindedAt   time.Time `json:"reminded_at,omitzero" doc:"when last"`

	What    string   `json:"what" doc:"what happened, for whoever decides"`
	Reason  string   `json:"reason,omitempty" doc:"what the mapping lacks, or what the external system answered"`
	Twin    *Twin    `json:"twin,omitempty" doc:"of kind twin_created: the external item that looks like the ticket"`
	Choices []Choice `json:"choices" nullable:"false" doc:"what can be decided; empty: nothing, or nothing any more"`
}

// Twin is an external item that looks like a ticket here.
type Twin struct {
	Key string `json:"key" doc:"what the external system calls it" example:"12"`
	URL string `json:"url,omitempty"`
}

// Choice is one thing that can be decided, and what would come of it.
type Choice struct {
	Choice string `json:"choice" enum:"local,external,value,blocks,unlink,link,separate"`
	Effect string `json:"effect" example:"outside gets the local value"`
}

// Block is one part of a text that both sides edited.
type Block struct {
	Number   int    `json:"number,omitempty" doc:"of a part that clashes, from 1: a decision by blocks has one choice for each"`
	Kind     string `json:"kind" enum:"agreed,local,external,clash" doc:"who changed it: nobody or both alike, this side, the other side, both"`
	Base     string `json:"base" doc:"what both sides had"`
	Local    string `json:"local"`
	External string `json:"external"`
}

// Conflicts is a list of conflicts, newest first.
type Conflicts struct {
	Conflicts []Conflict `json:"conflicts" nullable:"false"`
	More      bool       `json:"more,omitempty" doc:"there are more than the limit let through: narrow the list"`
}

// Decision decides a conflict.
type Decision struct {
	Choice string   `json:"choice" enum:"local,external,value,blocks,unlink,link,separate" doc:"one of the conflict's choices"`
	Value  *Value   `json:"value,omitempty" doc:"what the field shall hold, for choice value"`
	Blocks []string `json:"blocks,omitempty" maxItems:"2000" doc:"for choice blocks: local or external for each part that clashes, in their order; the others are merged"`
	Digest string   `json:"digest" minLength:"1" maxLength:"128" doc:"of the values you were shown"`
	By     string   `json:"by,omitempty" maxLength:"128" pattern:"^[A-Za-z0-9._@-]*$" doc:"who decides: a local handle; default: the Extsync-Actor header"`
}

// Audit is one page of a project's audit log.
type Audit struct {
	Entries []AuditEntry `json:"entries" nullable:"false"`
	Next    int64        `json:"next,omitempty" doc:"pass it as after to go on; absent on the last page"`
}

// AuditEntry is one line of the audit log. It holds no content.
type AuditEntry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail,omitempty"`
	Digest  string    `json:"digest,omitempty" doc:"SHA-256 of the values written"`
	Prev    string    `json:"prev,omitempty" doc:"hash of the entry before"`
	Hash    string    `json:"hash"`
}
