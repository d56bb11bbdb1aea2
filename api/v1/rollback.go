package v1

// RollbackPreview says what undoing a session would do, as things stand.
type RollbackPreview struct {
	Session string         `json:"session" doc:"the session to be undone"`
	Project string         `json:"project" format:"uuid"`
	Counts  RollbackCounts `json:"counts"`
	Rows    []RollbackRow  `json:"rows" nullable:"false"`
	Digest  string         `json:"digest" doc:"identifies the preview; send it with your approval"`
}

// RollbackCounts is a preview in numbers.
type RollbackCounts struct {
	Here      int `json:"here" doc:"fields to be restored here"`
	Outside   int `json:"outside" doc:"fields to be restored outside"`
	Deleted   int `json:"deleted" doc:"tickets and comments to be deleted here"`
	Withdrawn int `json:"withdrawn" doc:"items to be deleted outside, or closed as not planned"`
	Revived   int `json:"revived" doc:"items to be brought back, or synchronised again"`
	Kept      int `json:"kept" doc:"edited since: they stay, and what would have been restored is kept in a conflict"`
	Cannot    int `json:"cannot" doc:"what cannot be undone"`
	Nothing   int `json:"nothing" doc:"what is as it was already"`
	Items     int `json:"items" doc:"tickets and comments that would be changed"`
}

// RollbackRow is what becomes of one field or item.
type RollbackRow struct {
	Ticket  string `json:"ticket,omitempty"`
	Comment string `json:"comment,omitempty"`
	Key     string `json:"key,omitempty" doc:"address of the external item"`
	Field   string `json:"field,omitempty" doc:"empty: about the whole item"`
	Action  string `json:"action" enum:"restore,keep,cannot,nothing,delete_here,withdraw,revive,rejoin"`
	// Here and Outside are absent where that side is not written.
	Here    *Swap `json:"here,omitempty" doc:"what this side holds, and what it would hold"`
	Outside *Swap `json:"outside,omitempty" doc:"what the other side holds, and what it would hold; of an item that is withdrawn the state in which it is closed, absent where it is deleted"`
	// Elsewhere is of tickets that are deleted here.
	Elsewhere int    `json:"elsewhere,omitempty" doc:"items that the ticket has in other projects: each stays until somebody decides about it"`
	Reason    string `json:"reason,omitempty"`
}

// Swap is a value and what it would become.
type Swap struct {
	Now  Value `json:"now"`
	Then Value `json:"then"`
}

// RollbackOrder approves a preview.
type RollbackOrder struct {
	Digest string `json:"digest" minLength:"1" maxLength:"128" doc:"of the preview that you have seen"`
	By     string `json:"by,omitempty" maxLength:"128" pattern:"^[A-Za-z0-9._@-]*$" doc:"who says so: a local handle; default: the Extsync-Actor header"`
}
