package stage

import (
	"maps"
	"net/http"
)

// Counters tell what was called since the last reset.
type Counters struct {
	Total       int              `json:"total"`
	Reads       int              `json:"reads"`
	Writes      int              `json:"writes"`
	NotModified int              `json:"not_modified"` // answered 304, which most vendors give for nothing
	Kinds       map[string]Count `json:"kinds"`        // by kind of call, as the vendor's package names them
	Webhooks    int              `json:"webhooks"`     // attempts to deliver one
}

// Count is one kind of call.
type Count struct {
	Calls       int `json:"calls"`
	NotModified int `json:"not_modified,omitempty"`
	Refused     int `json:"refused,omitempty"` // answered 4xx or 5xx
	Faulted     int `json:"faulted,omitempty"` // hit by a fault
}

// Add counts a finished call; status 0 is an answer never sent.
func (n *Counters) Add(kind string, write bool, status int, faulted bool) {
	if n.Kinds == nil {
		n.Kinds = map[string]Count{}
	}
	k := n.Kinds[kind]
	n.Total++
	k.Calls++
	if write {
		n.Writes++
	} else {
		n.Reads++
	}
	if status == http.StatusNotModified {
		n.NotModified++
		k.NotModified++
	}
	if status >= 400 {
		k.Refused++
	}
	if faulted {
		k.Faulted++
	}
	n.Kinds[kind] = k
}

// Clone returns a copy that no later call changes. Its Kinds are never nil.
func (n Counters) Clone() Counters {
	kinds := make(map[string]Count, len(n.Kinds))
	maps.Copy(kinds, n.Kinds)
	n.Kinds = kinds
	return n
}
