package simtest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
)

// wire is the way from an adapter to a vendor: requests get lost, answers are cut, pages
// for people come instead, and people act between two requests of one call. It also
// sees every byte that leaves.
type wire struct {
	under http.RoundTripper
	s     *vendorSite
	knows map[int]bool // tokens that may stand in a request: written there, or cleared for it

	ids      ids
	page     int          // items of one page of changes; 0: as many as the adapter asks for
	requests int          // of the call that goes on
	writing  bool         // the call that goes on is a write
	item     external.Ref // that it is about
	about    *adapters.Op // the write that goes on; nil: none, or several together
}

// RoundTrip passes a request on, or does what is worse.
func (a *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w := a.s.w
	body, err := drain(r)
	if err != nil {
		return nil, err
	}
	body = a.shrink(r, body)
	a.judge(r, body)
	a.requests++
	w.requests++
	w.pass(time.Duration(1+w.sched.IntN(80)) * time.Millisecond)
	if a.requests > 1 && w.hits(faultBetween) {
		w.rivalOrAct(a.s.p, a.item)
		if a.about != nil {
			a.s.p.port.noteBlind(*a.about)
		}
	}
	a.s.site.Wire().Forget()
	if a.writing {
		a.s.truth.touch(a.item)
	}
	switch {
	case w.hits(faultServerError):
		return answer(r, http.StatusBadGateway, "text/html", "<html><body>Bad Gateway</body></html>"), nil
	case w.hits(faultPage):
		return answer(r, http.StatusOK, "text/html; charset=utf-8", "<!DOCTYPE html><html><body>Please sign in.</body></html>"), nil
	case w.hits(faultWireLimited):
		w.must(a.s.site.Lose(fleet.Fault{Kind: fleet.Limited, Next: 1, RetryAfter: time.Duration(1+w.sched.IntN(90)) * time.Second}))
	case w.hits(faultWireRequest):
		w.must(a.s.site.Lose(fleet.Fault{Kind: fleet.LoseRequest, Next: 1}))
	case w.hits(faultWireReply):
		w.must(a.s.site.Lose(fleet.Fault{Kind: fleet.LoseReply, Next: 1}))
		w.pass(time.Duration(w.sched.Int64N(int64(callTimeout / 2))))
	case w.hits(faultCut):
		return cut(a.under.RoundTrip(r))
	}
	return a.under.RoundTrip(r)
}

// brief leaves out the words of a GraphQL request, which its operation tells.
func brief(body string) string {
	if at := strings.Index(body, `","variables":`); at > 0 && strings.HasPrefix(body, `{"query":`) {
		return "{" + body[at+2:]
	}
	return body
}

// unescaped puts line ends for JSON's escapes, which would hide what begins after them.
func unescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\n`, "\n", `\r`, "\n", `\t`, "\n").Replace(s)
}

// shrink asks for small pages, as a vendor may give them, so that few items fill several.
func (a *wire) shrink(r *http.Request, body []byte) []byte {
	if a.page == 0 {
		return body
	}
	n := itoa(a.page)
	r.URL.RawQuery = strings.NewReplacer("maxResults=100", "maxResults="+n, "per_page=100", "per_page="+n).Replace(r.URL.RawQuery)
	less := strings.NewReplacer(`"maxResults":100}`, `"maxResults":`+n+"}",
		"first: 50, after: $issuesAfter", "first: "+n+", after: $issuesAfter", "first: 100, after: $commentsAfter", "first: "+n+", after: $commentsAfter").
		Replace(string(body))
	if len(less) != len(body) {
		body = []byte(less)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return body
}

// begin tells the wire which call goes on.
func (a *wire) begin(writing bool, item external.Ref) {
	a.requests, a.writing, a.item, a.about = 0, writing, item, nil
}

// drain reads a request's body and puts it back.
func drain(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := r.Body.Close(); err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

func answer(r *http.Request, status int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// cut ends an answer in the middle.
func cut(resp *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
	return resp, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// judge checks that nothing leaves which may not (I5): no word of a secret, and no token
// that was neither written there nor cleared for an item there.
func (a *wire) judge(r *http.Request, body []byte) {
	w := a.s.w
	for _, text := range []string{r.URL.String(), string(body)} {
		if strings.Contains(text, w.salt) {
			w.fail("I5", "a secret stands in a request to "+a.s.p.id+": "+r.Method+" "+r.URL.Path)
		}
		eachToken(unescaped(text), func(id int) {
			if t := w.oracle.token(id); t != nil && t.side != a.s.p.n+1 && !a.knows[id] {
				w.fail("I5", "a request to "+a.s.p.id+" holds k"+itoa(id)+", which was not cleared for it: "+r.Method+" "+r.URL.Path)
			}
		})
	}
	url, text := a.ids.named(r.URL.String()), a.ids.named(string(body))
	w.trace.send(a.s.p.id, r.Method, url, text)
	w.trace.hash = mix(mix(w.trace.hash, url), text)
	if w.trace.keep {
		w.trace.note("   ", r.Method, url, brief(text))
	}
}
