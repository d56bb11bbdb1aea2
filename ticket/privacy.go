package ticket

import "fmt"

// Privacy says whether a ticket or comment may be synchronised.
type Privacy string

// The privacy levels, from the narrowest.
const (
	LocalOnly Privacy = "local_only" // never synchronised, in either direction
	Shareable Privacy = "shareable"  // leaves only with a grant for the external project
	Public    Privacy = "public"     // always synchronised
)

// ParsePrivacy accepts exactly the three levels.
func ParsePrivacy(s string) (Privacy, error) {
	switch p := Privacy(s); p {
	case LocalOnly, Shareable, Public:
		return p, nil
	}
	return "", fmt.Errorf("privacy %q: want local_only, shareable or public", s)
}

// Grant permits one shareable ticket to leave for one external project. ProjectID
// is the id of an external project of ours, not the vendor's.
type Grant struct {
	TicketID  string
	ProjectID string
	By        string // who granted it: a local handle, or "origin" for a pulled ticket
}
