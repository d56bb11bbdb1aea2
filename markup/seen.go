package markup

import "strings"

// seen is what a raw document holds that Markdown has no word for.
type seen struct {
	originals map[string]original // by the target of the placeholder
	emoji     map[string]string   // raw form by the text that it shows as
	cards     map[string]string   // raw form of a smart link by its URL
}

func newSeen() *seen {
	return &seen{map[string]original{}, map[string]string{}, map[string]string{}}
}

// original is what a placeholder stands for: something in place of the text, or
// around it.
type original struct {
	raw     string   // of an atom
	marks   []string // around text, in ADF
	open    string   // around text, in wiki markup
	close   string
	label   string // what an atom shows as
	isBlock bool
}

// losses names what would happen to a placeholder that does not stand for its
// original any more.
func (s *seen) losses(l *lossSet, b *block, in *inline) {
	if !isPlaceholder(in.style.href) {
		return
	}
	switch o, ok := s.originals[in.style.href]; {
	case !ok:
		l.add("placeholder whose original is not in this document")
	case in.what != text || in.style.title != "" || o.raw != "" && strings.ReplaceAll(in.text, o.label, "") != "":
		l.add("changed placeholder")
	case o.raw != "" && in.style.bits != 0:
		l.add("marks on a placeholder")
	case o.isBlock && (len(b.line) > 1 || b.kind != paragraph || in.text != o.label):
		l.add("placeholder of a block inside text")
	}
}
