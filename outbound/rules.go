package outbound

import (
	"fmt"
	"slices"

	"github.com/extsync/extsync/ticket"
)

// Rules are a project's privacy rules beyond the levels and grants of tickets. Their
// zero value restricts nothing and passes nothing on.
type Rules struct {
	// PassOn permits tickets pulled from one project to leave for another.
	PassOn []PassOn `json:"pass_on,omitempty"`
	// Keep names the fields of tickets that are ours alone: they neither leave nor come in.
	Keep []ticket.Field `json:"keep,omitempty"`
	// Comments says which comments may leave with a ticket that may.
	Comments CommentRule `json:"comments,omitzero"`
	// Cuts name passages of titles and texts that stay here.
	Cuts []Cut `json:"cuts,omitempty"`
	// Withdraw is what becomes of what stands outside when less may leave than before and
	// the person who says so does not say it. Empty: Stop.
	Withdraw TakeBack `json:"withdraw,omitempty"`
}

// PassOn names the project of origin and the project that its tickets may reach.
// Both are ids of external projects of ours.
type PassOn struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// CommentMode says which comments may leave.
type CommentMode string

// The modes of a comment rule. None of them lets a local_only comment leave.
const (
	AllComments    CommentMode = "all"         // every one; the default, also written ""
	NoComments     CommentMode = "none"        // none
	PublicComments CommentMode = "public_only" // those that were marked public themselves
	CommentsBy     CommentMode = "by"          // those of the people in By
)

// CommentRule says which comments may leave. Comments made outside come in all the
// same; what is changed of them here leaves only if the rule lets them leave.
type CommentRule struct {
	Mode CommentMode `json:"mode,omitempty"`
	// By holds local handles, or "system:login" for authors outside; for CommentsBy.
	By []string `json:"by,omitempty"`
}

// stays returns why a comment stays here under the rule, or "".
func (r CommentRule) stays(c ticket.Comment) string {
	switch {
	case r.Mode == "", r.Mode == AllComments:
		return ""
	case r.Mode == PublicComments && c.Privacy == ticket.Public:
		return ""
	case r.Mode == PublicComments:
		return "a rule of the project lets only comments leave that are marked public"
	case r.Mode == CommentsBy && slices.Contains(r.By, c.Author):
		return ""
	case r.Mode == CommentsBy:
		return "a rule of the project lets only comments of certain people leave, and its author is none of them"
	}
	return "a rule of the project keeps comments here" // NoComments, and whatever is unknown
}

// Equal reports whether both say the same.
func (r Rules) Equal(o Rules) bool {
	return r.Withdraw == o.Withdraw && slices.Equal(r.PassOn, o.PassOn) && slices.Equal(r.Keep, o.Keep) && slices.Equal(r.Cuts, o.Cuts) &&
		r.Comments.Mode == o.Comments.Mode && slices.Equal(r.Comments.By, o.Comments.By)
}

// Describe tells the rules by names and numbers, for the audit log: marks, patterns and
// people stay out of it.
func (r Rules) Describe() string {
	mode := r.Comments.Mode
	if mode == "" {
		mode = AllComments
	}
	return fmt.Sprintf("pass_on=%d keep=%v comments=%s people=%d passages=%d withdraw=%s",
		len(r.PassOn), r.Keep, mode, len(r.Comments.By), len(r.Cuts), r.Withdraw.Or(Stop))
}

// Keeps reports whether a field is ours alone.
func (r Rules) Keeps(f ticket.Field) bool { return slices.Contains(r.Keep, f) }

// The bounds of a project's rules.
const (
	maxKeep   = 50
	maxPeople = 200
	maxCuts   = 20
	maxMark   = 64  // bytes of the beginning or end of a passage
	maxRegexp = 256 // bytes of a pattern
)

// Validate reports the first rule that a person must mend, as a ticket.ErrInvalid. Who
// may be passed on is not its business.
func (r Rules) Validate() error {
	if len(r.Keep) > maxKeep || len(r.Comments.By) > maxPeople || len(r.Cuts) > maxCuts {
		return fmt.Errorf("%w: at most %d kept fields, %d people and %d passages; join some of them", ticket.ErrInvalid, maxKeep, maxPeople, maxCuts)
	}
	if _, err := ParseTakeBack(string(r.Withdraw)); err != nil {
		return err
	}
	for n, f := range r.Keep {
		if err := keepable(f); err != nil {
			return fmt.Errorf("%w: keep: %w", ticket.ErrInvalid, err)
		}
		if slices.Contains(r.Keep[:n], f) {
			return fmt.Errorf("%w: keep: %s is named twice; name it once", ticket.ErrInvalid, f)
		}
	}
	if err := r.Comments.validate(); err != nil {
		return fmt.Errorf("%w: comments: %w", ticket.ErrInvalid, err)
	}
	for n, c := range r.Cuts {
		if _, err := c.compile(); err != nil {
			return fmt.Errorf("%w: cuts: number %d: %w", ticket.ErrInvalid, n+1, err)
		}
	}
	return nil
}

func keepable(f ticket.Field) error {
	if f == ticket.Title {
		return fmt.Errorf("a ticket cannot be without its title outside; make the ticket local_only, or cut passages out of titles")
	}
	if slices.Contains(ticket.Known(), f) {
		return nil
	}
	if _, custom := f.CustomName(); !custom {
		return fmt.Errorf("there is no field %q; want one of %v, or x: and the name of a field that the mapping adds", f, ticket.Known()[1:])
	}
	return ticket.Fields{f: ticket.Text("x")}.Validate()
}

func (r CommentRule) validate() error {
	switch r.Mode {
	case "", AllComments, NoComments, PublicComments:
		if len(r.By) > 0 {
			return fmt.Errorf("people are named only with the mode %s", CommentsBy)
		}
	case CommentsBy:
		if len(r.By) == 0 {
			return fmt.Errorf("name the people whose comments may leave, or use the mode %s", NoComments)
		}
	default:
		return fmt.Errorf("there is no mode %q; want %s, %s, %s or %s", r.Mode, AllComments, NoComments, PublicComments, CommentsBy)
	}
	return nil
}
