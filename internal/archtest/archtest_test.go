package archtest

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestArrowsPointDown(t *testing.T) {
	pkgs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.path == "ticket" && len(p.imports) > 0 }) {
		t.Fatal("the list of packages lacks ticket: nothing was checked")
	}
	for _, wrong := range turned(pkgs) {
		t.Error(wrong)
	}
}

func TestSourceKeepsTheRules(t *testing.T) {
	pkgs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		wrong, err := unruly(p)
		if err != nil {
			t.Error(err)
		}
		for _, w := range wrong {
			t.Error(w)
		}
	}
}

// The checker itself, on graphs made up for it: each wrong arrow is found, and
// each right one is let pass.
func TestTurnedArrowsAreFound(t *testing.T) {
	const ours = module + "/"
	for _, c := range []struct {
		reason string
		from   string
		to     string
		want   string // part of the complaint, "" for none
	}{
		{"the nouns are at the bottom", "ticket", ours + "external", "the design allows ticket"},
		{"the planner sees the nouns", "plan", ours + "external", ""},
		{"the planner sees no store", "plan", ours + "store", "the design allows plan"},
		{"the planner sees no clock through a context", "plan", "context", "pure package"},
		{"nor a log", "mapping", "log/slog", "pure package"},
		{"nor the network", "outbound", "net/http", "pure package"},
		{"an address is a value", "outbound", "net/url", ""},
		{"the nouns are plain Go", "ticket", "github.com/google/uuid", "standard library only"},
		{"an adapter sees the port", "adapters/jira", ours + "adapters", ""},
		{"an adapter sees markup", "adapters/jira", ours + "markup", ""},
		{"an adapter sees no other adapter", "adapters/jira", ours + "adapters/github", "the design allows adapters/..."},
		{"an adapter sees no store", "adapters/github", ours + "store", "the design allows"},
		{"an adapter sees no policy", "adapters/github", ours + "plan", "the design allows"},
		{"the port knows no adapter", "adapters", ours + "adapters/github", "the design allows adapters"},
		{"the catalogue knows all", "adapters/catalog", ours + "adapters/github", ""},
		{"the engine sees ports", "engine", ours + "store", ""},
		{"the engine sees no concrete store", "engine", ours + "store/postgres", "the design allows engine"},
		{"the engine sees no concrete adapter", "engine", ours + "adapters/github", "the design allows engine"},
		{"the engine sees no Temporal", "engine", "go.temporal.io/sdk/workflow", "only activities"},
		{"vendor types stay in their adapter", "activities", "github.com/google/go-github/v62/github", "only adapters/github"},
		{"workflows see activities", "workflows", ours + "activities", ""},
		{"workflows hold no business rule", "workflows", ours + "engine", "the design allows workflows"},
		{"workflows see no store", "workflows", ours + "store", "the design allows workflows"},
		{"the worker wires", "worker", ours + "adapters/catalog", ""},
		{"activities wire nothing", "activities", ours + "adapters/catalog", "the design allows activities"},
		{"a simulator imports nothing of ours", "simulator/github", ours + "ticket", "the design allows simulator"},
		{"a simulator may have parts", "simulator/github", ours + "simulator/github/model", ""},
		{"an adapter does not lean on its simulator", "adapters/github", ours + "simulator/github", "the design allows"},
		{"SQL stays in the store", "engine", "github.com/jackc/pgx/v5", "only store/postgres"},
		{"what is shared by tests stays with them", "worker", ours + "internal/devstack/pgtest", "for tests"},
		{"production code does not test", "engine", "testing", "does not test"},
		{"Go itself guards internal packages", "store/memory", ours + "store/internal/canon", ""},
		{"a new package needs a place", "util", "strings", "no place in the design"},
	} {
		got := strings.Join(turned([]pkg{{path: c.from, imports: []string{c.to}}}), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s -> %s: got %q, want %q", c.reason, c.from, c.to, got, c.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"store", "store", true},
		{"store", "store/memory", false},
		{"store/...", "store", true},
		{"store/...", "store/postgres/db", true},
		{"store/...", "storehouse", false},
		{"adapters/*", "adapters/github", true},
		{"adapters/*", "adapters", false},
		{"adapters/*", "adapters/github/internal", false},
		{"...", "anything/at/all", true},
	} {
		if got := matches(c.pattern, c.path); got != c.want {
			t.Errorf("matches(%q, %q) = %t", c.pattern, c.path, got)
		}
	}
}

func TestUnrulySourceIsFound(t *testing.T) {
	long := "// Package x is long.\npackage x\n" + strings.Repeat("\n", longest)
	for _, c := range []struct {
		reason string
		pkg    string
		name   string
		src    string
		want   string
	}{
		{"good", "store", "x", "// Package x does.\npackage x\n", ""},
		{"no comment", "store", "x", "package x\n", "no package comment"},
		{"too long", "store", "x", long, "502 lines"},
		{"generated code may be long", "store", "x", "// Code generated by us. DO NOT EDIT.\n\n" + long, ""},
		{"init", "store", "x", "// Package x does.\npackage x\n\nfunc init() {}\n", "an init function"},
		{"a method may be called init", "store", "x", "// Package x does.\npackage x\n\nfunc (t T) init() {}\n", ""},
		{"another binary", "store", "main", "// Command x does.\npackage main\n", "another package main"},
		{"a generator", "api/generate", "main", "// Command generate does.\npackage main\n", ""},
		{"the gate", "activities", "x", "// Package x does.\npackage x\n\nimport \"" + module + "/outbound\"\n\nvar _ = outbound.Clear\n", "calls outbound.Clear"},
		{"the gate under another name", "activities", "x", "// Package x does.\npackage x\n\nimport o \"" + module + "/outbound\"\n\nvar _ = o.Clear\n", "calls outbound.Clear"},
		{"the engine's gate", "engine", "x", "// Package x does.\npackage x\n\nimport \"" + module + "/outbound\"\n\nvar _ = outbound.Clear\n", ""},
		{"the clock", "plan", "x", "// Package x does.\npackage x\n\nimport \"time\"\n\nvar _ = time.Now\n", "reads the clock"},
		{"a time is a value", "plan", "x", "// Package x does.\npackage x\n\nimport \"time\"\n\nvar _ time.Time\n", ""},
		{"the clock elsewhere", "worker", "x", "// Package x does.\npackage x\n\nimport \"time\"\n\nvar _ = time.Now\n", ""},
	} {
		file := filepath.Join(t.TempDir(), "x.go")
		if err := os.WriteFile(file, []byte(c.src), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), file, nil, 0); err != nil {
			t.Fatalf("%s: the made-up source: %v", c.reason, err)
		}
		wrong, err := unruly(pkg{path: c.pkg, name: c.name, files: []string{file}})
		got := strings.Join(wrong, "\n")
		if err != nil || c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.reason, got, err, c.want)
		}
	}
}
