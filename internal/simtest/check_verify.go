package simtest

import (
	"fmt"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
)

// verifyPage is how many links are compared at a time: few, so that pages meet.
const verifyPage = 3

// spotLinks is how many links a sweep compares.
const spotLinks = 4

// checkVerify holds the production oracle against the same end: what it calls
// unexplained must not be, and it writes nothing (I1). Every other time trackers in memory
// read one item a call, so that it walks their lists.
func (w *world) checkVerify(final) {
	if lot(w.seed, "verify")%2 != 0 {
		return // a whole verification costs as much as a round
	}
	if rng := keyed(w.seed, "lists"); rng.IntN(2) == 0 {
		for _, p := range w.peers {
			if s, in := p.site.(*memorySite); in {
				s.tracker.Single([...]int{1, 2, 7, 100}[rng.IntN(4)])
				s.capabilities = s.Capabilities()
			}
		}
	}
	before, wrote := w.fingerprint(), w.written()
	for _, p := range w.peers {
		w.verifyPeer(p)
	}
	if w.fingerprint() != before || w.written() != wrote {
		w.fail("I7", "a verification changed something")
	}
}

func (w *world) verifyPeer(p *peer) {
	for cursor, first := "", true; first || cursor != ""; first = false {
		v, err := w.engine.Verify(w.ctx, p.id, cursor, verifyPage)
		w.must(err)
		for _, d := range v.Differences {
			if !d.Standing.Explained() && (d.Standing != engine.Twin || !w.staysOut(p, external.Item{Ref: d.External})) {
				w.fail("I1", fmt.Sprintf("verify: %s link %s of %s (%s here, %s there), %s: %s: %s",
					d.Kind, d.LinkID, p.id, d.LocalID, d.External.ID, d.Field, d.Standing, d.Reason))
			}
		}
		cursor = v.Next
	}
}
