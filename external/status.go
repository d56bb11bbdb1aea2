package external

// Status is the health of our connection to one external project.
type Status string

// The statuses of a connection.
const (
	Configuring  Status = "configuring"
	Active       Status = "active"
	Paused       Status = "paused"
	InError      Status = "error"
	Disconnected Status = "disconnected"
)

// MaxFailures is how many sessions in a row may fail before the status is error.
// One authentication failure is enough.
const MaxFailures = 5

// CanBecome reports whether the status may change from s to next. Staying the same
// is always legal.
func (s Status) CanBecome(next Status) bool {
	if s == next {
		return true
	}
	switch s {
	case Configuring:
		return next == Active || next == Disconnected
	case Active:
		return next == Paused || next == InError || next == Disconnected
	case Paused:
		return next == Active || next == Disconnected
	case InError: // recovers by itself, or a person pauses it while mending
		return next == Active || next == Paused || next == Disconnected
	case Disconnected: // connecting again re-baselines
		return next == Configuring
	}
	return false
}

// Syncs reports whether sessions may run in this status. In error they do: that is
// how it recovers.
func (s Status) Syncs() bool { return s == Active || s == InError }

// AfterSession returns the status after a session that failed with err kind
// (empty for success), and the number of failures in a row from now on.
// Rate limits and outages of a limit kind are not failures.
func (s Status) AfterSession(kind ErrorKind, failures int) (Status, int) {
	if !s.Syncs() || kind == RateLimited {
		return s, failures
	}
	if kind == "" {
		return Active, 0
	}
	failures++
	if kind == Unauthorised || kind == Forbidden || failures >= MaxFailures {
		return InError, failures
	}
	return s, failures
}

// Direction says which way a project's changes may flow.
type Direction string

// The directions in which changes may flow.
const (
	Push          Direction = "push" // local to external
	Pull          Direction = "pull" // external to local
	Bidirectional Direction = "bidirectional"
	Disabled      Direction = "disabled"
)

// Out reports whether local changes may flow to the external side.
func (d Direction) Out() bool { return d == Push || d == Bidirectional }

// In reports whether external changes may flow to the local side.
func (d Direction) In() bool { return d == Pull || d == Bidirectional }

// Valid reports whether d is one of the four.
func (d Direction) Valid() bool { return d.Out() || d.In() || d == Disabled }

// Verdict says which ways one ticket or comment may flow between us and a project
// by the privacy rules, with the reason for a person to read.
type Verdict struct {
	Out, In bool
	Reason  string
}
