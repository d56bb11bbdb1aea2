package fleet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// peer is a shape that the peer of a webhook project can have.
type peer struct {
	name      string
	o         webhook.Options
	direction external.Direction
	change    []func(doc map[string]any)
	mode      webhook.Mode // of the signature of what it sends; empty: it sends nothing
}

// at finds an object in a document by its path.
func at(doc map[string]any, path string) map[string]any {
	for name := range strings.SplitSeq(path, ".") {
		if name == "" {
			continue
		}
		next, ok := doc[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			doc[name] = next
		}
		doc = next
	}
	return doc
}

// put sets one key, or with nil takes it out.
func put(path, key string, v any) func(map[string]any) {
	return func(doc map[string]any) {
		if v == nil {
			delete(at(doc, path), key)
			return
		}
		at(doc, path)[key] = v
	}
}

func onlyID(doc map[string]any) {
	for _, kind := range []string{"ticket", "comment"} {
		a := at(doc, "write."+kind+".create")
		delete(a, "item")
		a["id"] = ".id"
		delete(at(doc, "write."+kind+".update"), "item")
	}
	at(doc, "write.ticket.create")["key"] = ".number"
}

// noCreateKey has a lost create found by nothing.
func noCreateKey(doc map[string]any) {
	delete(at(doc, "ticket"), "create_key")
	delete(at(doc, "comment"), "create_key")
}

func noLists(doc map[string]any) {
	for _, kind := range []string{"ticket", "comment"} {
		for _, key := range []string{"list", "items", "next"} {
			delete(at(doc, "read."+kind), key)
		}
	}
}

func noCommentList(doc map[string]any) {
	for _, key := range []string{"list", "items", "next"} {
		delete(at(doc, "read.comment"), key)
	}
}

func noComments(doc map[string]any) {
	delete(doc, "comment")
	for _, path := range []string{"read", "write", "receive"} {
		delete(at(doc, path), "comment")
	}
}

// toHooks sends all to one address that answers nothing, or the id alone.
func toHooks(async bool) func(map[string]any) {
	return func(doc map[string]any) {
		delete(doc, "read")
		doc["login"] = "extsync"
		for _, kind := range []string{"ticket", "comment"} {
			w := at(doc, "write."+kind)
			for verb := range w {
				a := at(w, verb)
				body := fmt.Sprintf("{type: \"%s.%s\", data: {external_key: .id, item: {}}}", kind, verb)
				if b, ok := a["body"].(string); ok {
					key := ".id"
					if verb == "create" {
						key = ".create_key"
					}
					body = fmt.Sprintf("(%s) as $all | {type: \"%s.%s\", data: {external_key: %s, item: ($all | with_entries(select(.key != \"external_key\")))}}", b, kind, verb, key)
				}
				w[verb] = map[string]any{"address": "/hooks/{project}", "body": body}
			}
			w["create"].(map[string]any)["async"] = async //nolint:errcheck // because it was made above
		}
	}
}

func signed(mode webhook.Mode) func(map[string]any) {
	return func(doc map[string]any) {
		at(doc, "receive")["signature"] = map[string]any{"mode": string(mode)}
		at(doc, "receive")["delivery_id"] = map[string]any{"payload": ".delivery"}
	}
}

func peers() []peer {
	replace := func(doc map[string]any) { at(doc, "write")["sets"] = "replace" }
	full := func(doc map[string]any) {
		a := at(doc, "write.ticket.update")
		a["full"] = true
		a["body"] = "{title: .fields.title, text: .fields.body, state: .fields.state, labels: .fields.labels, people: .fields.assignees, points: .fields.estimate}"
	}
	noDelete := func(doc map[string]any) {
		delete(at(doc, "write.ticket"), "delete")
		delete(at(doc, "write.comment"), "delete")
	}
	plain := func(doc map[string]any) {
		for _, key := range []string{"created_at", "sequence", "url"} {
			delete(at(doc, "ticket"), key)
			delete(at(doc, "comment"), key)
		}
	}
	type docs = []func(map[string]any)
	return []peer{
		{name: "answers with ids", change: docs{onlyID}},
		{name: "replaces sets", change: docs{replace}, mode: webhook.ModeHex},
		{name: "takes whole items", change: docs{full, replace}},
		{name: "finds no create", change: docs{noCreateKey}},
		{name: "finds no create, and answers with ids", change: docs{noCreateKey, onlyID}, mode: webhook.ModeJWT},
		{name: "finds no comment", change: docs{put("comment", "create_key", nil)}},
		{name: "knows no repeats", change: docs{put("write", "deduplicates", false)}},
		{name: "lists nothing", change: docs{noLists}, mode: webhook.ModeSHA256},
		{name: "lists nothing, answers with ids", change: docs{noLists, onlyID}, mode: webhook.ModeStandard},
		{name: "lists no comments", change: docs{noCommentList}, mode: webhook.ModeToken},
		{name: "has no comments", change: docs{noComments}},
		{name: "deletes nothing", change: docs{noDelete}},
		{name: "tells little", change: docs{plain}},
		{name: "tells little, finds no create", change: docs{plain, noCreateKey, onlyID}},
		{name: "moves tickets by comments", o: webhook.Options{Touch: true}},
		{name: "takes for later", o: webhook.Options{Deaf: true, Blind: true}, direction: external.Push, change: docs{toHooks(true), put("", "receive", nil)}},
		{name: "takes for later, whole sets", o: webhook.Options{Deaf: true, Blind: true}, direction: external.Push, change: docs{toHooks(true), replace, put("", "receive", nil), noDelete}},
		{name: "cannot be read", o: webhook.Options{Blind: true}, direction: external.Push, change: docs{put("", "read", nil), put("", "login", "extsync"), put("", "receive", nil)}},
		{name: "cannot be read, answers with ids", o: webhook.Options{Blind: true}, direction: external.Push, change: docs{put("", "read", nil), put("", "login", "extsync"), onlyID, noDelete}},
	}
}

// settings are those of the shape.
func (p peer) settings(t *testing.T) json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile("webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	change := p.change
	if p.mode != "" {
		change = append(slices.Clone(change), signed(p.mode))
	}
	for _, c := range change {
		c(doc)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// allPeers has each write lost after each step, not after the first one of its kind.
const allPeers = "EXTSYNC_PEERS"

// TestPeersOfEveryShape loses the reply to, and the request of, writes to peers of many shapes, and has them fail
// after they were done.
func TestPeersOfEveryShape(t *testing.T) {
	t.Parallel()
	for _, s := range peers() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			lostCase{
				name: s.name, site: func(w *world) fleet.Site { return w.Peer(s.o) }, settings: string(s.settings(t)),
				direction: s.direction, hows: []fleet.FaultKind{fleet.LoseReply, fleet.LoseRequest, fleet.FailAfter},
				once: os.Getenv(allPeers) != "all", partial: s.direction != "" || s.name == "has no comments",
			}.loseEach(t)
		})
	}
}

// TestWhatACreateMadeCameInBefore: a peer tells its items under another name than the one that it says we have, and
// finds no create. What a lost create made comes in as somebody else's, and the create, made once more, is answered
// with it. That rests and is told; nothing else waits for it.
func TestWhatACreateMadeCameInBefore(t *testing.T) {
	s := peer{change: []func(map[string]any){noCreateKey, put("read.account", "login", `"another"`)}}
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m, err := w.Connect(t.Context(), fleet.Spec{Site: w.Peer(s.o), Settings: s.settings(t)})
	w.must(err)
	pl := &play{world: w, m: m}
	pl.create("a", nil)
	pl.create("b", nil)
	w.settle()
	w.must(m.Site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"comment.create"}}))
	pl.remark(0, "once")
	for range 20 {
		_, err := w.Round(t.Context())
		w.must(err)
		w.Clock.Advance(10 * time.Minute)
	}
	pl.edit(1, ticket.Fields{ticket.Title: ticket.Text("edited")})
	_, err = w.Round(t.Context())
	w.must(err)
	var titles []string
	for _, seen := range m.Site.Look() {
		titles = append(titles, seen.Title)
		if n := len(seen.Comments); seen.Title == "a" && n != 1 {
			t.Errorf("there are %d comments", n)
		}
	}
	slices.Sort(titles)
	if !slices.Equal(titles, []string{"a", "edited"}) {
		t.Errorf("outside are %q", titles)
	}
	links, err := w.Links(t.Context(), m, external.KindComment)
	w.must(err)
	if !slices.ContainsFunc(links, func(l store.Link) bool {
		return l.LocalID == pl.remarks[0] && l.State == store.Quarantined && strings.Contains(l.Reason, "came in as another one")
	}) {
		t.Errorf("that it rests is not told: %+v", links)
	}
}

// TestWhatACreateMadeIsGoneAgain: the answers to some creates are lost, and somebody deletes outside what they made. The
// peer answers each repeat from memory, with the id of what is not there any more. That is told after a while, and
// holds up nothing else meanwhile.
func TestWhatACreateMadeIsGoneAgain(t *testing.T) {
	s := peer{name: "finds no create, and answers with ids", change: []func(map[string]any){noCreateKey, onlyID}}
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m, err := w.Connect(t.Context(), fleet.Spec{Site: w.Peer(s.o), Settings: s.settings(t)})
	w.must(err)
	pl := &play{world: w, m: m}
	pl.create("a", nil)
	w.settle()
	w.must(m.Site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"comment.create"}, Next: 4}))
	for n := range 4 {
		pl.remark(0, fmt.Sprintf("remark %d", n))
	}
	if _, err := w.Round(t.Context()); err != nil {
		t.Log(err)
	}
	if _, err := w.Round(t.Context()); err != nil {
		t.Log(err)
	}
	for _, seen := range m.Site.Look() {
		for _, c := range seen.Comments {
			w.must(m.Site.DeleteComment("bob", seen.ID, c.ID))
		}
	}
	failed := 0
	for range 12 {
		w.Clock.Advance(20 * time.Minute)
		r, err := w.Session(t.Context(), m, store.Incremental)
		if err != nil || r.State != store.Succeeded {
			failed++
		}
	}
	if failed > 0 {
		t.Errorf("%d of 12 sessions failed", failed)
	}
	w.Reset()
	for range 6 {
		w.Clock.Advance(time.Hour)
		_, err := w.Session(t.Context(), m, store.Incremental)
		w.must(err)
	}
	if total, _ := w.Writes(); total > 0 {
		t.Errorf("it is tried for ever: %d writes: %v", total, w.kinds())
	}
	links, err := w.Links(t.Context(), m, external.KindComment)
	w.must(err)
	rest := 0
	for _, l := range links {
		if l.State == store.Quarantined && strings.Contains(l.Reason, "not there any more") && l.LocalID != "" {
			rest++
		}
	}
	if rest != 3 {
		t.Errorf("of 3 %d rest and say why: %+v", rest, links)
	}
}

// TestAPeerThatStoresNothing: a peer answers that it has taken a write, answers with an id at most, and shows what it held
// before: it ignores the field, or shows it later. Nobody has edited anything there: what was typed here stays, and the
// queue tells.
func TestAPeerThatStoresNothing(t *testing.T) {
	t.Parallel()
	s := peer{change: []func(map[string]any){onlyID}}
	w := newWorld(t, fleet.Options{Seed: 8, Allow: true})
	site := w.Webhook()
	_, err := w.Connect(t.Context(), fleet.Spec{Site: site, Settings: s.settings(t)})
	w.must(err)
	id, err := site.Create("ada", fleet.Change{Title: p("one"), Label: []string{"ui"}})
	w.must(err)
	_, err = site.Comment("ada", id, "a remark")
	w.must(err)
	w.settle()
	all, err := w.Tickets(t.Context())
	w.must(err)
	site.Wire().Meanwhile(storesNothing)
	typed := ticket.Fields{ticket.Title: ticket.Text("two"), ticket.Labels: ticket.Set("bug", "ui"), ticket.State: ticket.Text(ticket.StateDone)}
	w.must(w.EditLocal(t.Context(), "cyn", all[0].ID, typed))
	w.settle()
	tk, err := w.Ticket(t.Context(), all[0].ID)
	w.must(err)
	for f, v := range typed {
		if !tk.Fields[f].Equal(v) {
			t.Errorf("%s is %v here, want what was typed", f, tk.Fields[f])
		}
	}
	open, err := w.Conflicts(t.Context(), nil)
	w.must(err)
	for _, c := range open {
		if c.Kind != store.LossyWrite || !strings.Contains(c.Reason, "did not show it") {
			t.Errorf("asked about %s as %s: %s", c.Field, c.Kind, c.Reason)
		}
	}
	if len(open) != len(typed) {
		t.Errorf("%d conflicts, want one for each of %d fields", len(open), len(typed))
	}
	w.quiet()
	site.Wire().Meanwhile(nil)
	w.must(site.Edit("bob", id, fleet.Change{Title: p("two"), Label: []string{"bug"}, State: p("done")})) // it shows at last
	w.settle()
	w.converged()
	w.quiet()
}

// storesNothing has a request to change an item show it alone.
func storesNothing(r *http.Request) {
	if r.Method == http.MethodPatch {
		r.Method, r.Body, r.ContentLength = http.MethodGet, nil, 0
	}
}

// TestTakenBackFromAPeerThatStoresNothing: what is to be overwritten stands there as it did. It is tried once, and told.
func TestTakenBackFromAPeerThatStoresNothing(t *testing.T) {
	t.Parallel()
	s := peer{change: []func(map[string]any){onlyID}}
	w := newWorld(t, fleet.Options{Seed: 8, Allow: true})
	site := w.Webhook()
	m, err := w.Connect(t.Context(), fleet.Spec{Site: site, Settings: s.settings(t)})
	w.must(err)
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Body: ticket.Text("words"), ticket.Labels: ticket.Set("ui")}, ticket.Public, "ada")
	w.must(err)
	w.settle()
	site.Wire().Meanwhile(storesNothing)
	_, _, err = w.Engine.SetPrivacyAndTakeBack(t.Context(), made.ID, ticket.LocalOnly, outbound.Redact, "ada")
	w.must(err)
	w.settle()
	l, err := w.LinkOf(t.Context(), m, made.ID)
	w.must(err)
	for _, f := range []string{"title", "body", "labels"} {
		if !strings.Contains(l.Reason, f+", which the system did not overwrite") {
			t.Errorf("told of %s: %q", f, l.Reason)
		}
	}
	open, err := w.Conflicts(t.Context(), nil)
	w.must(err)
	if len(open) != 0 {
		t.Errorf("asked about %+v", open)
	}
	w.quiet()
}

// TestAPeerThatBendsTexts: it escapes what it takes for a sign of HTML, which the settings do not say, and answers with an id
// at most. What was typed here keeps its bytes, and the queue tells that the peer keeps others.
func TestAPeerThatBendsTexts(t *testing.T) {
	t.Parallel()
	const bent = `(.fields.body // "" | split("<") | join("&lt;"))`
	s := peer{change: []func(map[string]any){
		onlyID, put("write.ticket.create", "body", "{title: .fields.title, text: "+bent+", external_key: .create_key}"),
		put("write.ticket.update", "body", "{text: "+bent+"}"),
	}}
	w := newWorld(t, fleet.Options{Seed: 8, Allow: true})
	_, err := w.Connect(t.Context(), fleet.Spec{Site: w.Webhook(), Settings: s.settings(t)})
	w.must(err)
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Body: ticket.Text("a < b")}, ticket.Public, "ada")
	w.must(err)
	for _, typed := range []string{"a < b", "a < c"} {
		w.must(w.EditLocal(t.Context(), "cyn", made.ID, ticket.Fields{ticket.Body: ticket.Text(typed)}))
		w.settle()
		tk, err := w.Ticket(t.Context(), made.ID)
		w.must(err)
		open, err := w.Conflicts(t.Context(), nil)
		w.must(err)
		if got := tk.Fields[ticket.Body].Text(); got != typed || len(open) != 1 || open[0].Kind != store.LossyWrite {
			t.Errorf("it is %q here, want %q; asked about %+v", got, typed, open)
		}
		w.quiet()
	}
}

// TestAPeerThatDropsWhatACreateHolds: it keeps the title alone. What else was typed here stays, and the queue tells.
func TestAPeerThatDropsWhatACreateHolds(t *testing.T) {
	t.Parallel()
	s := peer{change: []func(map[string]any){onlyID, put("write.ticket.create", "body", "{title: .fields.title, external_key: .create_key}")}}
	w := newWorld(t, fleet.Options{Seed: 8, Allow: true})
	_, err := w.Connect(t.Context(), fleet.Spec{Site: w.Webhook(), Settings: s.settings(t)})
	w.must(err)
	typed := ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Body: ticket.Text("some words"), ticket.Labels: ticket.Set("ui"), ticket.State: ticket.Text(ticket.StateDone)}
	made, err := w.Engine.CreateTicket(t.Context(), typed, ticket.Public, "ada")
	w.must(err)
	w.settle()
	tk, err := w.Ticket(t.Context(), made.ID)
	w.must(err)
	for f, v := range typed {
		if !tk.Fields[f].Equal(v) {
			t.Errorf("%s is %v here, want what was typed", f, tk.Fields[f])
		}
	}
	open, err := w.Conflicts(t.Context(), nil)
	w.must(err)
	if len(open) != len(typed)-1 {
		t.Errorf("asked about %+v, want all but the title", open)
	}
	w.quiet()
}
