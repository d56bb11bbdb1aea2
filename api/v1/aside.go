package v1

import "time"

// Aside is a ticket or comment that waits for a person before it is synchronised again.
type Aside struct {
	Link    string    `json:"link" format:"uuid"`
	Kind    string    `json:"kind" enum:"ticket,comment"`
	Local   string    `json:"local,omitempty" doc:"id of the ticket or comment; absent: it does not exist here"`
	Title   string    `json:"title,omitempty" doc:"the ticket's"`
	Key     string    `json:"key,omitempty" doc:"what the external system calls it; absent: it does not exist there" example:"12"`
	State   string    `json:"state" enum:"parked,quarantined,gone"`
	Reason  string    `json:"reason,omitempty"`
	Tries   int       `json:"tries,omitempty" doc:"failed ones in a row"`
	FirstAt time.Time `json:"first_try,omitzero" doc:"of the failed ones"`
}

// Asides is one page of what waits for a person, by the id of the link.
type Asides struct {
	Asides []Aside `json:"links" nullable:"false"`
	Next   string  `json:"next,omitempty" doc:"pass it as after to go on; absent on the last page"`
}

// Retry says what to try again.
type Retry struct {
	Links []string `json:"links,omitempty" nullable:"false" maxItems:"1000" doc:"ids of links; absent: all that are parked or quarantined"`
}

// Retried says what will be tried again.
type Retried struct {
	Links int `json:"links" doc:"how many were put back to work"`
}
