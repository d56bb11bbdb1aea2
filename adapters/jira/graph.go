package jira

import "slices"

// graph is a workflow: which status leads to which, and by which transition.
type graph struct {
	initial string
	edges   []edge
	known   map[string]bool // the statuses all of whose ways out were seen
}

// edge is one transition from one status; an empty from means from all. One that asks
// wants something on its screen, or is not open to everybody; one that resolves has a place
// there for the resolution.
type edge struct {
	from, to, id string
	asks         bool
	resolves     bool
}

func (g *graph) add(e edge) {
	if e.to != "" && !slices.Contains(g.edges, e) {
		g.edges = append(g.edges, e)
	}
}

// know takes down that all ways out of a status are about to be added. What was merely
// remembered of them may not be open any more.
func (g *graph) know(status string) {
	if g.known == nil {
		g.known = map[string]bool{}
	}
	g.known[folded(status)] = true
	g.edges = slices.DeleteFunc(g.edges, func(e edge) bool { return e.id == "" && sameName(e.from, status) })
}

// remember adds a way that was taken once, unless those out of its status are known.
func (g *graph) remember(from, to string) {
	if !g.known[folded(from)] {
		g.add(edge{from: from, to: to, asks: true})
	}
}

// unknown reports whether some status that can be reached has ways out that were not seen.
func (g *graph) unknown(from string) bool {
	return slices.ContainsFunc(g.reachable(from), func(s string) bool { return !g.known[folded(s)] })
}

// out lists the statuses that can be reached from one by a single transition.
func (g *graph) out(from string) []string {
	var to []string
	for _, e := range g.edges {
		if e.from == "" || sameName(e.from, from) {
			to = append(to, e.to)
		}
	}
	return to
}

// next is the first status on a shortest way to a status, among those that are open now.
func (g *graph) next(from, target string, open []string) (string, bool) {
	return g.toward(from, func(s string) bool { return sameName(s, target) }, open)
}

// toward is the first status on a shortest way to any status that is wanted.
func (g *graph) toward(from string, wanted func(string) bool, open []string) (string, bool) {
	type step struct{ at, first string }
	seen := map[string]bool{folded(from): true}
	var queue []step
	for _, to := range open {
		if !seen[folded(to)] {
			seen[folded(to)] = true
			queue = append(queue, step{to, to})
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if wanted(s.at) {
			return s.first, true
		}
		for _, to := range g.out(s.at) {
			if !seen[folded(to)] {
				seen[folded(to)] = true
				queue = append(queue, step{to, s.first})
			}
		}
	}
	return "", false
}

// reachable lists what can be reached from a status, by any number of transitions.
func (g *graph) reachable(from string) []string {
	seen := map[string]bool{}
	var names []string
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, to := range g.out(at) {
			if !seen[folded(to)] {
				seen[folded(to)] = true
				names, queue = append(names, to), append(queue, to)
			}
		}
	}
	return names
}

// targets lists the statuses that some transition leads to.
func (g *graph) targets() []string {
	var names []string
	for _, e := range g.edges {
		if !slices.Contains(names, e.to) {
			names = append(names, e.to)
		}
	}
	slices.Sort(names)
	return names
}

// first is the id of the transition that leads from the initial status to another one and
// asks for nothing, since a create shows no screen of it, nor has a place there for a resolution
// that is given: Jira would fill in its own. It is empty where there is none, or it is not known
// where issues begin.
func (g *graph) first(target string, resolved bool) string {
	if g.initial == "" || sameName(g.initial, target) {
		return ""
	}
	for _, e := range g.edges {
		if !e.asks && (!resolved || !e.resolves) && sameName(e.to, target) && (e.from == "" || sameName(e.from, g.initial)) {
			return e.id
		}
	}
	return ""
}
