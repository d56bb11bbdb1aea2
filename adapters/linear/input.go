package linear

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// input is an IssueCreateInput or IssueUpdateInput. It is a map, because null and absent
// differ: null clears a field, and what is absent stays. A generated struct with
// pointers would clear everything that is not set.
func (w *writing) input(n *names, labels *labels) (map[string]any, error) {
	in := map[string]any{}
	for _, l := range w.puts() {
		if _, label := n.labels[strings.ToLower(l)]; !label && n.groups[strings.ToLower(l)] {
			return nil, fail(external.Invalid, w.what, "one of its labels is the name of a group of labels; use a label of the group", nil)
		}
	}
	if err := labels.room(w.what, w.puts()); err != nil {
		return nil, err
	}
	if w.op.Creates {
		in["id"], in["teamId"] = w.id(), n.team
		if add := labels.ids(w.puts()); len(add) > 0 {
			in["labelIds"] = add
		}
	} else {
		add := labels.ids(w.puts())
		if len(add) > 0 {
			in["addedLabelIds"] = add
		}
		stays := func(id string) bool { return slices.Contains(add, id) } // another spelling of the same label
		if remove := slices.DeleteFunc(n.known(w.op.Remove), stays); len(remove) > 0 {
			in["removedLabelIds"] = remove
		}
	}
	for _, field := range w.op.Writes {
		if field == fieldLabels {
			continue
		}
		name, v, why := w.value(n, field, w.c.Set[field])
		if why != "" {
			return nil, fail(external.Invalid, w.what, why, nil)
		}
		in[name] = v
	}
	return in, nil
}

// value returns a field's input and its value, nil to clear it; why says that there is
// none.
func (w *writing) value(n *names, field string, v ticket.Value) (name string, value any, why string) {
	s := v.Text()
	switch field {
	case fieldTitle:
		if n := utf8.RuneCountInString(s); n > maxTitle || strings.TrimSpace(s) == "" {
			return "", nil, "a title has 1 to " + strconv.Itoa(maxTitle) + " characters"
		}
		return "title", s, ""
	case fieldState:
		id, known := n.states[s]
		if !known {
			return "", nil, "the team has no such state; add it in Linear or map the state to another one"
		}
		return "stateId", id, ""
	case fieldPriority:
		p, known := priorityNumber(s)
		if !known {
			return "", nil, "the priority is none of " + strings.Join(priorities(), ", ")
		}
		return "priority", p, ""
	case fieldEstimate:
		return estimateInput(s)
	case fieldDueDate:
		if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
			return "", nil, "the due date is not of the form 2006-01-02"
		}
		return "dueDate", orNull(s), ""
	case fieldProject, fieldCycle:
		id, known := containerID(w.c, field, s)
		if s != "" && !known {
			return "", nil, "the " + field + " is not known; make it in Linear first"
		}
		return field + "Id", orNull(id), ""
	case fieldDescription:
		return "description", orNull(s), ""
	}
	return field + "Id", orNull(s), "" // assignee, parent
}

// estimateInput: estimates are read as decimals and written as whole numbers.
func estimateInput(s string) (name string, value any, why string) {
	if s == "" {
		return "estimate", nil, ""
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1e6 {
		return "", nil, "Linear takes whole numbers as estimates alone"
	}
	return "estimate", int(f), ""
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// known returns the ids of those labels that exist. One that does not need not be removed.
func (n *names) known(labels []string) []string {
	var out []string
	for _, l := range labels {
		if id, ok := n.labels[strings.ToLower(l)]; ok {
			out = append(out, id)
		}
	}
	return out
}

// labels collects the labels that one call uses and makes.
type labels struct {
	names   *names
	missing []map[string]any // inputs of labels that do not exist
	made    map[string]string
}

func newLabels(n *names) *labels { return &labels{names: n, made: map[string]string{}} }

// maxNewLabels bounds the labels that one call makes, each by a mutation of its own. That
// is far below the 10,000 points that one query may have.
// Source: https://linear.app/developers/rate-limiting
const maxNewLabels = 500

// room refuses labels that the call cannot make any more. In a batch an element that is
// refused for those before it is written alone.
func (l *labels) room(what string, elems []string) error {
	fresh := map[string]bool{}
	for _, e := range elems {
		if name := strings.ToLower(e); l.names.labels[name] == "" && l.made[name] == "" {
			fresh[name] = true
		}
	}
	switch {
	case len(fresh) > maxNewLabels:
		return fail(external.Invalid, what, "it has more than "+strconv.Itoa(maxNewLabels)+" labels that Linear does not know; take some away, or make them in Linear first", nil)
	case len(fresh)+len(l.missing) > maxNewLabels:
		return fail(external.Temporary, what, "the batch has more new labels than one call makes; the issue is written alone", nil)
	}
	return nil
}

// ids returns the ids of labels, of new ones too.
func (l *labels) ids(elems []string) []string {
	var out []string
	for _, e := range elems {
		name := strings.ToLower(e)
		id, known := l.names.labels[name]
		if !known {
			id, known = l.made[name]
		}
		if !known {
			id = uuid.NewString()
			l.made[name] = id
			l.missing = append(l.missing, map[string]any{"id": id, "name": e, "teamId": l.names.team})
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (l *labels) inputs() []map[string]any { return l.missing }

func labelVariable(i int) string { return "l" + strconv.Itoa(i) }

// labelTrouble drops what is known of labels after a call that made some, or that was
// refused because of them.
func (a *adapter) labelTrouble(ctx context.Context, what string, made *call, l *labels, err error) error {
	if len(l.missing) > 0 {
		a.forget()
	}
	if err == nil {
		return nil
	}
	for _, e := range made.refusals {
		alias, fields := rootOfPath(e.Path), strings.Join(fieldsIn(e.Message), " ")
		kind := external.KindOf(err) // a name that is taken "already exists", as an id would
		if (kind == external.Invalid || kind == external.Conflict) && strings.HasPrefix(alias, "l") && len(l.missing) > 0 {
			if !nameTaken(e.Message) {
				return fail(external.Invalid, what, "Linear refuses the name of a new label; rename the label here", err)
			}
			return a.takenLabel(ctx, what, l, err)
		}
		if strings.Contains(fields, "abelIds") || strings.Contains(fields, "stateId") {
			a.forget()
		}
	}
	return err
}

// takenLabel is the refusal of a new label whose name is taken: by a label that somebody has just made, and
// that is used from now on, or by one that Linear does not list, which no other try would find either.
func (a *adapter) takenLabel(ctx context.Context, what string, l *labels, cause error) error {
	n, err := a.learn(ctx)
	if err == nil && !n.has("", slices.Collect(maps.Keys(l.made))) {
		return fail(external.Invalid, what,
			"the name of a new label is taken by one that cannot be used: restore it in Linear or give it another name, there or here", cause)
	}
	return fail(external.Temporary, what, "a new label could not be made: its name was taken a moment ago", cause)
}

// nameTaken tells a label that somebody else has just made from a name that can be none.
// Linear's schema gives neither a code of its own.
func nameTaken(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "duplicate") || strings.Contains(m, "exists") || strings.Contains(m, "taken")
}

// puts are the labels that the operation puts on the issue.
func (w *writing) puts() []string {
	if w.op.Creates {
		return trimmed(w.c.Set[fieldLabels]).Elements()
	}
	return w.op.Add
}
