package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/ticket"
)

// connect connects the repository and waits for the first synchronisation.
func (p *play) connect(ctx context.Context) error {
	h := p.GitHub.held()
	p.say("   GitHub holds %d issues with %d comments, and %d pull requests with %d", h.issues, h.issueComments, h.pulls, h.pullComments)
	made, err := p.Connect(ctx, request(p.GitHub))
	if err != nil {
		return err
	}
	p.project, p.sum.Project = made.ID, made.ID
	p.wire(p.GitHub, made)
	if err := p.settled(ctx); err != nil {
		return err
	}
	return p.checkIn(ctx, h)
}

// checkIn compares what came in with what there is.
func (p *play) checkIn(ctx context.Context, h held) error {
	v, err := p.state(ctx)
	if err != nil {
		return err
	}
	page, err := p.Tickets(ctx, "", 1)
	if err != nil {
		return err
	}
	p.sum.IssuesIn, p.sum.CommentsIn = v.Links.Tickets, v.Links.Comments
	p.sum.PullRequestsLeftOut = h.pulls
	if page.Total != h.issues || v.Links.Tickets != h.issues || v.Links.Comments != h.issueComments {
		return fmt.Errorf("%d tickets are here, %d of them linked, with %d comments; want %d and %d comments",
			page.Total, v.Links.Tickets, v.Links.Comments, h.issues, h.issueComments)
	}
	p.say("   %d issues and %d comments came in; the pull requests and their comments did not", h.issues, h.issueComments)
	return nil
}

// written is a ticket of step two.
type written struct {
	ask     v1.NewTicket
	comment string
	id      string
}

func newTickets() []written {
	public := func(title, body, state, milestone string, labels ...string) v1.NewTicket {
		return v1.NewTicket{Title: title, Body: body, State: state, Milestone: milestone, Labels: labels, Privacy: string(ticket.Public)}
	}
	return []written{
		{ask: public("Print complex numbers in polar form", "An option of `)format` would do.", "", "v2.0", "enhancement"), comment: "I would use this daily."},
		{ask: public("Crash on an empty vector of vectors", "Run `rho 0 0`.\n\n- expected: an empty result\n- seen: a stack trace", "", "", "bug")},
		{ask: public("Document the precedence of unary operators", "It is in the source only.", "", "v2.1", "documentation")},
		{ask: public("Speed up `+/` on long vectors", "A million elements take a second.", ticket.StateDone, "v2.1", "performance"), comment: "Measured again: 40 ms now."},
		{ask: public("Support a third base", "Nobody asked for it.", ticket.StateNotPlanned, "")},
		{ask: v1.NewTicket{Title: "Salary review of the maintainers", Body: "Not for others.", Privacy: string(ticket.LocalOnly)}},
	}
}

// writeTickets writes tickets here and waits until those that may leave are on GitHub.
func (p *play) writeTickets(ctx context.Context) error {
	p.writes = newTickets()
	public := 0
	for n := range p.writes {
		w := &p.writes[n]
		t, err := p.CreateTicket(ctx, w.ask)
		if err != nil {
			return err
		}
		w.id = t.ID
		if w.comment != "" {
			if _, err := p.AddComment(ctx, t.ID, v1.NewComment{Body: w.comment}); err != nil {
				return err
			}
		}
		if w.ask.Privacy == string(ticket.Public) {
			public++
		}
	}
	p.say("   %d public tickets and one that is local_only; two are closed, one milestone does not exist on GitHub yet", public)
	p.say("   GitHub's limits are kept: one write a second")
	if err := p.settled(ctx); err != nil {
		return err
	}
	return p.checkOut(ctx, public)
}

// checkOut compares GitHub with what was written here.
func (p *play) checkOut(ctx context.Context, public int) error {
	if made := p.GitHub.madeByBot(); made != public {
		return fmt.Errorf("%d issues were made on GitHub, want %d", made, public)
	}
	p.sum.TicketsOut = public
	for _, w := range p.writes {
		t, err := p.Ticket(ctx, w.id)
		if err != nil {
			return err
		}
		number := keyOf(t, p.project)
		if w.ask.Privacy == string(ticket.LocalOnly) {
			if number != "" {
				return fmt.Errorf("the local_only ticket left as issue %s", number)
			}
			p.say("   stays here: %s", t.Title)
			continue
		}
		if number == "" {
			return fmt.Errorf("%q has no issue", t.Title)
		}
		p.say("   issue %s: %s (%s)", number, t.Title, t.State)
	}
	return nil
}

// editApart edits two fields of one ticket, one on each side: both arrive.
func (p *play) editApart(ctx context.Context) error {
	t, err := p.Ticket(ctx, p.writes[0].id)
	if err != nil {
		return err
	}
	number := keyOf(t, p.project)
	body := t.Body + "\n\nRadians or degrees?"
	if err := p.GitHub.act(number, github.Act{Do: "edit", Body: &body}); err != nil {
		return err
	}
	title := "Print complex numbers in polar form, on demand"
	if _, err := p.EditTicket(ctx, t.ID, t.Revision, v1.TicketEdit{Title: &title}); err != nil {
		return err
	}
	p.say("   on GitHub %s adds to the text of issue %s, here grace changes its title", colleague, number)
	err = p.await(ctx, "both edits are on both sides", func(ctx context.Context) (bool, string, error) {
		now, err := p.Ticket(ctx, t.ID)
		if err != nil {
			return false, "", err
		}
		out := p.GitHub.issue(number)
		done := now.Title == title && out.title == title && now.Body == body && out.says(body)
		return done, fmt.Sprintf("title here %q, on GitHub %q", now.Title, out.title), nil
	})
	if err == nil {
		p.say("   both edits are on both sides, and there is no conflict")
	}
	return errors.Join(err, p.settled(ctx))
}

// keyOf returns the number of a ticket's issue, or "".
func keyOf(t v1.Ticket, project string) string {
	for _, l := range t.Links {
		if l.Project == project {
			return l.Key
		}
	}
	return ""
}

// madeByBot counts the issues that our account made, deleted ones too.
func (g *GitHub) madeByBot() int {
	n := 0
	g.repo.View(func(r *model.Repo) {
		for _, i := range r.All(true) {
			if i.Author.Login == bot {
				n++
			}
		}
	})
	return n
}

// texts are all texts that people see on GitHub, byte by byte.
func (g *GitHub) texts() map[string]string {
	out := map[string]string{}
	g.repo.View(func(r *model.Repo) {
		for _, i := range r.All(false) {
			out[where(i.Number)] = i.Text()
		}
		for _, c := range r.Comments(model.CommentQuery{}) {
			out["comment "+strconv.FormatInt(c.ID, 10)] = c.Body
		}
	})
	return out
}

// where names an issue of GitHub.
func where(number int) string { return "issue " + strconv.Itoa(number) }
