package v1

// Duplicate is a group of tickets that look like one made several times.
type Duplicate struct {
	Title    string   `json:"title" doc:"as one of them spells it"`
	Degree   string   `json:"degree" enum:"exact,likely" doc:"exact: the same title and the same text"`
	Reason   string   `json:"reason"`
	Asked    string   `json:"asked,omitempty" format:"uuid" doc:"the conflict that asks whether two of them are one; decide it"`
	Apart    bool     `json:"apart,omitempty" doc:"a person has told two of them apart"`
	Members  []Member `json:"members" nullable:"false"`
	More     bool     `json:"more,omitempty" doc:"more bear this title than were looked at"`
	Proposal string   `json:"proposal" doc:"what can be done about it"`
}

// Member is one of a group: a ticket here, an item outside, or a pair of both.
type Member struct {
	Link   string `json:"link" format:"uuid"`
	Ticket string `json:"ticket,omitempty" format:"uuid" doc:"absent: it does not exist here"`
	Key    string `json:"key,omitempty" doc:"what the external system calls it; absent: it does not exist there" example:"12"`
	URL    string `json:"url,omitempty"`
	State  string `json:"state" enum:"backlog,live,parked,quarantined,gone,withdrawn,tombstone"`
}

// Duplicates is one page of what looks alike.
type Duplicates struct {
	Duplicates []Duplicate `json:"duplicates" nullable:"false"`
	Next       string      `json:"next,omitempty" doc:"pass it as after to go on; absent on the last page"`
}
