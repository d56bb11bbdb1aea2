package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is what a run found.
type Report struct {
	Seed       uint64
	Violations []string // none: the run is good
	Story      string   // all that happened, for a failure
	Text       string   // figures for people
}

func (w *world) report(q quietness) Report {
	r := Report{Seed: w.o.Seed, Violations: slices.Clone(w.story.sick), Story: w.story.whole()}
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: storm of %s, then in step after %d quiet rounds in %s\n", w.o.Seed,
		q.storm.Round(time.Second), q.rounds, q.took.Round(time.Second))
	edits := 0
	for _, n := range w.story.edits {
		edits += n
	}
	fmt.Fprintf(&b, "%d edits accepted, %d more of which nobody told what became; %d values traced\n", edits, w.ledger.moot, w.ledger.oracle.Count())
	fmt.Fprintf(&b, "%d values were replaced unseen by a write where no history tells, and the journal says so (unaudited)\n", w.blind)
	for _, what := range slices.Sorted(maps.Keys(w.story.edits)) {
		fmt.Fprintf(&b, "  %5d %s\n", w.story.edits[what], what)
	}
	for _, v := range w.vendors {
		c := v.Counters()
		fmt.Fprintf(&b, "%s: %d calls, %d writes, %d tickets\n", v.m.Name, c.Total, v.writes, len(v.Look()))
	}
	fmt.Fprintf(&b, "webhooks by the API's answer (0: none): %v; workers that ended by themselves: %d\n",
		w.mail.counts, w.crew.first.falls+w.crew.second.falls)
	b.WriteString("faults, and what was going on when they struck:\n")
	for _, k := range Kinds() {
		fmt.Fprintf(&b, "  %5d %s: %s\n", w.story.count(k), k, phases(w.story.fired[k]))
	}
	fmt.Fprintf(&b, "%d violations", len(r.Violations))
	r.Text = b.String()
	return r
}

// phases lists counts by phase, each activity on its own, the most frequent first.
func phases(fired map[string]int) string {
	each := map[string]int{}
	for at, n := range fired {
		for p := range strings.SplitSeq(at, "+") {
			each[p] += n
		}
	}
	names := slices.SortedFunc(maps.Keys(each), func(a, b string) int {
		if each[a] != each[b] {
			return each[b] - each[a]
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, p := range names {
		out = append(out, fmt.Sprintf("%s %d", p, each[p]))
	}
	return strings.Join(out, ", ")
}
