package simtest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/extsync/extsync/store"
)

// wordlessTx stores links without the sentence that tells people why they rest or are over.
type wordlessTx struct{ store.Tx }

func (t wordlessTx) InsertLink(ctx context.Context, l store.Link) error {
	l.Reason = ""
	return t.Tx.InsertLink(ctx, l)
}

func (t wordlessTx) UpdateLink(ctx context.Context, l store.Link) error {
	l.Reason = ""
	return t.Tx.UpdateLink(ctx, l)
}

// TestWhatALinkSaysIsForPeople: a schedule takes the same course where no link says why it rests or is over. What
// sessions do hangs on store.Link.Cause and Onward, and any sentence can be put otherwise.
func TestWhatALinkSaysIsForPeople(t *testing.T) {
	wordless := &Mutant{Name: "wordless", tx: func(_ *world, tx store.Tx) store.Tx { return wordlessTx{tx} }}
	compare := func(what string, o Options) {
		told := Run(o)
		o.Mutant = wordless
		if mute := Run(o); mute.Hash != told.Hash {
			t.Errorf("%s, seed %d: it takes another course where no link says why (%v, %v)", what, o.Seed, told.Violation, mute.Violation)
		}
	}
	for _, profile := range []Profile{AllOn, Swarm, OneSided, FaultFree, Hub, Vendors, Texts, Undone, Restored} {
		for seed := range uint64(4) {
			compare(string(profile), Options{Seed: 4200 + seed, Profile: profile})
		}
	}
	files, err := filepath.Glob("testdata/corpus/*.tape")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d tapes, %v", len(files), err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		tape, err := ParseTape(f)
		_ = f.Close() // it was read only
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		compare(file, tape.Options())
	}
}
