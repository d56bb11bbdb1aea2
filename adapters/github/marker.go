package github

import "strings"

// A create key stands in the body as an HTML comment, which GitHub does not show:
//
//	<!-- extsync:KEY -->
//
// at the end, after an empty line. GitHub has no other key for a create.
const (
	markerOpen  = "<!-- extsync:"
	markerClose = " -->"
	// markerRoom is what a marker takes of a body's length; longer keys are refused.
	markerRoom = 160
	maxKey     = markerRoom - len("\n\n"+markerOpen+markerClose)
)

// validKey reports whether a key can stand in a marker.
func validKey(key string) bool {
	return key != "" && len(key) <= maxKey && !strings.ContainsAny(key, " \t\r\n<>") && !strings.Contains(key, "--")
}

// withMarker appends the marker of a key; an empty key leaves the body alone.
func withMarker(body, key string) string {
	if key == "" {
		return body
	}
	marker := markerOpen + key + markerClose
	if body == "" {
		return marker
	}
	return body + "\n\n" + marker
}

// splitMarker takes our own markers out of a body and returns the last one's key.
// People may write behind a marker; what merely looks like one stays text.
func splitMarker(body string, own func(key string) bool) (string, string) {
	if !strings.Contains(body, markerOpen) {
		return body, ""
	}
	var kept strings.Builder
	key, rest := "", body
	for {
		before, after, found := strings.Cut(rest, markerOpen)
		k, tail, closed := strings.Cut(after, markerClose)
		if !found || !closed {
			kept.WriteString(rest)
			return kept.String(), key
		}
		if validKey(k) && own(k) {
			text := withoutGap(before)
			kept.WriteString(text)
			if key, rest = k, tail; text != before {
				rest = apart(tail)
			}
			continue
		}
		kept.WriteString(before + markerOpen)
		rest = after
	}
}

// withoutGap takes off the empty line that stands before a marker.
func withoutGap(s string) string {
	for _, gap := range []string{"\r\n\r\n", "\n\n"} {
		if t, ok := strings.CutSuffix(s, gap); ok {
			return t
		}
	}
	return s
}

// apart is what somebody wrote behind a marker. GitHub shows it as a paragraph of its own, even on the
// marker's line; without the marker it would go on with the list or the table before it.
func apart(behind string) string {
	rest := strings.TrimLeft(behind, " \t")
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "\r"), "\n")
	if line, _, _ := strings.Cut(rest, "\n"); strings.TrimSpace(line) == "" || strings.HasPrefix(rest, markerOpen) {
		return behind
	}
	return "\n\n" + rest
}
