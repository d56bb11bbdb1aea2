package simtest

import "testing"

// TestKnobs: however the quiet phase is carried out, it ends in the same place (I18, I19).
func TestKnobs(t *testing.T) {
	for _, p := range []Profile{AllOn, Swarm, OneSided, Hub, Texts} {
		for seed := range uint64(60) {
			if d := turned(Options{Seed: seed, Profile: p}); d != "" {
				t.Errorf("%s, seed %d: %s", p, seed, d)
			}
		}
	}
	for _, c := range []struct {
		reason  string
		seed    uint64
		profile Profile
	}{
		{"a conflict whose value outside moved on is another record before the release, and the same one after it; webhooks decide when it is met", 980002909, Restored},
		{"what is read before the release is asked about, and flows after it", 7102328, Restored},
		{"the same, and what is asked about has moved since", 7202675, Restored},
		{"the same, and an older decision about it came to nothing", 958400165, Restored},
		{"items of one moment that no page shows together, whose copies are forgotten", 7100099, Restored},
		{"an item of ours that was moved, and is hinted at before its old project is asked", 7102377, Restored},
		{"an item to be taken back that was moved to where its ticket's other one is taken back later", 996702634, Hub},
		{"a ticket that was deleted here, whose item was moved while it waited for the release to go", 7201100, Restored},
		{"items of one moment, shown together or not, and a rule about a field that is said again between", 994403927, Restored},
		{"an edit outside of what is local only again after the release, read before that or not", 994021688, Restored},
		{"a text that was edited in two projects, one of which lists it a round later", 995501267, Undone},
		{"the same, where a person decided between two of them before the other was seen", 999220960, Restored},
		{"the same, of texts that still hold what was written here", 999232369, Texts},
		{"an edit outside of what is to be taken back, read before the release or after it", 995602530, Restored},
		{"a comment of ours that is forgotten, under a ticket that comes in before the release or after it", 995401905, Restored},
		{"writes that a project out of sight refuses, where hardly anybody edits", 957273113, Swarm},
		{"hours in which nobody answers, for no session is held", 7201614, Hub},
		{"an item that was moved to where nothing can be seen for a moment", 7202110, Hub},
		{"a comment of others on an item that is taken back, planned before that or not", 7200523, Undone},
		{"a decision of a strategy that reaches an item before its ticket is deleted here, or not", 7243501, Hub},
		{"a filter that is taken away while a poll asks what it lets in", 45822, Swarm},
		{"a ticket that came in before the release or after it, and may not go on", 968811143, Restored},
		{"a label that an undo took off, of a ticket of which something waits to be taken back", 968900471, Restored},
		{"a comment of a ticket that was taken back by deleting it", 957400658, Hub},
		{"a ticket that waited for the release of its project", 957700462, Restored},
		{"how many comments a question told of that answered itself", 957402424, Hub},
		{"an item that was moved, and looked like another one's twin until it was missed where it was", 993011733, Undone},
		{"a comment that was seen, and whose ticket was deleted outside before it came in", 957402051, AllOn},
		{"a comment that was written to an item that had moved, or later where it went", 999226505, Hub},
		{"a comment that was seen before its ticket moved, or after that", 999339395, Undone},
		{"a value that a strategy decided against, told by a record that the database forgot", 999320873, Restored},
		{"an item that was moved to where its deleted ticket has another one, which left unseen", 958401482, Undone},
	} {
		if d := turned(Options{Seed: c.seed, Profile: c.profile}); d != "" {
			t.Errorf("%s (%d): %s", c.reason, c.seed, d)
		}
	}
}
