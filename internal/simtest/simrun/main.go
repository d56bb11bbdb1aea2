// Command simrun runs the simulation: make sim RUNS=n SEED=n. It exits with 1 when an
// invariant was broken, and prints the trace of the first such run and the command
// that repeats it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/internal/simtest/failpoint"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/mapping/mappinglaws"
)

func main() {
	runs := flag.Int("runs", 10_000, "how many schedules to run")
	seed := flag.Uint64("seed", 1, "seed of the first schedule; the others follow it")
	profile := flag.String("profile", string(simtest.Mixed), "all-on, swarm, one-sided, fault-free, hub, vendors, texts, undone, restored or mixed")
	workers := flag.Int("workers", runtime.NumCPU(), "how many schedules run at a time")
	mutants := flag.Bool("mutants", false, "plant each known bug, or those whose name holds the argument, and count the schedules until it is found")
	trials := flag.Int("trials", 3, "with -mutants: how often each is looked for, from other seeds")
	renew := flag.String("renew", "", "find each planted bug once more, make its schedule small, and store the tapes in this directory")
	laws := flag.Int("laws", 0, "how many cases to try the laws of each shipped mapping on, after the runs")
	turned := flag.Bool("turned", false, "do each schedule with other knobs besides (order and size of batches, webhooks, intervals, pages) and compare where it ends; with -trace: print both")
	trace := flag.Bool("trace", false, "print the trace of the one run with this seed")
	smaller := flag.Bool("shrink", false, "leave out of the one run with this seed whatever can be left out, and print its trace and tape")
	planted := flag.String("mutant", "", "with -shrink: the planted bug to look at")
	pairs := flag.Bool("pairs", false, "run schedules twice, with other secrets, until -runs of them held one, and compare all that is sent")
	points := flag.Int("failpoints", 0, "crash at every call of the engine on a port, in so many schedules each")
	tape := flag.String("tape", "", "play the tape in this file")
	flag.Parse()
	debug.SetGCPercent(3000) // the live heap is a few megabytes
	runtime.MemProfileRate = 0
	if *pairs {
		os.Exit(paired(simtest.Plan{Runs: *runs, Seed: *seed, Profile: simtest.Profile(*profile), Workers: *workers}))
	}
	if *mutants {
		os.Exit(hunt(*seed, *runs, *trials, *workers, flag.Arg(0)))
	}
	if *renew != "" {
		os.Exit(renewTapes(*renew, *seed, *runs, flag.Arg(0)))
	}
	if *tape != "" {
		os.Exit(replay(*tape))
	}
	if *points > 0 {
		os.Exit(failpoints(*points, *runs))
	}
	if *smaller {
		os.Exit(shrink(simtest.Options{Seed: *seed, Profile: simtest.Profile(*profile)}, *planted))
	}
	if *trace {
		os.Exit(one(simtest.Options{Seed: *seed, Profile: simtest.Profile(*profile), Trace: true}, *turned))
	}
	failed := series(simtest.Plan{Runs: *runs, Seed: *seed, Profile: simtest.Profile(*profile), Workers: *workers, Turned: *turned})
	os.Exit(max(failed, mappings(*seed, *laws, *workers)))
}

// mappings tries the laws of mappings (I14), a part of the cases on each worker under a
// seed of its own.
func mappings(seed uint64, cases, workers int) int {
	if cases == 0 {
		return 0
	}
	began, each := time.Now(), (cases+workers-1)/workers
	errs := make([]error, workers)
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() { errs[n] = mappinglaws.Check(seed+uint64(n), each) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		fmt.Println("mapping laws:", err)
		return 1
	}
	for _, system := range mapping.Systems() {
		fmt.Printf("mapping laws: %d cases for %s\n", each*workers, system)
	}
	fmt.Printf("mapping laws: %d cases for random mappings; all in %s\n", each*workers, time.Since(began).Round(time.Millisecond))
	return 0
}

// paired compares runs that differ in what never leaves.
func paired(p simtest.Plan) int {
	sum := simtest.Pairs(p)
	sum.Print(os.Stdout)
	for _, v := range sum.Differ {
		fmt.Printf("seed %d (%s): %s: %.200s\n", v.Seed, v.Profile, v.Violation.Invariant, v.Violation.What)
	}
	return min(sum.Failed+len(sum.Never()), 1)
}

// hunt looks for every mutant whose name holds a word, several times.
func hunt(seed uint64, most, trials, workers int, word string) int {
	wrong, began := 0, time.Now()
	var ms []simtest.Mutant
	for _, m := range simtest.Mutants() {
		if strings.Contains(m.Name, word) {
			ms = append(ms, m)
		}
	}
	fmt.Printf("| planted bug | runs to find, median of %d | mean | worst | known | caught by | |\n|---|---|---|---|---|---|---|\n", trials)
	simtest.Try(ms, seed, most, trials, workers, func(t simtest.Trials) {
		known, note := "-", ""
		if t.Known > 0 {
			known = strconv.Itoa(t.Known)
		}
		switch {
		case t.Missed > 0:
			wrong++
			note = fmt.Sprintf("NOT FOUND in %d of %d trials", t.Missed, trials)
		case t.Late():
			wrong++
			note = "TOO LATE"
		case t.Known > 0 && t.Mean > 10*float64(t.Known):
			note = t.Why
		}
		fmt.Printf("| %s | %d | %.0f | %d | %s | %s | %s |\n", t.Name, t.Median, t.Mean, t.Worst, known, strings.Join(t.Found, " "), note)
	})
	fmt.Printf("%d planted bugs in %s\n", len(ms), time.Since(began).Round(time.Second))
	return min(wrong, 1)
}

// failpoints crashes at every place where a session calls a port.
func failpoints(each, most int) int {
	sites, err := failpoint.Sites()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	r := simtest.Failpoints(sites, each, most)
	r.Print(os.Stdout)
	return min(len(r.Failures)+len(r.Missed()), 1)
}

// one shows one run, or where it ends differently with other knobs.
func one(o simtest.Options, turned bool) int {
	if !turned {
		return show(simtest.Run(o))
	}
	as, other, elsewhere := simtest.Turned(o)
	failed := show(as)
	fmt.Println("\nwith other knobs:")
	failed = max(failed, show(other))
	if elsewhere != "" {
		fmt.Println("\nit ends elsewhere:", elsewhere)
		return 1
	}
	return failed
}

func show(r simtest.Result) int {
	for _, l := range r.Trace {
		fmt.Println(l)
	}
	if r.Violation == nil {
		fmt.Printf("seed %d (%s): no violation\n", r.Seed, r.Profile)
		return 0
	}
	fmt.Printf("seed %d (%s): %s: %s\n", r.Seed, r.Profile, r.Violation.Invariant, r.Violation.What)
	return 1
}

func series(p simtest.Plan) int {
	sum := simtest.Do(p)
	sum.Print(os.Stdout)
	if sum.Failed == 0 {
		return min(len(sum.Never()), 1)
	}
	slices.SortFunc(sum.Violations, func(a, b simtest.Result) int { return a.Calls - b.Calls })
	for _, v := range sum.Violations {
		fmt.Printf("seed %d (%s): %s: %.200s\n", v.Seed, v.Profile, v.Violation.Invariant, v.Violation.What)
	}
	first, how := sum.Violations[0], "-trace"
	turned := first.Violation.Invariant == "I18" // what the run as it is violates shows without other knobs
	if turned {
		how = "-turned -trace"
	}
	fmt.Printf("\ntrace of seed %d:\n", first.Seed)
	one(simtest.Options{Seed: first.Seed, Profile: first.Profile, Trace: true}, turned)
	fmt.Printf("\nrepeat with: go run ./internal/simtest/simrun %s -seed %d -profile %s\n", how, first.Seed, first.Profile)
	return 1
}
