package jira

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// transition is a way out of a status, as this account may take it now.
type transition struct {
	ID     string                 `json:"id"`
	To     statusWire             `json:"to"`
	Fields map[string]screenField `json:"fields"`
}

// asks reports whether something must be filled in on the transition's screen.
func (t transition) asks() bool {
	for _, f := range t.Fields {
		if f.Required && !f.HasDefault {
			return true
		}
	}
	return false
}

// resolves reports whether the transition's screen has a place for the resolution.
func (t transition) resolves() bool {
	_, has := t.Fields[fieldResolution]
	return has
}

// screenField is a field on a transition's screen. go-jira's type lacks the default.
type screenField struct {
	Name       string `json:"name"`
	Required   bool   `json:"required"`
	HasDefault bool   `json:"hasDefaultValue"`
}

// statusWire is a status on the wire.
type statusWire struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"`
	} `json:"statusCategory"`
}

// move takes the issue one transition nearer to the status. An issue that is there already
// is left alone. Operations getTransitions and doTransition.
func (w *writing) move(ctx context.Context) (external.Item, error) {
	target := w.c.Set[fieldStatus].Text()
	if target == "" {
		return external.Item{}, w.refuse(fieldStatus, "cannot be empty")
	}
	ways, err := w.ways(ctx, address(w.c.Ref))
	if err != nil {
		return external.Item{}, err
	}
	if err := w.hold(ctx, ways); err != nil {
		return external.Item{}, err
	}
	step, fields, err := w.choose(ways, target, true)
	if err != nil {
		return external.Item{}, err
	}
	if step == nil {
		current, err := w.whereabouts(ctx)
		if err != nil {
			return external.Item{}, err
		}
		p := place{issue: current.ID, kind: nameOf(current.Fields[fieldType]), at: nameOf(current.Fields[fieldStatus])}
		if sameName(p.at, target) {
			item, err := w.look(ctx, current.ID)
			item.Chosen = w.unsaid(item.Fields)
			return item, err
		}
		hop, err := w.hop(ctx, p, target, ways, current.Log.Entries)
		if err != nil {
			return external.Item{}, err
		}
		if step, fields, err = w.choose(ways, hop, false); err != nil {
			return external.Item{}, err
		}
	}
	_, resolved := fields[fieldResolution]
	w.mute = !resolved
	if err := w.take(ctx, step, fields); err != nil {
		return external.Item{}, err
	}
	return w.look(ctx, address(w.c.Ref))
}

// whereabouts reads where the issue stands and how it came there: of its changes the last
// hundred or so come along, which a search for a way may need.
func (w *writing) whereabouts(ctx context.Context) (*issue, error) {
	return w.a.getIssueBy(ctx, w.what, address(w.c.Ref), url.Values{
		"fields": {joined([]string{fieldStatus, fieldType, "project"})}, "expand": {"changelog"},
	})
}

func (w *writing) refuse(field, problem string) error {
	return fail(external.Invalid, w.what, "the field "+field+" "+problem, nil)
}

// ways lists the transitions of an issue that the account may take now. An issue without any lacks
// the permission, or stands at an end.
func (w *writing) ways(ctx context.Context, issue string) ([]transition, error) {
	var answer struct {
		Transitions []transition `json:"transitions"`
	}
	path := withQuery(w.a.at("issue", issue, "transitions"), url.Values{"expand": {"transitions.fields"}})
	_, err := w.a.send(ctx, request{what: w.what, kind: "transitions.list", path: path, into: &answer})
	return answer.Transitions, err
}

// choose returns the transition to a status whose screen can be filled, with what fills
// it; nil when none leads there.
func (w *writing) choose(ways []transition, to string, last bool) (*transition, map[string]any, error) {
	var refused error
	for n := range ways {
		if !sameName(ways[n].To.Name, to) {
			continue
		}
		fields, err := w.screen(ways[n], last)
		if err == nil {
			return &ways[n], fields, nil
		}
		refused = err
	}
	return nil, nil, refused
}

// hold looks what the issue holds of what the transitions' screens ask for and the content does not give.
func (w *writing) hold(ctx context.Context, ways []transition) error {
	var asked []string
	for _, t := range ways {
		for id, field := range t.Fields {
			wanted := w.a.settings.TransitionFields[id] != "" || field.Required && !field.HasDefault
			if wanted && w.c.Set[w.cat.ourName(id)].IsEmpty() && !slices.Contains(asked, id) {
				asked = append(asked, id)
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	slices.Sort(asked)
	i, err := w.a.getIssueBy(ctx, w.what, address(w.c.Ref), url.Values{"fields": {joined(asked)}})
	if err != nil {
		return err
	}
	w.held = map[string]bool{}
	for _, id := range asked {
		w.held[id] = i.holds(id) && string(i.Fields[id]) != "[]"
	}
	return nil
}

// screen fills a transition's screen: from the content, on the last transition alone,
// else from the settings, unless the issue holds something there, which Jira keeps. A field that is required and stays empty is named. What a call of its own
// writes, and the screen merely has a place for, stays out: somebody may have edited it since, and nobody
// would look for that after this call.
func (w *writing) screen(t transition, last bool) (map[string]any, error) {
	out := map[string]any{}
	ids := make([]string, 0, len(t.Fields))
	for id := range t.Fields {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		field := t.Fields[id]
		name := w.cat.ourName(id)
		v, given := w.c.Set[name]
		switch {
		case w.held[id]:
			continue
		case !given || v.IsEmpty() || (id == fieldResolution && !last && !field.Required):
			v = ticket.Text(w.a.settings.TransitionFields[id])
		case !field.Required && !slices.Contains(w.op.Writes, name):
			continue
		}
		if v.IsEmpty() {
			if field.Required && !field.HasDefault {
				return nil, w.refuse(id, "("+field.Name+") is required by the transition to "+t.To.Name+"; give it under transition_fields in the settings")
			}
			continue
		}
		value, err := w.encoder().value(name, v)
		if err != nil {
			return nil, err
		}
		out[id] = value
	}
	return out, nil
}

// take makes the transition.
func (w *writing) take(ctx context.Context, t *transition, fields map[string]any) error {
	body := map[string]any{"transition": map[string]any{"id": t.ID}}
	if len(fields) > 0 {
		body["fields"] = fields
	}
	if w.a.edition == dataCenter {
		return w.a.typed(ctx, w.what, w.op.Verb, true, func(ctx context.Context) error {
			_, err := w.a.jira.Issue.DoTransitionWithPayloadWithContext(ctx, url.PathEscape(address(w.c.Ref)), body)
			return err
		})
	}
	path := w.a.at("issue", address(w.c.Ref), "transitions")
	_, err := w.a.send(ctx, request{what: w.what, kind: w.op.Verb, method: http.MethodPost, path: path, body: body, write: true})
	return err
}

// hop is the status to go to next on the way to the target: along the workflow as far as
// it is known, else by trying.
func (w *writing) hop(ctx context.Context, p place, target string, ways []transition, log []entry) (string, error) {
	open := targets(ways)
	w.a.flow.learn(p, ways)
	known, err := w.a.graph(ctx, p.kind)
	if err != nil {
		return "", err
	}
	if known != nil {
		if next, found := known.next(p.at, target, open); found {
			return next, nil
		}
		if len(open) > 0 {
			return "", w.unreachable(target, known.reachable(p.at))
		}
	}
	if len(open) == 0 {
		return "", fail(external.Forbidden, w.what, "no transition is open to the account; give it the permission Transition Issues (TRANSITION_ISSUES), or move the issue by hand", nil)
	}
	if next, found := w.a.flow.path(p, target, open); found {
		return next, nil
	}
	return w.try(ctx, p, target, ways, log)
}

func targets(ways []transition) []string {
	out := make([]string, len(ways))
	for n, t := range ways {
		out[n] = t.To.Name
	}
	return out
}

func (w *writing) unreachable(target string, reachable []string) error {
	return fail(external.Invalid, w.what, "no transition leads to the status "+target+"; from here these can be reached: "+strings.Join(reachable, ", "), nil)
}

// try goes to a status that the issue has not been in yet, the nearest by category to the
// target's; where all around were tried, back to where one was left out. What an adapter
// before this one tried, the issue's history tells.
func (w *writing) try(ctx context.Context, p place, target string, ways []transition, log []entry) (string, error) {
	statuses, err := w.a.statusesOf(ctx, p.kind)
	if err != nil {
		return "", err
	}
	goal := slices.IndexFunc(statuses, func(s statusWire) bool { return sameName(s.Name, target) })
	if goal < 0 {
		names := make([]string, len(statuses))
		for n, s := range statuses {
			names[n] = s.Name
		}
		return "", w.unreachable(target, names)
	}
	trail, err := w.trail(ctx, log)
	if err != nil {
		return "", err
	}
	w.a.flow.recall(p, trail)
	if next, found := w.a.flow.path(p, target, targets(ways)); found {
		return next, nil
	}
	if next, found := w.nearest(p, statuses[goal], ways); found {
		return next, nil
	}
	if w.a.flow.puzzled(p) {
		if next, ok := longestAgo(p.at, ways, trail, len(statuses)); ok {
			return next, nil
		}
	}
	return "", w.unreachable(target, w.a.flow.seen(p.kind))
}

// nearest is the status to go to among those where the issue has not been, or the way back
// to one that was left out.
func (w *writing) nearest(p place, goal statusWire, ways []transition) (string, bool) {
	fresh := slices.DeleteFunc(slices.Clone(ways), func(t transition) bool { return w.a.flow.visited(p.issue, t.To.Name) })
	if len(fresh) == 0 {
		return w.a.flow.unvisited(p, targets(ways))
	}
	next := slices.MinFunc(fresh, func(a, b transition) int { return distance(a.To, goal) - distance(b.To, goal) })
	return next.To.Name, true
}

// distance counts the categories between two statuses.
func distance(a, b statusWire) int {
	d := rank(a) - rank(b)
	return max(d, -d)
}

func rank(s statusWire) int {
	return map[string]int{"indeterminate": 1, doneCategory: 2}[s.Category.Key]
}
