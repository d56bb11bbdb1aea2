package mapping

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/extsync/extsync/ticket"
)

// Encode writes the form that Decode reads, with no more than differs from Implied. It fails for a
// mapping that maps a field twice, which that form cannot say.
func Encode(m Mapping) ([]byte, error) {
	root := lines()
	root.add("version", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(m.Version)})
	for _, kind := range []struct {
		name  string
		rules []Rule
	}{{"tickets", m.Tickets}, {"comments", m.Comments}} {
		if len(kind.rules) == 0 {
			continue
		}
		part := lines()
		for i := range kind.rules {
			r := &kind.rules[i]
			if slices.ContainsFunc(kind.rules[:i], func(o Rule) bool { return o.Field == r.Field }) {
				return nil, fmt.Errorf("mapping: %s is mapped twice; keep one of the rules", path(kind.name, r))
			}
			part.add(string(r.Field), encodeRule(r))
		}
		root.add(kind.name, part.Node)
	}
	if len(m.Constants) > 0 {
		part := lines()
		for _, c := range m.Constants {
			part.add(c.External, encodeValue(c.Value))
		}
		root.add("constants", part.Node)
	}
	if len(m.Users.logins) > 0 {
		part := lines()
		for _, handle := range slices.Sorted(maps.Keys(m.Users.logins)) {
			part.add(handle, scalar(m.Users.logins[handle]))
		}
		root.add("users", part.Node)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root.Node); err != nil {
		return nil, fmt.Errorf("mapping: write YAML: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("mapping: write YAML: %w", err)
	}
	return out.Bytes(), nil
}

// block is a YAML mapping that keeps the order of its lines.
type block struct{ *yaml.Node }

func lines() block { return block{&yaml.Node{Kind: yaml.MappingNode}} }

func (b block) add(key string, v *yaml.Node) { b.Content = append(b.Content, scalar(key), v) }

// scalar spells a text so that it is read back as it is.
func scalar(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

func truth(b bool) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(b)}
}

// words writes one value as it is, and more or none as a list on one line.
func words(items []string) *yaml.Node {
	if len(items) == 1 {
		return scalar(items[0])
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, s := range items {
		n.Content = append(n.Content, scalar(s))
	}
	return n
}

func encodeValue(v ticket.Value) *yaml.Node {
	if !v.IsSet() {
		return scalar(v.Text())
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for i := range v.Len() {
		n.Content = append(n.Content, scalar(v.At(i)))
	}
	return n
}

// encodeRule writes a rule: its external field alone when all else is implied.
func encodeRule(r *Rule) *yaml.Node {
	b, as := lines(), Implied(r.Field)
	b.add("external", words(r.External))
	word := func(key, is, implied string) {
		if is != implied {
			b.add(key, scalar(is))
		}
	}
	flag := func(key string, is, implied bool) {
		if is != implied {
			b.add(key, truth(is))
		}
	}
	word("convert", string(r.Convert), string(as.Convert))
	word("type", string(r.Type), string(as.Type))
	flag("set", r.Set, as.Set)
	if r.Max != 0 {
		b.add("max", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(r.Max)})
	}
	word("direction", string(r.Direction), "")
	flag("on_create", r.OnCreate, false)
	flag("read_only", r.ReadOnly, false)
	flag("prose", r.Prose, as.Prose)
	flag("container", r.Container, as.Container)
	if len(r.Values) > 0 {
		b.add("values", encodeTable(r.Values))
	}
	switch u := r.Unmapped; {
	case u == Unmapped{}:
	case u.In == u.Out:
		b.add("unmapped", scalar(string(u.In)))
	default:
		part := lines()
		part.Style = yaml.FlowStyle
		part.add("in", scalar(string(u.In)))
		part.add("out", scalar(string(u.Out)))
		b.add("unmapped", part.Node)
	}
	if len(r.Categories) > 0 {
		part := lines()
		for _, s := range slices.Sorted(maps.Keys(r.Categories)) {
			part.add(s, scalar(string(r.Categories[s])))
		}
		b.add("categories", part.Node)
	}
	if len(b.Content) == 2 {
		return b.Content[1]
	}
	return b.Node
}

// encodeTable writes lines of "local: external" where that says all.
func encodeTable(values []Pair) *yaml.Node {
	seen, plain := map[string]bool{}, lines()
	for _, p := range values {
		if len(p.Local) != 1 || len(p.And) > 0 || seen[p.Local[0]] {
			return encodeList(values)
		}
		seen[p.Local[0]] = true
		plain.add(p.Local[0], words(p.External))
	}
	return plain.Node
}

func encodeList(values []Pair) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, p := range values {
		line := lines()
		line.Style = yaml.FlowStyle
		line.add("local", words(p.Local))
		line.add("external", words(p.External))
		if len(p.And) > 0 {
			line.add("and", words(p.And))
		}
		list.Content = append(list.Content, line.Node)
	}
	return list
}
