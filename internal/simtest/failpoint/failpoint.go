// Package failpoint reads from the engine's source where a process can die: every call on
// a port (the store's transactions, an adapter's verbs, the clock, the connector) that can
// be reached from the calls of a session. Nobody keeps the list, so that no new code
// escapes it.
package failpoint

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Site is one call on a port.
type Site struct {
	File string // without its directory
	Line int
	Func string // the function that it stands in
	Call string // "Store.Tx", "Adapter.Write"
}

// String is how reports name the site.
func (s Site) String() string { return fmt.Sprintf("%s:%d", s.File, s.Line) }

const module = "github.com/extsync/extsync/"

// Roots are the engine's methods that make a session, in their order.
func Roots() []string {
	return []string{"Witness", "NextRollback", "Begin", "Observe", "Repair", "Guard", "Sync", "Undo", "Record"}
}

// Sites returns every call on a port that the roots can reach in the engine, by file and
// line. It needs the go command and the sources.
func Sites() ([]Site, error) {
	r, err := read()
	if err != nil {
		return nil, err
	}
	found := 0
	for def := range r.bodies {
		switch on := receiver(def); {
		case on == "Engine" && slices.Contains(Roots(), def.Name()):
			found++
			r.reach(def)
		case on != "" && on != "Engine" && r.wraps(def) && def.Name() != "Tx":
			r.reach(def)
		}
	}
	if found != len(Roots()) {
		return nil, errors.New("the engine has not all of " + strings.Join(Roots(), ", "))
	}
	return r.sorted(), nil
}

// Between returns every call on a port that one method of the engine can reach without
// passing through any of the methods named, by file and line.
func Between(root string, without func(method string) bool) ([]Site, error) {
	r, err := read()
	if err != nil {
		return nil, err
	}
	found := false
	for def := range r.bodies {
		if receiver(def) != "Engine" {
			continue
		}
		found = found || def.Name() == root
		r.seen[def] = def.Name() != root && without(def.Name())
	}
	if !found {
		return nil, errors.New("the engine has no method " + root)
	}
	for def := range r.bodies {
		if receiver(def) == "Engine" && def.Name() == root {
			r.reach(def)
		}
	}
	return r.sorted(), nil
}

// read reads the engine's source.
func read() (*reader, error) {
	list, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
	}, module+"engine")
	if err != nil {
		return nil, fmt.Errorf("read the engine: %w", err)
	}
	if len(list) != 1 || len(list[0].Errors) > 0 {
		return nil, fmt.Errorf("read the engine: %d packages, %v", len(list), list[0].Errors)
	}
	r := &reader{pkg: list[0], bodies: map[*types.Func]*ast.FuncDecl{}, seen: map[*types.Func]bool{}}
	for _, f := range r.pkg.Syntax {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				if def, ok := r.pkg.TypesInfo.Defs[fn.Name].(*types.Func); ok {
					r.bodies[def] = fn
				}
			}
		}
	}
	return r, nil
}

// sorted returns what was found, by file and line. Two calls on one line are told apart by
// nobody who looks at a stack.
func (r *reader) sorted() []Site {
	slices.SortFunc(r.sites, func(a, b Site) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return slices.CompactFunc(r.sites, func(a, b Site) bool { return a.File == b.File && a.Line == b.Line })
}

// receiver names the type that a method belongs to, pointer or not; empty: it is a function.
func receiver(def *types.Func) string {
	if def.Signature().Recv() == nil {
		return ""
	}
	on := def.Signature().Recv().Type()
	if p, ok := on.(*types.Pointer); ok {
		on = p.Elem()
	}
	if named, ok := on.(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// wraps reports whether a method's type holds the store or one of its transactions: the
// engine's own wrappers, which no call names. Their Tx stands for the call that came
// through it.
func (r *reader) wraps(def *types.Func) bool {
	on := def.Signature().Recv().Type()
	if p, ok := on.(*types.Pointer); ok {
		on = p.Elem()
	}
	in, ok := on.Underlying().(*types.Struct)
	for n := 0; ok && n < in.NumFields(); n++ {
		named, is := in.Field(n).Type().(*types.Named)
		if is && in.Field(n).Embedded() && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == module+"store" && types.IsInterface(named) {
			return true
		}
	}
	return false
}

type reader struct {
	pkg    *packages.Package
	bodies map[*types.Func]*ast.FuncDecl
	seen   map[*types.Func]bool
	sites  []Site
}

// reach notes the sites of a function and goes on to all that it names.
func (r *reader) reach(def *types.Func) {
	fn := r.bodies[def]
	if fn == nil || r.seen[def] {
		return
	}
	r.seen[def] = true
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			r.call(def, n)
		case *ast.Ident:
			if used, ok := r.pkg.TypesInfo.Uses[n].(*types.Func); ok {
				r.reach(used.Origin())
			}
		}
		return true
	})
}

func (r *reader) call(in *types.Func, c *ast.CallExpr) {
	sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	s := r.pkg.TypesInfo.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return
	}
	port := portOf(s)
	if port == "" {
		return
	}
	at := r.position(sel.Sel.Pos())
	r.sites = append(r.sites, Site{filepath.Base(at.Filename), at.Line, in.Name(), port + "." + sel.Sel.Name})
}

func (r *reader) position(p token.Pos) token.Position { return r.pkg.Fset.Position(p) }

// portOf names the port that a method belongs to; empty: none.
func portOf(s *types.Selection) string {
	def, ok := s.Obj().(*types.Func)
	if !ok || def.Signature().Recv() == nil {
		return ""
	}
	on, ok := def.Signature().Recv().Type().(*types.Named)
	if !ok || !types.IsInterface(on) || on.Obj().Pkg() == nil {
		return ""
	}
	name := on.Obj().Name()
	switch strings.TrimPrefix(on.Obj().Pkg().Path(), module) {
	case "adapters":
		return name
	case "store":
		if name == "Store" {
			return name
		}
	case "engine":
		if name == "Clock" || name == "Connector" {
			return name
		}
	}
	return ""
}
