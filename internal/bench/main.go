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
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	figures, err := measure(ctx, list, progress)
	if err != nil {
		return err
	}
	if err := printTables(tables, figures); err != nil {
		return err
	}
	if err := writeJSON(out, figures); err != nil {
		return err
	}
	return missed(figures)
}

// atOnce is how many scenarios run at the same time. Each has a world of its own.
const atOnce = 2

// measure runs the scenarios and returns their figures in the order of the list. The
// first that fails ends it.
func measure(ctx context.Context, list []scenario, progress io.Writer) ([]Figure, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	found, failed := make([][]Figure, len(list)), make([]error, len(list))
	next := make(chan int)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for n := range next {
				fmt.Fprintf(progress, "measuring: %s\n", list[n].name)
				figures, err := list[n].run(ctx)
				if found[n] = figures; err != nil {
					failed[n] = fmt.Errorf("%s: %w", list[n].name, err)
					cancel()
				}
			}
		})
	}
	for n := range list {
		if ctx.Err() == nil {
			next <- n
		}
	}
	close(next)
	workers.Wait()
	return slices.Concat(found...), errors.Join(errors.Join(failed...), ctx.Err())
}
