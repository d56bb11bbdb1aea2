package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// module is the path all our packages start with.
const module = "github.com/extsync/extsync"

// arrow says what of our own the packages of a pattern may import. Patterns name
// packages relative to the module: "store" itself, "adapters/*" each package
// directly below, "store/..." the package and all below it. The first arrow that
// matches a package is its only one.
type arrow struct {
	from string
	to   []string
}

// arrows is section 3 of docs/design.md, from the nouns at the bottom to the
// binary at the top. Besides what is listed, a package may import the
// `internal` packages that Go lets it see.
func arrows() []arrow {
	nouns := []string{"ticket", "external"}
	port := []string{"adapters", "outbound", "external", "ticket"}
	engineAndBelow := []string{"engine", "store", "adapters", "plan", "twin", "mapping", "outbound", "external", "ticket"}
	wiring := slices.Concat(engineAndBelow, []string{
		"adapters/catalog", "store/postgres", "store/memory", "events", "vault", "why", "activities", "workflows",
	})
	return []arrow{
		// The nouns and the pure core.
		{"ticket", nil},
		{"external", []string{"ticket"}},
		{"outbound", nouns},
		{"markup", nouns},
		{"plan", nouns},
		{"twin", nouns},
		{"mapping", slices.Concat(nouns, []string{"markup"})},
		{"mapping/mappinglaws", slices.Concat(nouns, []string{"mapping", "markup"})},

		// Adapters see the port and markup: no other adapter, no store, no policy.
		{"adapters", []string{"outbound", "external", "ticket"}},
		{"adapters/catalog", slices.Concat(port, []string{"adapters/*"})},
		{"adapters/adaptertest", port},
		{"adapters/...", slices.Concat(port, []string{"markup"})},

		// State.
		{"store", []string{"plan", "outbound", "external", "ticket"}},
		{"store/postgres/...", []string{"store", "store/postgres/...", "plan", "outbound", "external", "ticket"}},
		{"store/...", []string{"store", "plan", "outbound", "external", "ticket"}},
		{"events/...", []string{"store", "external", "ticket"}},
		{"vault/...", []string{"store", "external", "ticket"}},
		{"why", []string{"store", "plan", "external", "ticket"}},

		// The loop, and Temporal around it. The engine sees ports alone.
		{"engine", []string{"store", "adapters", "plan", "twin", "mapping", "outbound", "external", "ticket"}},
		{"activities", []string{"engine", "store", "external", "ticket"}},
		{"workflows", []string{"activities", "external", "ticket"}},

		// What wires and serves. Only these know the concrete adapters and stores.
		{"worker", wiring},
		{"console", []string{"store", "external", "ticket"}},
		{"api/...", slices.Concat(wiring, []string{"console", "api/..."})},
		{"starter/...", slices.Concat(wiring, []string{"worker", "api/...", "starter/...", "simulator/...", "internal/devstack", "internal/demo"})},
		{"cmd/...", slices.Concat(wiring, []string{"worker", "api/...", "starter/...", "cmd/...", "simulator/...", "internal/devstack", "internal/demo"})},

		// The simulators speak the vendors' language, not ours.
		{"simulator/...", []string{"simulator/..."}},

		// Test harnesses and measurements.
		{"internal/archtest", nil},
		{"internal/devstack/...", []string{"internal/devstack"}},
		{"internal/simtest/...", slices.Concat(engineAndBelow, []string{
			"internal/simtest/...", "internal/fleet", "adapters/memory", "adapters/catalog", "store/memory", "simulator/...", "mapping/mappinglaws", "why",
		})},
		{"internal/...", []string{"..."}},
	}
}

// library says which of our packages may import a third-party one, named by the
// beginning of its path. What a vendor or a database calls things stays there.
type library struct {
	path string
	only []string
}

func libraries() []library {
	return []library{
		{"go.temporal.io/", []string{"activities", "workflows", "worker", "api/...", "starter/...", "cmd/...", "internal/..."}},
		{"github.com/google/go-github/", []string{"adapters/github/..."}},
		{"github.com/andygrunwald/go-jira", []string{"adapters/jira/..."}},
		{"github.com/Khan/genqlient", []string{"adapters/github/...", "adapters/linear/..."}},
		{"github.com/jackc/pgx/", []string{"store/postgres/...", "internal/..."}},
		{"github.com/pressly/goose/", []string{"store/postgres/..."}},
		{"github.com/gin-gonic/gin", []string{"api/...", "console"}},
		{"github.com/danielgtaylor/huma/", []string{"api/...", "console"}},
		{"github.com/spf13/cobra", []string{"starter/...", "cmd/..."}},
		{"github.com/fergusstrange/embedded-postgres", []string{"internal/devstack"}},
	}
}

// pure are the packages that turn values into values: what they see is in their
// arguments, so that equal inputs give equal outputs.
func pure() []string {
	return []string{"ticket", "external", "outbound", "markup", "plan", "twin", "mapping"}
}

// impure are the standard library's ways to the clock, the system and chance.
// The type time.Time is a value like others; see clockReads for its functions.
func impure() []string {
	return []string{"context", "log/...", "os/...", "net", "net/http/...", "net/rpc/...", "database/...", "syscall", "io/ioutil",
		"math/rand/...", "crypto/rand", "runtime/...", "sync/..."}
}

// mains are the only commands; generators live in directories named generate.
func mains() []string {
	return []string{"cmd/extsync", "internal/simtest/simrun", "internal/bench", "internal/conformance"}
}

// clearers are the packages allowed to pass the privacy gate: the engine, and
// the conformance suite, which has to make what it writes, and the simulation, which
// plants an adapter that says too much.
func clearers() []string { return []string{"engine", "adapters/adaptertest", "internal/simtest"} }

// testOnly are packages of tests that are not in _test files because several
// packages share them; production code may not import them, nor `testing`.
func testOnly() []string {
	return []string{"adapters/adaptertest", "simulator/official", "store/storetest", "internal/apitest", "internal/devstack/pgtest", "internal/devstack/temporaltest", "internal/simtest/...", "internal/killable", "internal/chaos"}
}

// matches says whether a path is one the pattern names.
func matches(pattern, path string) bool {
	if pattern == "..." {
		return true
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == root || strings.HasPrefix(path, root+"/")
	}
	if root, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, below := strings.CutPrefix(path, root+"/")
		return below && !strings.Contains(rest, "/")
	}
	return pattern == path
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, path) })
}

// turned returns what is wrong with the imports of the packages, one sentence
// each, sorted.
func turned(pkgs []pkg) []string {
	var wrong []string
	for _, p := range pkgs {
		i := slices.IndexFunc(arrows(), func(a arrow) bool { return matches(a.from, p.path) })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("%s has no place in the design: add it to arrows", p.path))
			continue
		}
		for _, imported := range p.imports {
			if reason := judge(p.path, imported, arrows()[i]); reason != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", p.path, imported, reason))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// judge returns why the package may not have the import, "" when it may.
func judge(path, imported string, a arrow) string {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		switch {
		case matchesAny(testOnly(), ours) && !matchesAny(testOnly(), path):
			return "that is for tests"
		case strings.Contains(ours, "/internal/"), matchesAny(a.to, ours):
			return ""
		}
		return fmt.Sprintf("the design allows %s: %s", a.from, strings.Join(a.to, ", "))
	}
	if imported == "testing" && !matchesAny(testOnly(), path) {
		return "production code does not test"
	}
	if matchesAny(pure(), path) {
		if matchesAny(impure(), imported) {
			return "a pure package sees no clock, log, context, chance or I/O"
		}
		if strings.Contains(strings.Split(imported, "/")[0], ".") && path == "ticket" {
			return "the nouns use the standard library only"
		}
	}
	for _, l := range libraries() {
		if strings.HasPrefix(imported, l.path) && !matchesAny(l.only, path) {
			return "only " + strings.Join(l.only, ", ") + " may"
		}
	}
	return ""
}
