package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// outcome is how a law ended on one variant of an adapter.
type outcome struct {
	action     string // pass, fail or skip
	capability string // that says that it is not offered
}

func (o outcome) String() string {
	switch {
	case o.action == "skip" && o.capability != "":
		return "not offered: " + o.capability
	case o.action == "skip":
		return "SKIPPED WITHOUT A REASON"
	case o.action == "fail":
		return "FAIL"
	}
	return "pass"
}

func (o outcome) bad() bool { return o.action == "fail" || o.action == "skip" && o.capability == "" }

// table holds the outcomes by law, adapter and variant.
type table struct {
	laws, adapters []string
	cells          map[string]map[string]map[string]outcome // law, adapter, variant
}

func newTable() *table { return &table{cells: map[string]map[string]map[string]outcome{}} }

// add notes one outcome. A test that has laws below it is a variant and no law.
func (t *table) add(adapter string, variant []string, law string, o outcome) {
	if isVariant(law) {
		return
	}
	if !slices.Contains(t.laws, law) {
		t.laws = append(t.laws, law)
		t.cells[law] = map[string]map[string]outcome{}
	}
	if !slices.Contains(t.adapters, adapter) {
		t.adapters = append(t.adapters, adapter)
		slices.Sort(t.adapters)
	}
	if t.cells[law][adapter] == nil {
		t.cells[law][adapter] = map[string]outcome{}
	}
	t.cells[law][adapter][strings.Join(variant, "/")] = o
}

// isVariant tells the names of variants from those of laws: laws begin with a capital.
func isVariant(name string) bool { return name != "" && (name[0] < 'A' || name[0] > 'Z') }

// cell joins the outcomes of an adapter's variants: one word where they agree; where
// only some offer something, what the others say stands behind it.
func (t *table) cell(law, adapter string) string {
	all := t.cells[law][adapter]
	if len(all) == 0 {
		return "NOT RUN"
	}
	byText := map[string][]string{}
	for variant, o := range all {
		byText[o.String()] = append(byText[o.String()], variant)
	}
	if len(byText) == 1 {
		for text := range byText {
			return text
		}
	}
	var out []string
	for text, variants := range byText {
		slices.Sort(variants)
		if text != "pass" {
			out = append(out, fmt.Sprintf("%s (%s)", text, strings.Join(variants, ", ")))
		}
	}
	slices.Sort(out)
	return strings.Join(append([]string{"pass"}, out...), "; ")
}

// failures names every cell that must not be.
func (t *table) failures() []string {
	var bad []string
	if len(t.adapters) == 0 {
		bad = append(bad, "no law was run")
	}
	for _, law := range t.laws {
		for _, adapter := range t.adapters {
			all := t.cells[law][adapter]
			if len(all) == 0 {
				bad = append(bad, fmt.Sprintf("%s on %s was not run", law, adapter))
			}
			for variant, o := range all {
				if o.bad() {
					bad = append(bad, fmt.Sprintf("%s on %s %s: %s", law, adapter, variant, o))
				}
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// print writes the table in Markdown.
func (t *table) print(w io.Writer) {
	rows := [][]string{append([]string{"law"}, t.adapters...)}
	for _, law := range t.laws {
		row := []string{law}
		for _, adapter := range t.adapters {
			row = append(row, t.cell(law, adapter))
		}
		rows = append(rows, row)
	}
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], len(c))
		}
	}
	for n, row := range rows {
		for i, c := range row {
			fmt.Fprintf(w, "| %-*s ", width[i], c)
		}
		fmt.Fprintln(w, "|")
		if n == 0 {
			for i := range row {
				fmt.Fprintf(w, "|%s", strings.Repeat("-", width[i]+2))
			}
			fmt.Fprintln(w, "|")
		}
	}
	fmt.Fprintf(w, "\n%d laws, %d adapters\n", len(t.laws), len(t.adapters))
}
