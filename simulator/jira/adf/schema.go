package adf

import (
	"fmt"
	"slices"
	"sync"
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

// schema has one entry per node type of Atlassian's document format (published JSON schema, full version 1).
//
//nolint:gochecknoglobals // a constant that needs computing
var schema = sync.OnceValue(func() map[string]kind {
	item, inlines := kind{content: []string{"inItem"}, least: 1}, kind{content: []string{"inline"}}
	cell, list := kind{content: []string{"inCell"}, least: 1}, kind{content: []string{"listItem"}, least: 1}
	return map[string]kind{
		"doc":       {content: []string{"block"}},
		"paragraph": inlines, "heading": inlines, "decisionItem": inlines, "taskItem": inlines, "caption": inlines,
		"bulletList": list, "orderedList": list, "listItem": item,
		"blockquote":   {content: []string{"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup"}, least: 1},
		"codeBlock":    {content: []string{"text"}},
		"panel":        {content: []string{"inPanel"}, attrs: []string{"panelType"}, least: 1},
		"table":        {content: []string{"tableRow"}, least: 1},
		"tableRow":     {content: []string{"tableCell", "tableHeader"}},
		"tableCell":    cell,
		"tableHeader":  cell,
		"expand":       cell,
		"nestedExpand": cell,
		"taskList":     {content: []string{"taskItem", "taskList"}, least: 1},
		"decisionList": {content: []string{"decisionItem"}, least: 1},
		"mediaSingle":  {content: []string{"media", "caption"}, least: 1},
		"mediaGroup":   {content: []string{"media"}, least: 1},

		"layoutSection":   {content: []string{"layoutColumn"}, least: 1},
		"layoutColumn":    {content: []string{"block"}, attrs: []string{"width"}, least: 1},
		"bodiedExtension": {content: []string{"block"}, attrs: []string{"extensionKey", "extensionType"}, least: 1},

		"text": {}, "hardBreak": {}, "rule": {}, "inlineCard": {}, "blockCard": {}, "placeholder": {},
		"media":           {attrs: []string{"type"}},
		"mediaInline":     {attrs: []string{"id", "collection"}},
		"mention":         {attrs: []string{"id"}},
		"emoji":           {attrs: []string{"shortName"}},
		"date":            {attrs: []string{"timestamp"}},
		"status":          {attrs: []string{"text", "color"}},
		"extension":       {attrs: []string{"extensionKey", "extensionType"}},
		"inlineExtension": {attrs: []string{"extensionKey", "extensionType"}},
		"embedCard":       {attrs: []string{"url", "layout"}},
	}
})

// markRank orders the marks that Jira takes, -1 for others: in the order of the canonical form.
func markRank(t string) int {
	return slices.Index([]string{"link", "em", "strong", "textColor", "backgroundColor", "strike", "subsup", "underline", "code", "annotation",
		"alignment", "indentation", "breakout", "border"}, t)
}

func (n *Node) validate(at string, parent *kind) error {
	at += "/" + n.Type
	if n.Type == "" {
		return fmt.Errorf("document: node at %s has no type", at)
	}
	k, known := schema()[n.Type]
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
