package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// Figure is one measured number and, where something is promised, the most that it may be.
type Figure struct {
	System string   `json:"system"`
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
	Goal   *float64 `json:"goal,omitempty"` // at most
	Pass   bool     `json:"pass"`
}

// figure judges a value by its goal.
func (s system) figure(name string, value float64, unit string, goal float64) Figure {
	return Figure{System: s.name, Name: name, Value: value, Unit: unit, Goal: &goal, Pass: value <= goal}
}

// told is a value of which nothing is promised.
func (s system) told(name string, value float64, unit string) Figure {
	return Figure{System: s.name, Name: name, Value: value, Unit: unit, Pass: true}
}

// judged is a figure with a goal, or without one where the goal is negative.
func (s system) judged(name string, value float64, unit string, goal float64) Figure {
	if goal < 0 {
		return s.told(name, value, unit)
	}
	return s.figure(name, value, unit, goal)
}

// printTables prints one table a system, in the order in which systems come.
func printTables(w io.Writer, figures []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last := ""
	for _, f := range figures {
		if f.System != last {
			fmt.Fprintf(t, "\n%s\tmeasured\tat most\tunit\t\n", f.System)
			last = f.System
		}
		goal, verdict := "", ""
		if f.Goal != nil {
			goal, verdict = fmt.Sprintf("%.6g", *f.Goal), "ok"
		}
		if !f.Pass {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%.6g\t%s\t%s\t%s\n", f.Name, f.Value, goal, f.Unit, verdict)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the tables: %w", err)
	}
	return nil
}

func writeJSON(path string, figures []Figure) error {
	b, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the directory of the figures: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil { //nolint:gosec // figures are for everybody
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// missed fails when a figure misses its goal.
func missed(figures []Figure) error {
	for _, f := range figures {
		if !f.Pass {
			return errors.New("a goal is missed, see the tables")
		}
	}
	return nil
}
