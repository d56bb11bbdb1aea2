package jql

import (
	"fmt"
	"slices"
	"strings"
)

// MaxOrder is how many fields ORDER BY takes.
const MaxOrder = 7

// Parse reads a query. The error is in Jira's words and names the place.
func Parse(s string) (Query, error) {
	tokens, err := lex(s)
	if err != nil {
		return Query{}, err
	}
	p := &parser{tokens: tokens}
	var q Query
	if !p.peek().is("order") && p.peek().kind != end {
		if q.Where, err = p.or(); err != nil {
			return q, err
		}
	}
	if p.accept("order") {
		if q.Order, err = p.order(); err != nil {
			return q, err
		}
	}
	if t := p.peek(); t.kind != end {
		return q, p.fail("Expecting either 'OR' or 'AND' but got '%s'.", t.text)
	}
	return q, nil
}

type parser struct {
	tokens []token
	at     int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) accept(keyword string) bool {
	t := p.peek()
	if t.is(keyword) || (t.kind == symbol && t.text == keyword) {
		p.next()
		return true
	}
	return false
}

func (p *parser) fail(format string, args ...any) error {
	return fmt.Errorf("Error in the JQL Query: "+format+" (line 1, character %d)", append(args, p.peek().at)...)
}

func (p *parser) or() (Expr, error) {
	return p.joined("or", p.and, func(parts []Expr) Expr { return &Or{parts} })
}

func (p *parser) and() (Expr, error) {
	return p.joined("and", p.not, func(parts []Expr) Expr { return &And{parts} })
}

func (p *parser) joined(by string, part func() (Expr, error), join func([]Expr) Expr) (Expr, error) {
	var parts []Expr
	for {
		e, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
		if !p.accept(by) && !p.accept(map[string]string{"and": "&&", "or": "||"}[by]) {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return join(parts), nil
}

func (p *parser) not() (Expr, error) {
	if p.depth++; p.depth > 1000 {
		return nil, p.fail("The query is nested too deeply.")
	}
	defer func() { p.depth-- }()
	switch {
	case p.accept("not"), p.accept("!"):
		e, err := p.not()
		return &Not{e}, err
	case p.accept("("):
		e, err := p.or()
		if err == nil && !p.accept(")") {
			err = p.fail("Expecting ')' before the end of the query.")
		}
		return e, err
	}
	return p.clause()
}

func (p *parser) clause() (Expr, error) {
	f := p.next()
	if f.kind != word && f.kind != quoted {
		return nil, p.fail("Expecting a field name but got '%s'.", f.text)
	}
	if f.kind == word && reserved(f.text) {
		return nil, p.fail("'%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query.", f.text)
	}
	c := &Clause{Field: f.text}
	var err error
	if c.Operator, err = p.operator(f.text); err != nil {
		return nil, err
	}
	if strings.HasSuffix(c.Operator, "in") {
		c.Values, err = p.list()
		return c, err
	}
	v, err := p.value()
	c.Values = []Value{v}
	return c, err
}

func reserved(w string) bool {
	return slices.Contains([]string{"and", "or", "not", "in", "is", "order", "by", "asc", "desc"}, strings.ToLower(w))
}

func (p *parser) operator(field string) (string, error) {
	switch t := p.peek(); {
	case t.kind == symbol && slices.Contains([]string{"=", "!=", "~", "!~", "<", "<=", ">", ">="}, t.text):
		return p.next().text, nil
	case p.accept("in"):
		return "in", nil
	case p.accept("not"):
		if p.accept("in") {
			return "not in", nil
		}
	case p.accept("is"):
		if p.accept("not") {
			return "is not", nil
		}
		return "is", nil
	}
	t := p.peek()
	if t.kind == end {
		return "", p.fail("Expecting operator before the end of the query. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.")
	}
	return "", p.fail("Expecting operator but got '%s'. The valid operators for '%s' are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.", t.text, field)
}

func (p *parser) list() ([]Value, error) {
	if !p.accept("(") { // a function that gives a list
		v, err := p.value()
		return []Value{v}, err
	}
	var out []Value
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		switch {
		case p.accept(","):
		case p.accept(")"):
			return out, nil
		default:
			return nil, p.fail("Expecting ',' or ')' but got '%s'.", p.peek().text)
		}
	}
}

func (p *parser) value() (Value, error) {
	t := p.next()
	switch {
	case t.kind == quoted:
		return Value{Text: t.text, Quoted: true}, nil
	case t.kind != word:
		return Value{}, p.fail("Expecting either a value, list or function but got '%s'. You must surround '%s' in quotation marks to use it as a value.", t.text, t.text)
	case reserved(t.text):
		return Value{}, p.fail("'%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query.", t.text)
	case !p.accept("("):
		return Value{Text: t.text}, nil
	}
	v := Value{Text: t.text, Call: true}
	for !p.accept(")") {
		a := p.next()
		if a.kind == end {
			return v, p.fail("Expecting ')' before the end of the query.")
		}
		if a.text != "," || a.kind == quoted {
			v.Args = append(v.Args, a.text)
		}
	}
	return v, nil
}

func (p *parser) order() ([]Order, error) {
	if !p.accept("by") {
		return nil, p.fail("Expecting 'BY' after 'ORDER'.")
	}
	var out []Order
	for {
		f := p.next()
		if f.kind != word && f.kind != quoted {
			return nil, p.fail("Expecting a field name to order by but got '%s'.", f.text)
		}
		o := Order{Field: f.text}
		if !p.accept("asc") {
			o.Desc = p.accept("desc")
		}
		out = append(out, o)
		if !p.accept(",") {
			break
		}
	}
	if len(out) > MaxOrder {
		return nil, p.fail("At most %d fields can be ordered by.", MaxOrder)
	}
	return out, nil
}
