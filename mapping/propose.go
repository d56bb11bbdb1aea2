package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Proposal is a mapping to begin with, for people to edit.
type Proposal struct {
	Mapping Mapping `json:"mapping"`
	Matches []Match `json:"matches"` // how each rule was found, in the order of the rules
	// Unused are the external fields that no rule and no constant names, sorted.
	Unused   []string  `json:"unused"`
	People   []Account `json:"people"` // the lines of Users that were found by address
	Warnings []string  `json:"warnings"`
}

// Match says how one canonical field found its external ones.
type Match struct {
	Field      ticket.Field `json:"field"`
	External   []string     `json:"external"`
	Confidence float64      `json:"confidence"` // 0 to 1; below 0.7 a person should look
	Why        string       `json:"why"`
}

// Propose makes a mapping for a project: the system's default where the project has its
// fields, and for all else by name, type, category and common synonyms. Every field that
// is left over and can be mapped becomes a custom one. local holds the addresses of our
// people by handle, as far as they are verified.
//
// What it proposes has no error in Validate, except where it says so in Warnings.
func Propose(caps external.Capabilities, schema external.Schema, local map[string]string) Proposal {
	if len(schema.Fields) == 0 {
		schema.Fields = caps.Fields
	}
	p := &proposer{caps: caps, schema: schema, used: map[string]bool{}}
	p.known()
	p.custom()
	p.constants()
	p.out.Mapping.Version = 1
	if caps.Comment.Name != "" {
		p.out.Mapping.Comments = []Rule{prose(caps.Comment.Name)}
	}
	p.users(local)
	for _, f := range schema.Fields {
		if !p.used[f.Name] {
			p.out.Unused = append(p.out.Unused, f.Name)
		}
	}
	slices.Sort(p.out.Unused)
	p.out.Mapping = p.out.Mapping.WithSchema(schema)
	for _, f := range Validate(p.out.Mapping, caps, schema) {
		if f.Severity == Error {
			p.out.Warnings = append(p.out.Warnings, f.Path+": "+f.Message)
		}
	}
	return p.out
}

type proposer struct {
	caps   external.Capabilities
	schema external.Schema
	used   map[string]bool
	out    Proposal
}

func (p *proposer) warn(format string, args ...any) {
	p.out.Warnings = append(p.out.Warnings, fmt.Sprintf(format, args...))
}

// candidate is an external field that may hold a canonical one.
type candidate struct {
	field ticket.Field
	cap   external.FieldCapability
	score float64
	why   string
}

// known maps the canonical fields. The best matches go first, so that a field is not
// taken by a canonical one that another would suit better.
func (p *proposer) known() {
	usual, err := Default(p.caps.System)
	if err != nil {
		usual = Mapping{}
	}
	var all []candidate
	for _, f := range ticket.Known() {
		rule := ruleOf(usual.Tickets, f)
		for _, ext := range p.schema.Fields {
			if c := match(f, ext, rule); c.score >= enough {
				all = append(all, c)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	found := map[ticket.Field]bool{}
	for _, c := range all {
		if !found[c.field] && !p.used[c.cap.Name] {
			found[c.field] = true
			p.take(c, ruleOf(usual.Tickets, c.field))
		}
	}
	order := ticket.Known()
	slices.SortStableFunc(p.out.Mapping.Tickets, func(a, b Rule) int {
		return cmp.Compare(slices.Index(order, a.Field), slices.Index(order, b.Field))
	})
	slices.SortStableFunc(p.out.Matches, func(a, b Match) int {
		return cmp.Compare(slices.Index(order, a.Field), slices.Index(order, b.Field))
	})
}

func ruleOf(rules []Rule, f ticket.Field) *Rule {
	for i := range rules {
		if rules[i].Field == f {
			return &rules[i]
		}
	}
	return nil
}

// take adds the rule for a match.
func (p *proposer) take(c candidate, usual *Rule) {
	r := p.fit(c, usual)
	switch r.Convert {
	case States:
		if !p.states(&r, c.cap, usual) {
			return
		}
	case Options:
		if !p.options(&r, c.cap, usual) {
			return
		}
	}
	for _, name := range r.External {
		p.used[name] = true
	}
	p.out.Mapping.Tickets = append(p.out.Mapping.Tickets, r)
	p.out.Matches = append(p.out.Matches, Match{Field: r.Field, External: r.External, Confidence: c.score, Why: c.why})
}

// fit makes the rule that suits the external field, from the usual one if it is that.
func (p *proposer) fit(c candidate, usual *Rule) Rule {
	r := Implied(c.field)
	if usual != nil && usual.External[0] == c.cap.Name {
		r = *usual
		r.External = slices.Clone(r.External)
	} else {
		r.External = []string{c.cap.Name}
	}
	r.Set = c.cap.Set
	if c.cap.Type != "" {
		r.Type = c.cap.Type
	}
	r.Max = 0
	if c.cap.Set && c.cap.MaxItems == 1 && r.many() {
		r.Max = 1
	}
	if len(r.External) == 2 && r.Convert == States {
		if second, ok := p.schema.Field(r.External[1]); !ok || second.ReadOnly || p.used[r.External[1]] {
			r.External = r.External[:1]
		}
	}
	if c.cap.ReadOnly {
		r.Direction = In
	}
	if r.Convert == People && (usual == nil || usual.External[0] != c.cap.Name) {
		r.Unmapped = Unmapped{In: PolicyKeep, Out: PolicyKeep}
	}
	return r
}

// custom maps what is left over to fields that are named after it.
func (p *proposer) custom() {
	slugs := map[string]bool{}
	for _, f := range p.schema.Fields {
		if p.used[f.Name] || strings.HasSuffix(f.Name, external.SidecarSuffix) || !p.own(f) {
			continue
		}
		slug := slugOf(cmp.Or(f.Title, f.Name), slugs)
		if slug == "" {
			continue
		}
		r, ok := customRule(slug, f)
		if !ok {
			p.warn("%s holds %s, which cannot be kept in step", f.Name, f.Type)
			continue
		}
		score, why := 0.6, "a field of this project's own, by its title"
		if f.ReadOnly {
			r.Direction, score, why = In, 0.4, "a field of this project's own that can only be read"
		}
		p.used[f.Name] = true
		p.out.Mapping.Tickets = append(p.out.Mapping.Tickets, r)
		p.out.Matches = append(p.out.Matches, Match{Field: r.Field, External: r.External, Confidence: score, Why: why})
	}
}

// own reports whether the project defined the field itself.
func (p *proposer) own(f external.FieldCapability) bool {
	if prefix := p.caps.Custom.Name; prefix != "" && strings.HasPrefix(f.Name, prefix) {
		return true
	}
	return !slices.ContainsFunc(p.caps.Fields, func(g external.FieldCapability) bool { return g.Name == f.Name })
}

// slugOf makes a custom name of a title that none had before.
func slugOf(title string, taken map[string]bool) string {
	slug := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		case r < 0x80:
			return '-'
		}
		return -1
	}, title), "-_")
	for strings.Contains(slug, "--") {
		slug = strings.ReplaceAll(slug, "--", "-")
	}
	if slug == "" {
		slug = "field"
	}
	slug = slug[:min(len(slug), 36)]
	made := slug
	for n := 2; taken[made]; n++ {
		made = fmt.Sprintf("%s-%d", slug, n)
	}
	taken[made] = true
	return made
}

// customRule maps a field as it is, by its type.
func customRule(slug string, f external.FieldCapability) (Rule, bool) {
	r := Rule{Field: ticket.Custom(slug), External: []string{f.Name}, Convert: Same, Type: f.Type, Set: f.Set}
	switch f.Type {
	case external.TypeProse:
		r.Prose = !f.Set
	case external.TypeNumber:
		r.Convert = Number
	case external.TypeBool:
		r.Convert = Bool
	case external.TypeDate:
		r.Convert = Date
	case external.TypeOption, external.TypeState:
		r.Convert, r.Unmapped = Options, Unmapped{In: PolicySame, Out: PolicySame}
	case external.TypePeople:
		r.Convert, r.Unmapped = People, Unmapped{In: PolicyKeep, Out: PolicyKeep}
	case external.TypeContainer:
		r.Container = !f.Set
	case external.TypeReference: // another ticket's ID means nothing here but as a parent
		return r, false
	}
	return r, true
}

// constants gives each required field that no rule writes a value to begin with.
func (p *proposer) constants() {
	usual, _ := Default(p.caps.System) // a system without a default has no usual ones
	for _, f := range p.schema.Fields {
		i := slices.IndexFunc(usual.Constants, func(c Constant) bool { return c.External == f.Name })
		if p.used[f.Name] || f.ReadOnly || !f.Required && i < 0 {
			continue
		}
		value, sure := "", false
		if i >= 0 {
			value = usual.Constants[i].Value.Text()
			_, sure = f.Option(value)
			sure = sure || len(f.Options) == 0
		}
		if !sure && len(f.Options) > 0 {
			if !f.Required {
				continue // the system has a value of its own to begin with
			}
			value = f.Options[0].Name
			p.warn("constants.%s: %s needs a value, and %q is a guess; choose one of %q", f.Name, f.Name, value, optionNames(f))
		}
		if value == "" {
			continue // Validate says that it is missing
		}
		p.used[f.Name] = true
		v := ticket.Text(value)
		if f.Set {
			v = ticket.Set(value)
		}
		p.out.Mapping.Constants = append(p.out.Mapping.Constants, Constant{External: f.Name, Value: v})
	}
}
