package markup

import (
	"strings"
	"time"
)

// line reads the inline nodes of a block.
func (r adfReader) line(n *node) []inline {
	var out []inline
	for _, c := range n.content() {
		switch c.typ() {
		case "text":
			out = r.text(out, c)
		case "hardBreak":
			out = append(out, inline{what: brk})
		case "emoji":
			t := clean(emojiText(c))
			r.seen.emoji[t] = c.raw()
			out = lines(out, t, style{})
		case "inlineCard":
			if url := c.attr("url").text(); url != "" {
				r.seen.cards[cleanURL(url)] = c.raw()
				out = append(out, cardLink(url))
				continue
			}
			out = append(out, r.atom(c, "link", false))
		default:
			out = append(out, r.atom(c, inlineLabel(c), false))
		}
	}
	return canon(out)
}

// text reads a text node. Marks that Markdown has no word for become one
// placeholder around the text; with a link around that, the whole node is one.
func (r adfReader) text(out []inline, n *node) []inline {
	var st style
	var other []*node
	for _, m := range n.get("marks").children() {
		switch m.typ() {
		case "strong":
			st.bits |= strong
		case "em":
			st.bits |= em
		case "strike":
			st.bits |= strike
		case "code":
			st.bits |= mono
		case "underline":
			st.bits |= under
		case "subsup":
			if m.attr("type").text() == "sup" {
				st.bits |= sup
			} else {
				st.bits |= sub
			}
		case "link":
			st.href, st.title = cleanURL(m.attr("href").text()), oneLine(clean(m.attr("title").text()))
		default:
			other = append(other, m)
		}
	}
	s := clean(n.get("text").text())
	if st.bits&mono != 0 {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	if len(other) > 0 && st.href != "" {
		return append(out, r.atom(n, s, false))
	}
	if in, ok := linkedImage(s, st); ok {
		return append(out, in)
	}
	if len(other) > 0 {
		st.href = placeholder + marksDigest(other)
		r.seen.originals[st.href] = original{marks: rawOf(other)}
	}
	return lines(out, s, st)
}

// marksDigest identifies the marks of a text node that have no word in Markdown.
func marksDigest(marks []*node) string {
	all := ""
	for _, m := range marks {
		all += m.digest()
	}
	return digest(all)
}

func rawOf(nodes []*node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.raw())
	}
	return out
}

func cleanURL(s string) string { return strings.TrimSpace(oneLine(clean(s))) }

// atom is the placeholder of a node, which may be a block or stand in a line.
func (r adfReader) atom(n *node, label string, isBlock bool) inline {
	label = oneLine(clean(label))
	if label == "" {
		label = "Jira"
	}
	href := placeholder + n.digest()
	r.seen.originals[href] = original{raw: n.raw(), label: label, isBlock: isBlock}
	return inline{what: text, text: label, style: style{href: href}}
}

// cardLink shows a smart link as the link it is.
func cardLink(url string) inline {
	url = cleanURL(url)
	return inline{what: text, text: url, style: style{href: url}}
}

// emojiText is how an emoji shows: as its character, or as its short name.
func emojiText(n *node) string {
	if t := n.attr("text").text(); t != "" {
		return t
	}
	return n.attr("shortName").text()
}

// inlineLabel is what a reader sees of an inline node.
func inlineLabel(n *node) string {
	switch n.typ() {
	case "mention":
		if t := n.attr("text").text(); strings.Trim(t, "@ ") != "" {
			return "@" + strings.TrimLeft(t, "@")
		}
		return "@user"
	case "date":
		var ms int64
		for _, d := range strings.Trim(n.attr("timestamp").raw(), `"`) {
			if d < '0' || d > '9' || ms > 1<<50 {
				return "date"
			}
			ms = ms*10 + int64(d-'0')
		}
		return time.UnixMilli(ms).UTC().Format(time.DateOnly)
	case "status", "placeholder":
		return n.attr("text").text()
	case "mediaInline":
		return "attachment"
	}
	return blockLabel(n)
}

// blockLabel is what a reader sees of a node: its type and the beginning of its text.
func blockLabel(n *node) string {
	name := n.typ()
	switch {
	case n.attr("extensionKey").text() != "":
		name += " " + n.attr("extensionKey").text()
	case strings.HasPrefix(name, "media"):
		name = "attachment"
	case name == "":
		name = "unknown"
	}
	var words []string
	excerpt(n, &words)
	if len(words) == 0 {
		return "Jira " + name
	}
	return "Jira " + name + ": " + cutText(oneLine(strings.Join(words, " ")))
}

// excerpt collects a little of the text inside.
func excerpt(n *node, words *[]string) {
	if len(*words) > 20 {
		return
	}
	for _, name := range []string{"alt", "title"} {
		if t := n.attr(name).text(); t != "" {
			*words = append(*words, cutText(t))
		}
	}
	if t := n.get("text").text(); t != "" {
		*words = append(*words, cutText(t))
	}
	for _, c := range n.content() {
		excerpt(c, words)
	}
}

// maxLabel is the length of an excerpt in characters.
const maxLabel = 80

// cutText shortens a text to what fits a label.
func cutText(s string) string {
	n := 0
	for i := range s {
		if n == maxLabel {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
