package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"
)

// HashAudit returns the chain hash of an entry: SHA-256 over a JSON array of its
// project, sequence, time (RFC 3339 in UTC, microseconds), actor, action, subject,
// detail, digest and the hash before it.
func HashAudit(e AuditEntry) string {
	b, err := json.Marshal([]string{
		e.ProjectID, strconv.FormatInt(e.Seq, 10),
		e.At.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano),
		e.Actor, e.Action, e.Subject, e.Detail, e.Digest, e.Prev,
	})
	if err != nil {
		panic(err) // unreachable: strings always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
