// Package jql reads the part of the Jira Query Language that clients of an issue tracker send: clauses on fields with = != ~ !~ < <= >
// >= IN, NOT IN, IS, IS NOT, joined by AND, OR, NOT and parentheses, then ORDER BY. It knows nothing of fields or values. The entry
// point is [Parse].
package jql

import "slices"

// Query is a parsed query.
type Query struct {
	Where Expr // nil: everything
	Order []Order
}

// Order is one field of ORDER BY.
type Order struct {
	Field string
	Desc  bool
}

// Expr is a condition: *And, *Or, *Not or *Clause.
type Expr interface{ expr() }

// And is true when all its parts are.
type And struct{ Parts []Expr }

// Or is true when one of its parts is.
type Or struct{ Parts []Expr }

// Not is true when its part is not.
type Not struct{ Part Expr }

// Clause compares a field with operands.
type Clause struct {
	Field    string // as written, without quotes
	Operator string // = != ~ !~ < <= > >= in not in is is not
	Values   []Value
}

// Value is one operand.
type Value struct {
	Text   string
	Quoted bool
	Call   bool // a function: currentUser()
	Args   []string
}

func (*And) expr()    {}
func (*Or) expr()     {}
func (*Not) expr()    {}
func (*Clause) expr() {}

// Bounded says that the query restricts what it searches: the new search refuses one that does not. An ORDER BY alone is none, and
// neither is a clause that any issue fulfils.
func (q Query) Bounded() bool { return bounded(q.Where) }

func bounded(e Expr) bool {
	switch e := e.(type) {
	case *And:
		return slices.ContainsFunc(e.Parts, bounded)
	case *Or:
		return !slices.ContainsFunc(e.Parts, func(p Expr) bool { return !bounded(p) })
	case *Not:
		return bounded(e.Part)
	case *Clause:
		return true
	}
	return false
}
