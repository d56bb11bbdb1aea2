package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/extsync/extsync/internal/simtest"
)

// replay plays a stored tape, with the planted bug that it finds if it names one.
func replay(file string) int {
	f, err := os.Open(file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	t, err := simtest.ParseTape(f)
	_ = f.Close() // it was read only
	if err != nil {
		fmt.Fprintln(os.Stderr, file+":", err)
		return 2
	}
	o := t.Options()
	if o.Mutant, err = mutant(t.Mutant); err != nil {
		fmt.Fprintln(os.Stderr, file+":", err)
		return 2
	}
	o.Trace = true
	return show(simtest.Run(o))
}

// mutant finds a planted bug by its name; none has the empty one.
func mutant(name string) (*simtest.Mutant, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no name, no mutant: both are meant
	}
	for _, m := range simtest.Mutants() {
		if m.Name == name {
			return &m, nil
		}
	}
	return nil, fmt.Errorf("there is no planted bug %q", name)
}

// shrink makes a failing run as small as it gets, and prints its trace and its tape.
func shrink(o simtest.Options, planted string) int {
	var err error
	if o.Mutant, err = mutant(planted); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	s, fails := simtest.Shrink(o)
	if !fails {
		fmt.Printf("seed %d does not fail\n", o.Seed)
		return 2
	}
	show(s.Result)
	fmt.Printf("\nafter %d runs: %d of %d steps, %d of %d faults, %d of %d features, %d of %d projects are left\n\n", s.Runs,
		s.After.Steps, s.Before.Steps, s.After.Faults, s.Before.Faults, s.After.Features, s.Before.Features, s.After.Projects, s.Before.Projects)
	fmt.Print(simtest.Tape{
		What: firstLine(s.Result.Violation.What), Seed: o.Seed, Profile: s.Result.Profile, Mask: s.Mask, Mutant: planted,
		Invariant: s.Result.Violation.Invariant, Commit: commit(),
	})
	return 1
}

// renewTapes stores the smallest schedule that finds each planted bug whose name holds a
// word.
func renewTapes(dir string, seed uint64, most int, word string) int {
	missed := 0
	for _, m := range simtest.Mutants() {
		if !strings.Contains(m.Name, word) {
			continue
		}
		h := simtest.Find(m, seed, most)
		s, found := simtest.Shrink(simtest.Options{Seed: h.Seed, Profile: cmp.Or(m.Profile, simtest.AllOn), Mutant: &m})
		if h.Found == "" || !found {
			fmt.Println("not found:", m.Name)
			missed++
			continue
		}
		t := simtest.Tape{
			What: firstLine(s.Result.Violation.What), Seed: h.Seed, Profile: s.Result.Profile, Mask: s.Mask, Mutant: m.Name,
			Invariant: s.Result.Violation.Invariant, Commit: commit(),
		}
		name := filepath.Join(dir, "planted-"+strings.NewReplacer(" ", "-", "'", "").Replace(m.Name)+".tape")
		if err := os.WriteFile(name, []byte(t.String()), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		fmt.Printf("%s: %d of %d steps, %d of %d faults\n", m.Name, s.After.Steps, s.Before.Steps, s.After.Faults, s.Before.Faults)
	}
	return min(missed, 1)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// commit is the one that is checked out, if this is a checkout.
func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
