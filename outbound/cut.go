package outbound

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/extsync/extsync/ticket"
)

// Cut names a kind of passage that stays here: what stands between two marks, the
// marks included, or whatever a pattern matches. Either Begin and End are set, or
// Pattern is.
type Cut struct {
	// Begin and End are the marks, byte for byte, of 3 to 64 and of 1 to 64 bytes. A
	// passage that is not ended goes on to the end of the text.
	Begin string `json:"begin,omitempty"`
	End   string `json:"end,omitempty"`
	// Pattern is a regular expression in RE2's syntax, of at most 256 bytes; "(?s)" lets
	// a dot match line ends. It must not match an empty text.
	Pattern string `json:"pattern,omitempty"`
	// Whole keeps the whole field here while it holds such a passage; without it the
	// passage is cut out and the rest leaves.
	Whole bool `json:"whole,omitempty"`
}

// remover takes all passages of one rule out of a text, and reports whether there were any.
type remover func(text string) (rest string, found bool)

// compile makes the rule ready, or says what is wrong with it.
func (c Cut) compile() (remover, error) {
	marks := c.Begin != "" || c.End != ""
	switch {
	case marks == (c.Pattern != ""):
		return nil, errors.New("give either begin and end, or a pattern")
	case marks && (len(c.Begin) < 3 || len(c.Begin) > maxMark || c.End == "" || len(c.End) > maxMark):
		return nil, fmt.Errorf("begin wants 3 to %d bytes, end 1 to %d; shorter marks would cut what nobody meant", maxMark, maxMark)
	case marks && (!utf8.ValidString(c.Begin) || !utf8.ValidString(c.End)):
		return nil, errors.New("begin and end must be valid UTF-8; no text could hold them")
	case marks:
		return c.between, nil
	case len(c.Pattern) > maxRegexp:
		return nil, fmt.Errorf("the pattern has %d bytes, at most %d; split it", len(c.Pattern), maxRegexp)
	}
	re, err := regexp.Compile(c.Pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern is no regular expression in RE2's syntax: %w", err)
	}
	if re.MatchString("") {
		return nil, errors.New("the pattern matches an empty text, and so every text; make it name what is to be cut")
	}
	return func(text string) (string, bool) {
		if !re.MatchString(text) {
			return text, false
		}
		return re.ReplaceAllLiteralString(text, ""), true
	}, nil
}

// between takes out what stands between the marks. It is asked for every text of every
// call, so that it compiles nothing.
func (c Cut) between(text string) (rest string, found bool) {
	before, after, found := strings.Cut(text, c.Begin)
	if !found {
		return text, false
	}
	var b strings.Builder
	for more := true; more; {
		b.WriteString(before)
		_, after, _ = strings.Cut(after, c.End)
		before, after, more = strings.Cut(after, c.Begin)
	}
	b.WriteString(before)
	return b.String(), true
}

// Screen is a project's rules made ready to look at values. Its zero value holds
// nothing back.
type Screen struct {
	rules Rules
	cuts  []remover // one for each rule; nil: it does not compile, and all texts stay
}

// NewScreen makes a screen. A rule that is not valid keeps every text here.
func NewScreen(r Rules) Screen {
	s := Screen{rules: r}
	for _, c := range r.Cuts {
		remove, err := c.compile()
		if err != nil {
			remove = nil // Validate refused it before it was stored; should one be there all the same, nothing leaves
		}
		s.cuts = append(s.cuts, remove)
	}
	return s
}

// Field returns what of a ticket's field may leave, and why the whole field stays here,
// or "". Texts are screened for passages where prose is set, and titles always. So is a field of
// your own, which may hold a text: with a passage in it all of it stays.
func (s Screen) Field(f ticket.Field, prose bool, v ticket.Value) (leaves ticket.Value, stays string) {
	if s.rules.Keeps(f) {
		return ticket.Value{}, "withheld: a rule of the project keeps this field here"
	}
	_, custom := f.CustomName()
	if !prose && f != ticket.Title && !custom {
		return v, ""
	}
	leaves, stays = s.Text(v)
	if custom && !prose && stays == "" && !leaves.Equal(v) {
		return ticket.Value{}, "withheld: it holds a passage that a rule of the project keeps here, and half a value may be none of its kind"
	}
	if f == ticket.Title && stays == "" && leaves.IsEmpty() && !v.IsEmpty() {
		return leaves, "withheld: all of it is a passage that a rule of the project keeps here"
	}
	return leaves, stays
}

// Text returns what of a text may leave, a comment's or a field's that may, and why all
// of it stays here, or "".
func (s Screen) Text(v ticket.Value) (leaves ticket.Value, stays string) {
	if len(s.cuts) == 0 || v.IsSet() || v.IsEmpty() {
		return v, ""
	}
	text, stays := s.cut(v.Text())
	switch {
	case stays != "":
		return ticket.Value{}, stays
	case text == v.Text():
		return v, ""
	case strings.TrimSpace(text) == "":
		return ticket.Value{}, ""
	}
	return ticket.Text(text), ""
}

// maxCutRounds is how often a text is searched: what is left of one passage may be
// another. A text that still holds one stays here.
const maxCutRounds = 4

func (s Screen) cut(text string) (rest, stays string) {
	for range maxCutRounds {
		before := text
		for n, remove := range s.cuts {
			if remove == nil {
				return "", fmt.Sprintf("withheld: rule %d about passages cannot be read; mend or remove it", n+1)
			}
			less, found := remove(text)
			if found && s.rules.Cuts[n].Whole {
				return "", fmt.Sprintf("withheld: it holds a passage of rule %d, which keeps the whole field here", n+1)
			}
			text = less
		}
		if text == before {
			return text, ""
		}
	}
	return "", "withheld: it is made of passages within passages that rules of the project keep here"
}
