package main

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// firstPull counts the first reading of n tickets with one comment each, connecting
// included, and what it then costs to verify all of it: whole at most.
func firstPull(s system, n int, goal, whole float64) scenario {
	title := fmt.Sprintf("first pull of %d tickets with one comment each", n)
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		w, c, err := pulled(ctx, s, n, 1)
		if err != nil {
			return nil, err
		}
		return w.pullFigures(ctx, title, c, goal, whole)
	}}
}

// longThreads counts a first pull in which some tickets have more comments than come
// along with them.
func longThreads(s system, n, long, comments int, goal float64) scenario {
	title := fmt.Sprintf("first pull of %d tickets, %d of them with %d comments", n, long, comments)
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		w, err := filled(s, n-long, 1)
		if err != nil {
			return nil, err
		}
		for k := range long {
			if err := w.write(n+k, comments); err != nil {
				return nil, err
			}
			w.pause()
		}
		c, err := w.pull(ctx, n, n-long+long*comments)
		if err != nil {
			return nil, err
		}
		return w.pullFigures(ctx, title, c, goal, none)
	}}
}

func (w *world) pullFigures(ctx context.Context, title string, c connection, goal, whole float64) ([]Figure, error) {
	again, err := w.drain(ctx, store.Incremental, true)
	if err != nil {
		return nil, err
	}
	sample, err := w.counted(func() error {
		_, err := w.Engine.VerifySample(ctx, w.member.ID, sampled)
		return err
	})
	if err != nil {
		return nil, err
	}
	all, err := w.counted(func() error { return w.verifyAll(ctx) })
	if err != nil {
		return nil, err
	}
	preview, err := w.counted(func() error { return w.previewTwins(ctx) })
	return []Figure{
		w.system.judged(title+": calls", float64(c.standard.total), "calls", goal),
		w.system.told(title+": calls, with a mapping proposed first", float64(c.proposed.total), "calls"),
		w.system.figure(title+": writes of a second sync", float64(again.writes), "writes", 0),
		w.system.figure(fmt.Sprintf("%s: calls of a sample of %d compared", title, sampled), float64(sample.total), "calls", sampleCalls),
		w.system.judged(title+": calls of a verification of all", float64(all.total), "calls", whole),
		w.system.told(title+": calls of a preview that counts twins among the tickets outside", float64(preview.total), "calls"),
	}, err
}

// verifyAll compares everything with what is outside, as `extsync verify` does, and fails
// where nothing explains a difference.
func (w *world) verifyAll(ctx context.Context) error {
	for cursor, first := "", true; first || cursor != ""; first = false {
		v, err := w.Engine.Verify(ctx, w.member.ID, cursor, verifiedLinks)
		if err == nil && v.Unexplained > 0 {
			err = fmt.Errorf("verify: %d of %d are not explained, the first: %+v", v.Unexplained, v.Compared, v.Differences[0])
		}
		if err != nil {
			return err
		}
		cursor = v.Next
	}
	return nil
}

// previewTwins asks for the preview of a setup that somebody is to approve, with one ticket
// here that nothing outside looks like.
func (w *world) previewTwins(ctx context.Context) error {
	_, err := w.Engine.CreateTicket(ctx, ticket.Fields{ticket.Title: ticket.Text("only here, whatever stands outside")}, ticket.Public, "ann")
	if err != nil {
		return err
	}
	p, err := w.Engine.PreviewTwins(ctx, w.member.ID)
	if err == nil && (p.Part || p.Twins > 0 || p.CreateOutside != 1) {
		err = fmt.Errorf("the preview is %+v", p)
	}
	return err
}

// verifiedLinks is how many links the API compares at a time unless told otherwise.
const verifiedLinks = 50

// sampled is how many links a sweep compares, as in production, and sampleCalls how many
// calls that may cost at any system: two lists of each kind, or as many batches, and what
// a list begins with at Jira.
const (
	sampled     = 50
	sampleCalls = 6
)

// webhookIn counts the calls from a webhook about a ticket that a person edited to the
// new value in the local ticket.
func webhookIn(s system, goal float64) scenario {
	title := "webhook to local ticket"
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		w, _, err := pulled(ctx, s, 10, 1)
		if err != nil {
			return nil, err
		}
		links, err := w.some(ctx, 3)
		if err != nil {
			return nil, err
		}
		c, err := w.bringIn(ctx, links[2])
		return []Figure{s.judged(title+": calls", float64(c.total), "calls", goal)}, err
	}}
}

// bringIn has a person edit a title outside, of which a webhook tells, and counts the
// calls until it stands here.
func (w *world) bringIn(ctx context.Context, l store.Link) (calls, error) {
	edited := "edited by a person outside"
	if err := w.site.Edit("ada", l.ExternalID, fleet.Change{Title: &edited}); err != nil {
		return calls{}, err
	}
	c, err := w.counted(func() error {
		ref := external.Ref{Kind: external.KindTicket, ID: l.ExternalID, Key: l.ExternalKey}
		if err := w.Engine.Hint(ctx, w.member.ID, []external.Ref{ref}); err != nil {
			return err
		}
		return w.Drain(ctx, w.member, store.Incremental, false)
	})
	if err != nil {
		return c, err
	}
	t, err := w.Ticket(ctx, l.LocalID)
	if err == nil && t.Fields[ticket.Title].Text() != edited {
		err = fmt.Errorf("the edit did not arrive: the local title is %q", t.Fields[ticket.Title].Text())
	}
	return c, err
}
