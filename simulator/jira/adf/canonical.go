package adf

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// canonical brings a valid document into the form that is read back. last counts the local ids given, which are the same for the
// same document.
func (n *Node) canonical(last *int) {
	n.Marks = slices.DeleteFunc(n.Marks, func(m Mark) bool { return m.Type == "" })
	slices.SortStableFunc(n.Marks, func(a, b Mark) int { return markRank(a.Type) - markRank(b.Type) })
	for k := range n.Marks {
		n.Marks[k].Attrs = tidy(n.Marks[k].Attrs)
	}
	if len(n.Marks) == 0 {
		n.Marks = nil
	}
	n.Attrs = tidy(n.Attrs)
	n.fill(last)
	var kept []*Node
	for _, c := range n.Content {
		c.canonical(last)
		if c.Type == "text" && c.Text == "" {
			continue
		}
		if at := len(kept) - 1; at >= 0 && c.Type == "text" && kept[at].Type == "text" && reflect.DeepEqual(kept[at].Marks, c.Marks) {
			joined := *kept[at]
			joined.Text += c.Text
			kept[at] = &joined
			continue
		}
		kept = append(kept, c)
	}
	n.Content = kept
}

// fill adds the attributes that Jira adds.
func (n *Node) fill(last *int) {
	set := func(key string, value any) {
		if _, given := n.Attrs[key]; given {
			return
		}
		if n.Attrs == nil {
			n.Attrs = map[string]any{}
		}
		n.Attrs[key] = value
	}
	switch n.Type {
	case "heading":
		set("level", 1.0)
	case "orderedList":
		set("order", 1.0)
	case "taskList", "taskItem", "decisionList", "decisionItem":
		if n.Type == "taskItem" {
			set("state", "TODO")
		}
		if _, given := n.Attrs["localId"]; !given {
			*last++
			set("localId", fmt.Sprintf("00000000-0000-4000-8000-%012d", *last))
		}
	}
}

// tidy drops null attributes and empty sets of them.
func tidy(attrs map[string]any) map[string]any {
	maps.DeleteFunc(attrs, func(_ string, v any) bool { return v == nil })
	if len(attrs) == 0 {
		return nil
	}
	return attrs
}
