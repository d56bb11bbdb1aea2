package linear

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The documents of this file hold a varying number of root fields, which cannot be
// generated. They are put together from generated ones and go through the same client.

// fragments returns the fragments behind a generated operation.
func fragments(operation string) string {
	const start = "\nfragment "
	_, rest, _ := strings.Cut(operation, start)
	return start + rest
}

// root is one field of a query by ids: "issue" with the fragment of what is asked.
type root struct{ field, fragment, id string }

// byID is a query that asks for each root under the alias r0, r1, ...
func byID(name string, roots []root, operations ...string) (query string, variables map[string]any) {
	var head, body strings.Builder
	variables = map[string]any{}
	for n, r := range roots {
		v := strconv.Itoa(n)
		head.WriteString(" $i" + v + ": String!")
		body.WriteString("\tr" + v + ": " + r.field + "(id: $i" + v + ") { ... " + r.fragment + " }\n")
		variables["i"+v] = r.id
	}
	query = "query " + name + "(" + head.String() + " ) {\n" + body.String() + "}"
	for _, o := range operations {
		query += fragments(o)
	}
	return query, variables
}

// withLabels puts the making of n labels before a generated mutation, in the same call:
// mutations of one request are executed in their order. The variables are l0, l1, ...
func withLabels(mutation string, n int) string {
	var head, body strings.Builder
	for i := range n {
		v := "l" + strconv.Itoa(i)
		head.WriteString("$" + v + ": IssueLabelCreateInput!, ")
		body.WriteString("\n\t" + v + ": issueLabelCreate(input: $" + v + ") { success }")
	}
	mutation = strings.Replace(mutation, "(", "("+head.String(), 1)
	return strings.Replace(mutation, " {", " {"+body.String(), 1)
}

// uses reports whether a generated operation brings a fragment.
func uses(operation, fragment string) bool {
	return strings.Contains(operation, "\nfragment "+fragment+" on ")
}

// rootOfPath is the alias of the root field in an error's path.
func rootOfPath(path ast.Path) string {
	if len(path) == 0 {
		return ""
	}
	name, _ := path[0].(ast.PathName)
	return string(name)
}
