package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook/model"
)

// tolerance is how far the clocks of both sides may be apart. Source: standardwebhooks.com, "Verifying webhook authenticity".
const tolerance = 5 * time.Minute

// verifyHook checks a delivery as the Standard Webhooks specification says: HMAC-SHA256 over "id.timestamp.body", written anew here so that
// both sides do not share a mistake.
func (c *call) verifyHook() error {
	h := c.request.Header
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil || c.s.o.Now().Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return &model.Error{Status: http.StatusUnauthorized, Message: "the delivery has no id or is of another time"}
	}
	for _, secret := range c.s.secrets[c.projectKey] {
		for _, given := range strings.Fields(h.Get("webhook-signature")) {
			if hmac.Equal([]byte(given), []byte(standardSignature(secret, id, stamp, c.body))) {
				c.account = c.s.senders[c.projectKey]
				return nil
			}
		}
	}
	return &model.Error{Status: http.StatusUnauthorized, Message: "the signature does not match"}
}

func standardSignature(secret, id, stamp string, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// hookJSON is a delivery: what is to be done, to which item, with what.
type hookJSON struct {
	Type string `json:"type"` // ping, ticket.create, ticket.update, comment.delete ...
	Data struct {
		ID          json.Number     `json:"id"`           // of the item as we call it
		ExternalKey string          `json:"external_key"` // or as the sender does
		Item        json.RawMessage `json:"item"`
	} `json:"data"`
}

// takeHook does what a delivery says. With Options.Deaf the answer holds nothing.
func (c *call) takeHook() stage.Answer {
	var in hookJSON
	if err := json.Unmarshal(c.body, &in); err != nil {
		return failure(http.StatusBadRequest, "the body is no delivery")
	}
	out := c.obey(in)
	if c.s.o.Deaf && out.Status/100 == 2 {
		return stage.Answer{Status: http.StatusAccepted, Header: http.Header{}}
	}
	return out
}

func (c *call) obey(in hookJSON) stage.Answer {
	item, verb, _ := strings.Cut(in.Type, ".")
	if in.Type == "ping" {
		return jsonReply(http.StatusOK, map[string]bool{"pong": true})
	}
	if item != model.Ticket && item != model.Comment {
		return failure(http.StatusUnprocessableEntity, "there is no such type of delivery")
	}
	if len(in.Data.Item) == 0 {
		in.Data.Item = []byte("{}")
	}
	d, err := decodeDraft(in.Data.Item)
	if err != nil {
		return refused(err)
	}
	if verb == "create" {
		d.ExternalKey = in.Data.ExternalKey
		return c.make(item, d)
	}
	id, err := c.named(item, in)
	if err != nil {
		return refused(err)
	}
	switch verb {
	case "update":
		return c.change(item, id, d)
	case "delete":
		return c.drop(item, id)
	}
	return failure(http.StatusUnprocessableEntity, "there is no such type of delivery")
}

// named finds the item that a delivery means: by our id, else by the sender's key.
func (c *call) named(item string, in hookJSON) (int64, error) {
	if id, err := in.Data.ID.Int64(); err == nil {
		return id, nil
	}
	for _, i := range c.project.All(item) {
		if i.ExternalKey == in.Data.ExternalKey && i.ExternalKey != "" {
			return i.ID, nil
		}
	}
	return 0, &model.Error{Status: http.StatusNotFound, Message: "no such " + item}
}
