package model_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
)

// bench is a world with one person who does things at random.
type bench struct {
	w        *model.World
	projects []*model.Project
	by       model.Caller
	at       time.Time
	rng      *rand.Rand
	told     []string
	lived    []*model.Issue
}

func newBench(t *testing.T, seed uint64, lag time.Duration) *bench {
	t.Helper()
	b := &bench{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), rng: rand.New(rand.NewPCG(seed, 0))}
	b.w = model.New(func() time.Time { return b.at }, false)
	b.by = model.Caller{User: b.w.AddUser(model.User{Login: "ada", Admin: true}), Wiki: true}
	for _, key := range []string{"A", "B"} {
		p, err := b.w.AddProject(model.ProjectSpec{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		b.projects = append(b.projects, p)
	}
	b.w.SetLag(lag)
	b.w.OnNotice(func(n model.Notice) { b.told = append(b.told, n.Event+n.Type+n.Issue.Key) })
	return b
}

// step does one thing that a person might do.
func (b *bench) step() error {
	b.at = b.at.Add(time.Duration(b.rng.IntN(2000)) * time.Millisecond)
	word := fmt.Sprint("w", b.rng.IntN(50))
	if len(b.lived) == 0 || b.rng.IntN(4) == 0 {
		i, err := b.w.CreateIssue(b.by, model.Input{Fields: map[string]any{"project": map[string]any{"key": "A"},
			"issuetype": map[string]any{"name": "Task"}, "summary": word}})
		b.lived = append(b.lived, i)
		return err
	}
	at := b.rng.IntN(len(b.lived))
	i := b.lived[at]
	switch b.rng.IntN(7) {
	case 0, 1:
		return b.w.EditIssue(b.by, i, model.Input{Fields: map[string]any{"summary": word, "description": word}})
	case 2:
		return b.w.EditIssue(b.by, i, model.Input{Update: map[string][]map[string]any{"labels": {{"add": word}}}})
	case 3:
		_, err := b.w.AddComment(b.by, i, word, nil)
		return err
	case 4:
		all := b.w.Transitions(b.by.User, i)
		return b.w.Transition(b.by, i, model.Input{Transition: &model.TransitionRef{ID: all[b.rng.IntN(len(all))].ID()}})
	case 5:
		b.w.Move(b.by.User, i, b.projects[b.rng.IntN(2)])
	case 6:
		if b.rng.IntN(4) == 0 {
			b.w.DeleteIssue(b.by.User, i)
			b.lived = slices.Delete(b.lived, at, at+1)
		}
	}
	return nil
}

func (b *bench) search(t *testing.T, text string) []*model.Issue {
	t.Helper()
	q, err := b.w.Compile(b.by.User, text)
	if err != nil {
		t.Fatal(err)
	}
	return q.Run(nil).Issues
}

// TestTheIndexCatchesUp has the law of the lagging index: search is never late by more than the lag, and shows everything as it is once
// nothing happened for that long.
func TestTheIndexCatchesUp(t *testing.T) {
	const lag = 5 * time.Second
	for seed := range uint64(20) {
		b := newBench(t, seed, lag)
		late := 0
		for range 200 {
			if err := b.step(); err != nil {
				t.Fatal(err)
			}
			for _, seen := range b.search(t, "order by updated") {
				now := b.w.Issue(seen.IDText())
				switch {
				case now == nil:
					t.Fatalf("seed %d: search shows a deleted issue", seed)
				case seen != now && b.at.Sub(now.Updated) >= lag:
					t.Fatalf("seed %d: search is late by more than its lag at %s", seed, now.Key)
				case seen != now:
					late++
				}
			}
		}
		if late == 0 {
			t.Errorf("seed %d: search was never late", seed)
		}
		b.at = b.at.Add(lag)
		found := b.search(t, "created > 0")
		if len(found) != len(b.lived) {
			t.Errorf("seed %d: search finds %d issues, there are %d", seed, len(found), len(b.lived))
		}
		for _, i := range found {
			if i != b.w.Issue(i.IDText()) || i != b.w.Issue(i.Key) {
				t.Errorf("seed %d: %s is not the issue itself", seed, i.Key)
			}
		}
	}
}

func TestSameStepsSameWorld(t *testing.T) {
	run := func() string {
		b := newBench(t, 9, time.Second)
		for range 300 {
			if err := b.step(); err != nil {
				t.Fatal(err)
			}
		}
		var out strings.Builder
		for _, i := range b.w.Issues() {
			fmt.Fprintln(&out, i.Key, i.Updated, i.Status.Name, i.Values["labels"], i.Summary(), len(i.History), len(i.Comments))
		}
		return out.String() + strings.Join(b.told, "\n")
	}
	if a, b := run(), run(); a != b {
		t.Error("two runs differ")
	}
}

// TestHistoryTellsTheState replays every changelog: each entry starts where the last ended, and the last is the field's value.
func TestHistoryTellsTheState(t *testing.T) {
	b := newBench(t, 4, 0)
	for range 500 {
		if err := b.step(); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range b.w.Issues() {
		last := map[string]string{}
		for _, h := range i.History {
			for _, it := range h.Items {
				if was, known := last[it.FieldID]; known && was != it.FromText {
					t.Errorf("%s %s: from %q after %q", i.Key, it.FieldID, it.FromText, was)
				}
				last[it.FieldID] = it.ToText
			}
		}
		for field, want := range map[string]string{"status": i.Status.Name, "summary": i.Summary(), "project": i.Project.Name, "issuekey": i.Key} {
			if got, told := last[field]; told && got != want {
				t.Errorf("%s: the changelog ends with %s %q, it is %q", i.Key, field, got, want)
			}
		}
	}
}

func BenchmarkPollOf10000(b *testing.B) {
	w := model.New(func() time.Time { return time.Unix(1_700_000_000, 0) }, false)
	u := w.AddUser(model.User{Login: "ada"})
	p, err := w.AddProject(model.ProjectSpec{Key: "A"})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Generate(10_000, model.GenerateOptions{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		q, err := w.Compile(u, "project = A AND updated >= 1800000000000 ORDER BY updated ASC, key ASC")
		if err != nil {
			b.Fatal(err)
		}
		if n := len(q.Run(nil).Issues); n != 0 {
			b.Fatal(n)
		}
	}
}
