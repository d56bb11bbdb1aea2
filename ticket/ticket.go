package ticket

import "time"

// Ticket is one item of the team's own project manager. Its row is authoritative
// for synchronisation; Revision grows by one with each change, whoever makes it.
type Ticket struct {
	ID        string // random UUID
	Revision  int64  // 1 for a new ticket
	Fields    Fields
	Stamps    Stamps
	Privacy   Privacy
	Origin    string // id of the external project it was pulled from, or empty
	Deleted   bool   // soft: the row stays
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Comment is one remark on a ticket. Its only field is Body.
type Comment struct {
	ID        string // random UUID
	TicketID  string
	Revision  int64 // 1 for a new comment
	Body      Value
	Stamp     Stamp
	Author    string  // a local handle, or "system:login" for an outside author
	Privacy   Privacy // empty: as its ticket; LocalOnly: never leaves
	Origin    string  // id of the external project it was pulled from, or empty
	Deleted   bool    // soft: the row stays
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Stamp says who wrote a field last, when, and at which revision.
type Stamp struct {
	By       string    `json:"by"` // a local handle, or "project:<id>" when a sync wrote it
	At       time.Time `json:"at"`
	Revision int64     `json:"revision"`
}

// Stamps holds the stamp of each field that was ever written.
type Stamps map[Field]Stamp

// Patch is one author's edit: the fields it changes and the revision the author
// saw. A field changed since that revision is a conflict, never an overwrite.
type Patch struct {
	Seen int64 // revision the author saw; must be 1 or more
	Set  Fields
	By   string // a local handle
}

// Stale returns the fields of p that were written after the revision its author
// saw with a value other than the one in p, in ascending order.
func (t Ticket) Stale(p Patch) []Field {
	var stale []Field
	for _, f := range p.Set.Names() {
		if t.Stamps[f].Revision > p.Seen && !t.Fields[f].Equal(p.Set[f]) {
			stale = append(stale, f)
		}
	}
	return stale
}

// With returns the ticket with the fields changed and stamped, one revision later.
func (t Ticket) With(set Fields, by string, at time.Time) Ticket {
	t.Revision++
	t.UpdatedAt = at
	fields, stamps := make(Fields, len(t.Fields)+len(set)), make(Stamps, len(t.Fields)+len(set))
	for f, v := range t.Fields {
		fields[f] = v
	}
	for f, s := range t.Stamps {
		stamps[f] = s
	}
	for f, v := range set {
		fields[f], stamps[f] = v, Stamp{By: by, At: at, Revision: t.Revision}
	}
	t.Fields, t.Stamps = fields, stamps
	return t
}
