package outbound

import (
	"regexp"
	"strings"
)

// joiner is U+2060 WORD JOINER: invisible, of no width, and it breaks the patterns
// by which trackers recognise mentions, commands and closing keywords.
const joiner = "\u2060"

// Each pattern captures what stands before the place where the joiner goes.
var (
	mention = regexp.MustCompile(`(^|[^\w@/.\x60` + joiner + `])@(\w)`)
	command = regexp.MustCompile(`(?m)^(\s*)/(\w)`)
	closing = regexp.MustCompile(`(?i)\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)((?:[\w.-]+/[\w.-]+)?)#(\d)`)
	hanging = regexp.MustCompile(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s*$`)
	number  = regexp.MustCompile(`^(\s*(?:[\w.-]+/[\w.-]+)?)#(\d)`)
	code    = regexp.MustCompile("(?s)```.*?(?:```|$)|~~~.*?(?:~~~|$)|`[^`\n]*`")
	joined  = regexp.MustCompile(`([@/#])` + joiner)
)

// Sanitise defuses mentions (@name), leading commands (/close) and closing keywords
// (fixes #12) in Markdown by an invisible character after their sign. Code is left
// alone, and so is every line that already stands in known, the text that the other
// side holds now: its author meant it.
func Sanitise(text, known string) string {
	if !strings.ContainsAny(text, "@/#") {
		return text
	}
	keep := map[string]bool{}
	for line := range strings.SplitSeq(known, "\n") {
		keep[strings.TrimRight(line, "\r")] = true
	}
	var b strings.Builder
	at := 0
	for _, span := range code.FindAllStringIndex(text, -1) {
		b.WriteString(defuse(text[at:span[0]], keep))
		b.WriteString(text[span[0]:span[1]])
		at = span[1]
	}
	b.WriteString(defuse(text[at:], keep))
	return b.String()
}

func defuse(text string, keep map[string]bool) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if keep[strings.TrimRight(line, "\r")] {
			continue
		}
		line = mention.ReplaceAllString(line, "${1}@"+joiner+"${2}")
		line = command.ReplaceAllString(line, "${1}/"+joiner+"${2}")
		if i > 0 && hanging.MatchString(lines[i-1]) { // a keyword, and its number on the next line
			line = number.ReplaceAllString(line, "${1}#"+joiner+"${2}")
		}
		lines[i] = closing.ReplaceAllString(line, "${1}${2}${3}#"+joiner+"${4}")
	}
	return strings.Join(lines, "\n")
}

// Restore takes out what Sanitise put in.
func Restore(text string) string {
	if !strings.Contains(text, joiner) {
		return text
	}
	return joined.ReplaceAllString(text, "$1")
}
