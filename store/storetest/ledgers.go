package storetest

import (
	"time"

	"github.com/extsync/extsync/store"
)

func budgetTests() []test {
	return []test{
		{"a credential never heard of has the zero budget, because the vendor told nothing yet", func(b *bench) {
			for range 2 {
				b.same("budget", b.budget("c"), store.Budget{Credential: "c"})
			}
		}},
		{"a budget comes back as it was put, and is replaced", func(b *bench) {
			full := store.Budget{
				Credential: "c", Known: true, Remaining: 4999, Reset: day.Add(time.Hour), BlockedTill: day.Add(time.Minute),
				Writes: []time.Time{day, day.Add(time.Second)}, LastWrite: day.Add(time.Second),
			}
			for _, want := range []store.Budget{full, {Credential: "c", Remaining: 1}} {
				b.do(func(tx store.Tx) error { return tx.PutBudget(b.Context(), want) })
				b.same("budget", b.budget("c"), want)
			}
			b.same("another's", b.budget("d"), store.Budget{Credential: "d"})
		}},
	}
}

func (b *bench) budget(credential string) store.Budget {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Budget, error) { return tx.BudgetForUpdate(b.Context(), credential) })
}

func auditTests() []test {
	return []test{
		{"entries are chained per project from 1, because a missing or altered line must show", func(b *bench) {
			for _, project := range []string{"p", "q", "p", "p"} {
				// What the caller sets of the chain does not count.
				e := store.AuditEntry{
					ProjectID: project, Seq: 77, At: day.Add(5 * time.Nanosecond), Actor: "ada", Action: "decide",
					Subject: "conflict", Detail: "title", Digest: "d", Prev: "x", Hash: "y",
				}
				b.do(func(tx store.Tx) error { return tx.AppendAudit(b.Context(), e) })
			}
			log := b.auditLog("p", 0, 9)
			b.same("entries", len(log), 3)
			b.checkChain(log)
			want := store.AuditEntry{
				ProjectID: "p", Seq: 1, At: day, Actor: "ada", Action: "decide",
				Subject: "conflict", Detail: "title", Digest: "d",
			}
			want.Hash = store.HashAudit(want)
			b.same("the first", log[0], want)
			b.checkChain(b.auditLog("q", 0, 9))
			b.same("a page", b.auditLog("p", 1, 1), log[1:2])
			b.same("the head", b.auditHead("q"), b.auditLog("q", 0, 9)[0])
			b.same("the head of several", b.auditHead("p"), log[2])
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.AuditHead(b.Context(), "r"); return err })
			b.same("beyond the end", len(b.auditLog("p", 3, 9))+len(b.auditLog("p", 9, 9))+len(b.auditLog("p", 0, 0)), 0)
		}},
		{"several entries of one transaction follow each other", func(b *bench) {
			b.do(func(tx store.Tx) error {
				for range 3 {
					if err := tx.AppendAudit(b.Context(), store.AuditEntry{ProjectID: "p", At: day}); err != nil {
						return err
					}
				}
				return nil
			})
			b.checkChain(b.auditLog("p", 0, 9))
		}},
		{"how far a chain was published comes back as it was put, and is nothing before", func(b *bench) {
			b.same("the first", b.headMark("p"), store.HeadMark{ProjectID: "p"})
			head := store.SignedHead{Project: "p", Seq: 7, Hash: "h", At: day, Signature: "s"}
			for _, m := range []store.HeadMark{
				{ProjectID: "p", Published: head, PublishedAt: day},
				{ProjectID: "p", Published: head, PublishedAt: day, Error: "no space left", FailedAt: day.Add(time.Hour)},
			} {
				b.do(func(tx store.Tx) error { return tx.PutHeadMark(b.Context(), m) })
				b.same("mark", b.headMark("p"), m)
			}
			b.same("another's", b.headMark("q"), store.HeadMark{ProjectID: "q"})
		}},
	}
}

func (b *bench) headMark(projectID string) store.HeadMark {
	b.Helper()
	return read(b, func(tx store.Tx) (store.HeadMark, error) { return tx.HeadMark(b.Context(), projectID) })
}

func (b *bench) auditLog(projectID string, after int64, limit int) []store.AuditEntry {
	b.Helper()
	return read(b, func(tx store.Tx) ([]store.AuditEntry, error) {
		return tx.AuditLog(b.Context(), projectID, after, limit)
	})
}

func (b *bench) auditHead(projectID string) store.AuditEntry {
	b.Helper()
	return read(b, func(tx store.Tx) (store.AuditEntry, error) { return tx.AuditHead(b.Context(), projectID) })
}

// checkChain verifies a whole log as `extsync audit verify` does.
func (b *bench) checkChain(log []store.AuditEntry) {
	b.Helper()
	if len(log) == 0 {
		b.Fatal("the log is empty")
	}
	v := store.NewChainVerifier(log[0].ProjectID)
	v.Add(log...)
	if r := v.End(); r.Fault != nil || r.Entries != int64(len(log)) {
		b.Fatalf("the chain does not hold: %+v, %+v", r, r.Fault)
	}
}

func secretTests() []test {
	return []test{
		{"a sealed blob comes back as it was put, is replaced, and belongs to its owner", func(b *bench) {
			for _, sealed := range []string{"\x00\xff one", "two"} {
				b.do(func(tx store.Tx) error { return tx.PutSecret(b.Context(), "p", "token", []byte(sealed)) })
				b.same("secret", b.secret("p", "token"), []byte(sealed))
			}
			b.noSecret("q", "token")
			b.noSecret("p", "other")
		}},
		{"a blob is swapped if it is still the one that was read, and all are listed", func(b *bench) {
			for _, key := range [][2]string{{"q", "token"}, {"p", "token"}, {"p", "hook"}} {
				b.do(func(tx store.Tx) error { return tx.PutSecret(b.Context(), key[0], key[1], []byte("old")) })
			}
			swap := func(name, was string) func(store.Tx) error {
				return func(tx store.Tx) error { return tx.SwapSecret(b.Context(), "p", name, []byte(was), []byte("new")) }
			}
			b.do(swap("token", "old"))
			b.fails(store.ErrStale, swap("token", "old"))
			b.fails(store.ErrNotFound, swap("other", "old"))
			b.same("all", read(b, func(tx store.Tx) ([]store.Secret, error) { return tx.ListSecrets(b.Context()) }), []store.Secret{
				{Owner: "p", Name: "hook", Sealed: []byte("old")}, {Owner: "p", Name: "token", Sealed: []byte("new")}, {Owner: "q", Name: "token", Sealed: []byte("old")},
			})
		}},
		{"an owner's secrets are deleted together, because disconnecting forgets them", func(b *bench) {
			for _, key := range [][2]string{{"p", "token"}, {"p", "hook"}, {"q", "token"}} {
				b.do(func(tx store.Tx) error { return tx.PutSecret(b.Context(), key[0], key[1], []byte("sealed")) })
			}
			for range 2 { // the second time there are none
				b.do(func(tx store.Tx) error { return tx.DeleteSecrets(b.Context(), "p") })
			}
			b.noSecret("p", "token")
			b.noSecret("p", "hook")
			b.same("the other owner's", b.secret("q", "token"), []byte("sealed"))
		}},
	}
}

func (b *bench) secret(owner, name string) []byte {
	b.Helper()
	return read(b, func(tx store.Tx) ([]byte, error) { return tx.Secret(b.Context(), owner, name) })
}

func (b *bench) noSecret(owner, name string) {
	b.Helper()
	b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Secret(b.Context(), owner, name); return err })
}
