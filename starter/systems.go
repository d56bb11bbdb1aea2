package starter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) systems() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use: "systems", Short: "Show what each external system can hold and do",
		Long: "systems shows, for each kind of external system that can be connected, what its tickets can hold and what its\n" +
			"API can do, as this version of extsync knows it. It needs no service.",
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print tables in Markdown")
	cmd.RunE = func(*cobra.Command, []string) error {
		return show(a, api.KnownSystems(), func(all v1.Systems) {
			if markdown {
				fmt.Fprint(a.Out, systemsMarkdown(all))
				return
			}
			a.table(overview(all)...)
			for _, s := range all.Systems {
				a.print("\nFields of %s", s.System)
				a.table(fieldRows(s)...)
			}
		})
	}
	return cmd
}

// systemsMarkdown is what the README shows.
func systemsMarkdown(all v1.Systems) string {
	var b strings.Builder
	b.WriteString(pipeTable(overview(all)))
	for _, s := range all.Systems {
		b.WriteString("\nFields of " + s.System + ":\n\n" + pipeTable(fieldRows(s)))
	}
	return b.String()
}

func pipeTable(rows [][]string) string {
	var b strings.Builder
	for i, r := range rows {
		b.WriteString("| " + strings.Join(r, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(r)) + "\n")
		}
	}
	return b.String()
}

// overview has a column for each system.
func overview(all v1.Systems) [][]string {
	head := []string{""}
	for _, s := range all.Systems {
		head = append(head, s.System)
	}
	rows := [][]string{head}
	for _, fact := range []struct {
		name string
		of   func(v1.System) string
	}{
		{"directions", func(s v1.System) string { return strings.Join(s.Directions, ", ") }},
		{"fields of a project's own", func(s v1.System) string { return yes(s.Custom != nil) }},
		{"states reached through others", func(s v1.System) string { return yes(s.Transitions) }},
		{"comments", comments},
		{"tickets that go are", func(s v1.System) string { return goes(s.TicketDel) }},
		{"a lost create is found", func(s v1.System) string { return lostCreate(s.CreateKey) }},
		{"webhooks", func(s v1.System) string { return yes(s.Webhooks) }},
		{"changes per page", func(s v1.System) string { return count(s.PageSize) }},
		{"items read per call", func(s v1.System) string { return count(s.ReadBatch) }},
		{"creates per call", func(s v1.System) string { return count(max(s.WriteBatch, 1)) }},
		{"histories per call", func(s v1.System) string { return count(s.HistoryBatch) }},
		{"times are exact to", func(s v1.System) string { return span(s.Precision) }},
		{"lists lag by", func(s v1.System) string { return span(s.Lag) }},
		{"limits of a credential", limits},
	} {
		row := []string{fact.name}
		for _, s := range all.Systems {
			row = append(row, fact.of(s))
		}
		rows = append(rows, row)
	}
	return rows
}

// fieldRows has a line for each field.
func fieldRows(s v1.System) [][]string {
	rows := [][]string{{"field", "holds", "at most", "history"}}
	add := func(name string, f v1.SystemField) {
		holds := f.Type
		if f.Set {
			holds = "set of " + holds
		}
		if f.ReadOnly {
			holds += ", read only"
		}
		rows = append(rows, []string{name, holds, most(f), f.History})
	}
	for _, f := range s.Fields {
		name := f.Name
		if f.Title != "" && !strings.EqualFold(strings.ReplaceAll(f.Title, " ", ""), f.Name) {
			name += " (" + f.Title + ")"
		}
		add(name, f)
	}
	if s.Custom != nil {
		add(s.Custom.Name+"…", *s.Custom)
	}
	if len(s.Fields) == 0 {
		return append(rows, []string{"as its settings say", "-", "-", "-"})
	}
	add("comment", s.Comment)
	return rows
}

func most(f v1.SystemField) string {
	var parts []string
	if f.MaxItems > 0 {
		parts = append(parts, strconv.Itoa(f.MaxItems)+" elements")
	}
	if f.MaxLength > 0 {
		parts = append(parts, strconv.Itoa(f.MaxLength)+" characters")
	}
	return orDash(strings.Join(parts, ", "))
}

func comments(s v1.System) string {
	switch {
	case s.CommentEdit && s.CommentDel:
		return "added, edited, deleted"
	case s.CommentEdit:
		return "added, edited"
	case s.CommentDel:
		return "added, deleted"
	}
	return "added"
}

// goes says what becomes of a ticket outside that is to go.
func goes(deletes bool) string {
	if deletes {
		return "deleted"
	}
	return "closed as not planned"
}

func lostCreate(key string) string {
	switch key {
	case "marker":
		return "by a mark in its text"
	case "property":
		return "by a mark beside its text"
	case "client_id":
		return "by its id, which we choose"
	}
	return "by the peer, which must know a delivery again"
}

func limits(s v1.System) string {
	l := s.Limits
	text := counted(l.RequestsPerHour, "calls/h", l.WritesPerMinute, "creates/min", l.WritesPerHour, "creates/h")
	if l.WriteGap > 0 {
		text += ", a write each " + span(l.WriteGap)
	}
	if text == "nothing" {
		return "none known"
	}
	return text
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "-"
}

func count(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func span(d v1.Duration) string {
	if d == 0 {
		return "-"
	}
	b, err := d.MarshalText()
	if err != nil {
		return "-"
	}
	return string(b)
}
