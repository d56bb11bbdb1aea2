package mapping

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Locate returns the line of a document, from 1, that the path of a Finding or of a Change
// is about: the line itself or, when the document leaves it out, the nearest above it. It
// is 1 for a document that cannot be read.
func Locate(doc []byte, path string) int {
	var root yaml.Node
	if len(doc) > maxYAML || yaml.Unmarshal(doc, &root) != nil || len(root.Content) == 0 {
		return 1
	}
	n, line := root.Content[0], 1
	for _, part := range steps(path) {
		next, at := step(target(n), part)
		if next == nil {
			break
		}
		n, line = next, at
	}
	return line
}

// steps takes a path apart: "tickets.state.values[2].external". What follows users and
// constants is one name, dots included.
func steps(path string) []string {
	first, rest, _ := strings.Cut(path, ".")
	if rest == "" {
		return []string{first}
	}
	if first == "users" || first == "constants" {
		return []string{first, rest}
	}
	out := []string{first}
	for part := range strings.SplitSeq(rest, ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		out = append(out, name)
		if indexed {
			out = append(out, "["+index)
		}
	}
	return out
}

// step finds a name or an index ("[2") below a node, and its line.
func step(n *yaml.Node, part string) (next *yaml.Node, line int) {
	if text, indexed := strings.CutPrefix(part, "["); indexed {
		i, err := strconv.Atoi(text)
		switch {
		case err != nil || i < 0:
		case n.Kind == yaml.SequenceNode && i < len(n.Content):
			return n.Content[i], n.Content[i].Line
		case n.Kind == yaml.MappingNode && 2*i+1 < len(n.Content):
			return n.Content[2*i+1], n.Content[2*i].Line
		}
		return nil, 0
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == part {
			return n.Content[i+1], n.Content[i].Line
		}
	}
	return nil, 0
}
