package markup

import (
	"regexp"
	"strings"
)

// Text of ADF has no images, so one that stands in text is written as a link to it.
// The title of the link, which Jira shows when pointed at, says that it is one.
const (
	imageTitle   = "Image in this text"
	untextedMark = " without text"
	untexted     = "image" // what is shown of an image without a text
)

var imageTitleForm = regexp.MustCompile(`^` + imageTitle + `(` + untextedMark + `)?(?: (https?://\S+))?$`)

// imageLink spells an image in text. One that is itself a link keeps its target, and
// names the image in the title.
func imageLink(in inline) string {
	title, label, target := imageTitle, in.text, in.url
	if label == "" {
		title, label = title+untextedMark, untexted
	}
	if in.style.href != "" {
		title, target = title+" "+in.url, in.style.href
	}
	return textNode(label, style{href: target, title: title}, nil)
}

// linkedImage reads what imageLink spelled.
func linkedImage(s string, st style) (inline, bool) {
	m := imageTitleForm.FindStringSubmatch(st.title)
	if m == nil || st.href == "" || strings.TrimSpace(s) == "" {
		return inline{}, false
	}
	in := inline{what: image, text: oneLine(s), url: st.href}
	if m[1] != "" && s == untexted {
		in.text = ""
	}
	if m[2] != "" {
		in.url, in.style.href = m[2], st.href
	}
	return in, true
}

// externalImage reads a mediaSingle that shows an image by its address.
func externalImage(n *node) (inline, bool) {
	c := n.content()
	if len(c) != 1 || c[0].typ() != "media" || c[0].attr("type").text() != "external" {
		return inline{}, false
	}
	in := inline{what: image, text: oneLine(clean(c[0].attr("alt").text())), url: cleanURL(c[0].attr("url").text())}
	for _, m := range append(c[0].get("marks").children(), n.get("marks").children()...) {
		if m.typ() != "link" {
			return inline{}, false
		}
		in.style.href, in.style.title = cleanURL(m.attr("href").text()), oneLine(clean(m.attr("title").text()))
	}
	return in, in.url != ""
}
