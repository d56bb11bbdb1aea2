package simtest

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/extsync/extsync/internal/simtest/failpoint"
)

// FailReport is what crashing at every call on a port showed.
type FailReport struct {
	Points   []Point
	Runs     int
	Failures []string // a schedule that was not recovered from, with how to see it
}

// Point is one site and what was done there.
type Point struct {
	failpoint.Site
	Hits    int // passes of the schedules that were looked at
	Crashes int // at it, each recovered from unless Failures says otherwise
	runs    []visit
}

// visit is a schedule that passes a point.
type visit struct {
	script  *script // nil: a random schedule
	profile Profile
	seed    uint64
	passes  int
}

// options are those of the schedule.
func (v visit) options() Options {
	o := Options{Profile: v.profile, Seed: v.seed, script: v.script}
	if v.script != nil {
		o.Mask = v.script.mask()
	}
	return o
}

// String says which schedule it is.
func (v visit) String() string {
	if v.script != nil {
		return "the script " + strconv.Quote(v.script.name)
	}
	return fmt.Sprintf("%s seed %d", v.profile, v.seed)
}

// Failpoints crashes at every site, before and after its call, at the first pass and at
// the last one, in so many schedules each, and has each schedule go on to its end under
// all checks. Schedules are looked at until every site was met often enough, most of each
// profile at the utmost.
func Failpoints(sites []failpoint.Site, each, most int) FailReport {
	var r FailReport
	byPlace := map[spot]*Point{}
	for _, s := range sites {
		r.Points = append(r.Points, Point{Site: s})
	}
	for n := range r.Points {
		p := &r.Points[n]
		byPlace[spot{p.File, p.Line}] = p
	}
	r.survey(byPlace, each, most)
	for n := range r.Points {
		for _, v := range r.Points[n].runs {
			r.crash(&r.Points[n], v)
		}
	}
	return r
}

// survey looks for schedules that pass the points; those in memory first, which are cheap.
func (r *FailReport) survey(points map[spot]*Point, each, most int) {
	lacking := func() bool {
		return slices.ContainsFunc(r.Points, func(p Point) bool { return len(p.runs) < each })
	}
	visits := []visit{}
	for _, sc := range scripts() {
		visits = append(visits, visit{script: &sc, profile: sc.profile, seed: sc.seed})
	}
	for _, profile := range []Profile{AllOn, Hub, Undone, Restored, Vendors} {
		limit := most
		if profile == Vendors {
			limit = max(most/16, 1)
		}
		for seed := range uint64(limit) {
			visits = append(visits, visit{profile: profile, seed: seed})
		}
	}
	for _, v := range visits {
		if !lacking() {
			return
		}
		r.Runs++
		for at, hits := range r.passes(v) {
			p := points[at]
			if p == nil {
				continue // not of a session
			}
			p.Hits += hits
			if v.passes = hits; len(p.runs) < each {
				p.runs = append(p.runs, v)
			}
		}
	}
}

// passes counts how often one schedule passes each place.
func (r *FailReport) passes(v visit) map[spot]int {
	w := &points{hits: map[spot]int{}}
	o := v.options()
	o.points = w
	if res := Run(o); res.Violation != nil {
		r.Failures = append(r.Failures, fmt.Sprintf("%s, without a crash: %s: %.300s", v, res.Violation.Invariant, res.Violation.What))
	}
	return w.hits
}

// crash dies at a point in one schedule, in each way.
func (r *FailReport) crash(p *Point, v visit) {
	passes := []int{1}
	if v.passes > 1 {
		passes = append(passes, v.passes)
	}
	for _, when := range []Moment{Before, After} {
		for _, pass := range passes {
			w := &points{hits: map[spot]int{}, at: spot{p.File, p.Line}, when: when, pass: pass}
			o := v.options()
			o.points = w
			res := Run(o)
			r.Runs++
			where := fmt.Sprintf("%s %s, %s, pass %d of %s", when, p.Site, p.Call, pass, v)
			switch {
			case !w.died:
				r.Failures = append(r.Failures, "no crash "+where)
			case res.Violation != nil:
				r.Failures = append(r.Failures, fmt.Sprintf("%s: %s: %.300s", where, res.Violation.Invariant, res.Violation.What))
			}
			p.Crashes++
		}
	}
}

// Missed returns the sites that no schedule passed.
func (r FailReport) Missed() []failpoint.Site {
	var out []failpoint.Site
	for _, p := range r.Points {
		if p.Hits == 0 {
			out = append(out, p.Site)
		}
	}
	return out
}

// Print writes the list for a person, in Markdown.
func (r FailReport) Print(out io.Writer) {
	crashes := 0
	fmt.Fprintf(out, "| site | in | call | passes | crashes |\n|---|---|---|---|---|\n")
	for _, p := range r.Points {
		crashes += p.Crashes
		fmt.Fprintf(out, "| %s | %s | %s | %d | %d |\n", p.Site, p.Func, p.Call, p.Hits, p.Crashes)
	}
	fmt.Fprintf(out, "\n%d sites, %d crashes, %d not recovered from, %d never passed; %d runs\n",
		len(r.Points), crashes, len(r.Failures), len(r.Missed()), r.Runs)
	for _, s := range r.Missed() {
		fmt.Fprintf(out, "never passed: %s (%s in %s)\n", s, s.Call, s.Func)
	}
	for _, f := range r.Failures {
		fmt.Fprintln(out, f)
	}
}
