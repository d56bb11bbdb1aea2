// Command bench measures what the product promises to cost: calls at GitHub and
// actions at Temporal. It prints a table, writes the same figures to bench/out.json
// and ends with status 1 when one of them misses its goal.
//
// Calls are counted by the simulated GitHub, with its limits in force, while the
// real engine and the real adapter work over it in process, on a store in memory and
// a virtual clock: a wait of an hour is counted in full and takes no time. Actions
// are counted from the histories of real workflows on a private Temporal server and
// Postgres.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
)

// Figure is one measured number and the most that it may be.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Goal  float64 `json:"goal"` // at most
	Pass  bool    `json:"pass"`
}

// figure judges a value by its goal.
func figure(name string, value float64, unit string, goal float64) Figure {
	return Figure{Name: name, Value: value, Unit: unit, Goal: goal, Pass: value <= goal}
}

// scenario measures some figures.
type scenario struct {
	name string
	run  func(context.Context) ([]Figure, error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out := flag.String("out", filepath.Join("bench", "out.json"), "where the figures go")
	flag.Parse()
	if err := run(ctx, *out, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, table, progress io.Writer) error {
	var figures []Figure
	for _, s := range append(scenarios(fullSize()), actions(1000, 30, 60)) {
		fmt.Fprintf(progress, "measuring: %s\n", s.name)
		got, err := s.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		figures = append(figures, got...)
	}
	if err := printTable(table, figures); err != nil {
		return err
	}
	if err := writeJSON(out, figures); err != nil {
		return err
	}
	for _, f := range figures {
		if !f.Pass {
			return errors.New("a goal is missed, see the table")
		}
	}
	return nil
}

func printTable(w io.Writer, figures []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tmeasured\tat most\tunit\t")
	for _, f := range figures {
		verdict := "ok"
		if !f.Pass {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%.6g\t%.6g\t%s\t%s\n", f.Name, f.Value, f.Goal, f.Unit, verdict)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
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
