package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// VerifyWebhook checks X-Hub-Signature-256 and names the issue or comment that a
// delivery is about. go-github's own check accepts SHA-1, and anything at all when
// the secret is empty; its parser fails on events that it does not know.
//
// Events about labels, milestones and the repository name no item: a renamed label
// does not count as a change of its issues. Unknown events name none either. The
// caller limits the size of the body.
func (a *adapter) VerifyWebhook(secret []byte, header http.Header, body []byte) (adapters.Delivery, error) {
	if err := verify(secret, header.Get("X-Hub-Signature-256"), body); err != nil {
		return adapters.Delivery{}, err
	}
	d := adapters.Delivery{ID: header.Get("X-GitHub-Delivery"), Event: header.Get("X-GitHub-Event")}
	if d.ID == "" || d.Event == "" {
		return adapters.Delivery{}, fail(external.Invalid, "receive webhook", "the delivery has no id or no event", nil)
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return adapters.Delivery{}, fail(external.Invalid, "receive webhook",
			"the body is not JSON; set the webhook's content type to application/json", nil)
	}
	d.ProjectKey = p.Repository.GetFullName()
	d.Refs = p.refs(d.Event)
	return d, nil
}

func verify(secret []byte, signature string, body []byte) error {
	const what = "verify webhook"
	if len(secret) == 0 {
		return fail(external.Unauthorised, what, "no secret is set for this project's webhooks; set one on both sides", nil)
	}
	given, found := strings.CutPrefix(signature, "sha256=")
	sum, err := hex.DecodeString(given)
	if !found || err != nil {
		return fail(external.Unauthorised, what, "the delivery is not signed with SHA-256", nil)
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), sum) {
		return fail(external.Unauthorised, what, "the signature does not match; check the secret on both sides", nil)
	}
	return nil
}

// payload is what the events have in common.
type payload struct {
	Repository *gogithub.Repository   `json:"repository"`
	Issue      *gogithub.Issue        `json:"issue"`
	Comment    *gogithub.IssueComment `json:"comment"`
}

func (p payload) refs(event string) []external.Ref {
	if p.Issue.GetNodeID() == "" || p.Issue.IsPullRequest() {
		return nil
	}
	switch event {
	case "issues":
		return []external.Ref{issueRef(p.Issue)}
	case "issue_comment":
		if p.Comment.GetNodeID() != "" {
			return []external.Ref{commentRef(p.Comment)}
		}
	}
	return nil
}
