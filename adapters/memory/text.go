package memory

import (
	"maps"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// A marker stands at the very end of a text and holds a create key.
const (
	markerStart = "<!-- memory-key:"
	markerEnd   = " -->"
)

// splitMarker returns the text before the marker and the key in it. Text without a
// marker at its end is returned as it is.
func splitMarker(raw string) (text, key string) {
	if !strings.HasSuffix(raw, markerEnd) {
		return raw, ""
	}
	i := strings.LastIndex(raw, markerStart)
	if i < 0 {
		return raw, ""
	}
	key = raw[i+len(markerStart) : len(raw)-len(markerEnd)]
	if key == "" || strings.ContainsAny(key, " \n") {
		return raw, ""
	}
	return strings.TrimSuffix(raw[:i], "\n"), key
}

// joinMarker is the inverse of splitMarker; without a key there is no marker.
func joinMarker(text, key string) string {
	if key == "" {
		return text
	}
	if text == "" {
		return markerStart + key + markerEnd
	}
	return text + "\n" + markerStart + key + markerEnd
}

// tidyTitle cuts blanks and line ends after a title.
func tidyTitle(s string) string { return strings.TrimRight(s, " \t\r\n") }

// tidyBody turns CR LF into LF and cuts line ends after the last line. A single CR
// there goes too: before a marker it would become half of a CR LF.
func tidyBody(s string) string {
	for strings.Contains(s, "\r\n") { // CR CR LF leaves another one behind
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return strings.TrimRight(s, "\r\n")
}

// tidy returns a text as the tracker would keep it.
func (o Options) tidy(field, s string) string {
	if o.Verbatim {
		return s
	}
	switch field {
	case FieldTitle:
		return tidyTitle(s)
	case FieldBody:
		return tidyBody(s)
	}
	return s
}

// normalize returns the fields as they would read after being written: the very same map
// where that is how they are.
func (o Options) normalize(f external.Fields) external.Fields {
	out, copied := f, false
	for _, n := range [...]string{FieldTitle, FieldBody} {
		s := f[n].Text()
		t := o.tidy(n, s)
		if t == s {
			continue
		}
		if !copied {
			out, copied = maps.Clone(f), true
		}
		out[n] = ticket.Text(t)
	}
	return out
}
