package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/ticket"
)

// table checks a table of spellings: what is written by a line must be read by it.
func (c *checker) table(r *Rule, at string) {
	if len(r.Values) == 0 && (r.Unmapped.In != PolicySame || r.Unmapped.Out != PolicySame) {
		c.fail(at+".values", "is empty: no value would be understood; add lines, or say unmapped: same")
		return
	}
	for i := range r.Values {
		p := &r.Values[i]
		line := fmt.Sprintf("%s.values[%d]", at, i)
		if len(p.Local) == 0 || len(p.External) == 0 {
			c.fail(line, "needs a local and an external value")
			return
		}
		c.line(r, p, line)
		c.listedTwice(r, i, line)
	}
	for i := range r.Values {
		c.readsBack(r, &r.Values[i], fmt.Sprintf("%s.values[%d]", at, i))
	}
}

func (c *checker) line(r *Rule, p *Pair, line string) {
	if len(p.And) > 0 && len(r.External) < 2 {
		c.fail(line+".and", "there is no second external field; take it out, or name one")
	}
	for n, s := range p.Local {
		switch {
		case s == "" && (n > 0 || r.Set || r.Convert == States):
			c.fail(line+".local", "nothing can only lead a line of its own")
		case s == "":
		case strings.HasPrefix(s, externalPrefix) || !holds(r, s):
			c.fail(line+".local", "%q is no value of %s", s, r.Field)
		}
	}
	if len(p.Local) > 1 {
		c.warn(line+".local", "%s are one outside: what is read back is %s", strings.Join(p.Local, ", "), p.Local[0])
	}
	for _, s := range p.External {
		if s == "" && p.Local[0] != "" {
			c.fail(line+".external", "nothing outside must stand beside nothing here")
		}
	}
}

// holds reports whether the canonical field can hold the value.
func holds(r *Rule, s string) bool {
	v := ticket.Text(s)
	if r.many() {
		v = ticket.Set(s)
	}
	return ticket.Fields{r.Field: v}.Validate() == nil
}

// listedTwice finds values that stand in a line and in an earlier one.
func (c *checker) listedTwice(r *Rule, i int, line string) {
	p := &r.Values[i]
	for j := range i {
		q := &r.Values[j]
		for n, s := range p.Local {
			if k := slices.Index(q.Local, s); k > 0 || k == 0 && n > 0 {
				c.fail(line+".local", "%q stands in line %d, too; it can only lead both", s, j)
			}
		}
		for _, s := range p.External {
			if slices.Contains(q.External, s) && overlap(p.And, q.And) {
				c.fail(line+".external", "%q stands in line %d, too; it can have one meaning", s, j)
			}
		}
	}
}

// overlap reports whether one second value could meet both conditions equally well.
func overlap(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// readsBack checks that what a line writes is read as the line says.
func (c *checker) readsBack(r *Rule, p *Pair, line string) {
	if r.Convert != States {
		return // without a second field no other line can match
	}
	second := ""
	if len(p.And) > 0 {
		second = p.And[0]
	}
	if got, _ := r.stateIn(p.External[0], second); got != p.Local[0] {
		c.fail(line, "%q would be read back as %s; give it a value of %s of its own", p.External[0], got, r.External[len(r.External)-1])
	}
}
