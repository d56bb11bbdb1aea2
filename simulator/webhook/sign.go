package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Mode is a way to sign webhooks.
type Mode string

// The modes, each as some vendor does it.
const (
	ModeSHA256   Mode = "sha256"   // X-Hub-Signature-256: sha256=<hex>, HMAC over the body (GitHub, Jira's admin webhooks)
	ModeHex      Mode = "hex"      // X-Signature: <hex>, HMAC over the body (Linear)
	ModeStandard Mode = "standard" // Standard Webhooks, v1; several secrets separated by spaces sign all
	ModeJWT      Mode = "jwt"      // Authorization: Bearer <HS256>, with iat, exp and body_sha256 (Jira's dynamic webhooks)
	ModeToken    Mode = "token"    // X-Token: the secret itself
)

// sign puts the signature of a body into the header. It stands on the standard library alone, so that a receiver's libraries are
// tested against something else than themselves.
func sign(h http.Header, hook Hook, id string, body []byte, now time.Time) error {
	name := hook.Header
	if name == "" {
		name = map[Mode]string{
			ModeSHA256: "X-Hub-Signature-256", ModeHex: "X-Signature", ModeJWT: "Authorization", ModeToken: "X-Token",
		}[hook.Mode]
	}
	mac := hmac.New(sha256.New, []byte(hook.Secret))
	mac.Write(body)
	sum := hex.EncodeToString(mac.Sum(nil))
	switch hook.Mode {
	case ModeSHA256:
		h.Set(name, "sha256="+sum)
	case ModeHex:
		h.Set(name, sum)
	case ModeStandard:
		stamp := strconv.FormatInt(now.Unix(), 10)
		var all []string
		for secret := range strings.FieldsSeq(hook.Secret) {
			all = append(all, standardSignature(secret, id, stamp, body))
		}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", stamp)
		h.Set("webhook-signature", strings.Join(all, " "))
	case ModeJWT:
		token, err := jwtToken(hook.Secret, id, body, now)
		if err != nil {
			return err
		}
		h.Set(name, "Bearer "+token)
	case ModeToken:
		h.Set(name, hook.Secret)
	default:
		return fmt.Errorf("there is no mode %q", hook.Mode)
	}
	return nil
}

// jwtToken makes a compact HS256 token. Source: RFC 7515, section 3.1, and RFC 7519, section 4.1.
func jwtToken(secret, id string, body []byte, now time.Time) (string, error) {
	sum := sha256.Sum256(body)
	claims, err := json.Marshal(map[string]any{
		"iss": "desk", "jti": id, "iat": now.Unix(), "exp": now.Add(3 * time.Minute).Unix(), "body_sha256": hex.EncodeToString(sum[:]),
	})
	if err != nil {
		return "", err
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + enc.EncodeToString(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + enc.EncodeToString(mac.Sum(nil)), nil
}
