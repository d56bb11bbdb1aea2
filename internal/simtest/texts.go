package simtest

import (
	"strings"

	"github.com/extsync/extsync/ticket"
)

// markupKind is how people write in one place.
type markupKind int

const (
	plain    markupKind = iota // no markup, but what trackers tidy
	markdown                   // GitHub's flavour
	wiki                       // Jira's
)

// newText makes the text of the next token in the given markup. now is what stood there
// when its author began: often he changes the first paragraph alone.
func (w *world) newText(kind markupKind, title, secret bool, now string) string {
	text := w.oracle.next()
	if secret {
		text += " " + w.salt
	}
	switch kind {
	case markdown:
		text = w.compose(text, now, markdownLeads(), markdownBlocks())
	case wiki:
		text = w.compose(text, now, wikiLeads(), wikiBlocks())
	case plain:
		if !title && w.has(longTexts) {
			return w.lengthen(text, now)
		}
	}
	return w.dress(text, kind, title)
}

// dress gives a text the ways of human typing: blanks and line ends that a tracker
// tidies, a mention that the gate defuses.
func (w *world) dress(text string, kind markupKind, title bool) string {
	if !w.has(untidy) {
		return text
	}
	if title {
		return text + [...]string{"", "", " ", " \t", " x"}[w.work.IntN(5)]
	}
	n := w.work.IntN(7)
	if kind == wiki && n > 3 {
		return text
	}
	return text + [...]string{"", "\n", "\r\nsecond line\r\n\r\n", "\n\n", " @ann fixes #1", "\r", "\r\r\n"}[n]
}

// compose puts a token into a paragraph, and others after it: those that stood there, or
// new ones. A person who opens a text and changes its beginning keeps the rest.
func (w *world) compose(text, now string, leads, blocks []string) string {
	text = strings.Replace(leads[w.work.IntN(len(leads))], "%", text, 1)
	if _, rest, more := strings.Cut(now, "\n\n"); more && w.work.IntN(3) > 0 && !strings.Contains(rest, string(tokenMark)) {
		return text + "\n\n" + rest
	}
	for range max(0, w.work.IntN(5)-2) {
		text += "\n\n" + blocks[w.work.IntN(len(blocks))]
	}
	return text
}

// The token stands where "%" is. No other word may look like one.
func markdownLeads() []string {
	return []string{
		"%", "%", "% in words", "**%** in bold", "- %\n- second", "# %", "## % ##", "[%](https://example.com/a)", "> %", "1. %\n2. second",
		"- [ ] %\n- [x] done", "%  \nafter a break", "A line, then\n%", "*%* and `some code`", "%\n---",
	}
}

func markdownBlocks() []string {
	return []string{
		"* one\n* two", "- one\n  - deeper\n- two", "1. first\n2. second", "3) third", "```go\nx := 1 * 2\n```", "~~~\ntilde\n~~~",
		"| a | b |\n|---|---|\n| 1 | 2 |", "- [ ] open\n- [x] done", "A __bold__ and *slanted* word.", "***", "> quoted\n> twice",
		"Some <u>html</u>.", "<!-- aside -->", "![alt](https://example.com/x.png)", "Setext\n======", "trailing blanks   \nhere",
		"&amp; an entity, a \\* star, 2 * 3", "~~gone~~ H<sub>2</sub>O", "<details>\n<summary>More</summary>\n\ninside\n\n</details>",
		"A [ref][1].\n\n[1]: https://example.com", "Line one\nline two", "@ann please, fixes #3", "/close", "émoji 🎉 and ünicode",
	}
}

func wikiLeads() []string {
	return []string{"%", "%", "% in words", "*%* in bold", "* %\n* second", "h2. %", "[%|https://example.com/a]", "# %\n# second", "A line, then\n%", "_%_ slanted"}
}

func wikiBlocks() []string {
	return []string{
		"* one\n* two", "# first\n# second", "{code:go}\nx := 1 * 2\n{code}", "h3. Heading", "A *bold* and _slanted_ word.", "Line one\nline two",
		"bq. quoted", "----", "{color:red}red{color} words", "[~ada] please", "|| a || b ||\n| 1 | 2 |", "{{mono}} and -gone-", "!x.png|thumbnail!",
		"{panel:title=Note}\nin a panel\n{panel}", "<b> & 5 > 3", "émoji 🎉 and ünicode",
	}
}

// somebody is who acts outside, someone who is put in charge: often nobody.
func (w *world) somebody() string {
	if w.fleet == nil {
		return "mallory"
	}
	all := w.crew()
	return all[w.work.IntN(len(all))]
}

func (w *world) someone() string {
	all := append(w.crew(), "")
	return all[w.work.IntN(len(all))]
}

func charge(who string) ticket.Value {
	if who == "" {
		return ticket.Value{}
	}
	return ticket.Set(who)
}
