package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/extsync/extsync/external"
)

// The ways in which deliveries are signed.
const (
	modeSHA256   = "sha256"
	modeHex      = "hex"
	modeStandard = "standard"
	modeJWT      = "jwt"
	modeToken    = "token"
)

// The sizes beyond which a delivery is not looked at, in bytes.
const (
	maxDelivery  = 1 << 20
	maxSignature = 8 << 10
)

// proof is what a signature vouches for besides the body.
type proof struct {
	id     string    // of the delivery, where it is signed
	at     time.Time // when it was signed; zero where that is not told
	maxAge time.Duration
}

func forged(message string) error {
	return fail(external.Unauthorised, "verify webhook", message, nil)
}

// secrets takes apart what is stored: one secret, or two on a line each while they are
// exchanged. Empty ones do not count.
func secrets(stored []byte) [][]byte {
	var out [][]byte
	for line := range bytes.SplitSeq(stored, []byte("\n")) {
		if line = bytes.TrimSuffix(line, []byte("\r")); len(line) > 0 {
			out = append(out, line)
		}
	}
	return out
}

// verify checks the signature over the raw body. All secrets are tried, and each
// comparison takes the same time for every signature of the right length.
func (in *intake) verify(secrets [][]byte, header http.Header, body []byte) (proof, error) {
	if len(secrets) == 0 {
		return proof{}, forged("no secret is set for this project's webhooks; set one on both sides")
	}
	if len(body) > maxDelivery {
		return proof{}, fail(external.Invalid, "verify webhook", "the delivery is larger than 1 MiB", nil)
	}
	if in.Mode == modeStandard {
		return in.verifyStandard(secrets, header, body)
	}
	given, err := single(header, in.Header)
	if err != nil {
		return proof{}, err
	}
	switch in.Mode {
	case modeSHA256:
		given, found := strings.CutPrefix(given, "sha256=")
		if !found {
			return proof{}, forged("the signature does not begin with sha256=")
		}
		return proof{}, verifyHex(secrets, given, body)
	case modeHex:
		return proof{}, verifyHex(secrets, given, body)
	case modeJWT:
		return in.verifyToken(secrets, given, body)
	}
	return proof{}, verifySecret(secrets, given)
}

// single returns a header that stands there once: of two signatures, who knows which
// one another program checked.
func single(header http.Header, name string) (string, error) {
	values := header.Values(name)
	if len(values) != 1 || values[0] == "" {
		return "", forged("want the header " + name + " once")
	}
	if len(values[0]) > maxSignature {
		return "", forged("the header " + name + " is longer than it may be")
	}
	return values[0], nil
}

func verifyHex(secrets [][]byte, given string, body []byte) error {
	sum, err := hex.DecodeString(given)
	if err != nil || len(sum) != sha256.Size {
		return forged("the signature is not the hexadecimal form of a SHA-256")
	}
	ok := 0
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		ok |= subtle.ConstantTimeCompare(mac.Sum(nil), sum)
	}
	if ok != 1 {
		return forged("the signature does not match; check the secret on both sides")
	}
	return nil
}

// verifySecret compares digests, so that the time says nothing of a secret's length.
func verifySecret(secrets [][]byte, given string) error {
	ok, sum := 0, sha256.Sum256([]byte(given))
	for _, secret := range secrets {
		want := sha256.Sum256(secret)
		ok |= subtle.ConstantTimeCompare(want[:], sum[:])
	}
	if ok != 1 {
		return forged("the token does not match; check the secret on both sides")
	}
	return nil
}

// verifyStandard checks a Standard Webhook, v1. Source:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func (in *intake) verifyStandard(secrets [][]byte, header http.Header, body []byte) (proof, error) {
	for _, name := range []string{
		standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature,
	} {
		if _, err := single(header, name); err != nil {
			return proof{}, err
		}
	}
	seconds, err := strconv.ParseInt(header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil || seconds <= 0 {
		return proof{}, forged("webhook-timestamp is no time")
	}
	ok := false
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(secret), secretPrefix))
		if err != nil || len(key) < 16 {
			return proof{}, forged("the secret set here is not whsec_ and at least 16 bytes in base64")
		}
		hook, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return proof{}, forged("the secret set here cannot be used")
		}
		// The caller compares the time, by the clock that it compares all with.
		ok = hook.VerifyIgnoringTimestamp(body, header) == nil || ok
	}
	if !ok {
		return proof{}, forged("the signature does not match; check the secret on both sides")
	}
	return proof{id: header.Get(standardwebhooks.HeaderWebhookID), at: time.Unix(seconds, 0).UTC(), maxAge: in.maxAge}, nil
}
