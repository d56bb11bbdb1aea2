package api_test

import (
	"net/http"
	"slices"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestTicketLife creates, edits, shares and comments a ticket, and sees it outside.
func TestTicketLife(t *testing.T) {
	s := newService(t)
	p := s.connect()
	made, h := want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets",
		v1.NewTicket{Title: "Write the manual", Body: "all of it", Labels: []string{"docs", "a"}, Milestone: "1.0"}, "Extsync-Actor", "ann")
	path := h.Get("Location")
	if path != "/v1/tickets/"+made.ID || h.Get("ETag") != `"1"` || made.Privacy != "local_only" || made.State != "open" {
		t.Fatalf("made: %v %+v", h, made)
	}

	edited, h := want[v1.Ticket](s, 200, http.MethodPatch, path, v1.TicketEdit{Title: ptr("Write it"), Labels: []string{}}, "If-Match", h.Get("ETag"), "Extsync-Actor", "bea")
	if edited.Title != "Write it" || len(edited.Labels) != 0 || edited.Body != "all of it" || h.Get("ETag") != `"2"` {
		t.Fatalf("edited: %v %+v", h, edited)
	}
	// Another field, on the older revision: nobody's edit is in the way.
	edited, h = want[v1.Ticket](s, 200, http.MethodPatch, path, `{"milestone":""}`, "If-Match", `"1"`)
	if edited.Milestone != "" || h.Get("ETag") != `"3"` {
		t.Fatalf("cleared: %v %+v", h, edited)
	}
	stale := s.problem(s.call(http.MethodPatch, path, v1.TicketEdit{Title: ptr("Mine")}, "If-Match", `"1"`), v1.Stale)
	if !slices.Equal(stale.Stale, []string{"title"}) || stale.Ticket == nil || stale.Ticket.Title != "Write it" || stale.Status != 409 {
		t.Fatalf("stale: %+v", stale)
	}
	if a := s.call(http.MethodPatch, path, v1.TicketEdit{Title: ptr("Mine")}, "If-Match", `"1"`); a.Header.Get("ETag") != `"3"` {
		t.Errorf("a stale edit must tell the present revision: %v", a.Header)
	}

	shared, _ := want[v1.Ticket](s, 200, http.MethodPut, path+"/privacy", v1.Privacy{Privacy: "shareable"})
	if shared.Privacy != "shareable" {
		t.Fatalf("shared: %+v", shared)
	}
	grant := path + "/grants/" + p.ID
	granted, _ := want[v1.Ticket](s, 200, http.MethodPut, grant, nil, "Extsync-Actor", "ann")
	if len(granted.Grants) != 1 || granted.Grants[0] != (v1.Grant{Project: p.ID, By: "ann"}) {
		t.Fatalf("granted: %+v", granted.Grants)
	}

	comment, h := want[v1.Comment](s, 201, http.MethodPost, path+"/comments", v1.NewComment{Body: "soon"})
	cpath := h.Get("Location")
	_, h = want[v1.Comment](s, 200, http.MethodPatch, cpath, v1.CommentEdit{Body: "later"}, "If-Match", h.Get("ETag"))
	if p := s.problem(s.call(http.MethodPatch, cpath, v1.CommentEdit{Body: "now"}, "If-Match", `"1"`), v1.Stale); p.Comment == nil || p.Comment.Body != "later" {
		t.Errorf("stale comment: %+v", p)
	}
	if got, gh := want[v1.Comment](s, 200, http.MethodGet, cpath, nil); got.ID != comment.ID || got.Body != "later" || gh.Get("ETag") != h.Get("ETag") {
		t.Errorf("comment: %+v", got)
	}

	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	out, _ := want[v1.Ticket](s, 200, http.MethodGet, path, nil)
	if len(out.Links) != 1 || out.Links[0].Key != "1" || out.Links[0].URL == "" || out.Links[0].State != "live" || out.Links[0].Waiting {
		t.Errorf("links: %+v", out.Links)
	}
	if len(out.Comments) != 1 || len(out.Comments[0].Links) != 1 || out.Written["title"].By != "bea" {
		t.Errorf("whole: %+v", out)
	}

	want[v1.Comment](s, 200, http.MethodDelete, cpath, nil, "If-Match", h.Get("ETag"))
	s.problem(s.call(http.MethodDelete, cpath, nil, "If-Match", `"3"`), v1.NotFound)
	revoked, _ := want[v1.Ticket](s, 200, http.MethodDelete, grant, nil)
	if len(revoked.Grants) != 0 || len(revoked.Comments) != 0 {
		t.Errorf("revoked: %+v", revoked)
	}
}

func TestTicketPages(t *testing.T) {
	s := newService(t)
	for range 5 {
		want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "one of five"})
	}
	seen, after := 0, ""
	for pages := 1; ; pages++ {
		page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets?limit=2&after="+after, nil)
		if page.Total != 5 {
			t.Fatalf("total: %d", page.Total)
		}
		seen += len(page.Tickets)
		if after = page.Next; after == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if seen != 5 {
		t.Errorf("saw %d of 5", seen)
	}
}
