package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// maxYAML is how long a mapping may be, in bytes: some thousand people and states.
const maxYAML = 1 << 20

// maxFaults is how many faults of a document are told at once.
const maxFaults = 10

// Decode reads the form that people edit. Its rules need only say what differs from
// Implied; mapping.schema.json describes it (see JSONSchema), and testdata holds one for each system. The
// error lists what is wrong with the line, the path and the fix; whether the mapping makes
// sense is for Validate to say.
func Decode(doc []byte) (Mapping, error) {
	if len(doc) > maxYAML {
		return Mapping{}, fmt.Errorf("mapping: the document has %d bytes, at most %d are read", len(doc), maxYAML)
	}
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return Mapping{}, errors.New("mapping: the document is empty; begin with \"tickets:\"")
	} else if err != nil {
		return Mapping{}, fmt.Errorf("mapping: %w", err)
	}
	d := &decoder{}
	m := d.mapping(root.Content[0])
	if err := dec.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		d.fail(&root, "", "there is a second document (what follows \"---\"); keep one")
	}
	if err := errors.Join(d.faults...); err != nil {
		return Mapping{}, fmt.Errorf("mapping: %w", err)
	}
	return m, nil
}

type decoder struct{ faults []error }

func (d *decoder) fail(n *yaml.Node, at, format string, args ...any) {
	if len(d.faults) < maxFaults {
		if at != "" {
			at += ": "
		}
		d.faults = append(d.faults, fmt.Errorf("line %d: %s%s", n.Line, at, fmt.Sprintf(format, args...)))
	}
}

// target follows an alias to what it stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// entry is one line of a YAML mapping.
type entry struct {
	key   string
	at    *yaml.Node // the key
	value *yaml.Node
}

// entries returns the lines of a YAML mapping; known are the keys that it may have, nil for
// any.
func (d *decoder) entries(n *yaml.Node, at string, known []string) []entry {
	n = target(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, at, "want lines of \"name: value\"")
		return nil
	}
	seen := map[string]int{}
	var out []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry{at: n.Content[i], value: target(n.Content[i+1])}
		e.key = d.text(e.at, at)
		if line, twice := seen[e.key]; twice {
			d.fail(e.at, at, "%q stands on line %d, too; keep one", e.key, line)
			continue
		}
		seen[e.key] = e.at.Line
		if known != nil && !slices.Contains(known, e.key) {
			if other, ok := closest(e.key, known); ok {
				d.fail(e.at, at, "%q is no key here; is %q meant?", e.key, other)
			} else {
				d.fail(e.at, at, "%q is no key here; want one of %s", e.key, strings.Join(known, ", "))
			}
			continue
		}
		out = append(out, e)
	}
	return out
}

func (d *decoder) mapping(n *yaml.Node) Mapping {
	m := Mapping{Version: 1}
	for _, e := range d.entries(n, "", []string{"version", "tickets", "comments", "constants", "users"}) {
		switch e.key {
		case "version":
			m.Version = d.count(e.value, "version")
		case "tickets":
			m.Tickets = d.rules(e.value, "tickets")
		case "comments":
			m.Comments = d.rules(e.value, "comments")
		case "constants":
			for _, c := range d.entries(e.value, "constants", nil) {
				m.Constants = append(m.Constants, Constant{External: c.key, Value: d.value(c.value, "constants."+c.key)})
			}
		case "users":
			m.Users = d.users(e.value)
		}
	}
	return m
}

func (d *decoder) users(n *yaml.Node) Users {
	table := map[string]string{}
	for _, e := range d.entries(n, "users", nil) {
		table[e.key] = d.text(e.value, "users."+e.key)
	}
	if len(table) == 0 {
		return Users{}
	}
	u, err := NewUsers(table)
	if err != nil {
		d.fail(n, "users", "%v", err)
	}
	return u
}

// text reads a single value as it is spelled: yes, 007 and 1.0 are texts here.
func (d *decoder) text(n *yaml.Node, at string) string {
	n = target(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		d.fail(n, at, "want one value, not a list or lines")
		return ""
	case n.Tag == "!!binary":
		d.fail(n, at, "want text, not binary data")
		return ""
	case n.Tag == "!!null":
		return ""
	}
	return n.Value
}

// list reads one value or a list of them.
func (d *decoder) list(n *yaml.Node, at string) []string {
	n = target(n)
	if n.Kind != yaml.SequenceNode {
		return []string{d.text(n, at)}
	}
	var out []string
	for _, c := range n.Content {
		out = append(out, d.text(c, at))
	}
	return out
}

func (d *decoder) value(n *yaml.Node, at string) ticket.Value {
	if target(n).Kind == yaml.SequenceNode {
		return ticket.Set(d.list(n, at)...)
	}
	return ticket.Text(d.text(n, at))
}

func (d *decoder) truth(n *yaml.Node, at string) bool {
	switch s := d.text(n, at); s {
	case "true", "false":
		return s == "true"
	}
	d.fail(n, at, "want true or false")
	return false
}

func (d *decoder) count(n *yaml.Node, at string) int {
	v, err := strconv.Atoi(d.text(n, at))
	if err != nil || v < 1 {
		d.fail(n, at, "want a number from 1")
	}
	return v
}

func (d *decoder) rules(n *yaml.Node, at string) []Rule {
	var out []Rule
	for _, e := range d.entries(n, at, nil) {
		if !ticket.Field(e.key).Valid() {
			d.field(e, at)
			continue
		}
		out = append(out, d.rule(e, at+"."+e.key))
	}
	return out
}

func (d *decoder) field(e entry, at string) {
	var names []string
	for _, f := range ticket.Known() {
		names = append(names, string(f))
	}
	if other, ok := closest(e.key, names); ok {
		d.fail(e.at, at, "%q is no field of ours; is %q meant, or x: and a name?", e.key, other)
		return
	}
	d.fail(e.at, at, "%q is no field of ours; want one of %s, or x: and a name out of a-z, 0-9, _ and -", e.key, strings.Join(names, ", "))
}

// rule reads a rule: the name of the external field, a list of two, or lines.
func (d *decoder) rule(e entry, at string) Rule {
	r := Implied(ticket.Field(e.key))
	if e.value.Kind != yaml.MappingNode {
		r.External = d.list(e.value, at)
		return r
	}
	for _, p := range d.entries(e.value, at, ruleKeys()) {
		d.part(&r, p, at+"."+p.key)
	}
	if len(r.External) == 0 {
		d.fail(e.at, at, "names no external field; add \"external: name\"")
	}
	return r
}

func ruleKeys() []string {
	return []string{
		"external", "convert", "type", "set", "max", "direction", "on_create", "values", "unmapped", "categories", "read_only", "prose", "container",
	}
}

func (d *decoder) part(r *Rule, e entry, at string) {
	switch e.key {
	case "external":
		r.External = d.list(e.value, at)
	case "convert":
		r.Convert = Convert(d.text(e.value, at))
	case "type":
		r.Type = external.FieldType(d.text(e.value, at))
	case "set":
		r.Set = d.truth(e.value, at)
	case "max":
		r.Max = d.count(e.value, at)
	case "direction":
		r.Direction = Direction(d.text(e.value, at))
	case "on_create":
		r.OnCreate = d.truth(e.value, at)
	case "values":
		r.Values = d.values(e.value, at)
	case "unmapped":
		r.Unmapped = d.unmapped(e.value, at)
	case "categories":
		r.Categories = map[string]external.Category{}
		for _, c := range d.entries(e.value, at, nil) {
			r.Categories[c.key] = external.Category(d.text(c.value, at))
		}
	case "read_only":
		r.ReadOnly = d.truth(e.value, at)
	case "prose":
		r.Prose = d.truth(e.value, at)
	case "container":
		r.Container = d.truth(e.value, at)
	}
}

// values reads a table: lines of "local: external", or a list where one line needs more.
func (d *decoder) values(n *yaml.Node, at string) []Pair {
	var out []Pair
	if n.Kind != yaml.SequenceNode {
		for _, e := range d.entries(n, at, nil) {
			out = append(out, Pair{Local: []string{e.key}, External: d.list(e.value, at)})
		}
		return out
	}
	for i, c := range n.Content {
		at := fmt.Sprintf("%s[%d]", at, i)
		var p Pair
		for _, e := range d.entries(c, at, []string{"local", "external", "and"}) {
			switch e.key {
			case "local":
				p.Local = d.list(e.value, at)
			case "external":
				p.External = d.list(e.value, at)
			case "and":
				p.And = d.list(e.value, at)
			}
		}
		if len(p.Local) == 0 || len(p.External) == 0 {
			d.fail(c, at, "needs both \"local:\" and \"external:\"")
		}
		out = append(out, p)
	}
	return out
}

func (d *decoder) unmapped(n *yaml.Node, at string) Unmapped {
	if n.Kind != yaml.MappingNode {
		p := Policy(d.text(n, at))
		return Unmapped{In: p, Out: p}
	}
	var u Unmapped
	for _, e := range d.entries(n, at, []string{"in", "out"}) {
		p := Policy(d.text(e.value, at))
		if e.key == "in" {
			u.In = p
		} else {
			u.Out = p
		}
	}
	return u
}
