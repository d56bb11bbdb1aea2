package adf

import (
	"fmt"
	"slices"
)

// kind is what may be inside a node.
type kind struct {
	content []string // node types or groups; nil: none
	attrs   []string // required attributes
	least   int      // children at least
}

// group expands the names of groups.
func group(name string) []string {
	switch name {
	case "inline":
		return []string{"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder", "mediaInline", "inlineExtension"}
	case "block":
		return []string{"paragraph", "heading", "bulletList", "orderedList", "blockquote", "codeBlock", "rule", "panel", "table", "mediaSingle",
			"mediaGroup", "taskList", "decisionList", "expand", "blockCard", "embedCard", "extension", "bodiedExtension", "layoutSection"}
	case "inCell":
		return []string{"paragraph", "heading", "bulletList", "orderedList", "blockquote", "codeBlock", "rule", "panel", "mediaSingle", "mediaGroup",
			"taskList", "decisionList", "nestedExpand", "blockCard", "embedCard", "extension"}
	case "inPanel":
		return []string{"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "rule", "taskList", "decisionList", "mediaGroup", "mediaSingle", "blockCard"}
	case "inItem":
		return []string{"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "taskList"}
	}
	return []string{name}
}

// kindOf is the schema: one entry per node type of Atlassian's document format (published JSON schema, full version 1).
func kindOf(t string) (kind, bool) {
	switch t {
	case "doc":
		return kind{content: []string{"block"}}, true
	case "paragraph", "decisionItem":
		return kind{content: []string{"inline"}}, true
	case "heading":
		return kind{content: []string{"inline"}}, true
	case "bulletList", "orderedList":
		return kind{content: []string{"listItem"}, least: 1}, true
	case "listItem":
		return kind{content: []string{"inItem"}, least: 1}, true
	case "blockquote":
		return kind{content: []string{"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup"}, least: 1}, true
	case "codeBlock":
		return kind{content: []string{"text"}}, true
	case "panel":
		return kind{content: []string{"inPanel"}, attrs: []string{"panelType"}, least: 1}, true
	case "table":
		return kind{content: []string{"tableRow"}, least: 1}, true
	case "tableRow":
		return kind{content: []string{"tableCell", "tableHeader"}}, true
	case "tableCell", "tableHeader":
		return kind{content: []string{"inCell"}, least: 1}, true
	case "taskList":
		return kind{content: []string{"taskItem", "taskList"}, least: 1}, true
	case "taskItem":
		return kind{content: []string{"inline"}}, true
	case "decisionList":
		return kind{content: []string{"decisionItem"}, least: 1}, true
	case "expand", "nestedExpand":
		return kind{content: []string{"inCell"}, least: 1}, true
	case "mediaSingle":
		return kind{content: []string{"media", "caption"}, least: 1}, true
	case "mediaGroup":
		return kind{content: []string{"media"}, least: 1}, true
	case "caption":
		return kind{content: []string{"inline"}}, true
	case "layoutSection":
		return kind{content: []string{"layoutColumn"}, least: 1}, true
	case "layoutColumn":
		return kind{content: []string{"block"}, attrs: []string{"width"}, least: 1}, true
	case "bodiedExtension":
		return kind{content: []string{"block"}, attrs: []string{"extensionKey", "extensionType"}, least: 1}, true
	case "media", "mediaInline":
		return kind{attrs: mediaAttrs(t)}, true
	case "mention":
		return kind{attrs: []string{"id"}}, true
	case "emoji":
		return kind{attrs: []string{"shortName"}}, true
	case "date":
		return kind{attrs: []string{"timestamp"}}, true
	case "status":
		return kind{attrs: []string{"text", "color"}}, true
	case "extension", "inlineExtension":
		return kind{attrs: []string{"extensionKey", "extensionType"}}, true
	case "embedCard":
		return kind{attrs: []string{"url", "layout"}}, true
	case "text", "hardBreak", "rule", "inlineCard", "blockCard", "placeholder":
		return kind{}, true
	}
	return kind{}, false
}

func mediaAttrs(t string) []string {
	if t == "mediaInline" {
		return []string{"id", "collection"}
	}
	return []string{"type"}
}

// marks that Jira takes, in the order of the canonical form.
func markRank(t string) int {
	return slices.Index([]string{"link", "em", "strong", "textColor", "backgroundColor", "strike", "subsup", "underline", "code", "annotation",
		"alignment", "indentation", "breakout", "border"}, t)
}

func (n *Node) validate(at string, parent *kind) error {
	at += "/" + n.Type
	if n.Type == "" {
		return fmt.Errorf("document: node at %s has no type", at)
	}
	k, known := kindOf(n.Type)
	if !known {
		return fmt.Errorf("document: unknown node type at %s", at)
	}
	if parent != nil && !slices.ContainsFunc(parent.content, func(g string) bool { return slices.Contains(group(g), n.Type) }) {
		return fmt.Errorf("document: %s is not allowed there", at)
	}
	for _, a := range k.attrs {
		if n.Attrs[a] == nil {
			return fmt.Errorf("document: %s needs attribute %s", at, a)
		}
	}
	if len(n.Content) < k.least {
		return fmt.Errorf("document: %s needs content", at)
	}
	if err := n.validateMarks(at, parent); err != nil {
		return err
	}
	for _, c := range n.Content {
		if c == nil {
			return fmt.Errorf("document: null node in %s", at)
		}
		if err := c.validate(at, &k); err != nil {
			return err
		}
	}
	return n.validateAttrs(at)
}

func (n *Node) validateMarks(at string, parent *kind) error {
	code, other := false, false
	for _, m := range n.Marks {
		switch {
		case markRank(m.Type) < 0:
			return fmt.Errorf("document: unknown mark %q at %s", m.Type, at)
		case m.Type == "link" && m.Attrs["href"] == nil:
			return fmt.Errorf("document: link without href at %s", at)
		}
		code = code || m.Type == "code"
		other = other || (m.Type != "code" && m.Type != "link" && m.Type != "annotation")
	}
	switch {
	case code && other:
		return fmt.Errorf("document: code combines with link alone, at %s", at)
	case n.Type == "text" && len(n.Marks) > 0 && parent != nil && slices.Equal(parent.content, []string{"text"}):
		return fmt.Errorf("document: marks in code at %s", at)
	}
	return nil
}

func (n *Node) validateAttrs(at string) error {
	switch n.Type {
	case "heading":
		if l, given := n.Attrs["level"].(float64); given && (l < 1 || l > 6 || l != float64(int(l))) {
			return fmt.Errorf("document: level %v at %s", l, at)
		}
	case "panel":
		if t, _ := n.Attrs["panelType"].(string); !slices.Contains([]string{"info", "note", "tip", "warning", "error", "success", "custom"}, t) {
			return fmt.Errorf("document: panelType %q at %s", t, at)
		}
	case "taskItem":
		if s, given := n.Attrs["state"]; given && s != "TODO" && s != "DONE" {
			return fmt.Errorf("document: state %v at %s", s, at)
		}
	}
	return nil
}
