package outbound

import (
	"regexp"
	"strings"
)

// joiner is U+2060 WORD JOINER: invisible, of no width, and it breaks the patterns
// by which trackers recognise mentions, commands and closing keywords.
const joiner = "\u2060"

// login is how trackers spell people.
const login = `\w+(?:-+\w+)*`

// atSign is "@" as an entity of HTML, which Markdown knows outside of code.
const atSign = `&(?:commat|#0{0,5}64|#[xX]0{0,4}40);`

// Each pattern but that of mentions captures what stands before the place where the joiner goes. A mention
// may stand behind "_", which begins italics, and behind another one; a lone "/@" is of an address.
var (
	mention = regexp.MustCompile(`(^|[^[:alnum:]/])@` + login + `(?:/@` + login + `)*`)
	named   = regexp.MustCompile(`@(\w)`)
	entity  = regexp.MustCompile(`(` + atSign + `)(\w)`)
	command = regexp.MustCompile(`^(\s*)/(\w)`)
	closing = regexp.MustCompile(`(?i)\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\s+)((?:[\w.-]+/[\w.-]+)?)#(\d)`)
	hanging = regexp.MustCompile(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s*$`)
	number  = regexp.MustCompile(`^(\s*(?:[\w.-]+/[\w.-]+)?)#(\d)`)
	joined  = regexp.MustCompile(`([@/#]|` + atSign + `)` + joiner)
)

// Sanitise defuses mentions (@name), leading commands (/close) and closing keywords
// (fixes #12) in Markdown by an invisible character after their sign. Code is left
// alone, and so is every line that has an effect already in known, the text that the
// other side holds now: its author meant it.
func Sanitise(text, known string) string {
	if !strings.ContainsAny(text, "@/#&") {
		return text
	}
	keep := alive(known)
	for range 3 { // what is put in may cut a bare link short, and what it hid is no code by then, or is
		next := defuseText(text, keep, codeIn(text))
		if next == text {
			return text
		}
		text = next
	}
	return defuseText(text, keep, nil)
}

// alive returns the lines of a text that have an effect. One that has none, as code, or as a number
// without its keyword, was not meant to have one elsewhere.
func alive(text string) map[string]bool {
	if !strings.ContainsAny(text, "@/#&") {
		return nil
	}
	out := map[string]bool{}
	defused := strings.Split(defuseText(text, nil, codeIn(text)), "\n")
	for i, line := range strings.Split(text, "\n") {
		if line != defused[i] {
			out[strings.TrimRight(line, "\r")] = true
		}
	}
	return out
}

// defuseText takes the effect from a text, but for its code and the lines to keep.
func defuseText(text string, keep map[string]bool, code []piece) string {
	lines, from := strings.Split(text, "\n"), 0
	before := ""
	for i, line := range lines {
		hangs := hanging.MatchString(before) // a keyword, and its number on the next line
		before = line
		var safe string
		safe, code = outsideCode(line, from, code, func(part string, first bool) string { return defuse(part, first, hangs) })
		if from += len(line) + 1; !keep[strings.TrimRight(line, "\r")] {
			lines[i] = safe
		}
	}
	return strings.Join(lines, "\n")
}

// defuse takes the effect from a part of a line.
func defuse(part string, first, hangs bool) string {
	part = mention.ReplaceAllStringFunc(part, func(all string) string { return named.ReplaceAllString(all, "@"+joiner+"${1}") })
	part = entity.ReplaceAllString(part, "${1}"+joiner+"${2}")
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
