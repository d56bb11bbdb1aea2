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
	mention = regexp.MustCompile(`(^|[^\w@/` + joiner + `])@(\w)`)
	command = regexp.MustCompile(`^(\s*)/(\w)`)
	closing = regexp.MustCompile(`(?i)\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)((?:[\w.-]+/[\w.-]+)?)#(\d)`)
	hanging = regexp.MustCompile(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s*$`)
	number  = regexp.MustCompile(`^(\s*(?:[\w.-]+/[\w.-]+)?)#(\d)`)
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
	lines, code := strings.Split(text, "\n"), fence{}
	for i, line := range lines {
		if code.holds(line) || keep[strings.TrimRight(line, "\r")] {
			continue
		}
		hangs := i > 0 && hanging.MatchString(lines[i-1]) // a keyword, and its number on the next line
		lines[i] = outsideCode(line, func(part string, first bool) string { return defuse(part, first, hangs) })
	}
	return strings.Join(lines, "\n")
}

// defuse takes the effect from a part of a line.
func defuse(part string, first, hangs bool) string {
	part = mention.ReplaceAllString(part, "${1}@"+joiner+"${2}")
	if first {
		part = command.ReplaceAllString(part, "${1}/"+joiner+"${2}")
	}
	if first && hangs {
		part = number.ReplaceAllString(part, "${1}#"+joiner+"${2}")
	}
	return closing.ReplaceAllString(part, "${1}${2}${3}#"+joiner+"${4}")
}

// Restore takes out what Sanitise put in.
func Restore(text string) string {
	if !strings.Contains(text, joiner) {
		return text
	}
	return joined.ReplaceAllString(text, "$1")
}
