package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// GenerateOptions shapes made-up issues. The zero value is a plausible small project.
type GenerateOptions struct {
	Seed     uint64
	Logins   []string      // who writes; default five people, all made members
	Labels   []string      // default bug, improvement, feature; they are created when missing
	Comments int           // exactly that many per issue; negative: none; 0: between 0 and 4
	Closed   float64       // share of completed issues; 0: a third; negative: none
	Span     time.Duration // how far back the first one lies; default a year before now
}

// Generate makes n issues of a team as their authors would have: written, discussed, labelled and completed at dates spread over the
// span, with texts in everyday Markdown. The same seed and world give the same issues. No webhook tells of them.
func (w *World) Generate(t *Team, n int, o GenerateOptions) error {
	g := &generator{w: w, t: t, o: o.withDefaults(), rng: rand.New(rand.NewPCG(o.Seed, uint64(n)))}
	now, lag, emit := w.opts.Now, w.opts.Lag, w.emit
	defer func() { w.opts.Now, w.opts.Lag, w.emit = now, lag, emit }()
	g.end = now()
	w.opts.Now, w.opts.Lag, w.emit = func() time.Time { return g.at }, 0, func(Notice) {}
	g.at = g.end.Add(-g.o.Span)
	if err := g.prepare(); err != nil {
		return err
	}
	starts := make([]time.Time, n)
	for k := range starts {
		starts[k] = g.end.Add(-time.Duration(g.rng.Int64N(int64(g.o.Span-time.Hour))) - time.Hour)
	}
	slices.SortFunc(starts, time.Time.Compare)
	for k, start := range starts {
		if err := g.issue(k+1, start); err != nil {
			return fmt.Errorf("generate issue %d: %w", k+1, err)
		}
	}
	return nil
}

func (o GenerateOptions) withDefaults() GenerateOptions {
	if o.Logins == nil {
		o.Logins = []string{"ada-m", "bruno-k", "chen-w", "dalia-r", "emeka-o"}
	}
	if o.Labels == nil {
		o.Labels = []string{"bug", "improvement", "feature"}
	}
	if o.Closed == 0 {
		o.Closed = 1.0 / 3
	}
	if o.Span < 2*time.Hour {
		o.Span = 365 * 24 * time.Hour
	}
	return o
}

type generator struct {
	w       *World
	t       *Team
	o       GenerateOptions
	rng     *rand.Rand
	at, end time.Time
	labels  []string
}

func (g *generator) prepare() error {
	for _, l := range g.o.Logins {
		g.t.Join(g.w.User(l))
	}
	for _, name := range g.o.Labels {
		l := g.w.LabelNamed(g.t, name)
		if l == nil {
			made, err := g.w.CreateLabel(g.who(), Input{"name": name, "teamId": g.t.ID})
			if err != nil {
				return fmt.Errorf("generate label %q: %w", name, err)
			}
			l = made
		}
		g.labels = append(g.labels, l.ID)
	}
	return nil
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func (g *generator) who() Actor { return Actor{User: g.w.User(pick(g.rng, g.o.Logins))} }

// later moves the clock on by up to three days, never beyond the end.
func (g *generator) later() {
	g.at = g.at.Add(time.Duration(1+g.rng.IntN(3*24*3600)) * time.Second)
	if g.at.After(g.end) {
		g.at = g.end
	}
}

func (g *generator) issue(k int, start time.Time) error {
	g.at = start
	in := Input{"teamId": g.t.ID, "title": fmt.Sprintf("%s (%d)", sentence(g.rng, 5), k), "priority": g.rng.IntN(5),
		"description": text(g.rng), "labelIds": []string{pick(g.rng, g.labels)}}
	if g.rng.IntN(2) == 0 {
		in["assigneeId"] = g.who().User.ID
	}
	i, err := g.w.CreateIssue(g.who(), in)
	if err != nil {
		return err
	}
	comments := g.o.Comments
	if comments == 0 {
		comments = g.rng.IntN(5)
	}
	for range comments {
		g.later()
		if _, err := g.w.CreateComment(g.who(), Input{"issueId": i.ID, "body": sentence(g.rng, 12) + "."}); err != nil {
			return err
		}
	}
	if g.rng.Float64() >= g.o.Closed {
		return nil
	}
	g.later()
	return g.w.UpdateIssue(g.who(), i, Input{"stateId": g.w.stateOfType(g.t, "completed").ID})
}

const vocabulary = "the export of a large board fails when its owner leaves and nobody can open old reports until cache entries expire " +
	"so users see an empty page after login on slow networks while tests stay green"

func sentence(rng *rand.Rand, n int) string {
	words := strings.Fields(vocabulary)
	out := make([]string, 0, n)
	for range n {
		out = append(out, pick(rng, words))
	}
	s := strings.Join(out, " ")
	return strings.ToUpper(s[:1]) + s[1:]
}

// text is a description with some of what people use.
func text(rng *rand.Rand) string {
	parts := []string{sentence(rng, 15) + "."}
	if rng.IntN(2) == 0 {
		parts = append(parts, "## Steps\n\n1. "+sentence(rng, 6)+"\n2. "+sentence(rng, 6))
	}
	if rng.IntN(2) == 0 {
		parts = append(parts, "* "+sentence(rng, 6)+"\n* "+sentence(rng, 6))
	}
	if rng.IntN(3) == 0 {
		parts = append(parts, "```\nerror: "+sentence(rng, 4)+"\n```")
	}
	return strings.Join(parts, "\n\n")
}
