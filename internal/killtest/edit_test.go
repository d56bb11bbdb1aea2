package killtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// edited is what people wrote into the title and text of one ticket meanwhile.
type edited struct {
	link store.Link
	// here and outside are the last titles that were accepted; empty: none.
	here, outside string
	text          string // the last text written outside
}

// edit lets people edit tickets on both sides as they appear outside, until they have
// edited one in five or the context ends: some here, some outside, some the title on
// both sides at once, and always another field outside too.
func (w *world) edit(ctx context.Context, rng *rand.Rand, tickets int) map[string]*edited {
	w.Helper()
	all := map[string]*edited{}
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for len(all) < tickets/5 {
		select {
		case <-ctx.Done():
			w.Errorf("people could edit %d of %d tickets only", len(all), tickets/5)
			return all
		case <-pause.C:
		}
		links, err := w.links(external.KindTicket)
		if err != nil {
			w.Fatal(err)
		}
		links = slices.DeleteFunc(links, func(l store.Link) bool { return l.ExternalID == "" })
		if len(links) <= 3*len(all) {
			continue // more edits at once than that would stop a session at its guard
		}
		links = slices.DeleteFunc(links, func(l store.Link) bool { return all[l.ID] != nil })
		e := &edited{link: links[rng.IntN(len(links))]}
		all[e.link.ID] = e
		w.editOne(e, rng.IntN(3), len(all))
	}
	return all
}

// The ways to edit a ticket.
const (
	hereOnly = iota
	outsideOnly
	bothSides
)

func (w *world) editOne(e *edited, way, n int) {
	w.Helper()
	seen := w.local(e.link.LocalID)
	if way != hereOnly {
		e.outside = "Outside title " + strconv.Itoa(n)
		w.act(github.Act{Do: "edit", Title: &e.outside}, e.link)
	}
	e.text = "Outside text " + strconv.Itoa(n)
	w.act(github.Act{Do: "edit", Body: &e.text}, e.link)
	if way == outsideOnly {
		return
	}
	title := "Title here " + strconv.Itoa(n)
	_, err := w.services.Engine.EditTicket(w.Context(), seen.ID, ticket.Patch{
		Seen: seen.Revision, By: "ada", Set: ticket.Fields{ticket.Title: ticket.Text(title)},
	})
	switch {
	case err == nil:
		e.here = title
	case errors.Is(err, store.ErrStale): // the other side's was here first: refused, so nothing is lost
	default:
		w.Fatal(err)
	}
}

func (w *world) act(a github.Act, l store.Link) {
	w.Helper()
	a.Repo, a.Login = repository, "bruno-k"
	var err error
	if a.Issue, err = strconv.Atoi(l.ExternalKey); err == nil {
		_, err = w.sim.Act(a)
	}
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) local(id string) (t ticket.Ticket) {
	w.Helper()
	err := w.tx(func(tx store.Tx) (err error) {
		t, err = tx.Ticket(context.Background(), id)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return t
}

// checkOneEach checks that each ticket and comment has exactly one twin outside, and
// nothing else was made there, deleted things included.
func (w *world) checkOneEach(tickets int) {
	w.Helper()
	titles, comments := map[string]int{}, 0
	w.repo.View(func(r *model.Repo) {
		for _, i := range r.All(true) {
			titles[i.NodeID]++
			comments += i.Comments
		}
	})
	if len(titles) != tickets || comments != tickets/5 {
		w.Errorf("%d issues and %d comments on GitHub, want %d and %d", len(titles), comments, tickets, tickets/5)
	}
	links, err := w.links(external.KindTicket)
	if err != nil {
		w.Fatal(err)
	}
	local := map[string]bool{}
	for _, l := range links {
		local[l.LocalID] = true
		if titles[l.ExternalID] != 1 || l.LocalID == "" || l.State != store.Live {
			w.Errorf("link %s is %s: local %q, outside %q", l.ID, l.State, l.LocalID, l.ExternalID)
		}
		titles[l.ExternalID]--
	}
	if len(local) != tickets || len(links) != tickets {
		w.Errorf("%d links of %d tickets, want %d", len(links), len(local), tickets)
	}
}

// checkEdits checks that what people wrote is on both sides, or kept in a conflict.
func (w *world) checkEdits(all map[string]*edited) {
	w.Helper()
	for id, e := range all {
		here, outside := w.local(e.link.LocalID), w.issue(e.link)
		if here.Fields[ticket.Body].Text() != e.text || outside.body != e.text {
			w.Errorf("link %s: text here %q, outside %q, want %q", id, here.Fields[ticket.Body].Text(), outside.body, e.text)
		}
		title := here.Fields[ticket.Title].Text()
		switch {
		case e.here != "" && e.outside != "":
			w.checkConflict(id, e)
		case e.here != "" && (title != e.here || outside.title != e.here):
			w.Errorf("link %s: title here %q, outside %q, want %q", id, title, outside.title, e.here)
		case e.outside != "" && (title != e.outside || outside.title != e.outside):
			w.Errorf("link %s: title here %q, outside %q, want %q", id, title, outside.title, e.outside)
		}
	}
}

// checkConflict checks that one open conflict holds both values.
func (w *world) checkConflict(linkID string, e *edited) {
	w.Helper()
	var list []store.Conflict
	err := w.tx(func(tx store.Tx) (err error) {
		list, err = tx.LinkConflicts(context.Background(), linkID)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	if len(list) != 1 || list[0].Local.Text() != e.here || list[0].External.Text() != e.outside {
		w.Errorf("link %s: title %q here and %q outside, and the conflicts %+v", linkID, e.here, e.outside, list)
	}
}

// shown is an issue as a person sees it, without our marker.
type shown struct{ title, body string }

func (w *world) issue(l store.Link) (s shown) {
	w.Helper()
	w.repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			if i.NodeID == l.ExternalID {
				s.title = i.Title
				s.body, _, _ = strings.Cut(i.Text(), "\n\n<!-- extsync:")
			}
		}
	})
	return s
}
