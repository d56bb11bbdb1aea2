package jira_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
)

// crowd opens issues a second apart, so many that the look-back holds pages of them, and
// returns the window that they fill.
func (d *desk) crowd(n int) ([]external.Ref, external.Window) {
	d.Helper()
	d.open("from before")
	d.Advance(time.Hour)
	w := external.Window{Lo: d.Now()}
	var refs []external.Ref
	for k := range n {
		refs = append(refs, d.open(fmt.Sprint("issue ", k)))
		d.Advance(time.Second)
	}
	return refs, w
}

// version walks a window with a new adapter for each page, and returns the version and
// the summaries that it showed.
func (d *desk) version(w external.Window) (version string, shown map[string]string) {
	d.Helper()
	shown = map[string]string{}
	for page := ""; ; {
		got, err := d.connect(adapters.Config{}).Changes(d.Context(), external.StreamTickets, w, page, "")
		if err != nil {
			d.Fatal(err)
		}
		for _, i := range got.Items {
			shown[i.ID] = i.Fields["summary"].Text()
		}
		if page = got.Next; page == "" {
			return got.Version, shown
		}
	}
}

// quiet polls with a new adapter that knows the version alone.
func (d *desk) quiet(w external.Window, version string) bool {
	d.Helper()
	d.Made()
	got, err := d.connect(adapters.Config{}).Changes(d.Context(), external.StreamTickets, w, "", version)
	if err != nil {
		d.Fatal(err)
	}
	return got.Unchanged
}

// TestIdlePollOfACrowdedWindow: after a thousand writes the look-back holds many pages,
// and a poll is one search all the same. Whatever changes then is seen, the newest too.
func TestIdlePollOfACrowdedWindow(t *testing.T) {
	editions(t, func(d *desk) {
		refs, w := d.crowd(350)
		first, _ := d.version(w)
		if unchanged := d.quiet(w, first); !unchanged || first == "" {
			d.Fatalf("version %q: got unchanged=%t", first, unchanged)
		}
		if made := d.Made(); made != "search" {
			d.Errorf("an idle poll made the calls %q", made)
		}
		for reason, act := range map[string]simulator.Act{
			"the oldest": {Do: "edit", Issue: refs[0].ID, Summary: "changed"}, "the newest": {Do: "edit", Issue: refs[349].ID, Summary: "changed"},
			"a new one": {Do: "create", Summary: "new"}, "one less": {Do: "delete", Issue: refs[7].ID},
		} {
			before, _ := d.version(w)
			d.Advance(time.Millisecond)
			d.act(act)
			if d.quiet(w, before) {
				d.Errorf("%s: it is said that nothing changed", reason)
			}
			if v, _ := d.version(w); !d.quiet(w, v) {
				d.Errorf("%s: after the walk it is not quiet", reason)
			}
		}
	})
}

// TestTheNewestOfACrowdGoes: Jira refuses a search that names an issue which is not there.
func TestTheNewestOfACrowdGoes(t *testing.T) {
	editions(t, func(d *desk) {
		refs, w := d.crowd(120)
		before, _ := d.version(w)
		d.act(simulator.Act{Do: "delete", Issue: refs[119].ID})
		if d.quiet(w, before) {
			d.Error("it is said that nothing changed")
		}
		if v, _ := d.version(w); !d.quiet(w, v) {
			d.Error("after the walk it is not quiet")
		}
	})
}

// TestChangesWhileAVersionIsMade: what happens between the searches of a walk's first page
// and of its version is shown by the walk, or by the next one.
func TestChangesWhileAVersionIsMade(t *testing.T) {
	const size, late = 150, "an old one shows itself"
	happens := map[string]func(d *desk, refs []external.Ref) string{
		"the newest changes":    func(d *desk, refs []external.Ref) string { return d.change(refs[size-1]) },
		"one of the first page": func(d *desk, refs []external.Ref) string { return d.change(refs[0]) },
		"one behind it":         func(d *desk, refs []external.Ref) string { return d.change(refs[120]) },
		"a new one is made":     func(d *desk, _ []external.Ref) string { return d.open("meanwhile").ID },
		late:                    func(*desk, []external.Ref) string { return "" },
	}
	editions(t, func(d *desk) {
		for what, act := range happens {
			for moment := 2; moment <= 4; moment++ {
				lo := d.Now()
				if what == late {
					d.sim.SetLag(time.Hour + size*time.Second + time.Millisecond)
				}
				old := d.open("meanwhile")
				d.sim.SetLag(0)
				refs, w := d.crowd(size)
				w.Lo = lo
				id, searches := "", 0
				d.through = roundTrip(func(r *http.Request) (*http.Response, error) {
					if strings.Contains(r.URL.Path, "/search") {
						if searches++; searches == moment {
							d.Advance(2 * time.Millisecond)
							id = act(d, refs)
						}
					}
					return d.sim.Transport().RoundTrip(r)
				})
				v, shown := d.version(w)
				if id == "" {
					id = old.ID
				}
				if shown[id] != "meanwhile" && v != "" && d.quiet(w, v) {
					d.Errorf("%s at search %d: it is never shown", what, moment)
				}
				d.Advance(2 * time.Millisecond)
				d.act(simulator.Act{Do: "edit", Issue: id, Summary: "once more"})
				if v != "" && d.quiet(w, v) {
					d.Errorf("%s at search %d: its next change is not seen", what, moment)
				}
				d.through = nil
				d.Advance(24 * time.Hour)
			}
		}
	})
}

// change has somebody change an issue.
func (d *desk) change(ref external.Ref) string {
	d.Helper()
	d.act(simulator.Act{Do: "edit", Issue: ref.ID, Summary: "meanwhile"})
	return ref.ID
}
