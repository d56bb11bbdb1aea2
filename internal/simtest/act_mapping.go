package simtest

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// remap is what somebody makes of a tracker's mapping for a while. The quiet phase ends it, so
// that all fields flow both ways again.
type remap struct {
	name   string
	change func(*mapping.Mapping)
}

func remaps() []remap {
	all := []remap{{"as it was", func(*mapping.Mapping) {}}}
	for _, f := range []ticket.Field{ticket.Title, ticket.Body, ticket.State, ticket.Labels} {
		all = append(all,
			remap{string(f) + " comes in alone", turnedTo(f, mapping.In)},
			remap{string(f) + " goes out alone", turnedTo(f, mapping.Out)},
		)
	}
	for _, f := range []ticket.Field{ticket.Body, ticket.State, ticket.Labels} {
		all = append(all, remap{string(f) + " is left out", func(m *mapping.Mapping) {
			m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == f })
		}})
	}
	return append(all,
		remap{"labels when it is made", func(m *mapping.Mapping) { ruleOf(m, ticket.Labels).OnCreate = true }},
		remap{"one label alone", func(m *mapping.Mapping) { ruleOf(m, ticket.Labels).Max = 1 }},
		remap{"done is not planned", func(m *mapping.Mapping) {
			r := ruleOf(m, ticket.State)
			r.Convert = mapping.States
			for here, there := range map[string]string{ticket.StateOpen: ticket.StateOpen, ticket.StateDone: ticket.StateNotPlanned, ticket.StateNotPlanned: ticket.StateDone} {
				r.Values = append(r.Values, mapping.Pair{Local: []string{here}, External: []string{there}})
			}
		}},
		remap{"no comments", func(m *mapping.Mapping) { m.Comments = nil }},
	)
}

func turnedTo(f ticket.Field, d mapping.Direction) func(*mapping.Mapping) {
	return func(m *mapping.Mapping) { ruleOf(m, f).Direction = d }
}

func ruleOf(m *mapping.Mapping, f ticket.Field) *mapping.Rule {
	return &m.Tickets[slices.IndexFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == f })]
}

// mapHere lets an operator put another mapping of a project in force.
func (w *world) mapHere() bool {
	all := remaps()
	w.mapAs(w.peers[w.work.IntN(len(w.peers))], all[w.work.IntN(len(all))])
	return true
}

func (w *world) mapAs(p *peer, r remap) {
	m, err := mapping.Default(memory.System)
	w.must(err)
	r.change(&m)
	doc, err := json.Marshal(m)
	w.must(err)
	var v store.MappingVersion
	w.must(w.raw.Tx(w.ctx, func(tx store.Tx) (err error) {
		v, err = tx.AddMapping(w.ctx, store.MappingVersion{ProjectID: p.id, State: store.MappingDraft, Document: doc, CreatedBy: "op", CreatedAt: w.now})
		return err
	}))
	w.must(w.engine.ActivateMapping(w.ctx, p.id, v.Version, "op"))
	w.remapped = true
	w.read(func(tx store.Tx) error {
		links, err := tx.LinksOf(w.ctx, p.id, external.KindTicket, "", 10_000)
		w.hops += len(links) // each side gets what it lacks
		return err
	})
	w.trace.add("here: mapping of", p.id, r.name)
}

// carriedNow returns the fields that flow to and from a project under the mapping that is in force.
func (w *world) carriedNow(p *peer, kind external.Kind) []ticket.Field {
	m, err := mapping.Default(memory.System)
	w.must(err)
	w.read(func(tx store.Tx) error {
		v, err := tx.ActiveMapping(w.ctx, p.id)
		if err == nil {
			m = mapping.Mapping{}
			err = json.Unmarshal(v.Document, &m)
		}
		return ignoreNotFound(err)
	})
	return slices.DeleteFunc(slices.Clone(p.site.fields(kind)), func(f ticket.Field) bool { return w.has(mappings) && m.Rule(kind, f) == nil })
}

// mapAsBefore ends what mapHere began.
func (w *world) mapAsBefore() {
	if !w.has(mappings) {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for _, p := range w.peers {
		var v store.MappingVersion
		w.read(func(tx store.Tx) (err error) {
			if v, err = tx.ActiveMapping(w.ctx, p.id); errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
		if v.Version != 0 {
			w.mapAs(p, remaps()[0])
		}
	}
}
