package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// The signals of a ProjectSync. See the Signal functions for who sends them.
const (
	signalWake        = "wake"        // activities.Wake
	signalPause       = "pause"       // activities.Order
	signalResume      = "resume"      // activities.Order
	signalReconfigure = "reconfigure" // activities.Order
	signalDisconnect  = "disconnect"  // activities.Order
)

// order is a person's word, by the signal it came with.
type order struct {
	Verb string
	activities.Order
}

// inbox is where the signals of a ProjectSync arrive.
type inbox struct {
	wakes     workflow.ReceiveChannel
	mailboxes []mailbox
}

// mailbox is the channel of one kind of order.
type mailbox struct {
	verb    string
	channel workflow.ReceiveChannel
}

// open opens the channels.
func (p *project) open(ctx workflow.Context) {
	channel := func(name, description string) workflow.ReceiveChannel {
		return workflow.GetSignalChannelWithOptions(ctx, name, workflow.SignalChannelOptions{Description: description})
	}
	p.wakes = channel(signalWake, "Asks for a session. Walk: read the streams; Sweep: read everything in them. Reschedule: makes the schedules anew instead.")
	for _, o := range [][2]string{
		{signalPause, "Stops syncing at the next ticket. By: who says so."},
		{signalResume, "Syncs again. By: who says so; Allow: the next session may pass the guards."},
		{signalReconfigure, "The project was configured anew: reads it again."},
		{signalDisconnect, "Ends the connection for good. By: who says so."},
	} {
		p.mailboxes = append(p.mailboxes, mailbox{o[0], channel(o[0], o[1])})
	}
}

// hear takes every signal that is here, and reports whether there was one.
func (p *project) hear() bool {
	heard := false
	var w activities.Wake
	for p.wakes.ReceiveAsync(&w) {
		p.woken(w)
		heard, w = true, activities.Wake{}
	}
	for _, m := range p.mailboxes {
		o := order{Verb: m.verb}
		for m.channel.ReceiveAsync(&o.Order) {
			p.Orders = append(p.Orders, o)
			heard, o = true, order{Verb: m.verb}
		}
	}
	return heard
}

// woken takes a wake-up in. After a failure, news from outside (a walk) end the wait:
// the system answers again. Any other wake-up shortens a long wait, for it may come
// from whoever mended the cause. A vendor's limit neither does.
func (p *project) woken(w activities.Wake) {
	if w.Reschedule {
		p.Scheduled, p.stale = activities.Schedules{}, true
		return
	}
	p.Wanted, p.Walk, p.Sweep, p.stale = true, p.Walk || w.Walk, p.Sweep || w.Sweep, true
	soon := p.LastEnd.Add(shortPause)
	switch {
	case p.Limit:
	case w.Walk:
		p.NotBefore = time.Time{}
	case p.NotBefore.After(soon):
		p.NotBefore = soon
	}
}

// listen lets a selector end when a signal arrives.
func (p *project) listen(s workflow.Selector) {
	hear := func(workflow.ReceiveChannel, bool) { p.hear() }
	s.AddReceive(p.wakes, hear)
	for _, m := range p.mailboxes {
		s.AddReceive(m.channel, hear)
	}
}

// obey carries out what people ordered, also while a session runs: the session ends
// at its next ticket.
func (p *project) obey(ctx workflow.Context) error {
	for len(p.Orders) > 0 {
		o := p.Orders[0]
		err := p.carryOut(ctx, o)
		switch activities.KindOf(err) {
		case activities.Stale, activities.Missing:
			p.Note = o.Verb + " was refused: " + activities.Say(err)
		default:
			if err != nil {
				return err
			}
			p.Note = ""
		}
		p.Orders = p.Orders[1:]
		p.stale, p.Limit, p.NotBefore = true, false, time.Time{}
	}
	return nil
}

func (p *project) carryOut(ctx workflow.Context, o order) error {
	o.ProjectID = p.id
	ctx = quick(ctx, o.Verb)
	switch o.Verb {
	case signalPause:
		return workflow.ExecuteActivity(ctx, p.do.Pause, o.Order).Get(ctx, nil)
	case signalResume:
		p.Wanted, p.Walk = true, true
		return workflow.ExecuteActivity(ctx, p.do.Resume, o.Order).Get(ctx, nil)
	case signalDisconnect:
		return workflow.ExecuteActivity(ctx, p.do.Disconnect, o.Order).Get(ctx, nil)
	}
	return nil // reconfigure: the row is read again
}
