package store_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/store"
)

// chainOf links entries as a store does.
func chainOf(entries []store.AuditEntry) []store.AuditEntry {
	out := slices.Clone(entries)
	prev := ""
	for n := range out {
		out[n].Seq, out[n].Prev = int64(n)+1, prev
		out[n].Hash = store.HashAudit(out[n])
		prev = out[n].Hash
	}
	return out
}

// drawChain draws a chain of a project "p"; its texts include what looks alike in JSON.
func drawChain(t *rapid.T) []store.AuditEntry {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\ufffd", "<&>", "\u2028", `","`, "field=title"}))
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return chainOf(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) store.AuditEntry {
		at = at.Add(time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "later")) * time.Microsecond)
		return store.AuditEntry{
			ProjectID: "p", At: at, Actor: text.Draw(t, "actor"), Action: text.Draw(t, "action"),
			Subject: text.Draw(t, "subject"), Detail: text.Draw(t, "detail"), Digest: text.Draw(t, "digest"),
		}
	}), 1, 12).Draw(t, "chain"))
}

func verify(chain []store.AuditEntry, heads ...store.AuditHead) store.ChainReport {
	v := store.NewChainVerifier("p", heads...)
	for page := range slices.Chunk(chain, 3) {
		v.Add(page...)
	}
	return v.End()
}

func headOf(e store.AuditEntry) store.AuditHead {
	return store.AuditHead{ProjectID: e.ProjectID, Seq: e.Seq, Hash: e.Hash, At: e.At}
}

// TestChainHolds: what was written verifies, against every head that was ever taken.
func TestChainHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := drawChain(t)
		heads := make([]store.AuditHead, len(chain))
		for n, e := range chain {
			heads[n] = headOf(e)
		}
		r := verify(chain, heads...)
		if r.Fault != nil || r.Entries != int64(len(chain)) || r.Heads != len(chain) || r.Hash != chain[len(chain)-1].Hash {
			t.Fatalf("a chain that nobody touched: %+v", r)
		}
	})
}

// TestChainShowsOneByte: one bit of one byte of any column is enough, and the entry that
// holds it is named.
func TestChainShowsOneByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := drawChain(t)
		n := rapid.IntRange(0, len(chain)-1).Draw(t, "entry")
		e := &chain[n]
		texts := map[string]*string{
			"project": &e.ProjectID, "actor": &e.Actor, "action": &e.Action, "subject": &e.Subject,
			"detail": &e.Detail, "digest": &e.Digest, "prev": &e.Prev, "hash": &e.Hash,
		}
		columns := []string{"seq", "at"}
		for name, s := range texts {
			if *s != "" {
				columns = append(columns, name)
			}
		}
		slices.Sort(columns)
		switch column := rapid.SampledFrom(columns).Draw(t, "column"); column {
		case "seq":
			e.Seq ^= 1 << rapid.IntRange(0, 62).Draw(t, "bit")
		case "at":
			e.At = time.Unix(0, e.At.UnixNano()^1<<rapid.IntRange(0, 60).Draw(t, "bit"))
		default:
			b := []byte(*texts[column])
			b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			*texts[column] = string(b)
		}
		r := verify(chain)
		if r.Fault == nil || r.Entries != int64(n) {
			t.Fatalf("entry %d was changed: %+v", n+1, r)
		}
	})
}

// TestChainShowsMovedRows: deleting, doubling, forging, swapping and moving rows shows at
// the first place where a row is not what was written there.
func TestChainShowsMovedRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := drawChain(t)
		chain := slices.Clone(written)
		n := rapid.IntRange(0, len(chain)-1).Draw(t, "row")
		m := rapid.IntRange(0, len(chain)-1).Draw(t, "other row")
		renumber := func() {
			for k := range chain {
				chain[k].Seq = int64(k) + 1
			}
		}
		act := rapid.SampledFrom([]string{"delete", "close the gap", "double", "forge", "swap", "swap numbers", "rewrite", "truncate"}).Draw(t, "act")
		switch act {
		case "delete":
			chain = slices.Delete(chain, n, n+1)
		case "close the gap":
			chain = slices.Delete(chain, n, n+1)
			renumber()
		case "double":
			chain = slices.Insert(chain, n, chain[m])
			renumber()
		case "forge": // well made by itself, and in nobody's chain
			forged := store.AuditEntry{ProjectID: "p", Seq: int64(n) + 1, At: chain[n].At, Actor: "mallory", Prev: chain[n].Prev}
			forged.Hash = store.HashAudit(forged)
			chain = slices.Insert(chain, n, forged)
			renumber()
		case "swap":
			chain[n], chain[m] = chain[m], chain[n]
		case "swap numbers":
			chain[n], chain[m] = chain[m], chain[n]
			renumber()
		case "rewrite": // from a row on, every hash made to fit
			chain[n].Actor += "x"
			chain = chainOf(chain)
		case "truncate":
			chain = chain[:n]
		}
		if slices.Equal(chain, written) {
			t.Skip("what was moved came to lie where it was")
		}
		r := verify(chain, headOf(written[len(written)-1]))
		if r.Fault == nil {
			t.Fatalf("nothing noticed: %+v", r)
		}
		// Whoever makes the hashes fit is found where the true chain goes on, or at a head.
		fits := act == "forge" || act == "rewrite"
		for k := range r.Entries {
			if chain[k] != written[k] && !fits {
				t.Fatalf("entry %d was passed as good: %+v", k+1, r)
			}
		}
	})
}

// TestChainFaults names each flaw, for whoever reads what `audit verify` prints.
func TestChainFaults(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	chain := chainOf([]store.AuditEntry{
		{ProjectID: "p", At: at, Action: "a"}, {ProjectID: "p", At: at.Add(time.Second), Action: "b"},
		{ProjectID: "p", At: at.Add(2 * time.Second), Action: "c"},
	})
	for _, c := range []struct {
		reason string
		spoil  func([]store.AuditEntry) []store.AuditEntry
		flaw   store.ChainFlaw
		seq    int64
	}{
		{"a field that was written over", func(e []store.AuditEntry) []store.AuditEntry { e[1].Actor = "eve"; return e }, store.FlawHash, 2},
		{"a field and its hash that were written over", func(e []store.AuditEntry) []store.AuditEntry {
			e[1].Actor = "eve"
			e[1].Hash = store.HashAudit(e[1])
			return e
		}, store.FlawPrev, 3},
		{"an entry that was deleted", func(e []store.AuditEntry) []store.AuditEntry { return slices.Delete(e, 1, 2) }, store.FlawGap, 3},
		{"an entry that came twice", func(e []store.AuditEntry) []store.AuditEntry { return slices.Insert(e, 1, e[0]) }, store.FlawOrder, 1},
		{"an entry of another project", func(e []store.AuditEntry) []store.AuditEntry { e[2].ProjectID = "q"; return e }, store.FlawProject, 3},
		{"a time that no store keeps", func(e []store.AuditEntry) []store.AuditEntry { e[0].At = e[0].At.Add(1); return e }, store.FlawForm, 1},
		{"a tail that was cut off", func(e []store.AuditEntry) []store.AuditEntry { return e[:2] }, store.FlawTruncated, 3},
		{"a log that was emptied", func([]store.AuditEntry) []store.AuditEntry { return nil }, store.FlawTruncated, 1},
		{"a chain that was written anew", func(e []store.AuditEntry) []store.AuditEntry { e[0].Actor = "eve"; return chainOf(e) }, store.FlawHead, 3},
	} {
		t.Run(c.reason, func(t *testing.T) {
			r := verify(c.spoil(slices.Clone(chain)), headOf(chain[2]), store.AuditHead{ProjectID: "q", Seq: 1, Hash: "another's"})
			if r.Fault == nil || r.Fault.Flaw != c.flaw || r.Fault.Seq != c.seq {
				t.Errorf("got %+v, want %s at %d", r.Fault, c.flaw, c.seq)
			}
		})
	}
	t.Run("a clock that was set back is told and is no fault", func(t *testing.T) {
		back := chainOf([]store.AuditEntry{{ProjectID: "p", At: at}, {ProjectID: "p", At: at.Add(-time.Hour)}})
		if r := verify(back); r.Fault != nil || r.Backwards != 1 || r.Entries != 2 {
			t.Errorf("got %+v", r)
		}
	})
}
