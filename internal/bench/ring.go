package main

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ring counts what one edit costs that is made in the first system and goes on, through
// the local ticket, to all others.
func ring(name string, systems ...system) scenario {
	all := system{name: name}
	title := fmt.Sprintf("an edit at %s goes to the local ticket and on", systems[0].name)
	return scenario{title, func(ctx context.Context) ([]Figure, error) {
		r, err := linked(ctx, systems)
		if err != nil {
			return nil, err
		}
		each, err := r.around(ctx)
		if err != nil {
			return nil, err
		}
		var figures []Figure
		sum := calls{}
		for n, c := range each {
			figures = append(figures, all.told(title+": calls at "+systems[n].name, float64(c.total), "calls"))
			sum = sum.plus(c)
		}
		again, err := r.round(ctx)
		return append(figures,
			all.told(title+": calls in all", float64(sum.total), "calls"),
			all.figure(title+": writes in all", float64(sum.writes), "writes", float64(len(systems)-1)),
			all.figure(title+": writes of a further round", float64(again), "writes", 0),
		), err
	}}
}

// circle is several systems that are linked to the same tickets.
type circle struct {
	*fleet.Fleet
	systems []system
	places  []place
}

// linked returns a circle with one ticket, made in the first system.
func linked(ctx context.Context, systems []system) (*circle, error) {
	r := &circle{Fleet: fleet.New(fleet.Options{Seed: 1, Limits: true}), systems: systems}
	for _, s := range systems {
		p, err := s.open(r.Fleet)
		if err != nil {
			return nil, err
		}
		if _, err := r.Connect(ctx, fleet.Spec{Site: p.Site}); err != nil {
			return nil, err
		}
		r.places = append(r.places, p)
	}
	if err := r.PassAll(ctx); err != nil {
		return nil, err
	}
	title, body := "A ticket of several systems", "Some words."
	if _, err := r.Members()[0].Site.Create("ada", fleet.Change{Title: &title, Body: &body}); err != nil {
		return nil, err
	}
	_, err := r.Settle(ctx)
	return r, err
}

// around has a person edit the ticket in the first system, of which a webhook tells, and
// counts the calls until it stands everywhere.
func (r *circle) around(ctx context.Context) ([]calls, error) {
	from, edited := r.Members()[0], "edited by a person"
	seen := from.Site.Look()[0]
	if err := from.Site.Edit("ada", seen.ID, fleet.Change{Title: &edited}); err != nil {
		return nil, err
	}
	r.Reset()
	ref := external.Ref{Kind: external.KindTicket, ID: seen.ID, Key: seen.Key}
	if err := r.Engine.Hint(ctx, from.ID, []external.Ref{ref}); err != nil {
		return nil, err
	}
	var each []calls
	for n, m := range r.Members() {
		if err := r.Drain(ctx, m, store.Incremental, false); err != nil {
			return nil, err
		}
		c := r.places[n].calls()
		if err := r.systems[n].accepted(c, 0); err != nil {
			return nil, err
		}
		each = append(each, c)
		if got := m.Site.Look()[0].Title; got != edited {
			return nil, fmt.Errorf("the edit did not arrive at %s: %s is %q", m.Name, ticket.Title, got)
		}
	}
	return each, nil
}

// round is one more synchronisation of all; it returns the writes.
func (r *circle) round(ctx context.Context) (int, error) {
	r.Reset()
	if _, err := r.Settle(ctx); err != nil {
		return 0, err
	}
	total, _ := r.Writes()
	return total, nil
}
