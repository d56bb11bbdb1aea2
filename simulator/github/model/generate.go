package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// GenerateOptions shapes made-up issues. The zero value is a plausible small project.
type GenerateOptions struct {
	Seed         uint64
	Logins       []string      // who writes; default five people, all made assignable
	Milestones   []string      // default v1.0, v1.1, v2.0; they are created when missing
	Labels       []string      // default bug, enhancement, documentation, performance, api
	Comments     int           // exactly that many per issue; negative: none; 0: between 0 and 4
	Closed       float64       // share of closed issues; 0: a third; negative: none
	PullRequests float64       // share of pull requests; default none
	Span         time.Duration // how far back the first one lies; default a year before now
}

// Generate makes n issues as their authors would have: opened, discussed, labelled and closed at dates spread over the span, with
// bodies in everyday Markdown. The same seed and world give the same issues. No webhook tells of them.
func (r *Repo) Generate(n int, o GenerateOptions) error {
	o = o.withDefaults()
	g := &generator{r: r, o: o, rng: rand.New(rand.NewPCG(o.Seed, uint64(n)))}
	now, lag, emit := r.w.now, r.w.lag, r.w.emit
	defer func() { r.w.now, r.w.lag, r.w.emit = now, lag, emit }()
	r.w.lag, r.w.emit = 0, func(Notice) {}
	g.end = now()
	g.at = g.end.Add(-o.Span)
	r.w.now = func() time.Time { return g.at }
	if err := g.prepare(); err != nil {
		return err
	}
	starts := make([]time.Time, n)
	for k := range starts {
		starts[k] = g.end.Add(-time.Duration(g.rng.Int64N(int64(o.Span-time.Hour))) - time.Hour)
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
	if o.Milestones == nil {
		o.Milestones = []string{"v1.0", "v1.1", "v2.0"}
	}
	if o.Labels == nil {
		o.Labels = []string{"bug", "enhancement", "documentation", "performance", "api"}
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
	r   *Repo
	o   GenerateOptions
	rng *rand.Rand
	at  time.Time // the world's clock while generating
	end time.Time
}

func (g *generator) prepare() error {
	for _, l := range g.o.Logins {
		g.r.AddCollaborator(l)
	}
	for _, title := range g.o.Milestones {
		if g.r.milestoneTitled(title) != nil {
			continue
		}
		if _, err := g.r.CreateMilestone(g.r.Owner, MilestonePatch{Title: &title}); err != nil {
			return fmt.Errorf("generate milestone %q: %w", title, err)
		}
	}
	return nil
}

func (g *generator) who() *User { return g.r.w.User(pick(g.rng, g.o.Logins)) }

// later moves the clock on by up to three days, never beyond the end.
func (g *generator) later() {
	g.at = g.at.Add(time.Duration(1+g.rng.IntN(3*24*3600)) * time.Second)
	if g.at.After(g.end) {
		g.at = g.end
	}
}

func (g *generator) issue(k int, start time.Time) error {
	g.at = start
	body := markdownBody(g.rng)
	in := NewIssue{Title: issueTitle(g.rng, k), Body: &body, PullRequest: g.rng.Float64() < g.o.PullRequests}
	for range g.rng.IntN(3) {
		in.Labels = append(in.Labels, pick(g.rng, g.o.Labels))
	}
	for range g.rng.IntN(3) {
		in.Assignees = append(in.Assignees, pick(g.rng, g.o.Logins))
	}
	if len(g.r.milestones) > 0 && g.rng.IntN(2) == 0 {
		in.Milestone = pick(g.rng, g.r.milestones).Number
	}
	i, err := g.r.CreateIssue(g.who(), in)
	if err != nil {
		return err
	}
	comments := g.o.Comments
	if comments == 0 {
		comments = g.rng.IntN(5)
	}
	for range comments {
		g.later()
		if _, err := g.r.CreateComment(g.who(), i, commentBody(g.rng)); err != nil {
			return err
		}
	}
	if g.rng.Float64() >= g.o.Closed {
		return nil
	}
	g.later()
	closed, reason := "closed", pick(g.rng, []string{"completed", "completed", "completed", "not_planned", "duplicate"})
	return g.r.EditIssue(g.who(), i, Patch{State: &closed, Reason: &reason})
}
