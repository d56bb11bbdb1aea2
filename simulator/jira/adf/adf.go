// Package adf is the Atlassian Document Format as Jira Cloud takes it: it validates documents, brings them into the form in which
// they are read back, and turns them into wiki markup and back. The entry points are [Parse], [Wiki] and [FromWiki].
//
// The canonical form, which is this package's reading of what Jira's editor stores:
//
//   - empty text nodes are dropped, neighbouring text with equal marks becomes one node, marks are in one order;
//   - taskList, taskItem, decisionList and decisionItem get a localId when they have none; taskItem gets a state;
//   - a heading without level gets 1, an ordered list without order gets 1;
//   - null attributes, empty attrs and empty marks go; an empty paragraph keeps no content key.
package adf

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Node is one node of a document.
type Node struct {
	Type    string         `json:"type"`
	Version int            `json:"version,omitempty"` // of the root
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []*Node        `json:"content,omitempty"`
	Text    string         `json:"text,omitempty"`
	Marks   []Mark         `json:"marks,omitempty"`
}

// Mark is a mark on a text.
type Mark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

// MarshalJSON writes the root's content even when it is empty, as Jira does.
func (n *Node) MarshalJSON() ([]byte, error) {
	type plain Node
	if n.Type != "doc" || len(n.Content) > 0 {
		return json.Marshal((*plain)(n))
	}
	return json.Marshal(struct {
		*plain
		Content []*Node `json:"content"`
	}{(*plain)(n), []*Node{}})
}

// Equal compares two documents.
func (n *Node) Equal(o *Node) bool { return reflect.DeepEqual(n, o) }

// Parse validates a decoded JSON value and returns the document in canonical form.
func Parse(v any) (*Node, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	n := &Node{}
	if err := json.Unmarshal(raw, n); err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	if n.Type != "doc" || n.Version != 1 {
		return nil, fmt.Errorf("document: root is %q version %d, want doc version 1", n.Type, n.Version)
	}
	if err := n.validate("", nil); err != nil {
		return nil, err
	}
	n.canonical(new(int))
	return n, nil
}
