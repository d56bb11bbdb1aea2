package adaptertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// Signed is a delivery as the system sends it.
type Signed struct {
	Secret []byte
	Header http.Header
	Body   []byte
}

// Caller is a site whose system calls us. Call lets a person edit the ticket and returns
// the delivery that tells of it.
type Caller interface {
	Call(login string, ref external.Ref, f external.Fields) Signed
}

// lawWebhook: a delivery that the system signed names its item, and none that was forged
// is believed.
func lawWebhook(b *bench) {
	if !b.a.Capabilities().Webhooks {
		b.notOffered("Webhooks")
	}
	r, ok := offers[adapters.WebhookReceiver](b.a)
	site, calls := b.Site.(Caller)
	if !ok || !calls {
		b.Fatal("the capabilities promise webhooks; the adapter has no VerifyWebhook or the site makes no call")
	}
	ref := b.CreateTicket("ann", b.Ticket(0))
	b.Advance(b.a.Capabilities().HistoryGrace)
	s := site.Call("ann", ref, b.retitled(1))
	want, err := r.VerifyWebhook(s.Secret, s.Header, s.Body)
	if err != nil || want.ID == "" || want.Event == "" {
		b.Fatalf("as it was sent: got %+v, %v", want, err)
	}
	if !slices.ContainsFunc(want.Refs, func(got external.Ref) bool { return got.Kind == ref.Kind && got.ID == ref.ID }) {
		b.Errorf("got references %+v, want %+v among them", want.Refs, ref)
	}
	again, err := r.VerifyWebhook(s.Secret, s.Header.Clone(), slices.Clone(s.Body))
	if err != nil || again.ID != want.ID || !slices.Equal(again.Refs, want.Refs) {
		b.Errorf("delivered again: got %+v, %v", again, err)
	}
	b.forged(r, s)
	b.headers(r, s, want)
}

// forged are deliveries that the system did not sign.
func (b *bench) forged(r adapters.WebhookReceiver, s Signed) {
	b.Helper()
	refuse := func(why string, secret []byte, h http.Header, body []byte) {
		got, err := r.VerifyWebhook(secret, h, body)
		if external.KindOf(err) != external.Unauthorised || len(got.Refs)+len(got.Items) > 0 {
			b.Errorf("%s: got %d references, %v; want kind unauthorised", why, len(got.Refs), err)
		}
	}
	refuse("no headers", s.Secret, http.Header{}, s.Body)
	refuse("another secret", []byte("another secret"), s.Header, s.Body)
	refuse("no secret", nil, s.Header, s.Body)
	refuse("no secret and no headers", nil, http.Header{}, s.Body)
	refuse("no body", s.Secret, s.Header, nil)
	refuse("a blank after the body", s.Secret, s.Header, append(slices.Clone(s.Body), ' '))
	var out bytes.Buffer
	if err := json.Indent(&out, s.Body, "", " "); err != nil {
		b.Fatal(err)
	}
	refuse("the body spelled in another way", s.Secret, s.Header, out.Bytes())
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		body := slices.Clone(s.Body)
		body[rng.IntN(len(body))] ^= byte(1 + rng.IntN(255))
		refuse("a byte of the body changed", s.Secret, s.Header, body)
		noise := make([]byte, rng.IntN(300))
		for i := range noise {
			noise[i] = byte(rng.IntN(256))
		}
		refuse("random bytes", s.Secret, s.Header, noise)
	}
}

// headers takes away, changes and doubles each header. What does not belong to the
// signature changes nothing of what the delivery names; at least one header belongs to it.
func (b *bench) headers(r adapters.WebhookReceiver, s Signed, want adapters.Delivery) {
	b.Helper()
	signs := 0
	same := func(how string, h http.Header) bool {
		got, err := r.VerifyWebhook(s.Secret, h, s.Body)
		switch k := external.KindOf(err); {
		case k == external.Unauthorised:
			return false
		case k == external.Invalid: // a header that is needed, and signs nothing
		case err != nil:
			b.Errorf("%s: got %v, want kind unauthorised or none", how, err)
		case got.Event == want.Event && !slices.Equal(got.Refs, want.Refs):
			b.Errorf("%s: names %+v, want %+v", how, got.Refs, want.Refs)
		}
		return true
	}
	for name, values := range s.Header {
		without := s.Header.Clone()
		without.Del(name)
		for how, change := range map[string]func(string) string{
			"emptied": func(string) string { return "" },
			"halved":  func(v string) string { return v[:len(v)/2] },
			"forged":  func(v string) string { return flip(v) },
			"doubled": func(v string) string { return v + "," + v },
		} {
			h := s.Header.Clone()
			h.Set(name, change(values[0]))
			if !same(name+" "+how, h) {
				signs++
			}
			h[name] = append(h[name], values[0])
			same(name+" "+how+" before the right one", h)
			h[name] = []string{values[0], change(values[0])}
			if !same(name+" "+how+" after the right one", h) && !same(name, s.Header) {
				b.Errorf("%s: the right delivery is not believed any more", name)
			}
		}
		if !same(name+" taken away", without) {
			signs++
		}
	}
	if signs == 0 {
		b.Error("no header signs anything")
	}
}

// flip changes the last letter.
func flip(v string) string {
	if v == "" {
		return "x"
	}
	last := v[len(v)-1]
	if last == 'a' {
		return v[:len(v)-1] + "b"
	}
	return v[:len(v)-1] + "a"
}

// Catch returns the last of the deliveries that the system sends.
func Catch(t *testing.T, secret string, deliver func(context.Context, *http.Client) (int, error)) Signed {
	t.Helper()
	out := Signed{Secret: []byte(secret)}
	client := &http.Client{Transport: catcher(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		out.Header, out.Body = r.Header, body
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, err
	})}
	if _, err := deliver(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if out.Body == nil {
		t.Fatal("the system sends no delivery")
	}
	return out
}

// catcher is a transport made of a function.
type catcher func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f catcher) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
