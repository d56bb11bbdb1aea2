package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

var update = flag.Bool("update", false, "write the golden plans anew")

// TestHistories plans the two-sided histories in testdata. A history is lines of
//
//	agreed FIELD = VALUE             what both sides last agreed on
//	here FIELD = VALUE               what the local side holds now
//	outside FIELD = VALUE            what the external side holds now
//	here deleted / outside gone
//	direction D, kind K, unlinked, withheld REASON, stays REASON (may come in only)
//	strategy FIELD S [confirmed]
//	rule FIELD kept                  privacy keeps the field here
//	passages in brackets stay        and so are texts without them what may leave
//	parked FIELD: LOCAL | EXTERNAL [-> DECISION]     an open conflict
//	kept FIELD: LOCAL | EXTERNAL [-> DECISION]       a losing value that is kept
//	waits KIND FIELD: LOCAL | EXTERNAL [-> DECISION] an open conflict of another kind
//	refused before FIELD                             the system refused the present local value
//	asked [-> CHOICE]                an open conflict about the whole, both sides as they are now
//	asked before [-> CHOICE]         the same, and a side moved since
//	follow / moved PLACE
//
// and its plan shows every round until nothing is left to do. Values with commas are
// sets where the field is one.
func TestHistories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no histories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(a.Files); i += 2 {
				history, golden := a.Files[i], &a.Files[i+1]
				got := rounds(t, parse(t, string(history.Data)))
				if *update {
					golden.Data = []byte(got)
				} else if got != string(golden.Data) {
					t.Errorf("%s:\n%s\nplan:\n%s\nwant:\n%s", history.Name, history.Data, got, golden.Data)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// rounds plans, carries the plan out as a perfect executor would, and plans again.
func rounds(t *testing.T, in plan.Input) string {
	t.Helper()
	var b strings.Builder
	for n := 1; n <= 5; n++ {
		p := plan.Make(in)
		for _, s := range p.Steps {
			fmt.Fprintf(&b, "%d %s\n", n, line(s))
		}
		if p.Idle() || p.Steps[0].Field == "" && p.Steps[0].Action != plan.CloseConflict {
			return b.String()
		}
		carryOut(&in, p)
	}
	t.Fatalf("does not settle:\n%s", b.String())
	return ""
}

func line(s plan.Step) string {
	what := string(s.Action)
	if s.Field != "" {
		what += " " + string(s.Field)
	}
	if !s.Before.Equal(s.After) {
		oneLine := strings.NewReplacer("\n", `\n`, "\r", `\r`)
		what += oneLine.Replace(fmt.Sprintf(" [%s] -> [%s]", s.Before.Text(), s.After.Text()))
	}
	return what + ": " + s.Reason
}

func carryOut(in *plan.Input, p plan.Plan) {
	for _, d := range p.Conflicts {
		if d.Settled {
			continue
		}
		if in.Parked == nil {
			in.Parked = map[ticket.Field]plan.Parked{}
		}
		in.Parked[d.Field] = plan.Parked{Kind: d.Kind, Local: d.Local, External: d.External, Sticky: d.Sticky}
	}
	for _, s := range p.Steps {
		switch s.Action {
		case plan.Push:
			in.External.Fields[s.Field] = in.Normalize(s.Field, s.After)
			s.Base.External = in.External.Fields[s.Field]
			delete(in.Unfit, s.Field)
			in.Bases[s.Field] = s.Base
		case plan.Apply, plan.Decide:
			in.Local.Fields[s.Field] = s.After
			in.Bases[s.Field] = s.Base
			if s.Action == plan.Decide {
				delete(in.Parked, s.Field)
			}
		case plan.Adopt, plan.CloseConflict:
			if s.Field == "" {
				in.Whole = nil
				continue
			}
			in.Bases[s.Field] = s.Base
			if s.Action == plan.CloseConflict {
				delete(in.Parked, s.Field)
			}
		}
	}
}

var trim = regexp.MustCompile(` +(\n|$)`)

var fields = []ticket.Field{ticket.Title, ticket.Body, ticket.State, ticket.Labels, ticket.Assignees}

func parse(t *testing.T, history string) plan.Input {
	t.Helper()
	in := plan.Input{
		Kind: external.KindTicket, Linked: true, Bases: plan.Bases{}, Direction: external.Bidirectional,
		Verdict: external.Verdict{In: true, Out: true, Reason: "the ticket is public"}, CanDelete: true,
		Local:    plan.Side{Exists: true, Fields: ticket.Fields{}},
		External: plan.Side{Exists: true, Fields: ticket.Fields{}},
		// The external system of the histories trims blanks at the end of each line, wants none
		// in a label, and has room for the first one who is assigned.
		Normalize: func(f ticket.Field, v ticket.Value) ticket.Value {
			switch elems := v.Elements(); {
			case f == ticket.Assignees && len(elems) > 1:
				return ticket.Set(elems[0])
			case v.IsSet():
				for n := range elems {
					elems[n] = strings.ReplaceAll(elems[n], " ", "_")
				}
				return ticket.Set(elems...)
			}
			return ticket.Text(trim.ReplaceAllString(v.Text(), "$1"))
		},
	}
	there := in.External.Fields
	in.Says = func(f ticket.Field, v ticket.Value) bool {
		has := there[f]
		return in.Normalize(f, v).Equal(has) || f == ticket.Assignees && v.Len() > 1 && has.Len() == 1 && len(has.Minus(v)) == 0
	}
	for _, f := range fields {
		in.Rules = append(in.Rules, plan.Rule{Field: f, Strategy: plan.Manual, Prose: f == ticket.Body})
	}
	for _, l := range strings.Split(history, "\n") {
		if l = strings.TrimRight(l, "\r"); l != "" && !strings.HasPrefix(l, "#") {
			parseLine(t, &in, l)
		}
	}
	if in.Whole != nil && in.Whole.Local.IsEmpty() {
		again := in
		again.Whole = nil
		again.Direction, again.Verdict = external.Bidirectional, external.Verdict{In: true, Out: true} // as he was asked
		if asked := plan.Make(again).Conflicts; len(asked) == 1 {                                      // what a person was shown
			in.Whole.Local, in.Whole.External = asked[0].Local, asked[0].External
		}
	}
	return in
}

func parseWhole(in *plan.Input, l string) bool {
	word, rest, _ := strings.Cut(l, " ")
	switch {
	case l == "follow":
		in.Follow = true
	case word == "moved":
		in.Moved = rest
	case word == "asked":
		when, choice, decided := strings.Cut(rest, "-> ")
		in.Whole = &plan.Whole{Decided: decided, Choice: plan.Choice(choice)}
		if strings.HasPrefix(when, "before") {
			in.Whole.Local, in.Whole.External = ticket.Text("there, long ago"), ticket.Text("deleted")
		}
	default:
		return false
	}
	return true
}

func parseLine(t *testing.T, in *plan.Input, l string) {
	t.Helper()
	word, rest, _ := strings.Cut(l, " ")
	name, val, _ := strings.Cut(rest, " = ")
	f := ticket.Field(name)
	switch {
	case parseWhole(in, l):
	case l == "here deleted":
		in.Local.Deleted = true
	case l == "outside gone":
		in.External.Deleted = true
	case l == "only here":
		in.Linked, in.External = false, plan.Side{}
	case l == "only outside":
		in.Linked, in.Local = false, plan.Side{}
	case word == "agreed":
		v := value(f, val)
		in.Bases[f] = plan.Base{Local: v, External: in.Normalize(f, v)}
		if in.Leaves != nil { // agreed under that rule
			out := in.Leaves(f, v)
			in.Bases[f] = plan.Base{Local: out, External: in.Normalize(f, out)}
			in.Local.Fields[f], in.External.Fields[f] = v, in.Normalize(f, out)
			return
		}
		in.Local.Fields[f], in.External.Fields[f] = v, in.Normalize(f, v)
	case word == "seen": // the external base alone
		b := in.Bases[f]
		b.External = value(f, val)
		in.Bases[f] = b
	case word == "here":
		in.Local.Fields[f] = value(f, val)
	case word == "outside":
		in.External.Fields[f] = value(f, val)
	case word == "direction":
		in.Direction = external.Direction(rest)
	case word == "kind":
		in.Kind = external.Kind(rest)
	case word == "withheld":
		in.Verdict = external.Verdict{Reason: rest}
	case word == "stays":
		in.Verdict = external.Verdict{In: true, Reason: rest}
	case word == "strategy":
		w := strings.Fields(rest)
		for i := range in.Rules {
			if string(in.Rules[i].Field) == w[0] {
				in.Rules[i].Strategy, in.Rules[i].Confirmed = plan.Strategy(w[1]), len(w) > 2
			}
		}
	case word == "written": // the field's own times: here | outside
		if in.Times == nil {
			in.Times = map[ticket.Field]plan.Times{}
		}
		here, outside, _ := strings.Cut(val, " | ")
		in.Times[f] = plan.Times{Local: clock(t, here), External: clock(t, outside), Blur: time.Second}
	case word == "doubt":
		b := in.Bases[f]
		b.Doubt = value(f, val)
		in.Bases[f] = b
	case word == "unfit":
		in.Unfit = map[ticket.Field]string{f: val}
	case strings.HasPrefix(rest, "before "):
		f = ticket.Field(strings.TrimPrefix(rest, "before "))
		b := in.Bases[f]
		b.Refused = plan.Mark(in.Local.Fields[f])
		in.Bases[f] = b
	case word == "waits":
		kind, rest, _ := strings.Cut(rest, " ")
		park(in, rest, plan.Kind(kind).Sticky())
		name, _, _ := strings.Cut(rest, ": ")
		k := in.Parked[ticket.Field(name)]
		k.Kind = plan.Kind(kind)
		in.Parked[ticket.Field(name)] = k
	case word == "refused":
		in.Refuse = func(g ticket.Field, v ticket.Value) string {
			if g == f && !v.IsEmpty() {
				return val
			}
			return ""
		}
	case word == "respelled": // how an edit outside reads in our spelling
		in.Respell = func(ticket.Field, ticket.Value, ticket.Value) ticket.Value { return ticket.Text(rest) }
	case word == "rule":
		for i := range in.Rules {
			if r := &in.Rules[i]; string(r.Field) == f1(rest) {
				if strings.HasSuffix(rest, " kept") {
					r.Withheld = "withheld: a rule keeps it here"
				}
				r.PushOnly, r.ReadOnly, r.OnCreate = strings.HasSuffix(rest, " push only"), strings.HasSuffix(rest, " read only"), strings.HasSuffix(rest, " on create")
			}
		}
	case l == "passages in brackets stay":
		in.Leaves = func(_ ticket.Field, v ticket.Value) ticket.Value {
			if v.IsSet() {
				return v
			}
			return ticket.Text(regexp.MustCompile(`\[[^]]*\]`).ReplaceAllString(v.Text(), ""))
		}
	case word == "parked" || word == "kept":
		park(in, rest, word == "kept")
	default:
		t.Fatalf("cannot read %q", l)
	}
}

func clock(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "-" {
		return time.Time{}
	}
	at, err := time.Parse(time.TimeOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func f1(s string) string { first, _, _ := strings.Cut(s, " "); return first }

func park(in *plan.Input, rest string, sticky bool) {
	name, vals, _ := strings.Cut(rest, ": ")
	f := ticket.Field(name)
	vals, decision, decided := strings.Cut(vals, " -> ")
	local, ext, _ := strings.Cut(vals, " | ")
	if in.Parked == nil {
		in.Parked = map[ticket.Field]plan.Parked{}
	}
	in.Parked[f] = plan.Parked{
		Local: value(f, local), External: value(f, ext), Sticky: sticky, Decided: decided, Value: value(f, decision),
	}
}

func value(f ticket.Field, s string) ticket.Value {
	if f != ticket.Labels && f != ticket.Assignees {
		return ticket.Text(strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(s))
	}
	if s == "" {
		return ticket.Set()
	}
	return ticket.Set(strings.Split(s, ", ")...)
}
