package markup

import (
	stdhtml "html"
	"regexp"
	"strings"
)

var (
	openDetails  = regexp.MustCompile(`(?is)^<details(?: open)?>\s*<summary>([^<]*)</summary>\s*$`)
	closeDetails = regexp.MustCompile(`(?i)^\s*</details>\s*$`)
	tagForm      = regexp.MustCompile(`^<(/?)([a-zA-Z]+)\s*(/?)>$`)
	imgForm      = regexp.MustCompile(`(?is)^\s*<img((?:\s+(?:src|alt|width|height|align)\s*=\s*(?:"[^"]*"|'[^']*'|[0-9]+%?))+)\s*/?>\s*$`)
	imgAttr      = regexp.MustCompile(`(?is)(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

var tagStart = regexp.MustCompile(`</?[A-Za-z]`)

var nameForm = regexp.MustCompile(`^</?([A-Za-z][A-Za-z0-9-]*)(?: [A-Za-z0-9 ._-]*)?/?>$`)

// isMistaken reports whether a tag is none of HTML, as in List<String> or <your name>.
// GitHub shows nothing for it, which nobody means.
func isMistaken(tag string) bool {
	m := nameForm.FindStringSubmatch(tag)
	return m != nil && !strings.Contains(elements, " "+strings.ToLower(m[1])+" ")
}

// elements are the names of HTML, those of old included, and of what pages embed.
// Index: https://html.spec.whatwg.org/multipage/indices.html#elements-3
const elements = " a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button canvas caption center cite code col colgroup" +
	" data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html" +
	" i iframe image img input ins isindex kbd keygen label legend li link listing main map mark marquee math menu menuitem meta meter nav nobr noembed noframes noscript" +
	" object ol optgroup option output p param picture plaintext pre progress q rb rp rt rtc ruby s samp script search section select selectedcontent slot small source span strike strong style sub summary sup svg" +
	" table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp "

// showsTag reports whether text holds what would read as a tag. It is spelled
// with a backslash, or GitHub would not show it.
func showsTag(line []inline) bool {
	for _, in := range line {
		if in.what == text && in.style.bits&mono == 0 && tagStart.MatchString(in.text) {
			return true
		}
	}
	return false
}

// foldDetails puts what stands between <details> and </details> inside.
func foldDetails(in []block) []block {
	var opened []int // positions in out
	out := in[:0:0]
	for _, b := range in {
		switch {
		case b.kind == html && openDetails.MatchString(b.text):
			opened = append(opened, len(out))
		case b.kind == html && len(opened) > 0 && closeDetails.MatchString(b.text):
			at := opened[len(opened)-1]
			opened = opened[:len(opened)-1]
			summary := stdhtml.UnescapeString(openDetails.FindStringSubmatch(out[at].text)[1])
			b = block{kind: details, info: oneLine(clean(summary)), kids: append([]block(nil), out[at+1:]...)}
			out = out[:at]
		}
		out = append(out, b)
	}
	return out
}

// htmlBlock is a block of raw HTML, or what it says where that can be held.
func htmlBlock(s string) block {
	if in, ok := img(s, style{}); ok {
		return block{kind: paragraph, line: []inline{in}}
	}
	return block{kind: html, text: s}
}

// img reads an <img> tag without anything but its source, text and size.
func img(s string, st style) (inline, bool) {
	m := imgForm.FindStringSubmatch(s)
	if m == nil {
		return inline{}, false
	}
	in := inline{what: image, style: st}
	for _, a := range imgAttr.FindAllStringSubmatch(m[1], -1) {
		v := oneLine(clean(stdhtml.UnescapeString(a[2] + a[3])))
		if strings.EqualFold(a[1], "src") {
			in.url = v
		} else {
			in.text = v
		}
	}
	return in, in.url != ""
}

// tagBits are the inline tags that are marks.
func tagBits(name string) bits {
	switch strings.ToLower(name) {
	case "b", "strong":
		return strong
	case "i", "em":
		return em
	case "s", "del", "strike":
		return strike
	case "u", "ins":
		return under
	case "sub":
		return sub
	case "sup":
		return sup
	}
	return 0
}

// foldTags turns pairs of inline tags into marks, <br> into a break and <img> into
// an image. Tags without a partner stay raw.
func foldTags(in []inline) []inline {
	paired := pairs(in)
	var depth [8]int
	out := in[:0:0]
	for i, p := range in {
		if p.what == rawHTML {
			if d := paired[i]; d != 0 {
				depth[bitIndex(tagBits(tagForm.FindStringSubmatch(p.text)[2]))] += d
				continue
			}
			if m := tagForm.FindStringSubmatch(p.text); m != nil && strings.EqualFold(m[2], "br") && m[1] == "" {
				out = append(out, inline{what: brk})
				continue
			}
			if pic, ok := img(p.text, p.style); ok {
				p = pic
			}
		}
		if p.what != brk {
			for b := range depth {
				if depth[b] > 0 {
					p.style.bits |= 1 << b
				}
			}
		}
		out = append(out, p)
	}
	return out
}

func bitIndex(b bits) int {
	n := 0
	for ; b > 1; b >>= 1 {
		n++
	}
	return n
}

// pairs returns +1 for each opening tag that has a partner, -1 for the partner.
func pairs(in []inline) map[int]int {
	out := map[int]int{}
	open := map[bits][]int{}
	for i, p := range in {
		if p.what != rawHTML {
			continue
		}
		m := tagForm.FindStringSubmatch(p.text)
		if m == nil || m[3] != "" || tagBits(m[2]) == 0 {
			continue
		}
		b := tagBits(m[2])
		if m[1] == "" {
			open[b] = append(open[b], i)
		} else if n := len(open[b]); n > 0 {
			out[open[b][n-1]], out[i] = 1, -1
			open[b] = open[b][:n-1]
		}
	}
	return out
}
