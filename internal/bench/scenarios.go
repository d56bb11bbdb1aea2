package main

// size is how much the scenarios work with; the promises are made for the full one.
type size struct {
	pull                 int
	gitHub, jira, linear float64 // calls of a first pull, at most
	whole                float64 // of a verification of all of it, at GitHub
	push                 mix     // to GitHub
	bulk                 mix     // to the others
	writes               float64 // of the latter, at most
	polls                []int
	crowd                int // tickets that change at once
	batch                int
	long                 int // tickets with 30 comments
}

func fullSize() size {
	return size{
		pull: 1000, gitHub: 30, jira: 40, linear: 30, whole: 25,
		push: mix{tickets: 1000, closed: 300, comments: 200, milestones: 20},
		bulk: mix{tickets: 1000, closed: 300, planned: true}, writes: 60,
		polls: []int{10, 1000, 10000}, crowd: 1000, batch: 100, long: 50,
	}
}

// costs are the promises for single edits, in calls; negative: none is made.
type costs struct {
	scalar, batch, label, both, state, webhook, poll, settled float64
}

const none = -1

// scenarios lists all measurements of calls.
func scenarios(s size) []scenario {
	told := costs{scalar: none, batch: none, label: none, both: none, state: none, webhook: none, poll: 1, settled: 1}
	list := []scenario{firstPull(gitHub(), s.pull, s.gitHub, s.whole), firstPush(s.push)}
	list = append(list, common(gitHub(), s, costs{scalar: 3, batch: 2.1, label: 3, both: 4, state: none, webhook: 2, poll: 2, settled: 2})...)
	list = append(list,
		firstPull(jiraCloud(), s.pull, s.jira, none),
		longThreads(jiraCloud(), s.pull, s.long, 30, s.jira+float64(s.long)),
		bulkPush(jiraCloud(), s.bulk, 2, s.writes),
	)
	list = append(list, common(jiraCloud(), s, told)...)
	list = append(list, firstPull(linearTeam(), s.pull, s.linear, none), bulkPush(linearTeam(), s.bulk, 1, s.writes))
	list = append(list, common(linearTeam(), s, told)...)

	told.poll, told.settled = none, none
	s.polls = s.polls[:min(2, len(s.polls))]
	list = append(list, firstPull(jiraDataCenter(), s.pull, none, none), bulkPush(jiraDataCenter(), s.bulk, 2, none))
	list = append(list, common(jiraDataCenter(), s, told)...)
	return append(list, ring("All together", gitHub(), jiraCloud(), linearTeam()))
}

// common lists what is measured of every system.
func common(sys system, s size, c costs) []scenario {
	var list []scenario
	for _, n := range s.polls {
		list = append(list, idlePoll(sys, n, c.poll))
	}
	return append(list,
		afterPush(sys, s.crowd, c.settled),
		afterPull(sys, s.crowd, c.settled),
		edits(sys, "one scalar edit going out", 1, c.scalar, retitled),
		edits(sys, "scalar edits going out in a batch", s.batch, c.batch, retitled),
		// A set needs no audit: look and write. With a scalar it is one more call.
		edits(sys, "one label added, nothing else", 1, c.label, labelled),
		edits(sys, "one label removed, nothing else", 1, c.label, unlabelled),
		edits(sys, "one scalar edit and one label added", 1, c.both, both),
		edits(sys, "one change of state", 1, c.state, turned),
		webhookIn(sys, c.webhook),
	)
}
