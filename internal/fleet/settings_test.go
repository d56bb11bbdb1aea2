package fleet_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
)

// factor is one thing that can be set in a connection or in its project, and how. The first level is what
// the other suites have.
type factor struct {
	name   string
	levels []string
}

// setting is one level of each factor.
type setting map[string]string

func (s setting) String() string {
	var out []string
	for _, f := range allFactors() {
		if v, ok := s[f.name]; ok {
			out = append(out, f.name+"="+v)
		}
	}
	return strings.Join(out, ",")
}

func allFactors() []factor { return append(factorsOf("github"), factorsOf("linear")...) }

// factorsOf are what the vendors let one configure.
func factorsOf(system external.System) []factor {
	common := []factor{
		{"direction", []string{"bidirectional", "pull", "push"}},
		{"account", []string{"its own", "somebody's"}},
		{"hooks", []string{"off", "late", "early", "doubled"}},
		{"letters", []string{"same", "others"}}, // of labels
		{"incident", nil},
		{"end", []string{"undo", "deleted", "moved", "restored"}},
	}
	own := []factor{
		{"address", []string{"github.com", "enterprise"}},
		{"visible", []string{"public", "private"}},
		{"assignable", []string{"all", "few"}},
		{"milestone", []string{"none", "open", "closed"}},
	}
	common[4].levels = []string{"none", "archived", "no issues", "out of sight", "revoked", "read only", "renamed", "lost replies"}
	if system == "linear" {
		common[4].levels = []string{"none", "archived items", "out of sight", "revoked", "read only", "renamed", "lost replies", "label renamed"}
		own = []factor{
			{"auth", []string{"key", "oauth", "app"}},
			{"backlink", []string{"no", "yes"}},
			{"team", []string{"public", "private"}},
			{"triage", []string{"off", "on"}},
			{"estimates", []string{"notUsed", "fibonacci", "tShirt"}},
			{"cycles", []string{"none", "named", "numbered"}},
			{"labels", []string{"team", "workspace", "group"}},
			{"filter", []string{"none", "label", "title"}},
			{"comments", []string{"leave", "touch"}},
			{"refusals", []string{"400", "200"}},
		}
	}
	return append(own, common...)
}

// pairs is a small set of settings in which each pair of levels stands together once at least. Greedy, from a seed.
func pairsOf(factors []factor, seed uint64) (out []setting) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	type pair struct{ f, l, g, m int }
	open := map[pair]bool{}
	for f := range factors {
		for g := f + 1; g < len(factors); g++ {
			for l := range factors[f].levels {
				for m := range factors[g].levels {
					open[pair{f, l, g, m}] = true
				}
			}
		}
	}
	covers := func(row []int) (n int) {
		for f := range row {
			for g := f + 1; g < len(row); g++ {
				if open[pair{f, row[f], g, row[g]}] {
					n++
				}
			}
		}
		return n
	}
	for len(open) > 0 {
		var best []int
		for range 40 {
			row := make([]int, len(factors))
			for f := range row {
				row[f] = rnd.IntN(len(factors[f].levels))
			}
			if best == nil || covers(row) > covers(best) {
				best = row
			}
		}
		if covers(best) == 0 {
			continue
		}
		s := setting{}
		for f, l := range best {
			s[factors[f].name] = factors[f].levels[l]
			for g := f + 1; g < len(best); g++ {
				delete(open, pair{f, l, g, best[g]})
			}
		}
		out = append(out, s)
	}
	return out
}

// plain is the setting of the other suites.
func plain(factors []factor) setting {
	s := setting{}
	for _, f := range factors {
		s[f.name] = f.levels[0]
	}
	return s
}

// settingsOf are those to run: each level alone, and the pairs.
func settingsOf(system external.System) (out []setting) {
	factors := factorsOf(system)
	if only := os.Getenv("FLEET_SETTING"); only != "" {
		s := plain(factors)
		for part := range strings.SplitSeq(only, ",") {
			name, level, _ := strings.Cut(part, "=")
			s[name] = level
		}
		return []setting{s}
	}
	if n, err := strconv.Atoi(os.Getenv("FLEET_SETTINGS")); err == nil {
		for seed := uint64(1); len(out) < n; seed++ {
			out = append(out, pairsOf(factors, seed)...)
		}
		return out
	}
	for n, f := range factors {
		for k, level := range f.levels {
			if n == 0 || k > 0 {
				s := plain(factors)
				s[f.name] = level
				out = append(out, s)
			}
		}
	}
	return append(out, pairsOf(factors, 1)...)
}

// TestEverySetting lives through the same days with each setting of a connection and a project.
func TestEverySetting(t *testing.T) {
	t.Parallel()
	for _, system := range []external.System{"github", "linear"} {
		t.Run(string(system), func(t *testing.T) {
			t.Parallel()
			for _, s := range settingsOf(system) {
				t.Run(s.String(), func(t *testing.T) {
					l := &story{world: newWorld(t, fleet.Options{Seed: 5, Allow: true, Lag: false}), set: s, system: system, said: map[string]said{}}
					l.live()
				})
			}
		})
	}
}
