package stage_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

// TestTransportBehavesLikeAConnection asks each handler in process and over a socket: what the client sees is the same.
func TestTransportBehavesLikeAConnection(t *testing.T) {
	for _, c := range []struct {
		reason  string
		handler http.HandlerFunc
		status  int // 0: no answer
		body    string
		short   bool // the body ends too early
	}{
		{"an answer", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.Copy(w, r.Body)
		}, http.StatusTeapot, "ping", false},
		{"no status is 200", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") }, http.StatusOK, "x", false},
		{"nothing written is 200", func(http.ResponseWriter, *http.Request) {}, http.StatusOK, "", false},
		{"the first status counts", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "x")
			w.WriteHeader(http.StatusTeapot)
		}, http.StatusOK, "x", false},
		{"cut before the answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "", false},
		{"cut within it", func(w http.ResponseWriter, _ *http.Request) {
			stage.Answer{Status: http.StatusOK, Body: []byte("whole half")}.WriteHalf(w)
			panic(http.ErrAbortHandler)
		}, http.StatusOK, "whole", true},
	} {
		server := httptest.NewUnstartedServer(c.handler)
		server.Config.ErrorLog = nil
		server.Start()
		socket := &http.Transport{DisableKeepAlives: true}
		for way, tr := range map[string]http.RoundTripper{"in process": stage.Transport(c.handler), "socket": socket} {
			resp, err := (&http.Client{Transport: tr}).Post(server.URL, "text/plain", strings.NewReader("ping"))
			if err != nil {
				if c.status != 0 || way == "in process" && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("%s, %s: %v", c.reason, way, err)
				}
				continue
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != c.status || string(body) != c.body || errors.Is(err, io.ErrUnexpectedEOF) != c.short || !c.short && err != nil {
				t.Errorf("%s, %s: %d %q %v; want %d %q, short %v", c.reason, way, resp.StatusCode, body, err, c.status, c.body, c.short)
			}
		}
		server.Close()
	}
}

func TestTransportHandsOnWhatIsNoCut(t *testing.T) {
	defer func() {
		if p := recover(); p != "a bug" {
			t.Errorf("recovered %v: a bug of the handler must be seen", p)
		}
	}()
	r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
	_, err := stage.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })).RoundTrip(r)
	t.Errorf("answered %v", err)
}

func TestTransportObeysTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	tr := stage.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		calls++
		cancel()
	}))
	for _, reason := range []string{"ended while the handler ran", "ended before it"} {
		r := httptest.NewRequest(http.MethodGet, "http://x/", nil).WithContext(ctx)
		if _, err := tr.RoundTrip(r); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if calls != 1 {
		t.Errorf("the handler was called %d times; want once", calls)
	}
}

func TestSchemeAndHostOfARequest(t *testing.T) {
	var scheme, host string
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { scheme, host = stage.SchemeOf(r), r.Host })
	if resp, err := (&http.Client{Transport: stage.Transport(h)}).Get("https://Example.org/x"); err != nil {
		t.Fatal(err)
	} else {
		_ = resp.Body.Close()
	}
	if scheme != "https" || host != "Example.org" {
		t.Errorf("in process: %s %s", scheme, host)
	}
	h(nil, &http.Request{URL: httptest.NewRequest(http.MethodGet, "/x", nil).URL})
	if scheme != "http" {
		t.Errorf("over a socket without TLS: %s", scheme)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- stage.Serve(ctx, l, http.NotFoundHandler(), "nothing") }()
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + l.Addr().String())
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := stage.Serve(t.Context(), l, http.NotFoundHandler(), "nothing"); err == nil || !strings.HasPrefix(err.Error(), "serve nothing: ") {
		t.Errorf("on a closed listener: %v", err)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stage.Sleep(ctx, time.Hour) // the test ends, so it did not wait
	stage.Sleep(t.Context(), time.Nanosecond)
}
