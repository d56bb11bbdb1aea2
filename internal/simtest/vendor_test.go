package simtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/jira/adf"
	"github.com/extsync/extsync/ticket"
)

// TestEveryVendorIsDrawn, alone and beside each other.
func TestEveryVendorIsDrawn(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(60) {
		w := newWorld(Options{Seed: seed, Profile: Vendors})
		names := map[string]bool{}
		for _, v := range w.cast {
			seen[v.name]++
			names[v.name] = true
		}
		if len(names) != w.projects || w.projects < 2 {
			t.Errorf("seed %d: %d projects of %d vendors", seed, w.projects, len(names))
		}
	}
	for _, v := range allVendors() {
		if seen[v.name] == 0 {
			t.Errorf("%s was never drawn in 60 runs", v.name)
		}
	}
}

// vendorWorld is a world with the named vendor in it, and its site.
func vendorWorld(t *testing.T, name string) (*world, *vendorSite) {
	t.Helper()
	for seed := range uint64(100) {
		w := newWorld(Options{Seed: seed, Profile: Vendors})
		for _, p := range w.peers {
			if s, ok := p.site.(*vendorSite); ok && s.name == name {
				return w, s
			}
		}
	}
	t.Fatalf("no run with %s", name)
	return nil, nil
}

// TestPeopleOfEveryVendor: what people do is there afterwards, is told by webhook, and is
// shown with what was deleted.
func TestPeopleOfEveryVendor(t *testing.T) {
	for _, v := range allVendors() {
		t.Run(v.name, func(t *testing.T) {
			w, s := vendorWorld(t, v.name)
			ref, err := s.create("ada", external.Fields{"title": ticket.Text("k1"), "body": ticket.Text("k2 in words"), "labels": ticket.Set("k3")})
			w.must(err)
			it, _ := s.Peek(external.KindTicket, ref.ID)
			c, err := s.comment("bob", it, "k4 in words")
			w.must(err)
			w.must(s.write("cyn", it, ticket.Body, "k5"))
			w.must(s.label("ada", it, "k6"))
			w.must(s.unlabel("ada", it, "k3"))
			w.must(s.write("bob", it, ticket.Assignees, "cyn"))
			it, _ = s.Peek(external.KindTicket, ref.ID)
			if it.Fields["title"].Text() != "k1" || it.Fields["body"].Text() != "k5" || !it.Fields["labels"].Equal(ticket.Set("k6")) {
				t.Errorf("got %v", it.Fields)
			}
			if got := it.Fields["assignees"]; !slices.Contains(got.Elements(), "cyn") {
				t.Errorf("assigned to %v", got)
			}
			remark, _ := s.Peek(external.KindComment, c.ID)
			if remark.Fields["body"].Text() != "k4 in words" || remark.Parent != it.Key {
				t.Errorf("got comment %v", remark)
			}
			w.must(s.write("bob", remark, ticket.Body, "k7"))
			w.must(s.delete("bob", remark))
			w.must(s.delete("ada", it))
			if it, ok := s.Peek(external.KindTicket, ref.ID); !ok || !it.Gone {
				t.Errorf("deleted, and shown as %v", it)
			}
			if c, ok := s.Peek(external.KindComment, c.ID); !ok || !c.Gone {
				t.Errorf("deleted, and shown as %v", c)
			}
			if told := s.events(); len(told) < 5 || w.failed != nil {
				t.Errorf("told of %d changes: %v", len(told), w.failed)
			}
		})
	}
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSecretsOnTheWire: the wire tells a secret, and a token that was not cleared.
func TestSecretsOnTheWire(t *testing.T) {
	for reason, c := range map[string]struct {
		text string
		want bool
	}{
		"a secret":                {"canary-of-the-first-kind", true},
		"a token of nobody there": {"about k1", true},
		"a token that was here":   {"about k2", false},
		"no token":                {"about work1", false},
	} {
		w, s := vendorWorld(t, "github")
		w.oracle.wrote(0, "x", ticket.Title, "k1")
		w.oracle.wrote(s.p.n+1, "y", ticket.Title, "k2")
		s.wire.judge(request(t, "https://api.github.com/x"), []byte(`{"body":"`+c.text+`"}`))
		if got := w.failed != nil; got != c.want {
			t.Errorf("%s: got %v", reason, w.failed)
		}
	}
}

// TestDocument: what is typed in the editor is a document that Jira takes.
func TestDocument(t *testing.T) {
	raw, err := json.Marshal(document("k1\n\n[~ada] please\n\n{panel:title=Note}\nin a panel\n{panel}\n\n{color:red}red{color} words\n\n* one\n* two"))
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if _, err := adf.Parse(doc); err != nil {
		t.Errorf("%v: %s", err, raw)
	}
	if n := len(rawBlocks(string(raw))); n != 5 {
		t.Errorf("%d blocks, want 5", n)
	}
}

// TestUntouched: a block that an edit of another one changed is seen.
func TestUntouched(t *testing.T) {
	item := func(text, raw string) known {
		return known{face: external.Item{Fields: external.Fields{"body": ticket.Text(text)}}, raw: `{"type":"doc","content":[` + raw + `]}`}
	}
	for _, c := range []struct {
		reason        string
		before, after known
		want          bool
	}{
		{"the same", item("a\n\nb", `{"x":1},{"x":2}`), item("c\n\nb", `{"x":3},{"x":2}`), false},
		{"the last one lost something", item("a\n\nb", `{"x":1},{"x":2}`), item("c\n\nb", `{"x":3},{}`), true},
		{"it was edited too", item("a\n\nb", `{"x":1},{"x":2}`), item("c\n\nd", `{"x":3},{}`), false},
		{"it cannot be told", item("a\n\nb", `{"x":1}`), item("c\n\nb", `{"x":3},{}`), false},
	} {
		w, s := vendorWorld(t, "jira")
		if s.checkUntouched(c.before, c.after); (w.failed != nil) != c.want {
			t.Errorf("%s: got %v", c.reason, w.failed)
		}
	}
}

// TestTail finds the marker that people leave alone.
func TestTail(t *testing.T) {
	for _, c := range []struct{ reason, raw, key, want string }{
		{"after a text", "text\n\n<!-- extsync:K -->", "K", "\n\n<!-- extsync:K -->"},
		{"alone", "<!-- extsync:K -->", "K", "<!-- extsync:K -->"},
		{"no key", "text\n\n<!-- aside -->", "", ""},
		{"another key", "text\n\n<!-- extsync:L -->", "K", ""},
	} {
		if got := tail(c.raw, c.key); got != c.want {
			t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
		}
	}
}

// TestNamedIDs: ids are told by the order in which they came.
func TestNamedIDs(t *testing.T) {
	n := ids{}
	a, b := "0dcd717c-d6b7-4274-a87c-e7f9ee465413", "fe0842a7-bcc9-4a27-8297-06fe28ae4899"
	for _, c := range []struct{ in, want string }{
		{"x", "x"}, {a, "#1"}, {`{"a":"` + b + `","b":"` + a + `"}`, `{"a":"#2","b":"#1"}`}, {a + b, "#1#2"}, {"delete_cc80adae245ee4a998bbdc67fa52d3c3", "delete_#3"}, {"0dcd717c-d6b7-4274-a87c-e7f9ee46541", "0dcd717c-d6b7-4274-a87c-e7f9ee46541"},
	} {
		if got := n.named(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}
