package jira

import "strings"

// sameName reports whether two names of Jira's are one: it tells statuses, fields and the
// like apart without regard to case.
func sameName(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// sameKey reports whether two keys of issues or projects are one.
func sameKey(a, b string) bool { return strings.EqualFold(a, b) }

// folded is a name as the key of a map.
func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
