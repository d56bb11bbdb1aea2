package v1

import "fmt"

// Problem is an error as RFC 9457 describes it. Besides the standard members some
// types carry what the client needs to go on.
type Problem struct { //nolint:errname // the world calls it a problem, RFC 9457
	Type     string `json:"type" doc:"identifies the kind of problem" example:"urn:extsync:problem:stale"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail" doc:"what went wrong here, and what to do"`
	Instance string `json:"instance" doc:"identifies this occurrence, also in the server's log"`

	Errors   []Fault   `json:"errors,omitempty" nullable:"false" doc:"faults of the request, one by one"`
	Stale    []string  `json:"stale,omitempty" nullable:"false" doc:"stale: fields that changed since you read them"`
	Ticket   *Ticket   `json:"ticket,omitempty" doc:"stale: the ticket as it is now"`
	Comment  *Comment  `json:"comment,omitempty" doc:"stale: the comment as it is now"`
	Conflict *Conflict `json:"conflict,omitempty" doc:"decided, moved: the conflict as it is now"`

	Rule *RulePreview `json:"rule,omitempty" doc:"moved: what the rule would decide now"`
	// Rollback is beside the reason of a rollback that was approved on an old preview.
	Rollback *RollbackPreview `json:"rollback,omitempty" doc:"moved: the preview as it is now"`
}

// Fault is one fault of a request. It does not repeat the value.
type Fault struct {
	Where   string `json:"where" example:"body.title"`
	Message string `json:"message"`
}

// Error makes the problem an error: its detail, with what is needed to look it up.
func (p *Problem) Error() string {
	text := p.Detail
	for _, f := range p.Errors {
		text += fmt.Sprintf("; %s: %s", f.Where, f.Message)
	}
	return text
}

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem in place of JSON's own.
func (p *Problem) ContentType(string) string { return ProblemType }

// ProblemType is the media type of problems.
const ProblemType = "application/problem+json"

// The kinds of problem.
const (
	kind = "urn:extsync:problem:"

	MalformedRequest  = kind + "malformed-request"  // not JSON, not UTF-8, an id that is none
	InvalidRequest    = kind + "invalid-request"    // understood, and not acceptable
	TooLarge          = kind + "too-large"          //
	NotAuthenticated  = kind + "not-authenticated"  // no token, or a wrong one
	NotFound          = kind + "not-found"          //
	MethodNotAllowed  = kind + "method-not-allowed" //
	Unsupported       = kind + "unsupported-media-type"
	KeyReused         = kind + "key-reused"        // an Idempotency-Key of another request
	KeyInUse          = kind + "key-in-use"        // the first request with it still runs
	NeedsRevision     = kind + "revision-required" // an edit without If-Match
	UnknownRevision   = kind + "unknown-revision"  // an If-Match that never was
	Stale             = kind + "stale"             // changed since it was read
	WrongStatus       = kind + "wrong-status"      // the project's status does not allow it
	Exists            = kind + "exists"
	Decided           = kind + "already-decided"
	Moved             = kind + "moved" // decided on values that are not there any more
	ExternalRefused   = kind + "external-refused"
	ExternalForbidden = kind + "external-forbidden"
	ExternalNotFound  = kind + "external-not-found"
	ExternalInvalid   = kind + "external-invalid"
	ExternalConflict  = kind + "external-conflict"
	ExternalLimited   = kind + "external-limited"
	ExternalDown      = kind + "external-unavailable"
	Unavailable       = kind + "unavailable" // a part of this service does not answer
	Internal          = kind + "internal"
)
