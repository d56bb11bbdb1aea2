package v1

import "time"

// Deletions says what becomes of a ticket that nobody edited and whose twin was deleted.
type Deletions struct {
	Follow      bool      `json:"follow" doc:"it goes too once the delay is over and nobody has decided otherwise; false: a person is asked each time"`
	Delay       Duration  `json:"delay,omitzero" doc:"from when it was first asked about, or from when that was confirmed where that came later"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

// NewDeletions sets what becomes of such tickets.
type NewDeletions struct {
	Follow  bool     `json:"follow"`
	Delay   Duration `json:"delay,omitzero" doc:"absent: 24 hours"`
	Confirm bool     `json:"confirm,omitempty" doc:"yes, deletions may follow without a person deciding on each; recorded with your name"`
}
