// Package model is a small ticket tracker as one in-memory value: projects with tickets and comments, lists that may lag behind,
// stamps as coarse as wanted, a memory of the deliveries that came in, and the events from which webhooks are made.
//
// It knows nothing of HTTP, signatures or faults: package webhook serves it. It is pure in the sense that matters for reproducible
// runs: no goroutine, no lock, no wall clock and no chance but that of its seed. The same calls give the same world. The caller
// serialises access.
//
// The entry point is [New]; everything hangs off [World.AddProject].
package model

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Options of a world.
type Options struct {
	Now  func() time.Time // the clock of everything; needed
	Seed uint64           // of the ids
	// Precision rounds stamps down; zero: a millisecond.
	Precision time.Duration
	// Lag is how long lists go on showing what was there before a change. Direct reads are never late.
	Lag time.Duration
	// Remember is how long a delivery's answer is kept, so that a repeat does nothing; zero: 24 hours.
	Remember time.Duration
	// Touch makes a comment move the stamp of its ticket.
	Touch bool
}

// World holds all projects. It is not safe for concurrent use.
type World struct {
	o        Options
	rng      *rand.Rand
	projects []*Project
	emit     func(Event)
	lastID   int64
	sequence int64
	clock    time.Time // the latest stamp: stamps never go back
	answers  map[string]answer
}

// firstID is beyond 2^53, where numbers that were read as floating point lose their last digits.
const firstID = 9_007_199_254_740_993

// New returns an empty world.
func New(o Options) *World {
	if o.Precision <= 0 {
		o.Precision = time.Millisecond
	}
	if o.Remember <= 0 {
		o.Remember = 24 * time.Hour
	}
	return &World{
		o: o, rng: rand.New(rand.NewPCG(o.Seed, 7)), emit: func(Event) {}, lastID: firstID, answers: map[string]answer{},
	}
}

// OnEvent sets the function that hears of every change. It runs after the change and must not change the world.
func (w *World) OnEvent(f func(Event)) { w.emit = f }

// SetLag makes lists late by d from now on, for changes of the past too.
func (w *World) SetLag(d time.Duration) { w.o.Lag = d }

// AddProject makes an empty project, or returns the one that has the key.
func (w *World) AddProject(key string) *Project {
	if p, err := w.Project(key); err == nil {
		return p
	}
	p := &Project{Key: key, w: w, byID: map[int64]*record{}}
	w.projects = append(w.projects, p)
	return p
}

// Project returns the project with the key; an unknown one is an error of status 404.
func (w *World) Project(key string) (*Project, error) {
	i := slices.IndexFunc(w.projects, func(p *Project) bool { return p.Key == key })
	if i < 0 {
		return nil, notFound("project")
	}
	return w.projects[i], nil
}

// Now is the world's time, unrounded.
func (w *World) Now() time.Time { return w.o.Now().UTC() }

// nextID leaves gaps, as ids of a shared database do.
func (w *World) nextID() int64 {
	w.lastID += 1 + w.rng.Int64N(3)
	return w.lastID
}

func (w *World) stamp() time.Time {
	if t := w.Now().Truncate(w.o.Precision); t.After(w.clock) {
		w.clock = t
	}
	return w.clock
}

// Event is one thing that happened, as a webhook tells it.
type Event struct {
	Name    string // ticket.created, ticket.updated, ticket.deleted, comment.created, ...
	Project string
	Actor   string
	Item    Item
	At      time.Time
}
