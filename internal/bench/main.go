// Command bench measures what the product promises to cost: calls at each external
// system and actions at Temporal. It prints a table for each, writes the same figures to
// bench/out.json and ends with status 1 when one of them misses its goal.
//
// Calls are counted by the simulated systems, with their vendors' limits in force, while
// the real engine and the real adapters work over them in process, on a store in memory
// and a virtual clock: a wait of an hour is counted in full and takes no time. Actions
// are counted from the histories of real workflows on a private Temporal server and
// Postgres.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// scenario measures some figures.
type scenario struct {
	name string
	run  func(context.Context) ([]Figure, error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out := flag.String("out", filepath.Join("bench", "out.json"), "where the figures go")
	only := flag.String("only", "", "measure only what has this in its name")
	flag.Parse()
	if err := run(ctx, *only, *out, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only, out string, tables, progress io.Writer) error {
	list := slices.DeleteFunc(append(scenarios(fullSize()), actions(1000, 30, 60)), func(s scenario) bool { return !strings.Contains(s.name, only) })
	var figures []Figure
	for _, s := range list {
		fmt.Fprintf(progress, "measuring: %s\n", s.name)
		got, err := s.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		figures = append(figures, got...)
	}
	if err := printTables(tables, figures); err != nil {
		return err
	}
	if err := writeJSON(out, figures); err != nil {
		return err
	}
	return missed(figures)
}
