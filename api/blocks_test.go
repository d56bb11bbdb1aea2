package api_test

import (
	"net/http"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
	simulator "github.com/extsync/extsync/simulator/github"
)

// TestDecideBlocks shows a text part by part, and decides one clash for itself.
func TestDecideBlocks(t *testing.T) {
	s := newService(t)
	issue := s.outside(simulator.Act{Do: "open", Title: ptr("Login fails"), Body: ptr("One.\n\nTwo.\n\nThree.")}).Issue
	p := s.connect()
	page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil)
	ticket := "/v1/tickets/" + page.Tickets[0].ID
	_, h := want[v1.Ticket](s, 200, http.MethodGet, ticket, nil)
	want[v1.Ticket](s, 200, http.MethodPatch, ticket, v1.TicketEdit{Body: ptr("One, mine.\n\nTwo.\n\nThree.")}, "If-Match", h.Get("ETag"))
	s.outside(simulator.Act{Do: "edit", Issue: issue, Body: ptr("One, theirs.\r\n\r\nTwo.\r\n\r\nThree, theirs.")})
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	list, _ := want[v1.Conflicts](s, 200, http.MethodGet, "/v1/conflicts?state=open", nil)
	path := "/v1/conflicts/" + list.Conflicts[0].ID
	c, _ := want[v1.Conflict](s, 200, http.MethodGet, path, nil)
	if len(list.Conflicts[0].Blocks) != 0 || len(c.Blocks) != 3 {
		t.Fatalf("one conflict shows its blocks, a list does not: %+v", c.Blocks)
	}
	if b := c.Blocks[0]; b != (v1.Block{Number: 1, Kind: "clash", Base: "One.\n", Local: "One, mine.\n", External: "One, theirs.\n"}) {
		t.Errorf("the clash: %+v", b)
	}
	if b := c.Blocks[2]; b.Number != 0 || b.Kind != "external" || b.External != "Three, theirs." {
		t.Errorf("the rest: %+v", b)
	}
	for _, bad := range []v1.Decision{
		{Choice: "blocks", Digest: c.Digest},
		{Choice: "blocks", Digest: c.Digest, Blocks: []string{"local", "local"}},
		{Choice: "blocks", Digest: c.Digest, Blocks: []string{"mine"}},
		{Choice: "local", Digest: c.Digest, Blocks: []string{"local"}},
	} {
		s.problem(s.call(http.MethodPost, path+"/decide", bad), v1.InvalidRequest)
	}
	moved := s.problem(s.call(http.MethodPost, path+"/decide", v1.Decision{Choice: "blocks", Digest: "x", Blocks: []string{"local"}}), v1.Moved)
	if moved.Conflict == nil || len(moved.Conflict.Blocks) != 3 {
		t.Errorf("a refusal shows the blocks of now: %+v", moved.Conflict)
	}
	want[v1.Conflict](s, 202, http.MethodPost, path+"/decide", v1.Decision{Choice: "blocks", Digest: c.Digest, Blocks: []string{"local"}, By: "ann"})
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, _ := want[v1.Conflict](s, 200, http.MethodGet, path, nil)
	if got.State != "resolved" || got.Choice != "value" || got.Value.Text() != "One, mine.\n\nTwo.\n\nThree, theirs." || len(got.Blocks) != 0 {
		t.Errorf("carried out: %+v", got)
	}
}
