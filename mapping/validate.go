package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Severity says whether a finding stands in the way.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // the mapping must not be put in force
	Warning Severity = "warning" // it works, and something is lost or left out
)

// Finding is one thing to know about a mapping.
type Finding struct {
	Severity Severity `json:"severity"`
	// Path says where: "tickets.state.values[2]", "users.alice", "constants.issuetype".
	Path    string `json:"path"`
	Message string `json:"message"` // what is wrong and what to do
}

// Failed reports whether any of the findings is an error.
func Failed(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// Validate judges a mapping by itself and against what a project offers. Without an
// error among the findings the laws of the package comment hold and the project takes
// what is written. A schema without fields is taken to have those of the capabilities.
func Validate(m Mapping, caps external.Capabilities, schema external.Schema) []Finding {
	c := &checker{m: &m, caps: caps, schema: schema}
	c.mapping()
	if len(c.schema.Fields) == 0 {
		c.schema.Fields = caps.Fields
	}
	c.project()
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return strings.Compare(string(a.Severity), string(b.Severity)) // "error" < "warning"
	})
	return c.found
}

// Check judges a mapping by itself, without a project.
func Check(m Mapping) []Finding {
	c := &checker{m: &m}
	c.mapping()
	return c.found
}

type checker struct {
	m      *Mapping
	caps   external.Capabilities
	schema external.Schema
	found  []Finding
}

func (c *checker) fail(path, format string, args ...any) {
	c.found = append(c.found, Finding{Error, path, fmt.Sprintf(format, args...)})
}

func (c *checker) warn(path, format string, args ...any) {
	c.found = append(c.found, Finding{Warning, path, fmt.Sprintf(format, args...)})
}

// mapping checks the mapping by itself.
func (c *checker) mapping() {
	for i := range c.m.Tickets {
		c.rule(&c.m.Tickets[i], "tickets")
	}
	for i := range c.m.Comments {
		r := &c.m.Comments[i]
		if r.Field != ticket.Body {
			c.fail(path("comments", r), "a comment has a body alone; take the rule out")
		}
		c.rule(r, "comments")
	}
	c.twice(c.m.Tickets, "tickets")
	c.twice(c.m.Comments, "comments")
	c.complete()
	c.constants()
}

func path(kind string, r *Rule) string { return kind + "." + string(r.Field) }

// twice finds canonical fields with two rules, and external ones in two.
func (c *checker) twice(rules []Rule, kind string) {
	fields := map[ticket.Field]bool{}
	held := map[string]*Rule{}
	for i := range rules {
		r := &rules[i]
		if fields[r.Field] {
			c.fail(path(kind, r), "is mapped twice; keep one of the rules")
		}
		fields[r.Field] = true
		for _, name := range r.External {
			other, taken := held[name]
			switch {
			case taken && other.Field == r.Field:
			case taken && r.Writes() && other.Writes():
				c.fail(path(kind, r), "%s is written by %s, too; make one of the two inward only", name, other.Field)
			case taken:
				c.warn(path(kind, r), "%s is read for %s, too; a change outside changes both", name, other.Field)
			default:
				held[name] = r
			}
		}
	}
}

// complete says what is not kept in step.
func (c *checker) complete() {
	for _, f := range ticket.Known() {
		i := slices.IndexFunc(c.m.Tickets, func(r Rule) bool { return r.Field == f })
		switch {
		case i >= 0 && f == ticket.Title && !c.m.Tickets[i].Writes():
			c.warn("tickets.title", "the title is only read: no ticket of ours can be made outside")
		case i >= 0:
		case f == ticket.Title:
			c.fail("tickets.title", "is not mapped; nothing can be made without a title, on either side")
		default:
			c.warn("tickets."+string(f), "is not mapped: it stays as it is on both sides")
		}
	}
	if len(c.m.Comments) == 0 {
		c.warn("comments.body", "is not mapped: comments stay where they are")
	}
}

func (c *checker) constants() {
	seen := map[string]bool{}
	for _, k := range c.m.Constants {
		at := "constants." + k.External
		if k.External == "" || k.Value.IsEmpty() {
			c.fail(at, "a constant needs a field and a value")
		}
		if seen[k.External] {
			c.fail(at, "is set twice; keep one of the lines")
		}
		seen[k.External] = true
		for i := range c.m.Tickets {
			if r := &c.m.Tickets[i]; slices.Contains(r.External, k.External) && r.Writes() {
				c.warn(at, "is written by %s, too; the constant stands in only where that says nothing", r.Field)
			}
		}
	}
}
