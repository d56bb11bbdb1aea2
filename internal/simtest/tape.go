package simtest

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Tape is one schedule that once broke an invariant, as it is stored in testdata/corpus.
type Tape struct {
	What      string // what was wrong, for a person
	Seed      uint64
	Profile   Profile
	Mask      Mask
	Mutant    string // the planted bug that it finds; empty: a bug that we had
	Invariant string // that it broke
	Commit    string // at which it was recorded
	Mended    string // the commit that mended the bug; empty for a planted one
}

// Options are those of the tape's run, without its bug.
func (t Tape) Options() Options {
	return Options{Seed: t.Seed, Profile: t.Profile, Mask: t.Mask}
}

// String is the tape as it is stored: a line for each thing that is not empty.
func (t Tape) String() string {
	var b strings.Builder
	put := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", key, value)
		}
	}
	put("what", t.What)
	put("seed", strconv.FormatUint(t.Seed, 10))
	put("profile", string(t.Profile))
	put("invariant", t.Invariant)
	put("mutant", t.Mutant)
	put("commit", t.Commit)
	put("mended", t.Mended)
	if t.Mask.Projects > 0 {
		put("projects", itoa(t.Mask.Projects))
	}
	if t.Mask.Steps != nil {
		var steps []string
		for _, n := range t.Mask.Steps {
			steps = append(steps, itoa(n))
		}
		put("steps", strings.Join(append(steps, ""), " "))
	}
	put("without", strings.Join(t.Mask.Without, " "))
	var spared []string
	for _, f := range t.Mask.Spared {
		spared = append(spared, fmt.Sprintf("%d.%d", f.Step, f.N))
	}
	put("spared", strings.Join(spared, " "))
	return b.String()
}

// ParseTape reads what String wrote. Empty lines and lines that begin with # are comments.
func ParseTape(r io.Reader) (Tape, error) {
	var t Tape
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		if err := t.read(key, strings.TrimSpace(value)); err != nil {
			return t, fmt.Errorf("line %d, %s: %w", n, key, err)
		}
	}
	if err := lines.Err(); err != nil {
		return t, fmt.Errorf("read a tape: %w", err)
	}
	return t, nil
}

func (t *Tape) read(key, value string) (err error) {
	switch key {
	case "what":
		t.What = value
	case "seed":
		t.Seed, err = strconv.ParseUint(value, 10, 64)
	case "profile":
		t.Profile = Profile(value)
		if !slices.Contains(Profiles(), t.Profile) {
			err = fmt.Errorf("there is no profile %q", value)
		}
	case "invariant":
		t.Invariant = value
	case "mutant":
		t.Mutant = value
	case "commit":
		t.Commit = value
	case "mended":
		t.Mended = value
	case "projects":
		t.Mask.Projects, err = strconv.Atoi(value)
	case "steps":
		t.Mask.Steps = []int{}
		for _, s := range strings.Fields(value) {
			var n int
			if n, err = strconv.Atoi(s); err != nil {
				return err
			}
			t.Mask.Steps = append(t.Mask.Steps, n)
		}
	case "without":
		t.Mask.Without = strings.Fields(value)
		for _, name := range t.Mask.Without {
			if featureNamed(name) == 0 {
				return fmt.Errorf("there is no feature %q", name)
			}
		}
	case "spared":
		for _, s := range strings.Fields(value) {
			var f Firing
			if _, err := fmt.Sscanf(s, "%d.%d", &f.Step, &f.N); err != nil {
				return fmt.Errorf("%q is not step.number: %w", s, err)
			}
			t.Mask.Spared = append(t.Mask.Spared, f)
		}
	default:
		err = fmt.Errorf("a tape has no such line")
	}
	return err
}
