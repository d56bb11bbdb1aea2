package github_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
)

// both are the streams.
func both() []external.Stream {
	return []external.Stream{external.StreamTickets, external.StreamComments}
}

// crowd opens issues with one comment each, all within the present second, and returns the
// start of a window that holds them.
func (d *desk) crowd(n int) time.Time {
	d.Helper()
	lo := d.Now().Add(-time.Minute)
	d.many(n)
	d.remarks(n)
	return lo
}

// remarks adds comments to issue 1.
func (d *desk) remarks(n int) (last int64) {
	d.Helper()
	body := "hi"
	for range n {
		last = d.act(simulator.Act{Do: "comment", Issue: 1, Body: &body}).Comment
	}
	return last
}

// poll asks as a poll does and reports whether nothing changed.
func (d *desk) poll(stream external.Stream, lo time.Time, version string) bool {
	d.Helper()
	p, err := d.Tested.Changes(d.Context(), stream, external.Window{Lo: lo}, "", version)
	if err != nil {
		d.Fatal(err)
	}
	if p.Unchanged && (p.Version != version || p.Next != "" || len(p.Items) > 0) {
		d.Errorf("%s: unchanged with version %q for %q, next %q and %d items", stream, p.Version, version, p.Next, len(p.Items))
	}
	return p.Unchanged
}

// settled walks until a version is told, which it must be.
func (d *desk) settled(stream external.Stream, lo time.Time) string {
	d.Helper()
	d.Advance(32 * time.Second)
	_, last, _ := d.walk(stream, lo, nil)
	if last.Version == "" {
		d.Fatalf("%s: a walk of what has settled has no version", stream)
	}
	return last.Version
}

func TestACrowdedWindowSettles(t *testing.T) {
	d := newDesk(t)
	lo := d.crowd(350)
	for _, stream := range both() {
		version := d.settled(stream, lo)
		d.sim.ResetCounters()
		for range 5 {
			d.Advance(time.Minute)
			if !d.poll(stream, lo, version) {
				t.Fatalf("%s: nothing changed, and the poll does not say so", stream)
			}
		}
		if n := d.sim.Counters(); n.Total != 5 || n.NotModified != 5 {
			t.Errorf("%s: 5 polls took %d calls, %d of them answered 304; want 5 of 5", stream, n.Total, n.NotModified)
		}
	}
}

func TestTheVersionOfACrowdedWindowCostsOneCall(t *testing.T) {
	d := newDesk(t)
	lo := d.crowd(250)
	const numbered = 2 // pages of the one second, for each of which the one before is looked at again
	for _, c := range []struct {
		wait   time.Duration
		window time.Time
		more   int // calls than these
		reason string
	}{
		{20 * time.Second, lo, 0, "nothing is asked for before the walk has settled"},
		{20 * time.Second, lo, 1, "the front"},
		{time.Minute, time.Time{}, 0, "no later walk begins at the beginning of time"},
	} {
		d.Advance(c.wait)
		d.Made()
		_, last, pages := d.walk(external.StreamTickets, c.window, nil)
		calls := len(strings.Fields(d.Made()))
		if calls-pages-numbered != c.more || (last.Version != "") != (c.more > 0) {
			t.Errorf("%d calls for %d pages, version %q: %s", calls, pages, last.Version, c.reason)
		}
	}
}

func TestAnEditAnywhereIsSeenAtTheNextPoll(t *testing.T) {
	d := newDesk(t)
	lo := d.Now().Add(-time.Minute)
	for range 4 {
		d.many(70)
		d.Advance(time.Second)
	}
	first := d.remarks(1)
	last := d.remarks(230)
	word, closed := "edited", "not_planned"
	for _, c := range []struct {
		reason string
		stream external.Stream
		act    simulator.Act
	}{
		{"the oldest issue", external.StreamTickets, simulator.Act{Do: "edit", Issue: 2, Title: &word}},
		{"one in the middle", external.StreamTickets, simulator.Act{Do: "label", Issue: 140, Names: []string{"bug"}}},
		{"the newest issue", external.StreamTickets, simulator.Act{Do: "close", Issue: 280, To: closed}},
		{"a new issue", external.StreamTickets, simulator.Act{Do: "open", Title: &word}},
		{"the oldest comment", external.StreamComments, simulator.Act{Do: "edit_comment", Comment: first, Body: &word}},
		{"the newest comment", external.StreamComments, simulator.Act{Do: "edit_comment", Comment: last, Body: &word}},
		{"a new comment", external.StreamComments, simulator.Act{Do: "comment", Issue: 140, Body: &word}},
	} {
		version := d.settled(c.stream, lo)
		d.Advance(time.Minute)
		if !d.poll(c.stream, lo, version) {
			t.Errorf("%s: nothing changed yet", c.reason)
		}
		d.act(c.act)
		if d.poll(c.stream, lo, version) {
			t.Errorf("%s: the poll says that nothing changed", c.reason)
		}
	}
}

// A version is not told as long as something older than the front may still show.
func TestNoVersionBeforeTheFrontHasSettled(t *testing.T) {
	lag := github.Capabilities().Lag
	for _, c := range []struct {
		reason  string
		wait    time.Duration
		between time.Duration // from page to page
		want    bool
	}{
		{"at once", 0, 0, false},
		{"after the lag, less a second", lag - time.Second, 0, false},
		{"after the lag, for stamps are of whole seconds", lag, 0, false},
		{"after the lag and the precision", lag + time.Second, 0, false},
		{"a second later", lag + 2*time.Second, 0, true},
		{"settled when it ended, not when it began", 0, time.Hour, false},
		{"a walk may take its time", lag + 2*time.Second, time.Hour, true},
	} {
		d := newDesk(t)
		lo := d.crowd(250)
		d.Advance(c.wait)
		for _, stream := range both() {
			if stream == external.StreamComments && c.between > 0 {
				continue // the first walk has taken hours
			}
			_, last, _ := d.walk(stream, lo, func(int) { d.Advance(c.between) })
			if (last.Version != "") != c.want {
				t.Errorf("%s, %s: version %q", c.reason, stream, last.Version)
			}
		}
	}
}

func TestAWalkDuringWhichSomethingChangedHasNoVersion(t *testing.T) {
	d := newDesk(t)
	lo := d.crowd(350)
	d.Advance(time.Hour)
	title := "edited"
	_, last, _ := d.walk(external.StreamTickets, lo, func(page int) {
		if page == 2 { // an issue that the walk has passed
			d.act(simulator.Act{Do: "edit", Issue: 3, Title: &title})
			d.Advance(time.Hour)
		}
	})
	if last.Version != "" {
		t.Errorf("version %q", last.Version)
	}
}

// What changes after the last page and before the front is on the front, and on no page.
func TestAChangeBetweenTheLastPageAndTheFront(t *testing.T) {
	d := newDesk(t)
	lo, title := d.crowd(250), "edited"
	d.Advance(time.Hour)
	d.Tested = d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("direction") == "desc" {
			d.act(simulator.Act{Do: "edit", Issue: 3, Title: &title})
		}
		return d.sim.Transport().RoundTrip(r)
	})})
	seen, last, _ := d.walk(external.StreamTickets, lo, nil)
	if last.Version != "" || seen["3"].Fields["title"].Text() == title {
		t.Errorf("version %q though the walk has not shown the edit", last.Version)
	}
}

// What lists are late to show may come in behind a front that is newer. It is not
// overlooked.
func TestWhatShowsLateBehindTheFrontIsSeen(t *testing.T) {
	d := newDesk(t)
	lo := d.crowd(150)
	d.Advance(time.Minute)
	lag, title := github.Capabilities().Lag, "edited"
	d.sim.SetLag(lag)
	d.act(simulator.Act{Do: "edit", Issue: 7, Title: &title})
	d.sim.SetLag(0)
	d.Advance(time.Second)
	d.many(150)
	d.Advance(5 * time.Second)
	seen, last, _ := d.walk(external.StreamTickets, lo, nil)
	if seen["7"].Fields["title"].Text() == title {
		t.Fatal("the edit shows before its time")
	}
	d.Advance(lag)
	if last.Version != "" && d.poll(external.StreamTickets, lo, last.Version) {
		t.Fatal("an edit that showed late is overlooked")
	}
	seen, last, _ = d.walk(external.StreamTickets, lo, nil)
	if seen["7"].Fields["title"].Text() != title || last.Version == "" {
		t.Errorf("title %q, version %q", seen["7"].Fields["title"].Text(), last.Version)
	}
}

func TestNoVersionWithoutGitHubsClock(t *testing.T) {
	d := newDesk(t)
	lo := d.crowd(150)
	d.Advance(time.Hour)
	for _, date := range []string{"", "yesterday"} {
		d.Tested = d.connect(adapters.Config{Token: "tok", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := d.sim.Transport().RoundTrip(r)
			if err == nil {
				resp.Header.Set("Date", date)
			}
			return resp, err
		})})
		if _, last, _ := d.walk(external.StreamTickets, lo, nil); last.Version != "" {
			t.Errorf("Date %q: version %q", date, last.Version)
		}
	}
}

// A page that is full may stay as it is when another entry comes behind it, where the ETag
// is one of the body alone.
func TestAFullPageIsNoVersion(t *testing.T) {
	d := newDesk(t)
	lo := d.Now().Add(-time.Minute)
	d.Tested = d.connect(adapters.Config{Token: "tok", Transport: bodyTags(d.sim.Transport())})
	d.many(100)
	version := d.settled(external.StreamTickets, lo)
	if !d.poll(external.StreamTickets, lo, version) {
		t.Error("nothing changed")
	}
	d.many(1)
	if d.poll(external.StreamTickets, lo, version) {
		t.Error("the issue behind a full page is overlooked")
	}
	d.many(50)
	version = d.settled(external.StreamTickets, lo)
	if !d.poll(external.StreamTickets, lo, version) {
		t.Error("nothing changed")
	}
}

// bodyTags makes ETags of bodies alone.
func bodyTags(under http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			return under.RoundTrip(r)
		}
		in := r.Clone(r.Context())
		in.Header.Del("If-None-Match")
		resp, err := under.RoundTrip(in)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(body)
		tag := `"` + hex.EncodeToString(sum[:8]) + `"`
		resp.Header.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			resp.StatusCode, body = http.StatusNotModified, nil
		}
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, nil
	})
}
