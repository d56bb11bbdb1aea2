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
	imgForm      = regexp.MustCompile(`(?is)^\s*<img((?:\s+(?:src|alt|width|height)\s*=\s*(?:"[^"]*"|'[^']*'|[0-9]+%?))+)\s*/?>\s*$`)
	imgAttr      = regexp.MustCompile(`(?is)(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

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
