package markup

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// adfNode is a node as the schema sees it.
type adfNode struct {
	Type    string         `json:"type"`
	Version int            `json:"version,omitempty"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []adfNode      `json:"content,omitempty"`
	Marks   []adfNode      `json:"marks,omitempty"`
	Text    *string        `json:"text,omitempty"`
}

// allowed says which nodes may stand inside which, after the JSON schema of ADF.
func allowed() map[string]string {
	const block = " paragraph heading bulletList orderedList taskList codeBlock rule blockquote panel expand table mediaSingle "
	const inlines = " text hardBreak mention emoji date status inlineCard "
	return map[string]string{
		"doc": block, "paragraph": inlines, "heading": inlines, "taskItem": inlines, "codeBlock": " text ",
		"bulletList": " listItem ", "orderedList": " listItem ", "taskList": " taskItem taskList ",
		"listItem":   " paragraph bulletList orderedList codeBlock mediaSingle ",
		"blockquote": " paragraph bulletList orderedList codeBlock mediaSingle ",
		"panel":      " paragraph heading bulletList orderedList codeBlock mediaSingle rule taskList ",
		"expand":     " paragraph heading bulletList orderedList codeBlock mediaSingle rule blockquote panel table taskList ",
		"table":      " tableRow ", "tableRow": " tableCell tableHeader ",
		"tableCell": " paragraph mediaSingle ", "tableHeader": " paragraph mediaSingle ", "mediaSingle": " media ",
	}
}

// validADF checks a document against the structure of the schema.
func validADF(raw string) error {
	var doc adfNode
	if err := json.Unmarshal([]byte(raw), &doc); err != nil {
		return err
	}
	if doc.Type != "doc" || doc.Version != 1 {
		return fmt.Errorf("root %q version %d", doc.Type, doc.Version)
	}
	return validNode(doc)
}

func validNode(n adfNode) error {
	mayHold := allowed()[n.Type]
	for i, c := range n.Content {
		if !strings.Contains(mayHold, " "+c.Type+" ") {
			return fmt.Errorf("%s inside %s", c.Type, n.Type)
		}
		if n.Type == "listItem" && i == 0 && c.Type != "paragraph" {
			return fmt.Errorf("a listItem begins with %s", c.Type)
		}
		if n.Type == "codeBlock" && len(c.Marks) > 0 {
			return fmt.Errorf("marks in a codeBlock")
		}
		if err := validNode(c); err != nil {
			return err
		}
	}
	return validHead(n)
}

func validHead(n adfNode) error {
	switch n.Type {
	case "text":
		if n.Text == nil || *n.Text == "" {
			return fmt.Errorf("empty text node")
		}
		return validMarks(n)
	case "heading":
		if l, _ := n.Attrs["level"].(float64); l < 1 || l > 6 {
			return fmt.Errorf("heading level %v", n.Attrs["level"])
		}
	case "orderedList":
		if o, ok := n.Attrs["order"].(float64); ok && o < 0 {
			return fmt.Errorf("order %v", o)
		}
	case "bulletList", "taskList", "listItem", "table", "tableRow", "tableCell", "tableHeader", "blockquote", "panel", "expand", "mediaSingle":
		if len(n.Content) == 0 {
			return fmt.Errorf("empty %s", n.Type)
		}
	}
	if n.Type != "text" && n.Type != "media" && len(n.Marks) > 0 {
		return fmt.Errorf("marks on %s", n.Type)
	}
	return nil
}

func validMarks(n adfNode) error {
	has := map[string]bool{}
	for _, m := range n.Marks {
		if has[m.Type] {
			return fmt.Errorf("mark %s twice", m.Type)
		}
		has[m.Type] = true
		if href, _ := m.Attrs["href"].(string); m.Type == "link" && href == "" {
			return fmt.Errorf("link without href")
		}
	}
	if has["code"] && len(has) > 1 && (len(has) > 2 || !has["link"]) {
		return fmt.Errorf("code with other marks")
	}
	return nil
}

// adfText draws a document of ADF, with what Markdown has no word for, spelled with
// varying white space.
func adfText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		doc := adfNode{Type: "doc", Version: 1, Content: drawBlocks(t, 3)}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indent") {
			raw, err = json.MarshalIndent(doc, "", rapid.SampledFrom([]string{" ", "\t"}).Draw(t, "by"))
			if err != nil {
				t.Fatal(err)
			}
		}
		return string(raw)
	})
}

func drawBlocks(t *rapid.T, depth int) []adfNode {
	var out []adfNode
	for range rapid.IntRange(0, 3).Draw(t, "blocks") {
		out = append(out, drawBlock(t, depth))
	}
	return out
}

func drawBlock(t *rapid.T, depth int) adfNode {
	kinds := []string{"paragraph", "paragraph", "heading", "codeBlock", "rule", "mediaGroup", "blockCard", "decisionList", "centred", "taskList", "image"}
	if depth > 0 {
		kinds = append(kinds, "bulletList", "bulletList", "orderedList", "blockquote", "panel", "expand", "table", "layoutSection", "bodiedExtension")
	}
	switch k := rapid.SampledFrom(kinds).Draw(t, "kind"); k {
	case "heading":
		return adfNode{Type: k, Attrs: map[string]any{"level": rapid.IntRange(1, 6).Draw(t, "level")}, Content: drawInlines(t)}
	case "centred":
		return adfNode{Type: "paragraph", Content: drawInlines(t), Marks: []adfNode{{Type: "alignment", Attrs: map[string]any{"align": "center"}}}}
	case "codeBlock":
		return adfNode{Type: k, Attrs: map[string]any{"language": "go"}, Content: []adfNode{textOf(lineText().Draw(t, "code") + "\n" + lineText().Draw(t, "more"))}}
	case "rule":
		return adfNode{Type: k}
	case "mediaGroup":
		return adfNode{Type: k, Content: []adfNode{{Type: "media", Attrs: map[string]any{"type": "file", "id": "x", "alt": "a.png"}}}}
	case "image":
		return adfNode{Type: "mediaSingle", Content: []adfNode{{Type: "media", Attrs: map[string]any{"type": "external", "url": "https://h/i.png"}}}}
	case "blockCard":
		return adfNode{Type: k, Attrs: map[string]any{"url": "https://card/x"}}
	case "taskList":
		return adfNode{Type: k, Content: []adfNode{{Type: "taskItem", Attrs: map[string]any{"localId": "1", "state": "DONE"}, Content: drawInlines(t)}}}
	case "decisionList":
		return adfNode{Type: k, Content: []adfNode{{Type: "decisionItem", Content: drawInlines(t)}}}
	case "bulletList", "orderedList":
		n := adfNode{Type: k}
		for range rapid.IntRange(1, 3).Draw(t, "items") {
			n.Content = append(n.Content, adfNode{Type: "listItem", Content: append([]adfNode{{Type: "paragraph", Content: drawInlines(t)}}, drawBlocks(t, depth-1)...)})
		}
		return n
	case "table":
		n := adfNode{Type: k}
		cols := rapid.IntRange(1, 3).Draw(t, "cols")
		for r := range rapid.IntRange(1, 3).Draw(t, "rows") {
			rw := adfNode{Type: "tableRow"}
			for range cols {
				typ := "tableCell"
				if r == 0 && rapid.Bool().Draw(t, "head") {
					typ = "tableHeader"
				}
				rw.Content = append(rw.Content, adfNode{Type: typ, Content: []adfNode{{Type: "paragraph", Content: drawInlines(t)}}})
			}
			n.Content = append(n.Content, rw)
		}
		return n
	case "panel", "expand":
		return adfNode{Type: k, Attrs: map[string]any{"panelType": rapid.SampledFrom([]string{"info", "note", "tip", "success", "warning", "error", "custom"}).Draw(t, "panel"), "title": "More"}, Content: drawBlocks(t, depth-1)}
	default:
		if k == "paragraph" {
			return adfNode{Type: k, Content: drawInlines(t)}
		}
		return adfNode{Type: k, Attrs: map[string]any{"extensionKey": "k"}, Content: drawBlocks(t, depth-1)}
	}
}

func textOf(s string, marks ...adfNode) adfNode { return adfNode{Type: "text", Text: &s, Marks: marks} }

func drawInlines(t *rapid.T) []adfNode {
	var out []adfNode
	for range rapid.IntRange(0, 4).Draw(t, "inlines") {
		switch rapid.SampledFrom([]string{"text", "text", "marked", "marked", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "odd"}).Draw(t, "inline") {
		case "text":
			out = append(out, textOf(lineText().Draw(t, "text")))
		case "marked":
			var marks []adfNode
			for range rapid.IntRange(1, 3).Draw(t, "marks") {
				marks = append(marks, rapid.SampledFrom([]adfNode{{Type: "strong"}, {Type: "em"}, {Type: "strike"}, {Type: "underline"}, {Type: "code"},
					{Type: "subsup", Attrs: map[string]any{"type": "sub"}}, {Type: "subsup", Attrs: map[string]any{"type": "sup"}},
					{Type: "link", Attrs: map[string]any{"href": "https://l/(x) y"}}, {Type: "textColor", Attrs: map[string]any{"color": "#ff0000"}}}).Draw(t, "mark"))
			}
			out = append(out, textOf(lineText().Draw(t, "text"), marks...))
		case "hardBreak":
			out = append(out, adfNode{Type: "hardBreak"})
		case "mention":
			out = append(out, adfNode{Type: "mention", Attrs: map[string]any{"id": "5b10a", "text": "@Ann"}})
		case "emoji":
			out = append(out, adfNode{Type: "emoji", Attrs: map[string]any{"shortName": ":smile:", "text": "😄"}})
		case "date":
			out = append(out, adfNode{Type: "date", Attrs: map[string]any{"timestamp": "1732492800000"}})
		case "status":
			out = append(out, adfNode{Type: "status", Attrs: map[string]any{"text": "DONE [x]", "color": "green"}})
		case "inlineCard":
			out = append(out, adfNode{Type: "inlineCard", Attrs: map[string]any{"url": "https://card/y"}})
		case "odd":
			out = append(out, adfNode{Type: "newThing"})
		}
	}
	return out
}

func TestADFLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := adfText().Draw(t, "raw")
		checkRaw(t, ADF, raw)
		checkPut(t, ADF, raw, markdown().Draw(t, "md"))
	})
}
