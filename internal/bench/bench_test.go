package main

import "testing"

// TestGoalsHoldAtSmallSizes keeps the promises between two full runs of `make bench`.
func TestGoalsHoldAtSmallSizes(t *testing.T) {
	t.Parallel()
	small := size{
		pull: 150,
		// Connecting 4, two pages of issues, two of comments.
		gitHub: 8,
		// Connecting 6, and for each of two pages a search and a fetch.
		jira: 10,
		// Connecting 6, three pages of both.
		linear: 9,
		// Two pages of issues and two of comments.
		whole: 4,
		push:  mix{tickets: 60, closed: 20, comments: 10, milestones: 3},
		bulk:  mix{tickets: 150, closed: 45, planned: true},
		// Four creates, and a transition for what is closed of the first of them.
		writes: 25,
		polls:  []int{10}, crowd: 150, batch: 20, long: 5,
	}
	for _, s := range scenarios(small) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			figures, err := s.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range figures {
				if !f.Pass {
					t.Errorf("%s, %s: %g %s, want at most %g", f.System, f.Name, f.Value, f.Unit, *f.Goal)
				}
			}
		})
	}
}
