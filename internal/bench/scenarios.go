package main

import (
	"maps"

	"github.com/extsync/extsync/ticket"
)

// size is how much the scenarios work with; the promises are made for the full one.
type size struct {
	pull     int
	pullGoal int
	push     mix
	polls    []int
	batch    int
}

func fullSize() size {
	return size{
		pull: 1000, pullGoal: 30, push: mix{tickets: 1000, closed: 300, comments: 200, milestones: 20},
		polls: []int{10, 1000, 10000}, batch: 100,
	}
}

// scenarios lists all measurements of calls.
func scenarios(s size) []scenario {
	list := []scenario{firstPull(s.pull, s.pullGoal), firstPush(s.push)}
	for _, n := range s.polls {
		list = append(list, idlePoll(n))
	}
	return append(list,
		edits("one scalar edit going out", 1, 3, retitled),
		edits("scalar edits going out in a batch", s.batch, 2.1, retitled),
		// A set needs no audit: look and write. With a scalar it is one more call.
		edits("one label added, nothing else", 1, 3, labelled),
		edits("one label removed, nothing else", 1, 3, unlabelled),
		edits("one scalar edit and one label added", 1, 4, func(t ticket.Ticket) ticket.Fields {
			f := retitled(t)
			maps.Copy(f, labelled(t))
			return f
		}),
		webhookIn(),
	)
}
