package stage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
)

// Answer is what a call is answered, ready to be sent.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// begin sends all but the body.
func (a Answer) begin(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	if !a.bare() {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
}

// bare says that the status allows no body.
func (a Answer) bare() bool {
	return a.Status == http.StatusNoContent || a.Status == http.StatusNotModified
}

// Write sends the answer. A body that its status does not allow is left out.
func (a Answer) Write(w http.ResponseWriter) {
	a.begin(w)
	if !a.bare() {
		_, _ = w.Write(a.Body) // a client that has gone away needs no answer
	}
}

// WriteHalf sends half of the body; the connection is to be cut then.
func (a Answer) WriteHalf(w http.ResponseWriter) {
	a.begin(w)
	_, _ = w.Write(a.Body[:len(a.Body)/2]) // cut in any case
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// Page is a body that is not JSON.
type Page struct {
	Type string // the Content-Type
	Data []byte
}

// LogInPage is what a proxy shows to people who have no session with it.
func LogInPage() Page {
	return Page{"text/html; charset=utf-8", []byte(`<!DOCTYPE html><html><head><title>Log in</title></head>` +
		`<body><form action="/login">Log in to continue.</form></body></html>`)}
}

// StatusPage is what a gateway shows when nothing behind it answers.
func StatusPage(status int) Page {
	return Page{"text/html", []byte("<html><body><h1>" + http.StatusText(status) + "</h1></body></html>")}
}

// Marshal renders a value as vendors do: without a newline at the end, and with <, > and & as they are.
func Marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("simulator: reply cannot be encoded: %v", err)) // our own types: a bug here, never input
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
