package graphql

import (
	"math"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// DefaultPage is how many items a connection gives, and is priced for, when first is absent.
const DefaultPage = 50

// Score prices the operation before it runs: a property costs 0.1, an object 1, and a connection multiplies what is inside by its
// first (or last) argument, 50 when absent; the sum is rounded up. We read "what is inside" literally: pageInfo too.
// Source: linear.app/developers/rate-limiting, "Complexity".
func (o *Operation) Score() int {
	x := &execution{op: o}
	return int(math.Ceil(x.score(o.root(), []ast.SelectionSet{o.op.SelectionSet}) - 1e-9))
}

func (x *execution) score(of *ast.Definition, sets []ast.SelectionSet) float64 {
	if of == nil {
		return 0
	}
	sum := 0.0
	for _, f := range x.collect(of, sets...) {
		if f.Definition == nil || len(f.SelectionSet) == 0 {
			sum += 0.1
			continue
		}
		inner := x.score(x.op.schema.ast.Types[f.Definition.Type.Name()], f.sets)
		if strings.HasSuffix(f.Definition.Type.Name(), "Connection") {
			sum += x.page(f) * inner
			continue
		}
		sum += 1 + inner
	}
	return sum
}

// page is how many items a connection is priced for.
func (x *execution) page(f *selected) float64 {
	args := f.ArgumentMap(x.op.vars)
	for _, name := range []string{"first", "last"} {
		if n, set := Int(args[name]); set {
			return float64(max(n, 0))
		}
	}
	return DefaultPage
}
