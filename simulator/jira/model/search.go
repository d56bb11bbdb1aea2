package model

import (
	"fmt"
	"slices"
	"strings"
)

// Containing counts the project's issues and comments whose text or properties contain s.
func (p *Project) Containing(s string) (issues, comments int) {
	for _, i := range p.w.issues {
		if i.Project != p {
			continue
		}
		if p.w.contains(i, s) {
			issues++
		}
		for _, c := range i.Comments {
			if strings.Contains(c.Body.Markup(), s) || strings.Contains(fmt.Sprint(c.Properties), s) {
				comments++
			}
		}
	}
	return issues, comments
}

func (w *World) contains(i *Issue, s string) bool {
	for _, v := range i.Values {
		if _, text := w.describe(v); strings.Contains(text, s) {
			return true
		}
	}
	return strings.Contains(fmt.Sprint(i.Properties), s)
}

// Statuses lists all statuses, Types all issue types.
func (w *World) Statuses() []*Named { return w.statuses }

// Types lists all issue types.
func (w *World) Types() []*IssueType { return w.types }

// AllLabels lists the labels of all issues that the user may see, sorted.
func (w *World) AllLabels(u *User) []string {
	var out []string
	for _, i := range w.issues {
		if l, _ := i.Values["labels"].([]string); i.Project.May(u, Browse) {
			out = append(out, l...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
