package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

const verifyWhat = "verify webhook"

// How old a delivery may be. Jira sends secondary events up to 15 minutes late, and what
// was not taken up to five times more, 5 to 15 minutes apart.
// Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/
const (
	maxDelay = 2 * time.Hour
	maxSkew  = time.Minute
)

// VerifyWebhook checks a delivery of a webhook that an administrator made, signed in
// X-Hub-Signature (WebSub: the method, then the HMAC of the body), or of one that an app
// registered, which carries a JSON Web Token under the app's secret instead. The token
// proves the sender and says nothing of the body: the delivery is a hint all the same.
//
// A comment's event names the comment and its issue; others name the issue. Events of
// sprints, versions and properties name none. The caller limits the size of the body.
func (a *adapter) VerifyWebhook(secret []byte, header http.Header, body []byte) (adapters.Delivery, error) {
	if len(secret) == 0 {
		return adapters.Delivery{}, fail(external.Unauthorised, verifyWhat, "no secret is set for this project's webhooks; set one on both sides", nil)
	}
	var d adapters.Delivery
	var err error
	if signature := header.Get("X-Hub-Signature"); signature != "" {
		err = verifyHMAC(secret, signature, body)
		d.MaxAge = maxDelay
	} else {
		d.SignedAt, d.MaxAge, err = verifyToken(secret, header.Get("Authorization"))
	}
	if err != nil {
		return adapters.Delivery{}, err
	}
	var p payload
	if json.Unmarshal(body, &p) != nil || p.Event == "" {
		return adapters.Delivery{}, fail(external.Invalid, "receive webhook", "the body is not an event of Jira's", nil)
	}
	if d.SignedAt.IsZero() && p.Timestamp > 0 { // the HMAC covers it
		d.SignedAt = time.UnixMilli(p.Timestamp).UTC()
	}
	d.ID, d.Event, d.ProjectKey, d.Refs = deliveryID(header, body), p.Event, p.projectKey(), p.refs()
	return d, nil
}

// deliveryID is the identifier that stays the same when a delivery is repeated. Data
// Center sends none: there the same body is the same delivery.
func deliveryID(header http.Header, body []byte) string {
	if id := header.Get("X-Atlassian-Webhook-Identifier"); id != "" {
		return id
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// verifyHMAC checks a signature by the method it names. SHA-1 is refused.
func verifyHMAC(secret []byte, signature string, body []byte) error {
	method, given, _ := strings.Cut(signature, "=")
	var newHash func() hash.Hash
	switch method {
	case "sha256":
		newHash = sha256.New
	case "sha384":
		newHash = sha512.New384
	case "sha512":
		newHash = sha512.New
	default:
		return fail(external.Unauthorised, verifyWhat, "the delivery is not signed with SHA-256 or better", nil)
	}
	sum, err := hex.DecodeString(given)
	if err != nil {
		return fail(external.Unauthorised, verifyWhat, "the signature is not hexadecimal", nil)
	}
	mac := hmac.New(newHash, secret)
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), sum) {
		return fail(external.Unauthorised, verifyWhat, "the signature does not match; check the secret on both sides", nil)
	}
	return nil
}

// verifyToken checks the token of an app's webhook and returns when it was issued and how
// long it is good. Its times are left to the caller, who has a clock.
func verifyToken(secret []byte, authorization string) (time.Time, time.Duration, error) {
	token, found := strings.CutPrefix(authorization, "Bearer ")
	if !found {
		return time.Time{}, 0, fail(external.Unauthorised, verifyWhat, "the delivery is not signed; set a secret on both sides", nil)
	}
	var claims jwt.RegisteredClaims
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation()).
		ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return secret, nil })
	if err != nil {
		return time.Time{}, 0, fail(external.Unauthorised, verifyWhat, "the token is not signed with the app's client secret", nil)
	}
	if claims.IssuedAt == nil {
		return time.Time{}, 0, fail(external.Unauthorised, verifyWhat, "the token does not say when it was issued", nil)
	}
	age := maxDelay
	if claims.ExpiresAt != nil {
		age = claims.ExpiresAt.Sub(claims.IssuedAt.Time) + maxSkew
	}
	return claims.IssuedAt.UTC(), age, nil
}

// payload is what the events have in common. It is read with types of our own: Jira's
// samples have a user whose active is a string, which go-jira's type refuses.
type payload struct {
	Timestamp int64  `json:"timestamp"`
	Event     string `json:"webhookEvent"`
	Issue     *struct {
		ID     string `json:"id"`
		Key    string `json:"key"`
		Fields struct {
			Project struct {
				Key string `json:"key"`
			} `json:"project"`
		} `json:"fields"`
	} `json:"issue"`
	Comment *struct {
		ID   string `json:"id"`
		Self string `json:"self"`
	} `json:"comment"`
}

func (p payload) projectKey() string {
	if p.Issue == nil {
		return ""
	}
	if key := p.Issue.Fields.Project.Key; key != "" {
		return key
	}
	key, _, _ := strings.Cut(p.Issue.Key, "-")
	return key
}

func (p payload) refs() []external.Ref {
	if !strings.HasPrefix(p.Event, "jira:issue_") && !strings.HasPrefix(p.Event, "comment_") {
		return nil
	}
	var out []external.Ref
	parent := ""
	if p.Issue != nil && p.Issue.ID != "" {
		out = append(out, external.Ref{Kind: external.KindTicket, ID: p.Issue.ID, Key: p.Issue.Key})
		parent = p.Issue.Key
	}
	if p.Comment == nil || p.Comment.ID == "" {
		return out
	}
	if parent == "" { // Data Center tells a deleted comment without its issue
		if parent = issueOfComment(p.Comment.Self); parent != "" {
			out = append(out, external.Ref{Kind: external.KindTicket, ID: parent})
		}
	}
	return append(out, external.Ref{Kind: external.KindComment, ID: p.Comment.ID, Key: p.Comment.ID, Parent: parent})
}
