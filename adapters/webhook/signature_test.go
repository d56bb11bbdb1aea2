package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/simulator/webhook/model"
)

func macHex(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// mode is one way to sign, with its settings and the headers that prove something.
type mode struct {
	name     simulator.Mode
	settings string
	secret   string
	other    string // another secret of the same form
	headers  []string
	body     bool // the signature covers the body
	time     bool // and a time
}

func modes() []mode {
	const id = `"delivery_id": {"payload": ".delivery"}`
	return []mode{
		{simulator.ModeSHA256, `"signature": {"mode": "sha256", "timestamp": ".sent_at"}, ` + id, hexSecret, "other", []string{"X-Hub-Signature-256"}, true, true},
		{simulator.ModeHex, `"signature": {"mode": "hex"}, ` + id, hexSecret, "other", []string{"X-Signature"}, true, false},
		{simulator.ModeStandard, `"signature": {"mode": "standard"}`, signingKey, oldKey, []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"}, true, true},
		{simulator.ModeJWT, `"signature": {"mode": "jwt"}, ` + id, hexSecret, "other", []string{"Authorization"}, true, true},
		{simulator.ModeToken, `"signature": {"mode": "token"}, ` + id, hexSecret, "other", []string{"X-Token"}, false, false},
	}
}

// open makes an adapter that receives in a mode, and a delivery signed in it.
func (m mode) open(t *testing.T, secret string) (*desk, adapters.Adapter, received) {
	t.Helper()
	d := newDesk(t, "pull.json")
	before, rest, _ := strings.Cut(d.settings, `"signature"`)
	_, after, _ := strings.Cut(rest, `"event"`)
	d.settings = before + m.settings + `, "event"` + after
	d.sim.AddHook(simulator.Hook{Project: project, URL: "https://us.example/", Mode: m.name, Secret: secret})
	d.act(simulator.Act{Login: "ann", Do: "create", Kind: model.Ticket, Item: item(t, map[string]any{"title": "one"})})
	return d, d.Adapter(nil), d.take()[0]
}

func (r received) clone() received {
	return received{r.header.Clone(), bytes.Clone(r.body)}
}

func TestEverySignatureIsChecked(t *testing.T) {
	for _, m := range modes() {
		t.Run(string(m.name), func(t *testing.T) {
			d, a, good := m.open(t, m.secret)
			got, err := verify(t, a, m.secret, good)
			if err != nil || len(got.Items) != 1 || got.ID != "msg_1" {
				t.Fatalf("a right one: %+v, %v", got, err)
			}
			if m.time != !got.SignedAt.IsZero() || m.time && d.Now().Sub(got.SignedAt).Abs() > got.MaxAge {
				t.Errorf("signed at %s within %s, now %s", got.SignedAt, got.MaxAge, d.Now())
			}
			refuse := func(reason, secret string, change func(*received)) {
				t.Helper()
				r := good.clone()
				change(&r)
				if _, err := verify(t, a, secret, r); external.KindOf(err) != external.Unauthorised {
					t.Errorf("%s: got %v, want it refused", reason, err)
				}
			}
			same := func(*received) {}
			refuse("another secret", m.other, same)
			refuse("no secret is set here", "", same)
			refuse("an empty line as secret", "\n\n", same)
			for _, name := range m.headers {
				refuse("stripped of "+name, m.secret, func(r *received) { r.header.Del(name) })
				refuse("empty "+name, m.secret, func(r *received) { r.header.Set(name, "") })
				refuse("twice "+name, m.secret, func(r *received) { r.header.Add(name, r.header.Get(name)) })
				refuse("a forged one before "+name, m.secret, func(r *received) {
					r.header[name] = []string{"sha256=" + strings.Repeat("0", 64), r.header.Get(name)}
				})
				refuse("a very long "+name, m.secret, func(r *received) { r.header.Set(name, strings.Repeat("a", 1<<20)) })
				refuse("one byte more in "+name, m.secret, func(r *received) { r.header.Set(name, r.header.Get(name)+"0") })
			}
			if m.body {
				refuse("another body", m.secret, func(r *received) { r.body = bytes.Replace(r.body, []byte("one"), []byte("two"), 1) })
				refuse("the body written anew", m.secret, func(r *received) { r.body = reserialised(t, r.body) })
				refuse("a line end more", m.secret, func(r *received) { r.body = append(r.body, '\n') })
				refuse("no body", m.secret, func(r *received) { r.body = nil })
			}
			for _, both := range []string{m.other + "\n" + m.secret, m.secret + "\r\n" + m.other} {
				if _, err := verify(t, a, both, good); err != nil {
					t.Errorf("while two secrets are valid: %v", err)
				}
			}
			big := good.clone()
			big.body = make([]byte, 1<<20+1)
			_, err = verify(t, a, m.secret, big)
			want(t, err, external.Invalid, "1 MiB")
		})
	}
}

// reserialised is the same JSON in other bytes.
func reserialised(t *testing.T, body []byte) []byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRandomSignaturesAreRefused throws chance at every header.
func TestRandomSignaturesAreRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, m := range modes() {
		_, a, good := m.open(t, m.secret)
		for range 200 {
			noise := make([]byte, rng.IntN(100))
			for i := range noise {
				noise[i] = byte(rng.IntN(256))
			}
			r := good.clone()
			name := m.headers[len(m.headers)-1]
			switch value := string(noise); rng.IntN(5) {
			case 0:
				r.header.Set(name, value)
			case 1:
				r.header.Set(name, "sha256="+hex.EncodeToString(noise))
			case 2:
				r.header.Set(name, "v1,"+base64.StdEncoding.EncodeToString(noise))
			case 3:
				r.header.Set(name, "Bearer "+base64.RawURLEncoding.EncodeToString(noise)+".e30.x")
			case 4: // one bit of the right one
				right := []byte(r.header.Get(name))
				right[rng.IntN(len(right))] ^= 1 << rng.IntN(6)
				r.header.Set(name, string(right))
			}
			if r.header.Get(name) == good.header.Get(name) {
				continue
			}
			if _, err := verify(t, a, m.secret, r); external.KindOf(err) != external.Unauthorised {
				// Hexadecimal and the name of a scheme have two cases: other text, the same proof.
				if !sameSignature(r.header.Get(name), good.header.Get(name)) {
					t.Errorf("%s: %q was accepted: %v", m.name, r.header.Get(name), err)
				}
			}
		}
	}
}

func sameSignature(a, b string) bool {
	scheme1, rest1, _ := strings.Cut(a, " ")
	scheme2, rest2, _ := strings.Cut(b, " ")
	return rest1 == rest2 && strings.EqualFold(scheme1, scheme2) && !strings.Contains(b, "v1,")
}

func TestAnOldDeliveryIsDated(t *testing.T) {
	for _, m := range modes() {
		if !m.time {
			continue
		}
		d, a, good := m.open(t, m.secret)
		d.Advance(6 * time.Minute)
		got, err := verify(t, a, m.secret, good)
		if err != nil || d.Now().Sub(got.SignedAt).Abs() <= got.MaxAge {
			t.Errorf("%s: signed at %s within %s, now %s, %v: a replay would be taken for fresh", m.name, got.SignedAt, got.MaxAge, d.Now(), err)
		}
	}
}

func TestTheStandardsOwnExample(t *testing.T) {
	// The example of the standard's own libraries: this secret, id, time and body, this signature.
	// github.com/standard-webhooks/standard-webhooks, libraries/go/webhook_test.go, TestWebhookSign.
	d := newDesk(t, "bidirectional.json")
	r := received{http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1a,xxx v1,bad v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}, []byte(`{"test": 2432232314}`)}
	got, err := verify(t, d.Adapter(nil), signingKey, r)
	if err != nil || got.SignedAt.Unix() != 1614265330 || got.ID != "msg_p5jXN8AQM9LWM0D4loKWxJek" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = verify(t, d.Adapter(nil), "whsec_", r)
	want(t, err, external.Unauthorised, "16 bytes")
}

func TestForgedTokens(t *testing.T) {
	m := modes()[3]
	d, a, good := m.open(t, m.secret)
	now := d.Now().Unix()
	sum := sha256.Sum256(good.body)
	hash := hex.EncodeToString(sum[:])
	signed := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		t.Helper()
		s, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + s
	}
	secret := []byte(m.secret)
	right := jwt.MapClaims{"iat": now, "exp": now + 60, "body_sha256": hash}
	for _, c := range []struct {
		reason, header string
		ok             bool
	}{
		{"right", signed(jwt.SigningMethodHS256, secret, right), true},
		{"another scheme's word", strings.Replace(signed(jwt.SigningMethodHS256, secret, right), "Bearer", "JWT", 1), true},
		{"without the body's hash: accepted as its vendor sends it", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iat": now, "exp": now + 60}), true},
		{"only an end", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": now + 60}), true},
		{"not signed at all", signed(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, right), false},
		{"another method", signed(jwt.SigningMethodHS512, secret, right), false},
		{"another secret", signed(jwt.SigningMethodHS256, []byte("other"), right), false},
		{"of another body", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iat": now, "body_sha256": strings.Repeat("0", 64)}), false},
		{"a hash that is none", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iat": now, "body_sha256": 1}), false},
		{"no time", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"body_sha256": hash}), false},
		{"a time that is none", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iat": "now"}), false},
		{"ended before it began", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iat": now, "exp": now - 60}), false},
		{"basic authentication", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:b")), false},
	} {
		r := good.clone()
		r.header.Set("Authorization", c.header)
		got, err := verify(t, a, m.secret, r)
		if c.ok != (err == nil) || err != nil && external.KindOf(err) != external.Unauthorised {
			t.Errorf("%s: %v, want accepted=%t", c.reason, err, c.ok)
		}
		if err == nil && d.Now().Sub(got.SignedAt).Abs() > got.MaxAge {
			t.Errorf("%s: it counts as old", c.reason)
		}
	}
	strict := d.with(`"mode": "jwt"`, `"mode": "jwt", "require_body": true`).Adapter(nil)
	r := good.clone()
	r.header.Set("Authorization", signed(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iat": now}))
	_, err := verify(t, strict, m.secret, r)
	want(t, err, external.Unauthorised, "body_sha256")
}
