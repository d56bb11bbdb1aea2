// Package why explains what a ticket holds. [Load] reads what was recorded of it: the
// history of local values, the journals of all sessions, the conflicts, and how its links
// stand. [Tell] makes a [Story] of these rows, and nothing else: equal rows tell the same.
package why
