package linear

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
)

// Transport reaches the simulator in process, without sockets: for http.Client.Transport. It behaves like a connection: a cut
// one is an error, a body cut short ends in io.ErrUnexpectedEOF. The host of the address does not matter, the path is /graphql.
func (s *Sim) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Sim }

// RoundTrip serves the request on the caller's goroutine.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() { _ = in.Body.Close() }() // as the contract of RoundTripper wants
	w := &recorder{header: http.Header{}}
	cut := w.serve(t.s, in)
	switch {
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case cut && w.status == 0:
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Redacted(), syscall.ECONNRESET)
	}
	return w.response(r, cut), nil
}

// recorder is the response writer of one in-process call.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// serve runs the handler and says whether it cut the connection.
func (w *recorder) serve(h http.Handler, r *http.Request) (cut bool) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case isAbort(p):
			cut = true
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

func isAbort(p any) bool {
	err, isErr := p.(error)
	return isErr && errors.Is(err, http.ErrAbortHandler)
}

func (w *recorder) response(r *http.Request, cut bool) *http.Response {
	w.WriteHeader(http.StatusOK)
	var body io.Reader = &w.body
	length := int64(w.body.Len())
	if cut {
		body, length = io.MultiReader(body, cutShort{}), 2*length
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// cutShort ends a body before its length.
type cutShort struct{}

func (cutShort) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
