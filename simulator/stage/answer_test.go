package stage_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/extsync/extsync/simulator/stage"
)

func TestAnswerIsSentAsItsStatusAllows(t *testing.T) {
	for _, c := range []struct {
		reason string
		status int
		body   string
		length string
	}{
		{"with its length", http.StatusOK, "whole half", "10"},
		{"none for a deleted thing", http.StatusNoContent, "", ""},
		{"none when the reader has it", http.StatusNotModified, "", ""},
	} {
		w := httptest.NewRecorder()
		stage.Answer{Status: c.status, Header: http.Header{"X": {"y"}}, Body: []byte("whole half")}.Write(w)
		if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Content-Length") != c.length || w.Header().Get("X") != "y" {
			t.Errorf("%s: %d %v %q", c.reason, w.Code, w.Header(), w.Body)
		}
	}
}

func TestMarshalLeavesMarkupAlone(t *testing.T) {
	if got := string(stage.Marshal(map[string]string{"a": "<&>"})); got != `{"a":"<&>"}` {
		t.Error(got)
	}
}
