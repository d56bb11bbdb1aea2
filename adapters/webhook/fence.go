package webhook

import (
	"fmt"
	"slices"

	"github.com/itchyny/gojq"
)

// The names of our own functions within a program. No source can call them.
const (
	fnWeigh   = "__weigh"
	fnSmall   = "__small"
	fnSubject = "__subject"
	fnGlobal  = "__global"
	fnPattern = "__pattern"
	fnDigits  = "__digits"
	fnIndex   = "__index"
	fnPair    = "__pair"
	fnJoin    = "__join"
)

// allowed are the functions that a program may call. Left out is what reads the
// outside (input, env, now, $ENV, debug), what makes more than a fixed multiple of
// its input in one step that no deadline interrupts (transpose, combinations,
// setpath), what compares everything with everything (contains, indices, inside),
// and assignments.
func allowed() []string {
	return []string{
		"abs", "add", "all", "any", "arrays", "ascii_downcase", "ascii_upcase", "booleans", "capture", "ceil", "empty", "endswith",
		"error", "explode", "first", "flatten", "floor", "from_entries", "fromdate", "fromdateiso8601", "fromjson", "group_by", "has",
		"implode", "in", "isempty", "isvalid", "iterables", "join", "keys", "last", "length", "limit", "ltrim", "ltrimstr", "map", "match",
		"max", "max_by", "min", "min_by", "mktime", "not", "nth", "nulls", "numbers", "objects", "range", "recurse", "repeat", "reverse",
		"round", "rtrim", "rtrimstr", "scalars", "scan", "select", "skip", "sort", "sort_by", "split", "splits", "startswith",
		"strftime", "strings", "strptime", "sub", "gsub", "test", "to_entries", "toarray", "todate", "todateiso8601", "tojson", "tonumber",
		"tostring", "trim", "type", "unique", "unique_by", "until", "utf8bytelength", "values", "while", "with_entries", "gmtime",
	}
}

// fence refuses what a program may not use and rewrites the rest so that each value
// is weighed before a step that no deadline interrupts.
func fence(q *gojq.Query) error {
	if q.Meta != nil || len(q.Imports) > 0 {
		return fmt.Errorf("the program may not import modules")
	}
	f := &fencer{allowed: allowed()}
	f.query(q)
	return f.err
}

type fencer struct {
	allowed []string
	own     []string // functions that the program defines, and their parameters
	err     error
}

func (f *fencer) refuse(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

func (f *fencer) query(q *gojq.Query) {
	if q == nil {
		return
	}
	known := len(f.own)
	for _, d := range q.FuncDefs {
		f.define(d)
	}
	if q.Meta != nil || len(q.Imports) > 0 {
		f.refuse("the program may not import modules")
	}
	f.term(q.Term)
	f.query(q.Left)
	f.query(q.Right)
	f.own = f.own[:known]
	f.operator(q)
}

// define keeps the name of a function for the rest of its query.
func (f *fencer) define(d *gojq.FuncDef) {
	f.own = append(f.own, d.Name)
	inside := len(f.own)
	f.own = append(f.own, d.Args...)
	f.query(d.Body)
	f.own = f.own[:inside]
}

// operator weighs both sides of arithmetic and comparison.
func (f *fencer) operator(q *gojq.Query) {
	switch q.Op {
	case gojq.OpAdd, gojq.OpSub, gojq.OpMul, gojq.OpDiv, gojq.OpMod,
		gojq.OpEq, gojq.OpNe, gojq.OpGt, gojq.OpLt, gojq.OpGe, gojq.OpLe:
		pair := invoke(fnPair, text(q.Op.String()), q.Left, q.Right)
		q.Term, q.Left, q.Right, q.Op = nil, pair, &gojq.Query{Left: at(0), Op: q.Op, Right: at(1)}, gojq.OpPipe
	case gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul, gojq.OpUpdateDiv, gojq.OpUpdateMod,
		gojq.OpUpdateAlt:
		f.refuse("the program may not assign with %s; build the object that is wanted", q.Op)
	}
}

func (f *fencer) term(t *gojq.Term) {
	if t == nil {
		return
	}
	for _, s := range t.SuffixList {
		f.index(s.Index)
		if s.Bind != nil {
			f.patterns(s.Bind.Patterns)
			f.query(s.Bind.Body)
		}
	}
	f.index(t.Index)
	f.text(t.Str)
	f.compound(t)
	if t.Unary != nil {
		f.term(t.Unary.Term)
	}
	f.query(t.Query)
	switch t.Type {
	case gojq.TermTypeFunc:
		f.function(t)
	case gojq.TermTypeFormat:
		weighed(t, fnWeigh, &gojq.Term{Type: gojq.TermTypeFormat, Format: t.Format, Str: t.Str})
	}
}

// compound fences what stands within the words of the language.
func (f *fencer) compound(t *gojq.Term) {
	if o := t.Object; o != nil {
		for _, kv := range o.KeyVals {
			f.text(kv.KeyString)
			f.query(kv.KeyQuery)
			f.query(kv.Val)
		}
	}
	if t.Array != nil {
		f.query(t.Array.Query)
	}
	if i := t.If; i != nil {
		f.query(i.Cond)
		f.query(i.Then)
		for _, e := range i.Elif {
			f.query(e.Cond)
			f.query(e.Then)
		}
		f.query(i.Else)
	}
	if t.Try != nil {
		f.query(t.Try.Body)
		f.query(t.Try.Catch)
	}
	if r := t.Reduce; r != nil {
		f.patterns([]*gojq.Pattern{r.Pattern})
		f.query(r.Query)
		f.query(r.Start)
		f.query(r.Update)
	}
	if e := t.Foreach; e != nil {
		f.patterns([]*gojq.Pattern{e.Pattern})
		f.query(e.Query)
		f.query(e.Start)
		f.query(e.Update)
		f.query(e.Extract)
	}
	if t.Label != nil {
		f.query(t.Label.Body)
	}
}

// function lets an allowed one be called, on what was weighed and with what was.
func (f *fencer) function(t *gojq.Term) {
	for _, a := range t.Func.Args {
		f.query(a)
	}
	name := t.Func.Name
	variable := name[0] == '$'
	switch {
	case slices.Contains(f.own, name), variable && name != "$ENV" && name != "$__prog_args":
		return
	case !slices.Contains(f.allowed, name):
		f.refuse("the program may not call %s", name)
		return
	}
	scale := scaleOf(name, len(t.Func.Args))
	for n, a := range t.Func.Args {
		guard := fnWeigh
		if (scale == fnSubject || scale == fnGlobal) && n == 0 {
			guard = fnPattern
		}
		t.Func.Args[n] = piped(a, guard)
	}
	inner := &gojq.Term{Type: gojq.TermTypeFunc, Func: t.Func}
	switch name {
	case "tonumber", "fromjson":
		inner = &gojq.Term{Type: gojq.TermTypeQuery, Query: &gojq.Query{
			Left: invoke(fnDigits), Op: gojq.OpPipe, Right: &gojq.Query{Term: inner}}}
	case "join":
		inner.Func = &gojq.Func{Name: fnJoin, Args: t.Func.Args}
	}
	weighed(t, scale, inner)
}

// scaleOf says how the input of a function is weighed: those that make many small
// things of one, and those that look for a pattern, get less.
func scaleOf(name string, args int) string {
	switch {
	case name == "test", args == 1 && (name == "match" || name == "capture"), name == "sub" && args == 2:
		return fnSubject
	case name == "split" && args == 1:
		return fnSmall
	}
	switch name {
	case "match", "capture", "scan", "sub", "gsub", "splits", "split":
		return fnGlobal
	case "explode", "implode", "fromjson", "tonumber", "to_entries", "with_entries", "from_entries":
		return fnSmall
	}
	return fnWeigh
}

// index keeps arrays from being indices: that searches one array in another.
func (f *fencer) index(i *gojq.Index) {
	if i == nil {
		return
	}
	f.text(i.Str)
	for _, q := range []**gojq.Query{&i.Start, &i.End} {
		if *q != nil {
			f.query(*q)
			*q = piped(*q, fnIndex)
		}
	}
}

// text weighs what is put into a string.
func (f *fencer) text(s *gojq.String) {
	if s == nil {
		return
	}
	for n, q := range s.Queries {
		if q.Term != nil && q.Term.Str != nil && len(q.Term.SuffixList) == 0 && q.Term.Str.Queries == nil {
			continue // a piece of the string itself
		}
		f.query(q)
		s.Queries[n] = &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: piped(q, fnWeigh)}}
	}
}

func (f *fencer) patterns(list []*gojq.Pattern) {
	for _, p := range list {
		if p == nil {
			continue
		}
		f.patterns(p.Array)
		for _, o := range p.Object {
			f.text(o.KeyString)
			f.query(o.KeyQuery)
			if o.Val != nil {
				f.patterns([]*gojq.Pattern{o.Val})
			}
		}
	}
}

// weighed turns the term into its inner one behind a weighing of the input. What
// follows the term stays where it is.
func weighed(t *gojq.Term, scale string, inner *gojq.Term) {
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList,
		Query: &gojq.Query{Left: invoke(scale), Op: gojq.OpPipe, Right: &gojq.Query{Term: inner}}}
}

// piped sends what a query gives through one of our functions.
func piped(q *gojq.Query, through string) *gojq.Query {
	return &gojq.Query{Left: q, Op: gojq.OpPipe, Right: invoke(through)}
}

func invoke(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}

func text(s string) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeString, Str: &gojq.String{Str: s}}}
}

func at(n int) *gojq.Query {
	number := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNumber, Number: string(rune('0' + n))}}
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIndex, Index: &gojq.Index{Start: number}}}
}
