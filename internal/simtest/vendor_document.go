package simtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/jira/adf"
	jiramodel "github.com/extsync/extsync/simulator/jira/model"
)

// typeDocument has a person write a text in Jira's own editor, which makes what no
// Markdown can say: a mention, a colour, a panel, a lozenge.
func typeDocument(s fleet.Site, who string, k *known, text string) (err error) {
	as[*fleet.Jira](s).Sim.World(func(w *jiramodel.World) {
		by := jiramodel.Caller{User: w.User(who)}
		i := w.Issue(k.ticket)
		if i == nil {
			err = fmt.Errorf("no issue %s", k.ticket)
			return
		}
		if k.face.Kind == external.KindTicket {
			err = w.EditIssue(by, i, jiramodel.Input{Fields: map[string]any{"description": document(text)}})
			return
		}
		n, e := strconv.ParseInt(k.face.Key, 10, 64)
		if err = e; e == nil {
			err = w.EditComment(by, w.Comment(n), document(text), nil)
		}
	})
	return err
}

type node = map[string]any

// document makes a document of what people see as wiki markup.
func document(text string) node {
	content, coloured := []any{}, []any{node{"type": "textColor", "attrs": node{"color": "#ff5630"}}}
	for _, block := range strings.Split(text, "\n\n") {
		switch name, rest, said := strings.Cut(strings.TrimPrefix(block, "[~"), "]"); {
		case strings.HasPrefix(block, "[~") && said:
			mention := node{"type": "mention", "attrs": node{"id": strings.TrimPrefix(name, "accountid:")}}
			content = append(content, paragraph(mention, words(rest+" ", nil)))
		case strings.HasPrefix(block, "{panel"):
			inside := []any{paragraph(words("in a panel", nil))}
			content = append(content, node{"type": "panel", "attrs": node{"panelType": "custom", "panelColor": "#fafafa"}, "content": inside})
		case strings.HasPrefix(block, "{color"):
			content = append(content, paragraph(words("red", coloured), words(" words", nil)))
		case strings.HasPrefix(block, "A *bold*"):
			lozenge := node{"type": "status", "attrs": node{"text": "In review", "color": "blue"}}
			content = append(content, paragraph(words("It is ", nil), lozenge, words(" by now", nil)))
		case strings.HasPrefix(block, "émoji"):
			content = append(content, paragraph(words(block, coloured)))
		default:
			for _, n := range adf.FromWiki(block).Content {
				content = append(content, n)
			}
		}
	}
	return node{"type": "doc", "version": 1, "content": content}
}

func paragraph(content ...any) node { return node{"type": "paragraph", "content": content} }

func words(s string, marks []any) node {
	n := node{"type": "text", "text": s}
	if marks != nil {
		n["marks"] = marks
	}
	return n
}

// checkUntouched: the blocks at the end of a text that an edit of ours did not change are
// in the vendor's keeping what they were, byte for byte (I3). It can tell where the
// vendor keeps as many blocks as the text has.
func (s *vendorSite) checkUntouched(before, after known) {
	was, is := paragraphs(before.face.Fields["body"].Text()), paragraphs(after.face.Fields["body"].Text())
	rawWas, rawIs := rawBlocks(before.raw), rawBlocks(after.raw)
	if len(was) != len(rawWas) || len(is) != len(rawIs) {
		return
	}
	for n := 1; n < min(len(was), len(is)) && was[len(was)-n] == is[len(is)-n]; n++ {
		if a, b := rawWas[len(rawWas)-n], rawIs[len(rawIs)-n]; a != b {
			s.w.fail("I3", fmt.Sprintf("an edit of another paragraph of %s at %s changed %s into %s", after.face.ID, s.p.id, a, b))
		}
	}
}

func paragraphs(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n\n"), func(s string) bool { return strings.Trim(s, "\n") == "" })
}

// rawBlocks are the blocks of a document as JSON; nil for any other text.
func rawBlocks(raw string) []string {
	var doc struct {
		Type    string            `json:"type"`
		Content []json.RawMessage `json:"content"`
	}
	if !strings.HasPrefix(raw, "{") || json.Unmarshal([]byte(raw), &doc) != nil || doc.Type != "doc" {
		return nil
	}
	out := make([]string, len(doc.Content))
	for n, c := range doc.Content {
		out[n] = string(c)
	}
	return out
}
