package linear

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// maxAge is how old a delivery may be when it arrives.
// Source: https://linear.app/developers/webhooks, "Securing webhooks"
const maxAge = time.Minute

// VerifyWebhook checks Linear-Signature and names the issue or comment that a delivery is
// about. The time that is signed stands in the body; the header Linear-Timestamp is not
// covered by the signature. A delivery without a time is refused, for it could be
// replayed for ever. Deliveries must be answered within five seconds, so nothing is read
// here. The caller limits the size of the body.
func (a *adapter) VerifyWebhook(secret []byte, header http.Header, body []byte) (adapters.Delivery, error) {
	const what = "receive webhook"
	if err := verify(secret, header.Get("Linear-Signature"), body); err != nil {
		return adapters.Delivery{}, err
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return adapters.Delivery{}, fail(external.Invalid, what, "the body is not JSON of Linear's form", err)
	}
	d := adapters.Delivery{ID: header.Get("Linear-Delivery"), Event: p.Type + " " + p.Action, MaxAge: maxAge}
	if d.ID == "" || p.Type == "" {
		return adapters.Delivery{}, fail(external.Invalid, what, "the delivery has no id or no type", nil)
	}
	if p.WebhookTimestamp <= 0 {
		return adapters.Delivery{}, fail(external.Unauthorised, what, "the delivery says no time", nil)
	}
	d.SignedAt = time.UnixMilli(p.WebhookTimestamp).UTC()
	d.Refs, d.ProjectKey = p.refs()
	return d, nil
}

func verify(secret []byte, signature string, body []byte) error {
	const what = "verify webhook"
	if len(secret) == 0 {
		return fail(external.Unauthorised, what, "no secret is set for this project's webhooks; copy it from Linear's settings", nil)
	}
	sum, err := hex.DecodeString(signature)
	if err != nil || len(sum) != sha256.Size {
		return fail(external.Unauthorised, what, "the delivery is not signed", err)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), sum) {
		return fail(external.Unauthorised, what, "the signature does not match; check the secret on both sides", nil)
	}
	return nil
}

// payload is what the events about issues and comments have in common.
type payload struct {
	Action           string `json:"action"`
	Type             string `json:"type"`
	WebhookTimestamp int64  `json:"webhookTimestamp"`
	Data             struct {
		ID         string    `json:"id"`
		Identifier string    `json:"identifier"`
		IssueID    string    `json:"issueId"`
		Issue      *dataLink `json:"issue"`
		Team       *dataLink `json:"team"`
	} `json:"data"`
}

type dataLink struct {
	Identifier string `json:"identifier"`
	Key        string `json:"key"`
}

// refs names the item, and its team's key where it is told. A comment's issue is told by
// its id alone in some events; then the comment's own reading tells its key.
func (p payload) refs() (refs []external.Ref, team string) {
	if p.Data.ID == "" {
		return nil, ""
	}
	switch p.Type {
	case "Issue":
		team = keyOfTeam(p.Data.Identifier)
		if p.Data.Team != nil {
			team = p.Data.Team.Key
		}
		return []external.Ref{{Kind: external.KindTicket, ID: p.Data.ID, Key: p.Data.Identifier}}, team
	case "Comment":
		ref := external.Ref{Kind: external.KindComment, ID: p.Data.ID, Key: p.Data.ID, ParentID: p.Data.IssueID}
		if p.Data.Issue != nil {
			ref.Parent = p.Data.Issue.Identifier
		}
		return []external.Ref{ref}, keyOfTeam(ref.Parent)
	}
	return nil, ""
}

// keyOfTeam is the part of an identifier before its number.
func keyOfTeam(identifier string) string {
	key, _, _ := strings.Cut(identifier, "-")
	return key
}
