package main

import "testing"

// TestGoalsHoldAtSmallSizes keeps the promises between two full runs of `make bench`.
func TestGoalsHoldAtSmallSizes(t *testing.T) {
	t.Parallel()
	small := size{
		pull: 150, pullGoal: 8, // connecting 4, two pages of issues, two of comments
		push: mix{tickets: 60, closed: 20, comments: 10, milestones: 3}, polls: []int{10}, batch: 20,
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
					t.Errorf("%s: %g %s, want at most %g", f.Name, f.Value, f.Unit, f.Goal)
				}
			}
		})
	}
}
