package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// longest is how many lines a file written by hand may have.
const longest = 500

// pkg is one package of ours: its path relative to the module, and of its files
// without the tests, what they import.
type pkg struct {
	path    string
	name    string
	imports []string
	files   []string // absolute paths, tests and other systems' files included
}

// load asks the go command for all packages of the module. A package that does
// not compile is listed as well: its arrows can be read all the same.
func load() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,Imports,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", module+"/...")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, complaint.String())
	}
	var pkgs []pkg
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Name, Dir                                        string
			Imports                                                      []string
			GoFiles, CgoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
		}
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("read go list: %w", err)
		}
		made := pkg{path: strings.TrimPrefix(p.ImportPath, module+"/"), name: p.Name, imports: p.Imports}
		for _, f := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles) {
			made.files = append(made.files, filepath.Join(p.Dir, f))
		}
		pkgs = append(pkgs, made)
	}
}

// unruly returns what is wrong with the files of a package, one sentence each.
func unruly(p pkg) ([]string, error) {
	var wrong []string
	explained := len(p.files) == 0
	for _, path := range p.files {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse source: %w", err)
		}
		test := strings.HasSuffix(path, "_test.go")
		explained = explained || f.Doc != nil && (!test || onlyTests(p))
		for _, w := range unrulyFile(p, f, src, test) {
			wrong = append(wrong, fmt.Sprintf("%s/%s: %s", p.path, filepath.Base(path), w))
		}
	}
	if !explained {
		wrong = append(wrong, p.path+": no package comment (its job and its entry point)")
	}
	if p.name == "main" && !slices.Contains(mains(), p.path) && filepath.Base(p.path) != "generate" {
		wrong = append(wrong, p.path+": another package main; the only binary is cmd/extsync")
	}
	return wrong, nil
}

// onlyTests says whether a package consists of test files.
func onlyTests(p pkg) bool {
	return !slices.ContainsFunc(p.files, func(f string) bool { return !strings.HasSuffix(f, "_test.go") })
}

// unrulyFile returns what is wrong with one file.
func unrulyFile(p pkg, f *ast.File, src []byte, test bool) []string {
	var wrong []string
	if lines := bytes.Count(src, []byte("\n")); lines > longest && !ast.IsGenerated(f) {
		wrong = append(wrong, fmt.Sprintf("%d lines, at most %d", lines, longest))
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			wrong = append(wrong, "an init function; registries are explicit")
		}
	}
	if test {
		return wrong
	}
	if !slices.Contains(clearers(), p.path) && mentions(f, module+"/outbound", "Clear") {
		wrong = append(wrong, "calls outbound.Clear; only the engine does")
	}
	if slices.Contains(pure(), p.path) && mentions(f, "time", clockReads()...) {
		wrong = append(wrong, "reads the clock; take the time as an argument")
	}
	return wrong
}

// clockReads are the functions of package time that are not about values.
func clockReads() []string {
	return []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
}

// mentions says whether the file uses one of the names of an imported package,
// whatever it calls that package. A dot import counts as using them all.
func mentions(f *ast.File, importPath string, names ...string) bool {
	local := localName(f, importPath)
	if local == "" || local == "_" {
		return false
	}
	if local == "." {
		return true
	}
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, s.Sel.Name) {
				found = true
			}
		}
		return !found
	})
	return found
}

// localName is what the file calls an imported package, "" when it imports it not.
func localName(f *ast.File, importPath string) string {
	for _, i := range f.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err != nil || path != importPath {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return filepath.Base(importPath)
	}
	return ""
}
