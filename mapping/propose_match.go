package mapping

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// enough is the score from which a match is proposed.
const enough = 0.6

// synonyms are what trackers call a canonical field, the likeliest first.
func synonyms(f ticket.Field) []string {
	switch f {
	case ticket.Title:
		return []string{"title", "summary", "subject", "name"}
	case ticket.Body:
		return []string{"body", "description", "details", "content", "text"}
	case ticket.State:
		return []string{"state", "status", "stage", "workflow state"}
	case ticket.Labels:
		return []string{"labels", "tags", "keywords"}
	case ticket.Assignees:
		return []string{"assignees", "assignee", "assigned to", "owner", "responsible"}
	case ticket.Milestone:
		return []string{"milestone", "fix versions", "fix version", "release", "version", "project"}
	case ticket.Priority:
		return []string{"priority", "urgency", "severity", "importance"}
	case ticket.Estimate:
		return []string{"estimate", "story points", "story point estimate", "points", "effort", "size"}
	case ticket.Due:
		return []string{"due", "due date", "deadline", "target date"}
	case ticket.Iteration:
		return []string{"iteration", "sprint", "cycle"}
	case ticket.Parent:
		return []string{"parent", "epic", "epic link", "parent issue"}
	}
	return nil
}

// suits says how well a type suits a canonical field: 1 is its own type, 0 never.
func suits(f ticket.Field, ext external.FieldCapability) float64 {
	want := Implied(f).Type
	may := map[ticket.Field]external.FieldType{
		ticket.Body: external.TypeText, ticket.State: external.TypeOption, ticket.Due: external.TypeTime,
	}
	switch f {
	case ticket.Title, ticket.Body, ticket.State, ticket.Priority, ticket.Parent, ticket.Estimate, ticket.Due:
		if ext.Set {
			return 0
		}
	case ticket.Labels:
		if !ext.Set {
			return 0
		}
	}
	switch ext.Type {
	case want:
		return 1
	case "", may[f]:
		return 0.8
	}
	return 0
}

// bare reports whether nothing is known of the values that a table would list.
func bare(f ticket.Field, ext external.FieldCapability) bool {
	return (f == ticket.Priority || f == ticket.State) && len(ext.Options) == 0 && ext.Type != Implied(f).Type
}

// match scores an external field for a canonical one. usual is the system's default rule
// for it, or nil.
func match(f ticket.Field, ext external.FieldCapability, usual *Rule) candidate {
	c := candidate{field: f, cap: ext}
	typ := suits(f, ext)
	switch {
	case typ == 0:
		return c
	case usual != nil && usual.External[0] == ext.Name:
		c.score, c.why = 1, "the system's own field for it"
		return c
	case bare(f, ext):
		return c
	}
	best, by := 0.0, ""
	for i, word := range synonyms(f) {
		s := max(similar(word, ext.Name), similar(word, ext.Title))
		if s == 1 {
			s -= 0.02 * float64(i)
		} else {
			s *= 0.8 // nearly the same word often means another thing
		}
		if s > best {
			best, by = s, word
		}
	}
	if f == ticket.State && ext.Type == external.TypeState && hasCategories(ext) {
		best, by = max(best, 0.9), cmp.Or(by, "state")
	}
	c.score = best * (0.5 + typ/2) * 0.95
	c.why = fmt.Sprintf("its name is like %q, and it holds %s", by, cmp.Or(ext.Type, external.TypeText))
	return c
}

func hasCategories(f external.FieldCapability) bool {
	return slices.ContainsFunc(f.Options, func(o external.Option) bool { return o.Category != "" })
}
