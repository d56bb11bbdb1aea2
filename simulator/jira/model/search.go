package model

import (
	"fmt"
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
