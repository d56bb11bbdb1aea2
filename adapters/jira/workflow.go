package jira

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/extsync/extsync/external"
)

// place is an issue in its workflow.
type place struct {
	issue string // id
	kind  string // name of the issue type, which has the workflow
	at    string // name of the status
}

// workflowBook holds what is known of workflows: as Jira told them, where it may, and as
// they were seen on the way.
type workflowBook struct {
	mu       sync.Mutex
	types    []typeStatuses
	told     map[string]*graph          // by issue type; nil where Jira does not tell
	secret   bool                       // Jira tells this account no workflow
	learned  map[string]*graph          // by issue type
	journeys map[string]map[string]bool // by issue: the statuses it was found in
	asked    map[string]bool            // by issue type: the ways out of where issues begin
	barred   map[place]bool             // by type and status: no create may take its transition along
}

// maxJourneys bounds how many issues' journeys are remembered.
const maxJourneys = 1000

// learn takes down the transitions that are open at a place.
func (b *workflowBook) learn(p place, ways []transition) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.learnedOf(p.kind)
	g.know(p.at)
	for _, t := range ways {
		g.add(edge{from: p.at, to: t.To.Name, id: t.ID, asks: t.asks(), resolves: t.resolves()})
	}
	b.visit(p.issue, p.at)
}

func (b *workflowBook) visit(issue, status string) {
	if b.journeys == nil || (b.journeys[issue] == nil && len(b.journeys) >= maxJourneys) {
		b.journeys = map[string]map[string]bool{}
	}
	if b.journeys[issue] == nil {
		b.journeys[issue] = map[string]bool{}
	}
	b.journeys[issue][folded(status)] = true
}

// learnInitial takes down where issues of a type begin.
func (b *workflowBook) learnInitial(kind, status string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.learnedOf(kind).initial = status
}

func (b *workflowBook) learnedOf(kind string) *graph {
	if b.learned == nil {
		b.learned = map[string]*graph{}
	}
	g := b.learned[folded(kind)]
	if g == nil {
		g = &graph{}
		b.learned[folded(kind)] = g
	}
	return g
}

func (b *workflowBook) path(p place, target string, open []string) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.learnedOf(p.kind).next(p.at, target, open)
}

// unvisited is the way to the nearest status that the issue was not found in yet.
func (b *workflowBook) unvisited(p place, open []string) (string, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.learnedOf(p.kind).toward(p.at, func(s string) bool { return !b.journeys[p.issue][folded(s)] }, open)
}

func (b *workflowBook) visited(issue, status string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.journeys[issue][folded(status)]
}

// seen lists the statuses that transitions were seen to lead to.
func (b *workflowBook) seen(kind string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.learnedOf(kind).targets()
}

// ask reports whether nobody asked yet for the ways out of where issues of a type begin.
func (b *workflowBook) ask(kind string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked == nil {
		b.asked = map[string]bool{}
	}
	first := !b.asked[folded(kind)]
	b.asked[folded(kind)] = true
	return first
}

// bar keeps creates from taking the transition to a status along.
func (b *workflowBook) bar(kind, status string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.barred == nil {
		b.barred = map[place]bool{}
	}
	b.barred[place{kind: folded(kind), at: folded(status)}] = true
}

func (b *workflowBook) open(kind, status string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.barred[place{kind: folded(kind), at: folded(status)}]
}

// first is the transition that leads from where issues begin to the status, as learned.
func (b *workflowBook) first(kind, status string, resolved bool) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.learnedOf(kind).first(status, resolved)
}

// typeStatuses are the statuses of one issue type's workflow.
type typeStatuses struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Subtask  bool         `json:"subtask"`
	Statuses []statusWire `json:"statuses"`
}

// statuses lists the statuses of the project's issue types, read once. Operation
// getAllStatuses, which needs no administrator.
func (a *adapter) statuses(ctx context.Context) ([]typeStatuses, error) {
	a.flow.mu.Lock()
	defer a.flow.mu.Unlock()
	if a.flow.types != nil {
		return a.flow.types, nil
	}
	var list []typeStatuses
	_, err := a.send(ctx, request{
		what: "list the statuses of project " + a.projectKey, kind: "projects.statuses", path: a.at("project", a.project(), "statuses"), into: &list,
	})
	if err != nil {
		return nil, err
	}
	a.flow.types = list
	return list, nil
}

// statusesOf lists the statuses of an issue type.
func (a *adapter) statusesOf(ctx context.Context, kind string) ([]statusWire, error) {
	types, err := a.statuses(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if sameName(t.Name, kind) {
			return t.Statuses, nil
		}
	}
	return nil, nil
}

// graph returns the workflow of an issue type as Jira tells it to those who administer the
// project, or nil.
func (a *adapter) graph(ctx context.Context, kind string) (*graph, error) {
	if a.edition == dataCenter { // no interface tells a workflow there
		return nil, nil //nolint:nilnil // no graph is what is known
	}
	types, err := a.statuses(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(types, func(t typeStatuses) bool { return sameName(t.Name, kind) })
	a.flow.mu.Lock()
	defer a.flow.mu.Unlock()
	g, asked := a.flow.told[folded(kind)]
	if asked || at < 0 || a.flow.secret {
		return g, nil
	}
	g, err = a.readWorkflow(ctx, types[at].ID)
	switch external.KindOf(err) {
	case external.Forbidden, external.NotFound, external.Invalid, external.Gone:
		a.flow.secret = true // not for this account, or not on this site
		return nil, nil      //nolint:nilnil // no graph is what is known
	}
	if err != nil {
		return nil, err
	}
	if a.flow.told == nil {
		a.flow.told = map[string]*graph{}
	}
	a.flow.told[folded(kind)] = g
	return g, nil
}

// workflows is the answer to a read of workflows, in both of its formats of transitions.
type workflows struct {
	Statuses []struct {
		Reference string `json:"statusReference"`
		Name      string `json:"name"`
	} `json:"statuses"`
	Workflows []struct {
		Transitions []workflowTransition `json:"transitions"`
	} `json:"workflows"`
}

type workflowTransition struct {
	ID   string `json:"id"`
	Type string `json:"type"` // INITIAL, GLOBAL, DIRECTED
	// The format with links.
	ToReference string `json:"toStatusReference"`
	Links       []struct {
		From string `json:"fromStatusReference"`
	} `json:"links"`
	// The older one.
	To   *statusReference  `json:"to"`
	From []statusReference `json:"from"`
	// What may hinder it.
	Screen     *struct{}  `json:"transitionScreen"`
	Validators []struct{} `json:"validators"`
	Conditions struct {
		Conditions []struct{} `json:"conditions"`
		Groups     []struct{} `json:"conditionGroups"`
	} `json:"conditions"`
}

// asks reports whether the transition may want more than to be taken.
func (t workflowTransition) asks() bool {
	return t.Screen != nil || len(t.Validators)+len(t.Conditions.Conditions)+len(t.Conditions.Groups) > 0
}

type statusReference struct {
	Reference string `json:"statusReference"`
}

// readWorkflow reads the workflow of an issue type.
// Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/,
// "Bulk get workflows".
func (a *adapter) readWorkflow(ctx context.Context, typeID string) (*graph, error) {
	id := a.projectID
	if id == "" {
		p, err := a.readProject(ctx)
		if err != nil {
			return nil, err
		}
		id = p.ID
	}
	var answer workflows
	body := map[string]any{"projectAndIssueTypes": []any{map[string]any{"projectId": id, "issueTypeId": typeID}}}
	_, err := a.send(ctx, request{
		what: "read the workflow of project " + a.projectKey, kind: "workflows.read", method: http.MethodPost, path: a.at("workflows"), body: body, into: &answer,
	})
	if err != nil || len(answer.Workflows) != 1 {
		return nil, err
	}
	return answer.graph(), nil
}

func (w workflows) graph() *graph {
	names := map[string]string{}
	for _, s := range w.Statuses {
		names[s.Reference] = s.Name
	}
	g := &graph{}
	for _, t := range w.Workflows[0].Transitions {
		e := edge{to: names[t.ToReference], id: t.ID, asks: t.asks()}
		if t.To != nil {
			e.to = names[t.To.Reference]
		}
		switch t.Type {
		case "INITIAL":
			g.initial = e.to
		case "GLOBAL":
			g.add(e)
		default:
			for _, l := range t.Links {
				e.from = names[l.From]
				g.add(e)
			}
			for _, f := range t.From {
				e.from = names[f.Reference]
				g.add(e)
			}
		}
	}
	return g
}
