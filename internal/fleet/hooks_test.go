package fleet_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/webhook"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

const peerSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hooked is a peer whose deliveries come in some order.
type hooked struct {
	*world
	m    *fleet.Member
	late []*http.Request
}

// take hands over deliveries, as the API takes them.
func (h *hooked) take(reqs []*http.Request) {
	h.Helper()
	a, err := h.Adapter(h.Context(), h.m)
	h.must(err)
	for _, r := range reqs {
		body, err := io.ReadAll(r.Body)
		h.must(err)
		d, err := a.(adapters.WebhookReceiver).VerifyWebhook([]byte(peerSecret), r.Header, body) //nolint:errcheck // because peers send webhooks
		h.must(err)
		h.must(h.Store.Tx(h.Context(), func(tx store.Tx) error {
			fresh, err := tx.RecordDelivery(h.Context(), "hook/"+h.m.ID, d.ID, h.Clock.Now())
			switch {
			case err != nil || !fresh:
				return err
			case len(d.Items) > 0:
				return h.Engine.ReceiveTx(h.Context(), tx, h.m.ID, a, d.Items)
			}
			return h.Engine.HintTx(h.Context(), tx, h.m.ID, d.Refs)
		}))
	}
}

func (h *hooked) sent() []*http.Request {
	h.Helper()
	reqs, err := h.m.Site.(*fleet.Webhook).Sim.Take(h.Context()) //nolint:errcheck // because the site is a peer
	h.must(err)
	return reqs
}

// orders are ways in which deliveries come: each gets what was sent since, and says what is handed over now.
func orders() map[string]func(h *hooked, sent []*http.Request) []*http.Request {
	return map[string]func(h *hooked, sent []*http.Request) []*http.Request{
		"in order": func(_ *hooked, sent []*http.Request) []*http.Request { return sent },
		"turned round": func(_ *hooked, sent []*http.Request) []*http.Request {
			slices.Reverse(sent)
			return sent
		},
		"late": func(h *hooked, sent []*http.Request) []*http.Request {
			now := h.late
			h.late = sent
			return now
		},
		"every other one late": func(h *hooked, sent []*http.Request) []*http.Request {
			now := h.late
			h.late = nil
			for n, r := range sent {
				if n%2 == 0 {
					h.late = append(h.late, r)
				} else {
					now = append(now, r)
				}
			}
			return now
		},
	}
}

// noRead has all be believed that is delivered.
func noRead(doc map[string]any) {
	delete(doc, "read")
	delete(doc, "write")
}

func listeners() []peer {
	type docs = []func(map[string]any)
	var all []peer
	for _, mode := range []webhook.Mode{webhook.ModeSHA256, webhook.ModeHex, webhook.ModeStandard, webhook.ModeJWT, webhook.ModeToken} {
		all = append(all,
			peer{name: "believed, " + string(mode), o: webhook.Options{Blind: true}, direction: external.Pull, change: docs{noRead}, mode: mode},
			peer{name: "lists nothing, " + string(mode), change: docs{noLists}, mode: mode})
	}
	return append(all,
		peer{name: "lists no comments", change: docs{noCommentList}, mode: webhook.ModeHex},
		peer{name: "moves tickets by comments", o: webhook.Options{Touch: true, Blind: true}, direction: external.Pull, change: docs{noRead}, mode: webhook.ModeHex},
		peer{name: "coarse stamps", o: webhook.Options{Precision: time.Minute, Blind: true}, direction: external.Pull, change: docs{noRead}, mode: webhook.ModeHex})
}

// TestDeliveriesInAnyOrder: what a peer tells by deliveries alone comes in whatever their order, and each of them once.
func TestDeliveriesInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, s := range listeners() {
		for name, order := range orders() {
			t.Run(s.name+", "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
				m, err := w.Connect(t.Context(), fleet.Spec{Site: w.Peer(s.o), Settings: s.settings(t), Direction: s.direction})
				w.must(err)
				m.Site.(*fleet.Webhook).Sim.AddHook(webhook.Hook{Project: m.Site.Account().Key, URL: "http://us.example", Mode: s.mode, Secret: peerSecret}) //nolint:errcheck // because the site is a peer
				h := &hooked{world: w, m: m}
				h.story(order)
			})
		}
	}
}

func (h *hooked) story(order func(h *hooked, sent []*http.Request) []*http.Request) {
	h.Helper()
	site := h.m.Site
	goOn := func() {
		h.take(order(h, h.sent()))
		h.settle()
		h.Clock.Advance(10 * time.Second)
	}
	var ids, remarks []string
	for n := range 3 {
		id, err := site.Create("bob", fleet.Change{Title: p(fmt.Sprint("made ", n)), Body: p("words"), Label: []string{"red"}})
		h.must(err)
		ids = append(ids, id)
	}
	goOn()
	for n, id := range ids {
		h.must(site.Edit("bob", id, fleet.Change{Title: p(fmt.Sprint("once ", n))}))
		remark, err := site.Comment("cyn", id, "a remark")
		h.must(err)
		remarks = append(remarks, remark)
		h.Clock.Advance(time.Second)
		h.must(site.Edit("bob", id, fleet.Change{Title: p(fmt.Sprint("twice ", n)), Label: []string{"blue"}, Unlabel: []string{"red"}}))
	}
	goOn()
	h.must(site.EditComment("cyn", ids[0], remarks[0], "a remark, edited"))
	h.must(site.DeleteComment("cyn", ids[1], remarks[1]))
	h.must(site.Edit("bob", ids[2], fleet.Change{State: p("done")}))
	goOn()
	h.must(site.EditComment("cyn", ids[0], remarks[0], "a remark, edited again"))
	goOn()
	goOn()
	h.take(h.late)
	h.settle()
	var want, got []string
	for _, s := range site.Look() {
		want = append(want, describe(s))
	}
	all, err := h.Tickets(h.Context())
	h.must(err)
	for _, tk := range all {
		seen := fleet.Seen{Title: tk.Fields["title"].Text(), Body: tk.Fields["body"].Text(), State: tk.Fields["state"].Text(), Labels: tk.Fields["labels"].Elements()}
		list, err := h.Comments(h.Context(), tk.ID)
		h.must(err)
		for _, c := range list {
			if !c.Deleted {
				seen.Comments = append(seen.Comments, fleet.Remark{Body: c.Body.Text()})
			}
		}
		got = append(got, describe(seen))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		h.Errorf("here are\n%q\nwant\n%q", got, want)
	}
}

// TestADeliveryOfWhatALostCreateMade: a delivery tells of what a create of ours made, while nobody knows its outcome
// yet, or before it is answered. It is made once and comes in never.
func TestADeliveryOfWhatALostCreateMade(t *testing.T) {
	t.Parallel()
	type docs = []func(map[string]any)
	shapes := []peer{
		{name: "all", change: docs{}},
		{name: "lists nothing", change: docs{noLists}},
		{name: "lists nothing, finds no create", change: docs{noLists, noCreateKey}},
		{name: "finds no create, answers with ids", change: docs{noCreateKey, onlyID}},
		{name: "lists no comments, finds none", change: docs{noCommentList, put("comment", "create_key", nil)}},
	}
	for _, s := range shapes {
		for _, how := range []fleet.FaultKind{"", fleet.LoseReply, fleet.FailAfter} {
			for _, early := range []bool{false, true} {
				s.mode = webhook.ModeHex
				t.Run(fmt.Sprintf("%s, %s, early %t", s.name, how, early), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
					m, err := w.Connect(t.Context(), fleet.Spec{Site: w.Peer(s.o), Settings: s.settings(t)})
					w.must(err)
					m.Site.(*fleet.Webhook).Sim.AddHook(webhook.Hook{Project: m.Site.Account().Key, URL: "http://us.example", Mode: s.mode, Secret: peerSecret}) //nolint:errcheck // because the site is a peer
					h := &hooked{world: w, m: m}
					h.loses(how, early)
				})
			}
		}
	}
}

func (h *hooked) loses(how fleet.FaultKind, early bool) {
	h.Helper()
	pl := &play{world: h.world, m: h.m}
	for _, step := range []struct {
		call string
		do   func()
	}{
		{"ticket.create", func() { pl.create("made here", nil) }},
		{"comment.create", func() { pl.remark(0, "said here") }},
		{"ticket.edit", func() { pl.edit(0, ticket.Fields{ticket.Title: ticket.Text("edited here")}) }},
	} {
		if how != "" {
			h.must(h.m.Site.Lose(fleet.Fault{Kind: how, Calls: []string{step.call}}))
		}
		step.do()
		for range 4 {
			if early {
				h.m.Site.Wire().Afterwards(func() { h.take(h.sent()) })
			}
			_, err := h.Round(h.Context())
			h.must(err)
			h.m.Site.Wire().Afterwards(nil)
			h.take(h.sent())
			h.Clock.Advance(time.Minute)
		}
		h.settle()
	}
	here, err := h.Tickets(h.Context())
	h.must(err)
	seen := h.m.Site.Look()
	if len(here) != 1 || len(seen) != 1 || len(seen[0].Comments) != 1 || seen[0].Title != "edited here" {
		h.Fatalf("here are %d tickets, and outside %+v", len(here), seen)
	}
	if said, err := h.Comments(h.Context(), here[0].ID); err != nil || len(said) != 1 {
		h.Errorf("here are %d comments, %v", len(said), err)
	}
	h.converged()
	h.quiet()
}
