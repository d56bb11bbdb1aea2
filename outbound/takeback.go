package outbound

import (
	"fmt"

	"github.com/extsync/extsync/ticket"
)

// TakeBack is what becomes of what stands outside when less may leave than before.
type TakeBack string

// The ways of taking back.
const (
	Stop   TakeBack = "stop"   // nothing more leaves; what is outside stays there
	Redact TakeBack = "redact" // our title and texts are overwritten with Notice, our labels and fields of your own emptied
	Remove TakeBack = "remove" // what we made is deleted; where that cannot be, redacted and closed
)

// Notice is what stands outside in place of a text that was taken back. It is the same
// for every ticket, so that it says nothing of any.
const Notice = "Withdrawn by its owner"

// ParseTakeBack accepts the three ways, and an empty text: whatever the project says.
func ParseTakeBack(s string) (TakeBack, error) {
	switch t := TakeBack(s); t {
	case "", Stop, Redact, Remove:
		return t, nil
	}
	return "", fmt.Errorf("%w: withdraw %q: want stop, redact or remove", ticket.ErrInvalid, s)
}

// Or returns the way that was asked for, or else the project's own, which is to stop
// unless it says otherwise.
func (t TakeBack) Or(project TakeBack) TakeBack {
	for _, way := range []TakeBack{t, project} {
		if way != "" {
			return way
		}
	}
	return Stop
}
