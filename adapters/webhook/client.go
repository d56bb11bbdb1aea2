package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// The time that one call may take. Standard Webhooks advise 15 to 30 s.
const (
	defaultTimeout = 20 * time.Second
	maxTimeout     = 30 * time.Second
)

// maxAnswer bounds an answer, in bytes: a hundred tickets with long texts.
const maxAnswer = 2 << 20

// secretPrefix begins a secret of Standard Webhooks.
const secretPrefix = "whsec_"

const missingSecret = "signing secret (a word of the credential that begins with whsec_)"

// client makes the calls of one project. It holds no state between calls.
type client struct {
	http    *http.Client
	base    string // continued by addresses that begin with a slash; without one at its end
	bearer  string
	signers []*standardwebhooks.Webhook
	timeout time.Duration
	meter   adapters.Meter
	clock   func() time.Time
}

func newClient(cfg adapters.Config, c *contract) (*client, error) {
	base, err := baseURL(cfg.BaseURL, c)
	if err != nil {
		return nil, err
	}
	out := &client{base: base, timeout: cfg.Timeout, meter: cfg.Meter, clock: cfg.Now, http: &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if out.clock == nil {
		out.clock = time.Now
	}
	if out.timeout <= 0 {
		out.timeout = defaultTimeout
	}
	out.timeout = min(out.timeout, maxTimeout)
	return out, out.credential(cfg.Token)
}

// baseURL checks the address that others continue.
func baseURL(s string, c *contract) (string, error) {
	const what = "read the base address"
	if s == "" {
		if c.relative() {
			return "", fail(external.Invalid, what, "an address of the settings begins with a slash, and there is nothing that it continues; set the project's base address", nil)
		}
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fail(external.Invalid, what, "want something like https://desk.example", nil)
	}
	if u.Scheme == "http" && !slices.Contains(c.set.PlainHTTP, u.Host) {
		return "", fail(external.Invalid, what, "want https; to call the host without TLS list it in plain_http of the settings", nil)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// credential takes the words of the token apart.
func (c *client) credential(token string) error {
	const what = "read the credential"
	for word := range strings.FieldsSeq(token) {
		encoded, signs := strings.CutPrefix(word, secretPrefix)
		if !signs {
			if c.bearer != "" {
				return fail(external.Invalid, what, "want at most one word that does not begin with whsec_", nil)
			}
			c.bearer = word
			continue
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) < 16 || len(key) > 64 {
			return fail(external.Invalid, what, "a signing secret is whsec_ and 16 to 64 bytes in base64", nil)
		}
		signer, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return fail(external.Invalid, what, "the signing secret cannot be used", nil)
		}
		c.signers = append(c.signers, signer)
	}
	return nil
}

// answer is what a call was answered: JSON, or nothing at all.
type answer struct {
	status int
	header http.Header
	body   []byte
	doc    any
}

// call is one request of which errors must tell.
type call struct {
	what  string // for people: "read ticket 12"
	kind  string // for the meter: "ticket.get"
	write bool
	// named: the address names the item, so that 410 is about it.
	named bool
}

// get reads one address. version, where there is one, makes the call conditional: the
// answer may be of status 304 then.
func (c *client) get(ctx context.Context, what, kind string, at *address, values map[string]string, version string) (answer, error) {
	to, err := at.fill(c.base, values)
	if err != nil {
		return answer{}, err
	}
	header := http.Header{"Accept": {"application/json"}}
	if version != "" {
		header.Set("If-None-Match", version)
	}
	made := call{what: what, kind: kind, named: at.has("id", "key")}
	out, err := c.do(ctx, made, http.MethodGet, to, header, nil)
	if err != nil || out.status == http.StatusNotModified {
		return out, err
	}
	if out.doc, err = decode(out.body); err != nil {
		return out, broken(made, err)
	}
	return out, nil
}

// signed adds the headers of a Standard Webhook. Two secrets make two signatures, so
// that the receiver may know either while they are exchanged.
func (c *client) signed(header http.Header, id string, body []byte) error {
	if len(c.signers) == 0 {
		return fail(external.Unauthorised, "sign a request", "the credential has no signing secret; add a word whsec_... that the receiver knows", nil)
	}
	at := c.clock()
	var all []string
	for _, s := range c.signers {
		signature, err := s.Sign(id, at, body)
		if err != nil {
			return fail(external.Invalid, "sign a request", "the signing secret cannot be used", err)
		}
		all = append(all, signature)
	}
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(all, " "))
	return nil
}

// do makes one HTTP request and reads its answer, within the time and size that it may
// take.
func (c *client) do(ctx context.Context, made call, method, to string, header http.Header, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return answer{}, fail(external.Invalid, made.what, "the address of the settings and the base address make none together", nil)
	}
	req.GetBody = nil // net/http would send it again by itself where a connection broke
	req.Header = header
	req.Header.Set("User-Agent", "extsync")
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	resp, err := c.http.Do(req)
	if c.meter != nil {
		c.meter.Called(made.kind, made.write, adapters.Rate{})
	}
	if err != nil {
		return answer{}, broken(made, err)
	}
	defer func() { _ = resp.Body.Close() }() // what is left of the answer is not wanted
	out := answer{status: resp.StatusCode, header: resp.Header}
	if out.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1)); err == nil && len(out.body) > maxAnswer {
		err = errTooLarge
	}
	switch {
	case out.status/100 != 2 && out.status != http.StatusNotModified:
		return out, refused(made, out)
	case err != nil:
		return out, broken(made, err)
	}
	return out, nil
}

// randomID returns an id that no other delivery has.
func randomID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails; see crypto/rand
	return prefix + "_" + hex.EncodeToString(b[:])
}
