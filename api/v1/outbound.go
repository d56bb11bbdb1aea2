package v1

// OutboundPreview is what would leave for a project in its next session, as things stand.
type OutboundPreview struct {
	Items []Leaving `json:"items" nullable:"false" doc:"each ticket, and after it its comments"`
	Next  string    `json:"next,omitempty" doc:"there may be more: go on with after"`
}

// Leaving is what would leave of one ticket or comment.
type Leaving struct {
	Ticket  string           `json:"ticket"`
	Comment string           `json:"comment,omitempty" doc:"of a comment"`
	Action  string           `json:"action" enum:"create,update,delete,nothing" doc:"what the external system would be asked for"`
	Sends   map[string]Value `json:"sends" nullable:"false" doc:"in the external system's own terms, after mapping, rules and sanitising"`
	Stays   []Stay           `json:"stays" nullable:"false" doc:"fields that stay here, or passages of them"`
	Reason  string           `json:"reason" doc:"why it leaves, or why nothing of it does"`
}

// Stay is one field that stays here, or a part of it.
type Stay struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}
