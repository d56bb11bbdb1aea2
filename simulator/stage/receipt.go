package stage

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// Receipt is what is known of a webhook on its way. Simulators embed it in what they tell about one.
type Receipt struct {
	ID       string    `json:"id"` // retries, redeliveries and doubles keep it
	Fault    FaultKind `json:"fault,omitempty"`
	Attempts int       `json:"attempts"`
	Status   int       `json:"status"` // of the last attempt; 0: never sent or not answered
	Queued   time.Time `json:"queued"`

	delayed bool // late, and past its first round
	due     time.Time
	sent    []byte
}

//nolint:unused // it makes a Parcel of what embeds a Receipt
func (r *Receipt) receipt() *Receipt { return r }

// Sent is the body of the last attempt, nil before the first.
func (r *Receipt) Sent() []byte { return r.sent }

// Parcel is one webhook of a vendor: a pointer to a struct that embeds Receipt, directly or not.
type Parcel interface {
	receipt() *Receipt
	// Compose makes the next attempt, at a time, after what the receipt tells. It runs without a lock.
	Compose(so Receipt, at time.Time) Letter
}

// Letter is one attempt to deliver a webhook, sent by POST.
type Letter struct {
	URL    string
	Header http.Header
	Body   []byte
}

// Signature is the SHA-256 HMAC of a body, in hexadecimal digits.
func Signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// UUID draws a random UUID.
func UUID(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	a, b = a&^0xf000|0x4000, b&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}
