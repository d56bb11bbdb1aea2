package model

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/extsync/extsync/simulator/jira/adf"
)

// GenerateOptions shape made-up issues.
type GenerateOptions struct {
	Seed     uint64
	Author   string  // login; default the project's lead
	Comments float64 // mean per issue
	Done     float64 // share that is moved to the last status of the workflow
}

// Generate makes n issues of standard types up, the same ones for the same options. It sends no notices and search shows them at once.
func (p *Project) Generate(n int, o GenerateOptions) error {
	w := p.w
	emit, lag := w.emit, w.lag
	w.emit, w.lag = func(Notice) {}, 0
	defer func() { w.emit, w.lag = emit, lag }()
	author := p.Lead
	if o.Author != "" {
		author = w.User(o.Author)
	}
	if author == nil {
		return fmt.Errorf("generate: no user %q", o.Author)
	}
	g := generator{w: w, p: p, by: Caller{User: author, Wiki: true}, rng: rand.New(rand.NewPCG(o.Seed, 2)), o: o}
	for range n {
		g.issue()
	}
	return nil
}

type generator struct {
	w   *World
	p   *Project
	by  Caller
	rng *rand.Rand
	o   GenerateOptions
}

func (g *generator) issue() {
	t := g.p.standardType()
	i := g.w.file(g.by, g.p, t, map[string]any{"summary": g.words(3 + g.rng.IntN(5)), "description": g.text(10 + g.rng.IntN(40)), "reporter": g.by.User}, nil)
	if g.rng.Float64() < 0.5 {
		i.Values["labels"] = set([]string{g.word(), g.word()})
	}
	for g.o.Comments > 0 && g.rng.Float64() < g.o.Comments/(1+g.o.Comments) {
		c := &Comment{ID: g.w.next("comment"), Issue: i, Author: g.by.User, Editor: g.by.User, Body: g.text(12), Created: i.Created, Updated: i.Created}
		i.Comments = append(i.Comments, c)
		g.w.comments[c.ID] = c
	}
	if all := g.p.Workflow(t).statuses; g.rng.Float64() < g.o.Done {
		i.Values["resolution"] = g.w.Outcomes[0]
		g.w.enter(i, all[len(all)-1], g.w.history(i, g.by.User))
	}
}

func (p *Project) standardType() *IssueType {
	for _, t := range p.Types {
		if t.Level == 0 {
			return t
		}
	}
	return p.Types[0]
}

func (g *generator) text(n int) Text {
	s := g.words(n) + "."
	if g.w.wiki {
		return Text{Wiki: s}
	}
	return Text{Doc: adf.FromWiki(s)}
}

func (g *generator) words(n int) string {
	out := make([]string, n)
	for k := range out {
		out[k] = g.word()
	}
	return strings.Join(out, " ")
}

func (g *generator) word() string {
	list := strings.Fields("cache queue token page index retry login export import chart label sprint board field filter order invoice driver schema stream window quota")
	return list[g.rng.IntN(len(list))]
}
