package api_test

import (
	"net/http"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestARequestSentAgainMakesNothing: the answer was lost, and the client asks again with the
// key of the first time.
func TestARequestSentAgainMakesNothing(t *testing.T) {
	s := newService(t)
	s.connect()
	body := v1.NewTicket{Title: "Login fails", Labels: []string{"bug"}, Privacy: "public"}
	first, head := want[v1.Ticket](s, http.StatusCreated, http.MethodPost, "/v1/tickets", body, "Idempotency-Key", "k1")
	if head.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is a second one")
	}
	// Quoted as the draft has it, and spelled in another way.
	same := `{"privacy": "public", "labels": ["bug"], "title": "Login fails"}`
	second, head := want[v1.Ticket](s, http.StatusCreated, http.MethodPost, "/v1/tickets", same, "Idempotency-Key", `"k1"`)
	if second.ID != first.ID || head.Get("Idempotent-Replayed") != "true" || head.Get("Location") != "/v1/tickets/"+first.ID || head.Get("ETag") != `"1"` {
		t.Errorf("the second answer is about %s, want %s; %v", second.ID, first.ID, head)
	}
	on := "/v1/tickets/" + first.ID + "/comments"
	c1, _ := want[v1.Comment](s, http.StatusCreated, http.MethodPost, on, v1.NewComment{Body: "Seen."}, "Idempotency-Key", "k2")
	c2, _ := want[v1.Comment](s, http.StatusCreated, http.MethodPost, on, v1.NewComment{Body: "Seen."}, "Idempotency-Key", "k2")
	if c1.ID != c2.ID {
		t.Error("the comment was made twice")
	}
	if page, _ := want[v1.Tickets](s, http.StatusOK, http.MethodGet, "/v1/tickets", nil); page.Total != 1 || len(page.Tickets[0].Links) != 1 {
		t.Errorf("there are %d tickets, with %+v", page.Total, page.Tickets)
	}
	if whole, _ := want[v1.Ticket](s, http.StatusOK, http.MethodGet, "/v1/tickets/"+first.ID, nil); len(whole.Comments) != 1 {
		t.Errorf("there are %d comments", len(whole.Comments))
	}
}

// TestAKeyIsForOneRequest: another body, another address or another kind of request has been
// mistaken for the first one; another person's is another one.
func TestAKeyIsForOneRequest(t *testing.T) {
	s := newService(t)
	made, _ := want[v1.Ticket](s, http.StatusCreated, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "A"}, "Idempotency-Key", "k")
	other, _ := want[v1.Ticket](s, http.StatusCreated, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "B"}, "Idempotency-Key", "k2")
	for reason, a := range map[string]answer{
		"another body": s.call(http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "A", Body: "more"}, "Idempotency-Key", "k"),
		"a comment":    s.call(http.MethodPost, "/v1/tickets/"+made.ID+"/comments", v1.NewComment{Body: "A"}, "Idempotency-Key", "k"),
	} {
		if p := s.problem(a, v1.KeyReused); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "new key") {
			t.Errorf("%s: %d %s", reason, p.Status, p.Detail)
		}
	}
	said := v1.NewComment{Body: "Seen."}
	want[v1.Comment](s, http.StatusCreated, http.MethodPost, "/v1/tickets/"+made.ID+"/comments", said, "Idempotency-Key", "k3")
	s.problem(s.call(http.MethodPost, "/v1/tickets/"+other.ID+"/comments", said, "Idempotency-Key", "k3"), v1.KeyReused)
	bobs, _ := want[v1.Ticket](s, http.StatusCreated, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "A"}, "Idempotency-Key", "k", "Extsync-Actor", "bob")
	if bobs.ID == made.ID {
		t.Error("bob's request was answered by another one's")
	}
}

// TestARefusedRequestLeavesItsKey: what was refused made nothing, and is sent again mended.
func TestARefusedRequestLeavesItsKey(t *testing.T) {
	s := newService(t)
	s.problem(s.call(http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "A", Due: "soon"}, "Idempotency-Key", "k"), v1.InvalidRequest)
	want[v1.Ticket](s, http.StatusCreated, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "A", Due: "2026-11-30"}, "Idempotency-Key", "k")
	for _, odd := range []string{"a b", `""`, "é", strings.Repeat("k", 256), strings.Repeat("k", 300)} {
		s.problem(s.call(http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "A"}, "Idempotency-Key", odd), v1.InvalidRequest)
	}
}
