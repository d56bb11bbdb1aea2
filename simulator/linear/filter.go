package linear

import (
	"maps"
	"slices"

	"github.com/extsync/extsync/simulator/linear/model"
)

// predicate says whether a value passes a filter: a node, a []node, a scalar or nil.
type predicate func(value any) bool

// compile turns a filter on an entity into a test. Filters go by the names of the fields they test.
func (v *viewer) compile(filter map[string]any) (func(node) bool, *model.Error) {
	p, err := v.onEntity(filter)
	if err != nil {
		return nil, err
	}
	return func(n node) bool { return p(n) }, nil
}

// onEntity builds the test of one entity filter, which also serves for collections: what is asked there must hold for some item.
func (v *viewer) onEntity(filter map[string]any) (predicate, *model.Error) {
	var all []predicate
	for _, name := range slices.Sorted(maps.Keys(filter)) {
		if filter[name] == nil {
			continue // an absent comparator and an explicit null are the same to Linear's filters
		}
		p, err := v.clause(name, filter[name])
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return func(value any) bool {
		return !slices.ContainsFunc(all, func(p predicate) bool { return !p(value) })
	}, nil
}

// clause builds the test of one entry of a filter.
func (v *viewer) clause(name string, want any) (predicate, *model.Error) {
	switch name {
	case "and", "or":
		return v.combined(name == "and", want)
	case "null":
		return func(value any) bool { return isNone(value) == (want == true) }, nil
	case "some", "every":
		inner, err := v.onEntity(asMap(want))
		if err != nil {
			return nil, err
		}
		return func(value any) bool { return quantified(value, inner, name == "every") }, nil
	case "length":
		p, err := v.onScalar(asMap(want))
		if err != nil {
			return nil, err
		}
		return func(value any) bool { list, _ := value.([]node); return p(float64(len(list))) }, nil
	}
	inner, err := v.onField(asMap(want))
	if err != nil {
		return nil, err
	}
	of := func(n any) bool {
		item, isNode := n.(node)
		if !isNode {
			return inner(nil)
		}
		value, _ := item.get(name)
		return inner(value)
	}
	return func(value any) bool {
		if list, isList := value.([]node); isList {
			return slices.ContainsFunc(list, func(n node) bool { return of(n) })
		}
		return of(value)
	}, nil
}

func (v *viewer) combined(every bool, want any) (predicate, *model.Error) {
	items, isList := want.([]any)
	if !isList {
		items = []any{want}
	}
	var parts []predicate
	for _, item := range items {
		p, err := v.onField(asMap(item))
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return func(value any) bool {
		if every {
			return !slices.ContainsFunc(parts, func(p predicate) bool { return !p(value) })
		}
		return slices.ContainsFunc(parts, func(p predicate) bool { return p(value) })
	}, nil
}

// onField builds the test of a field, which is a comparator of scalars or the filter of an entity: their entries tell them apart.
func (v *viewer) onField(want map[string]any) (predicate, *model.Error) {
	for name := range want {
		if comparators(name) {
			return v.onScalar(want)
		}
	}
	return v.onEntity(want)
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func isNone(value any) bool {
	list, isList := value.([]node)
	return value == nil || (isList && len(list) == 0)
}

func quantified(value any, p predicate, every bool) bool {
	list, _ := value.([]node)
	if every {
		return !slices.ContainsFunc(list, func(n node) bool { return !p(n) })
	}
	return slices.ContainsFunc(list, func(n node) bool { return p(n) })
}
