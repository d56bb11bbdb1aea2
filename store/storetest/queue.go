package storetest

import (
	"time"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// queue stores five conflicts of two projects, nth(0) the oldest, and returns the projects.
func queue(b *bench) (p, q store.Project) {
	p, q = b.insertProject(), b.insertProject()
	for n, c := range []store.Conflict{
		{ProjectID: p.ID, LinkID: "l1", TicketID: "t1", Field: ticket.Title, Kind: store.BothEdited, State: store.OpenConflict},
		{ProjectID: p.ID, LinkID: "l1", TicketID: "t1", Field: ticket.Labels, Kind: store.LossyWrite, State: store.OpenConflict},
		{ProjectID: p.ID, LinkID: "l2", TicketID: "t2", Field: ticket.Labels, Kind: store.LossyWrite, State: store.Resolved, Strategy: plan.Merge},
		{ProjectID: q.ID, LinkID: "l3", TicketID: "t1", Field: ticket.Labels, Kind: store.LossyWrite, State: store.OpenConflict},
		{ProjectID: p.ID, LinkID: "l2", TicketID: "t2", Field: ticket.Labels, Kind: store.LossyWrite, State: store.Decided},
	} {
		c.ID, c.DetectedAt, c.Digest = nth(n), day.Add(time.Duration(n)*time.Hour), "d"
		b.insertConflict(c)
	}
	return p, q
}

func findConflicts(b *bench) {
	p, _ := queue(b)
	for _, c := range []struct {
		why   string
		f     store.ConflictFilter
		limit int
		want  []int
	}{
		{"nothing narrows", store.ConflictFilter{}, 9, []int{4, 3, 2, 1, 0}},
		{"the newest first, up to the limit", store.ConflictFilter{}, 2, []int{4, 3}},
		{"no row at a limit of zero", store.ConflictFilter{}, 0, nil},
		{"a project", store.ConflictFilter{ProjectID: p.ID}, 9, []int{4, 2, 1, 0}},
		{"a kind", store.ConflictFilter{Kind: store.BothEdited}, 9, []int{0}},
		{"a field and a state", store.ConflictFilter{Field: ticket.Labels, State: store.OpenConflict}, 9, []int{3, 1}},
		{"a ticket in all projects", store.ConflictFilter{TicketID: "t1"}, 9, []int{3, 1, 0}},
		{"a ticket, closed ones too", store.ConflictFilter{TicketID: "t2"}, 9, []int{4, 2}},
		{"a link, closed ones too", store.ConflictFilter{LinkID: "l2"}, 9, []int{4, 2}},
		{"a link that has none", store.ConflictFilter{LinkID: "l9"}, 9, nil},
		{"a strategy", store.ConflictFilter{Strategy: plan.Merge}, 9, []int{2}},
		{"older than a moment, which itself is not", store.ConflictFilter{Before: day.Add(time.Hour)}, 9, []int{0}},
		{"all of it at once", store.ConflictFilter{ProjectID: p.ID, LinkID: "l1", TicketID: "t1", Field: ticket.Labels,
			Kind: store.LossyWrite, State: store.OpenConflict, Before: day.Add(2 * time.Hour)}, 9, []int{1}},
	} {
		got := read(b, func(tx store.Tx) ([]store.Conflict, error) { return tx.FindConflicts(b.Context(), c.f, c.limit) })
		want := []string{}
		for _, n := range c.want {
			want = append(want, nth(n))
		}
		b.same(c.why, ids(got, func(c store.Conflict) string { return c.ID }), want)
	}
}

func countConflicts(b *bench) {
	p, q := queue(b)
	mine := []store.ConflictCount{
		{ProjectID: p.ID, Kind: store.BothEdited, State: store.OpenConflict, Count: 1, Oldest: day},
		{ProjectID: p.ID, Kind: store.LossyWrite, State: store.Decided, Count: 1, Oldest: day.Add(4 * time.Hour)},
		{ProjectID: p.ID, Kind: store.LossyWrite, State: store.OpenConflict, Count: 1, Oldest: day.Add(time.Hour)},
	}
	count := func(project string) []store.ConflictCount {
		return read(b, func(tx store.Tx) ([]store.ConflictCount, error) { return tx.CountConflicts(b.Context(), project) })
	}
	b.same("counts of one project", count(p.ID), mine)
	theirs := []store.ConflictCount{{ProjectID: q.ID, Kind: store.LossyWrite, State: store.OpenConflict, Count: 1, Oldest: day.Add(3 * time.Hour)}}
	all := append(mine, theirs...)
	if q.ID < p.ID {
		all = append(theirs, mine...)
	}
	b.same("counts of all projects", count(""), all)
	again := aConflict(p.ID, "l4")
	again.ID, again.Field, again.Kind, again.State, again.DetectedAt = nth(9), ticket.Body, store.BothEdited, store.OpenConflict, day.Add(-time.Hour)
	b.insertConflict(again)
	mine[0].Count, mine[0].Oldest = 2, day.Add(-time.Hour)
	b.same("counts after one more", count(p.ID), mine)
}

func twinConflicts(b *bench) {
	p, q := b.insertProject(), b.insertProject()
	for n, c := range []store.Conflict{
		{ProjectID: p.ID, LinkID: "l1", Kind: store.TwinCreated, State: store.Resolved, Choice: store.ChooseSeparate, Twin: "I_7"},
		{ProjectID: p.ID, LinkID: "l2", Kind: store.TwinCreated, State: store.OpenConflict, Twin: "I_7"},
		{ProjectID: p.ID, LinkID: "l3", Kind: store.TwinCreated, State: store.OpenConflict, Twin: "I_8"},
		{ProjectID: q.ID, LinkID: "l4", Kind: store.TwinCreated, State: store.OpenConflict, Twin: "I_7"},
		{ProjectID: p.ID, LinkID: "l5", Kind: store.GoneOutside, State: store.OpenConflict},
	} {
		c.ID, c.DetectedAt, c.Digest = nth(n), day.Add(time.Duration(n)*time.Hour), "d"
		b.insertConflict(c)
	}
	about := func(item string) []string {
		got := read(b, func(tx store.Tx) ([]store.Conflict, error) { return tx.TwinConflicts(b.Context(), p.ID, item) })
		return ids(got, func(c store.Conflict) string { return c.ID })
	}
	b.same("about one item, closed ones too, newest first", about("I_7"), []string{nth(1), nth(0)})
	b.same("about one that nobody asked about", about("I_9"), []string{})
	b.same("about nothing", about(""), []string{})
	b.do(func(tx store.Tx) error {
		c, err := tx.Conflict(b.Context(), nth(1))
		if err != nil {
			return err
		}
		c.Kind, c.Twin = store.GoneOutside, ""
		return tx.UpdateConflict(b.Context(), c)
	})
	b.same("after one asks about something else", about("I_7"), []string{nth(0)})
}
