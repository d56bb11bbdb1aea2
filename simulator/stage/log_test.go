package stage_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

func TestLogKeepsTheLatest(t *testing.T) {
	l := stage.NewLog[int](3)
	for k := range 20 {
		l.Add(k)
		if got := l.Latest(); len(got) != min(k+1, 3) || got[len(got)-1] != k {
			t.Fatalf("after %d additions: %v", k+1, got)
		}
	}
	if got := l.Where(func(k int) bool { return k != 18 }); !slices.Equal(got, []int{17, 19}) {
		t.Errorf("wanted some: %v", got)
	}
	l.Clear()
	if got := l.Latest(); len(got) != 0 {
		t.Errorf("cleared: %v", got)
	}
}

func TestRequestsOfKinds(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	note := stage.Note("issues.list", httptest.NewRequest(http.MethodGet, "/issues?page=2", strings.NewReader("")), []byte("body"), at)
	if want := (stage.Request{Kind: "issues.list", Method: "GET", Path: "/issues?page=2", Body: "body", At: at}); note != want {
		t.Errorf("got %+v, want %+v", note, want)
	}
	for _, c := range []struct {
		reason string
		kinds  []string
		want   bool
	}{
		{"no kind is all", nil, true},
		{"its kind", []string{"x", "issues.list"}, true},
		{"others", []string{"issues"}, false},
	} {
		if stage.OfKind(c.kinds...)(note) != c.want {
			t.Errorf("%s: want %v", c.reason, c.want)
		}
	}
}

func TestCountersAdd(t *testing.T) {
	var n stage.Counters
	if n.Clone().Kinds == nil {
		t.Error("a copy of nothing must show an empty object, not null")
	}
	n.Add("list", false, 200, false)
	n.Add("list", false, 304, false)
	kept := n.Clone()
	n.Add("list", false, 502, true)
	n.Add("create", true, 0, true)
	if n.Total != 4 || n.Reads != 3 || n.Writes != 1 || n.NotModified != 1 {
		t.Errorf("got %+v", n)
	}
	if want := (stage.Count{Calls: 3, NotModified: 1, Refused: 1, Faulted: 1}); n.Kinds["list"] != want {
		t.Errorf("list: %+v, want %+v", n.Kinds["list"], want)
	}
	if want := (stage.Count{Calls: 1, Faulted: 1}); n.Kinds["create"] != want {
		t.Errorf("create: %+v, want %+v", n.Kinds["create"], want)
	}
	if want := (stage.Count{Calls: 2, NotModified: 1}); kept.Kinds["list"] != want || len(kept.Kinds) != 1 {
		t.Errorf("the copy changed: %+v", kept)
	}
}
