package model_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/simulator/webhook/model"
)

// clock is moved by hand.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func start() *clock { return &clock{time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)} }

func titled(title string) model.Draft {
	return model.Draft{Kind: model.Ticket, Patch: model.Patch{Title: &title}}
}

func status(err error) int {
	var e *model.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

func must(t *testing.T, i model.Item, err error) model.Item {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func create(t *testing.T, p *model.Project, d model.Draft) model.Item {
	t.Helper()
	i, err := p.Create("ann", d)
	return must(t, i, err)
}

func TestTextsAreTidied(t *testing.T) {
	p := model.New(model.Options{Now: start().time}).AddProject("desk")
	d, text := titled("  one \t"), "a\r\nb\n"
	d.Patch.Text, d.Patch.Labels = &text, &model.Change{Replace: true, Set: []string{"b", " a", "b"}}
	i := create(t, p, d)
	if i.Title != "one" || i.Text != "a\nb\n" || !slices.Equal(i.Labels, []string{"a", "b"}) || i.State != "open" || i.Key != "DESK-1" {
		t.Errorf("%+v", i)
	}
	if i.ID <= 1<<53 {
		t.Errorf("id %d can be held by a floating point number", i.ID)
	}
}

func TestWhatIsRefused(t *testing.T) {
	p := model.New(model.Options{Now: start().time}).AddProject("desk")
	i := create(t, p, titled("x"))
	long, empty, odd := strings.Repeat("é", model.MaxTitle+1), " ", "odd"
	for _, c := range []struct {
		reason string
		patch  model.Patch
	}{
		{"a long title", model.Patch{Title: &long}}, {"no title", model.Patch{Title: &empty}}, {"an unknown state", model.Patch{State: &odd}},
	} {
		if _, err := p.Edit("ann", model.Ticket, i.ID, c.patch); status(err) != 422 {
			t.Errorf("%s: %v", c.reason, err)
		}
	}
	if got := must(t, first(p.Find(model.Ticket, i.ID)), nil); !reflect.DeepEqual(got, i) {
		t.Errorf("a refused edit changed something: %+v", got)
	}
	if _, err := p.Create("ann", model.Draft{Kind: model.Comment, Parent: "DESK-9"}); status(err) != 404 {
		t.Errorf("a comment on nothing: %v", err)
	}
	if _, err := p.Find(model.Comment, i.ID); status(err) != 404 {
		t.Errorf("a ticket read as a comment: %v", err)
	}
}

func first(i model.Item, _ error) model.Item { return i }

func TestDeletingTakesCommentsAlong(t *testing.T) {
	w := model.New(model.Options{Now: start().time})
	p := w.AddProject("desk")
	var told []string
	w.OnEvent(func(e model.Event) { told = append(told, e.Name) })
	i := create(t, p, titled("x"))
	c := create(t, p, model.Draft{Kind: model.Comment, Parent: i.Key})
	if _, err := p.Delete("ann", model.Ticket, i.ID); err != nil {
		t.Fatal(err)
	}
	for kind, id := range map[string]int64{model.Ticket: i.ID, model.Comment: c.ID} {
		if _, err := p.Find(kind, id); status(err) != 410 {
			t.Errorf("%s: %v, want 410", kind, err)
		}
	}
	if want := []string{"ticket.created", "comment.created", "comment.deleted", "ticket.deleted"}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
}

func TestAnEditThatChangesNothingIsNone(t *testing.T) {
	c := start()
	w := model.New(model.Options{Now: c.time})
	p := w.AddProject("desk")
	i := create(t, p, titled("x"))
	w.OnEvent(func(e model.Event) { t.Errorf("told of %s", e.Name) })
	c.now = c.now.Add(time.Hour)
	same := " x "
	if got := must(t, first(p.Edit("ann", model.Ticket, i.ID, model.Patch{Title: &same})), nil); !got.Updated.Equal(i.Updated) || got.Sequence != i.Sequence {
		t.Errorf("%+v", got)
	}
}

func TestListsLag(t *testing.T) {
	c := start()
	w := model.New(model.Options{Now: c.time, Lag: 5 * time.Second, Precision: time.Second})
	p := w.AddProject("desk")
	shown := func() (titles []string) {
		t.Helper()
		page, _, err := p.List(model.Ticket, time.Time{}, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page {
			titles = append(titles, i.Title)
		}
		return titles
	}
	i := create(t, p, titled("one"))
	if len(shown()) != 0 {
		t.Error("a new ticket shows at once")
	}
	c.now = c.now.Add(5 * time.Second)
	two := "two"
	if _, err := p.Edit("ann", model.Ticket, i.ID, model.Patch{Title: &two}); err != nil {
		t.Fatal(err)
	}
	if got := shown(); !slices.Equal(got, []string{"one"}) {
		t.Errorf("got %q, want the old title still", got)
	}
	if got := must(t, first(p.Find(model.Ticket, i.ID)), nil); got.Title != "two" {
		t.Errorf("a direct read lags: %q", got.Title)
	}
	c.now = c.now.Add(5 * time.Second)
	if got := shown(); !slices.Equal(got, []string{"two"}) {
		t.Errorf("got %q", got)
	}
}

// TestAWalkMissesNothing: whatever is edited between pages, every ticket that was there
// at the beginning shows.
func TestAWalkMissesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := start()
		p := model.New(model.Options{Now: c.time, Precision: time.Second}).AddProject("desk")
		want := map[int64]bool{}
		for n := range rapid.IntRange(1, 12).Draw(rt, "tickets") {
			i, err := p.Create("ann", titled(fmt.Sprint(n)))
			if err != nil {
				rt.Fatal(err)
			}
			want[i.ID] = true
			c.now = c.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, "pause")) * 500 * time.Millisecond)
		}
		for cursor, pages := "", 0; ; pages++ {
			page, next, err := p.List(model.Ticket, time.Time{}, cursor, 3)
			if err != nil || pages > 100 {
				rt.Fatal(err, pages)
			}
			for _, i := range page {
				delete(want, i.ID)
			}
			if cursor = next; next == "" {
				break
			}
			all := p.All(model.Ticket)
			moved := all[rapid.IntRange(0, len(all)-1).Draw(rt, "moved")]
			c.now = c.now.Add(300 * time.Millisecond)
			title := fmt.Sprint("again ", pages)
			if _, err := p.Edit("bob", model.Ticket, moved.ID, model.Patch{Title: &title}); err != nil {
				rt.Fatal(err)
			}
		}
		if len(want) > 0 {
			rt.Fatalf("missed %v", want)
		}
	})
}

func TestARepeatIsAnsweredFromMemory(t *testing.T) {
	c := start()
	w := model.New(model.Options{Now: c.time, Remember: time.Hour})
	done := 0
	do := func(status int) func() model.Answer {
		return func() model.Answer { done++; return model.Answer{Status: status, Body: []byte{byte(done)}} }
	}
	for _, step := range []struct {
		reason, id string
		status     int
		known      bool
		done       int
	}{
		{"new", "a", 200, false, 1}, {"again", "a", 200, true, 1}, {"another", "b", 500, false, 2}, {"a failure is no answer", "b", 200, false, 3},
		{"without an id", "", 200, false, 4}, {"again without", "", 200, false, 5},
	} {
		if _, known := w.Once(step.id, do(step.status)); known != step.known || done != step.done {
			t.Errorf("%s: known=%t after %d", step.reason, known, done)
		}
	}
	c.now = c.now.Add(2 * time.Hour)
	if _, known := w.Once("a", do(200)); known {
		t.Error("an answer is kept for ever")
	}
}

func TestTheSameSeedMakesTheSameWorld(t *testing.T) {
	world := func(seed uint64) (ids []int64) {
		p := model.New(model.Options{Now: start().time, Seed: seed}).AddProject("desk")
		for n := range 10 {
			ids = append(ids, create(t, p, titled(fmt.Sprint(n))).ID)
		}
		return ids
	}
	if !slices.Equal(world(1), world(1)) || slices.Equal(world(1), world(2)) {
		t.Error("ids do not follow from the seed")
	}
}

func TestTouchMovesTheTicket(t *testing.T) {
	c := start()
	p := model.New(model.Options{Now: c.time, Touch: true}).AddProject("desk")
	i := create(t, p, titled("x"))
	c.now = c.now.Add(time.Minute)
	create(t, p, model.Draft{Kind: model.Comment, Parent: i.Key})
	if got := must(t, first(p.Find(model.Ticket, i.ID)), nil); !got.Updated.Equal(c.now) || got.Title != "x" {
		t.Errorf("%+v", got)
	}
}
