package model

// Notice is one thing that happened, as a webhook tells it.
type Notice struct {
	Action     string // create, update or remove
	Type       string // Issue, Comment, IssueLabel or Attachment
	Issue      *Issue // of a comment or an attachment too
	Comment    *Comment
	Label      *Label
	Attachment *Attachment
	Actor      Actor
	Before     map[string]any // update: former values of what changed, by field name; nil for none
}
