package api_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	v1 "github.com/extsync/extsync/api/v1"
)

// TestBadInput: each mistake gets a clear answer of its own, and changes nothing.
func TestBadInput(t *testing.T) {
	s := newService(t)
	p := s.connect()
	made, _ := want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "one"})
	one := "/v1/tickets/" + made.ID
	none := "00000000-0000-4000-8000-00000000dead"
	megabyte := strings.Repeat("x", 1_000_000)
	const secret = "s3cr3t-content"
	for _, c := range []struct {
		reason       string
		method, path string
		body         any
		header       []string
		uri          string
		says         string
	}{
		{"no token", http.MethodGet, "/v1/projects", nil, []string{"Authorization", ""}, v1.NotAuthenticated, "no token"},
		{"wrong token", http.MethodGet, "/v1/projects", nil, []string{"Authorization", "Bearer nope"}, v1.NotAuthenticated, ".extsync/token"},
		{"another scheme", http.MethodGet, "/v1/projects", nil, []string{"Authorization", "Basic YTpi"}, v1.NotAuthenticated, "bearer"},
		{"the token is asked for before the body is read", http.MethodPost, "/v1/tickets", strings.Repeat("x", 2<<20), []string{"Authorization", ""}, v1.NotAuthenticated, ""},
		{"no such address", http.MethodGet, "/v2/tickets", nil, nil, v1.NotFound, "/docs"},
		{"no such method", http.MethodDelete, "/v1/tickets", nil, nil, v1.MethodNotAllowed, "/docs"},

		{"malformed JSON", http.MethodPost, "/v1/tickets", `{"title":`, nil, v1.MalformedRequest, "body"},
		{"something after the JSON", http.MethodPost, "/v1/tickets", `{"title":"a"}{}`, nil, v1.MalformedRequest, "body"},
		{"no body", http.MethodPost, "/v1/tickets", nil, nil, v1.MalformedRequest, "body"},
		{"null", http.MethodPost, "/v1/tickets", `null`, nil, v1.InvalidRequest, "object"},
		{"not JSON by its type", http.MethodPost, "/v1/tickets", `title=a`, []string{"Content-Type", "application/x-www-form-urlencoded"}, v1.Unsupported, "application/json"},
		{"invalid UTF-8", http.MethodPost, "/v1/tickets", "{\"title\":\"a\xff" + secret + "\"}", nil, v1.MalformedRequest, "UTF-8 from byte 11"},
		{"a body over the limit", http.MethodPost, "/v1/tickets", `{"body":"` + megabyte + megabyte + `"}`, nil, v1.TooLarge, "1572864"},
		{"a title of 1 MB", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: megabyte}, nil, v1.InvalidRequest, "body.title: expected length <= 1024"},
		{"a body of 1 MB", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "a", Body: megabyte}, nil, v1.InvalidRequest, "body.body"},
		{"an empty title", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: ""}, nil, v1.InvalidRequest, "body.title"},
		{"a blank title", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "  "}, nil, v1.InvalidRequest, "title: must not be empty"},
		{"a title that only looks empty", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "\u200b \ufeff"}, nil, v1.InvalidRequest, "title: must not be empty"},
		{"a page after no id", http.MethodGet, "/v1/tickets?after=zzz", nil, nil, v1.InvalidRequest, "query.after"},
		{"conflicts of no field", http.MethodGet, "/v1/conflicts?field=foo", nil, nil, v1.InvalidRequest, "there is no field"},
		{"a rule for no field", http.MethodPost, "/v1/conflict-rules", v1.ConflictRule{Project: p.ID, Field: "foo", Choice: "local"}, nil, v1.InvalidRequest, "there is no field"},
		{"a NUL character", http.MethodPost, "/v1/tickets", `{"title":"a\u0000b"}`, nil, v1.InvalidRequest, "NUL"},
		{"half a character", http.MethodPost, "/v1/tickets", `{"title":"smile \ud83d"}`, nil, v1.InvalidRequest, `half of a character (\ud83d)`},
		{"the other half", http.MethodPost, "/v1/tickets", `{"title":"\uDE00 smile"}`, nil, v1.InvalidRequest, `half of a character (\uDE00)`},
		{"two first halves", http.MethodPost, "/v1/tickets", `{"title":"\ud83d\ud83d\ude00"}`, nil, v1.InvalidRequest, "half of a character"},
		{"a NUL in a rule", http.MethodPatch, "/v1/projects/" + p.ID + "/rules", `{"comments":{"mode":"by","by":["a\u0000"]}}`, nil, v1.InvalidRequest, "NUL"},
		{"a NUL in a parameter", http.MethodGet, "/v1/conflicts?field=%00", nil, nil, v1.MalformedRequest, "query"},
		{"a parameter that is no UTF-8", http.MethodGet, "/v1/projects/" + p.ID + "/duplicates?after=%FF", nil, nil, v1.MalformedRequest, "query"},
		{"a parent that is no ticket", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "a", Parent: none}, nil, v1.InvalidRequest, "parent: there is no ticket"},
		{"a parent of itself", http.MethodPatch, one, v1.TicketEdit{Parent: &made.ID}, []string{"If-Match", `"1"`}, v1.InvalidRequest, "no part of itself"},
		{"a project without a key", http.MethodGet, "/v1/tickets?project=" + p.ID, nil, nil, v1.InvalidRequest, "belongs to key"},
		{"an empty label", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "a", Labels: []string{""}}, nil, v1.InvalidRequest, "empty element"},
		{"an unknown member", http.MethodPost, "/v1/tickets", `{"title":"a","colour":"red"}`, nil, v1.InvalidRequest, "body.colour: unexpected property"},
		{"a member of another type", http.MethodPost, "/v1/tickets", `{"title":["` + secret + `"]}`, nil, v1.InvalidRequest, "body.title: expected string"},
		{"an unknown state", http.MethodPost, "/v1/tickets", `{"title":"a","state":"` + secret + `"}`, nil, v1.InvalidRequest, "body.state"},
		{"an unknown parameter", http.MethodGet, "/v1/tickets?page=2", nil, nil, v1.InvalidRequest, "query.page"},
		{"a limit out of bounds", http.MethodGet, "/v1/tickets?limit=100000", nil, nil, v1.InvalidRequest, "query.limit"},
		{"a wait out of bounds", http.MethodPost, "/v1/conflicts/" + none + "/decide?wait=3600", v1.Decision{Choice: "local", Digest: "x"}, nil, v1.InvalidRequest, "query.wait"},
		{"an actor that is no handle", http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "a"}, []string{"Extsync-Actor", "project:x"}, v1.InvalidRequest, "header.Extsync-Actor"},

		{"unknown ticket", http.MethodGet, "/v1/tickets/" + none, nil, nil, v1.NotFound, none},
		{"an id that is none", http.MethodGet, "/v1/tickets/12", nil, nil, v1.NotFound, "UUID"},
		{"an id with a NUL", http.MethodGet, "/v1/tickets/%00", nil, nil, v1.NotFound, "UUID"},
		{"unknown project", http.MethodPost, "/v1/projects/" + none + "/pause", nil, nil, v1.NotFound, none},
		{"unknown session", http.MethodGet, "/v1/sessions/none", nil, nil, v1.NotFound, "session"},
		{"a session's id with a NUL", http.MethodGet, "/v1/sessions/%00", nil, nil, v1.InvalidRequest, "path.session"},
		{"unknown conflict", http.MethodPost, "/v1/conflicts/" + none + "/decide", v1.Decision{Choice: "local", Digest: "x"}, nil, v1.NotFound, none},
		{"unknown comment", http.MethodGet, "/v1/comments/" + none, nil, nil, v1.NotFound, none},
		{"a comment on no ticket", http.MethodPost, "/v1/tickets/" + none + "/comments", v1.NewComment{Body: "a"}, nil, v1.NotFound, none},
		{"a grant for no project", http.MethodPut, one + "/grants/" + none, nil, nil, v1.NotFound, none},
		{"a revocation for no project", http.MethodDelete, one + "/grants/" + none, nil, nil, v1.NotFound, none},
		{"a rule about no project", http.MethodPatch, "/v1/projects/" + p.ID, v1.ProjectChange{PassOn: &[]v1.PassOn{{From: none, To: p.ID}}}, nil, v1.NotFound, none},

		{"an edit without If-Match", http.MethodPatch, one, v1.TicketEdit{Title: ptr("b")}, nil, v1.NeedsRevision, "ETag"},
		{"an edit of whatever there is", http.MethodPatch, one, v1.TicketEdit{Title: ptr("b")}, []string{"If-Match", "*"}, v1.MalformedRequest, "one revision"},
		{"a weak revision", http.MethodPatch, one, v1.TicketEdit{Title: ptr("b")}, []string{"If-Match", `W/"1"`}, v1.MalformedRequest, "one revision"},
		{"a revision that never was", http.MethodPatch, one, v1.TicketEdit{Title: ptr("b")}, []string{"If-Match", `"99"`}, v1.UnknownRevision, "99"},
		{"an edit of nothing", http.MethodPatch, one, `{}`, []string{"If-Match", `"1"`}, v1.InvalidRequest, "names no field"},
		{"a null for a value", http.MethodPatch, one, `{"milestone":null}`, []string{"If-Match", `"1"`}, v1.InvalidRequest, "milestone: null"},
		{"a comment's deletion without If-Match", http.MethodDelete, "/v1/comments/" + none, nil, nil, v1.NeedsRevision, "ETag"},
		{"a choice that is none", http.MethodPost, "/v1/conflicts/" + none + "/decide", `{"choice":"both","digest":"x"}`, nil, v1.InvalidRequest, "body.choice"},
		{"choice value without one", http.MethodPost, "/v1/conflicts/" + none + "/decide", v1.Decision{Choice: "value", Digest: "x"}, nil, v1.InvalidRequest, "needs a value"},
		{"a value of another type", http.MethodPost, "/v1/conflicts/" + none + "/decide", `{"choice":"value","digest":"x","value":{"a":1}}`, nil, v1.InvalidRequest, "body.value"},
		{"a decider that is no handle", http.MethodPost, "/v1/conflicts/" + none + "/decide", `{"choice":"local","digest":"x","by":"a b"}`, nil, v1.InvalidRequest, "body.by"},
		{"a strategy for no field", http.MethodPatch, "/v1/projects/" + p.ID, `{"strategies":[{"field":"a b","strategy":"manual"}]}`, nil, v1.InvalidRequest, "body.strategies[0].field"},
		{"a strategy that is none", http.MethodPatch, "/v1/projects/" + p.ID, `{"strategies":[{"strategy":"dice"}]}`, nil, v1.InvalidRequest, "body.strategies[0].strategy"},
		{"a duration that is none", http.MethodPatch, "/v1/projects/" + p.ID, `{"poll_every":"soon"}`, nil, v1.InvalidRequest, "want a duration"},
		{"a privacy that is none", http.MethodPut, one + "/privacy", `{"privacy":"secret"}`, nil, v1.InvalidRequest, "body.privacy"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			sub := &service{s.World, t}
			got := sub.problem(sub.call(c.method, c.path, c.body, c.header...), c.uri)
			if !strings.Contains(got.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", got.Error(), c.says)
			}
			if strings.Contains(got.Error(), secret) {
				t.Errorf("the problem repeats content: %q", got.Error())
			}
		})
	}
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 1 || page.Tickets[0].Revision != 1 {
		t.Errorf("something was changed: %+v", page)
	}
	if logs := s.Logs.String(); strings.Contains(logs, secret) || strings.Contains(logs, megabyte[:100]) {
		t.Error("content was logged")
	}
}

// TestForgedMarker: text that looks like our marker is text, here and outside.
func TestForgedMarker(t *testing.T) {
	s := newService(t)
	s.connect()
	forged := "hello\n\n<!-- extsync:0000000000000000000000000000000000000000000 -->"
	made, h := want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "one", Body: forged, Privacy: "public"})
	if err := s.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, _ := want[v1.Ticket](s, 200, http.MethodGet, h.Get("Location"), nil)
	if got.Body != forged || got.Links[0].State != "live" || made.ID != got.ID {
		t.Errorf("body %q, links %+v", got.Body, got.Links)
	}
	if page, _ := want[v1.Tickets](s, 200, http.MethodGet, "/v1/tickets", nil); page.Total != 1 {
		t.Errorf("it came back as another ticket: %+v", page)
	}
}

// TestTwoDecisionsAtOnce: two people decide one conflict in the same moment, on the same
// values. One of them is told that it is decided, by whom and how; the other's decision stands.
func TestTwoDecisionsAtOnce(t *testing.T) {
	s := newService(t)
	_, c := disagree(s)
	path := "/v1/conflicts/" + c.ID
	status := atOnce(s, http.MethodPost, path+"/decide",
		v1.Decision{Choice: "local", Digest: c.Digest, By: "ann"}, v1.Decision{Choice: "external", Digest: c.Digest, By: "bob"})
	if status[202] != 1 || status[409] != 1 {
		t.Fatalf("answers by status: %v, want one 202 and one 409", status)
	}
	decided, _ := want[v1.Conflict](s, 200, http.MethodGet, path, nil)
	if (decided.DecidedBy == "ann") != (decided.Choice == "local") {
		t.Errorf("decided by %s: %s", decided.DecidedBy, decided.Choice)
	}
}

// TestTwoEditsAtOnce with the same ETag: one is taken, the other is told what the field
// holds now.
func TestTwoEditsAtOnce(t *testing.T) {
	s := newService(t)
	made, h := want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", v1.NewTicket{Title: "one"})
	status := atOnce(s, http.MethodPatch, "/v1/tickets/"+made.ID, v1.TicketEdit{Title: ptr("by ann")}, v1.TicketEdit{Title: ptr("by bob")}, "If-Match", h.Get("ETag"))
	if status[200] != 1 || status[409]+status[412] != 1 {
		t.Fatalf("answers by status: %v, want one 200, and one 409 or 412", status)
	}
}

// atOnce makes two calls side by side and counts their answers by status.
func atOnce(s *service, method, path string, one, other any, header ...string) map[int]int {
	s.t.Helper()
	answers := make(chan int, 2)
	for _, body := range []any{one, other} {
		go func() { answers <- s.call(method, path, body, header...).Status }()
	}
	status := map[int]int{}
	for range 2 {
		status[<-answers]++
	}
	return status
}

// TestABackslashIsNoNUL: what only looks like one is text.
func TestABackslashIsNoNUL(t *testing.T) {
	s := newService(t)
	made, _ := want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", `{"title":"a\\u0000b \\\\u0000"}`)
	if made.Title != `a\u0000b \\u0000` {
		t.Errorf("the title is %q", made.Title)
	}
	made, _ = want[v1.Ticket](s, 201, http.MethodPost, "/v1/tickets", `{"title":"\\ud83d \ud83d\ude00 \"\u00e9"}`)
	if made.Title != `\ud83d 😀 "é` {
		t.Errorf("the title is %q", made.Title)
	}
}

// TestALongListSaysSo: what a limit cuts off is told, and nothing is where nothing is cut off.
func TestALongListSaysSo(t *testing.T) {
	s := newService(t)
	p := s.connect()
	want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	for limit, more := range map[string]bool{"1": true, "2": false} {
		got, _ := want[v1.Sessions](s, 200, http.MethodGet, "/v1/projects/"+p.ID+"/sessions?limit="+limit, nil)
		if got.More != more || len(got.Sessions) > 2 || more && len(got.Sessions) != 1 {
			t.Errorf("limit %s: %d sessions, more: %t", limit, len(got.Sessions), got.More)
		}
	}
}

// TestOlderSessionsAreRead: whoever wants to undo something of last week finds its session, page by page.
func TestOlderSessionsAreRead(t *testing.T) {
	s := newService(t)
	p := s.connect()
	for range 2 {
		want[v1.Project](s, 202, http.MethodPost, "/v1/projects/"+p.ID+"/sync", nil)
	}
	path := "/v1/projects/" + p.ID + "/sessions"
	all, _ := want[v1.Sessions](s, 200, http.MethodGet, path, nil)
	var read []v1.Session
	for query := "?limit=2"; ; {
		page, _ := want[v1.Sessions](s, 200, http.MethodGet, path+query, nil)
		if read = append(read, page.Sessions...); page.Next == "" {
			break
		}
		query = "?limit=2&before=" + page.Next
	}
	if !reflect.DeepEqual(read, all.Sessions) || len(read) != 3 {
		t.Errorf("%d sessions by pages, %d at once", len(read), len(all.Sessions))
	}
	want[v1.Problem](s, 404, http.MethodGet, path+"?before=00000000-0000-4000-8000-00000000abcd", nil)
}
