package demo

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// joined is a system with its project.
type joined struct {
	side
	id string // of the project
	// What the system held before it was connected.
	ownTickets, ownComments int
}

// wire has the system tell the service what changes.
func (p *play) wire(s side, project v1.Project) {
	s.hook(p.API + "/v1/hooks/" + project.System + "/" + project.ID)
	j := joined{side: s, id: project.ID}
	j.ownTickets, j.ownComments = s.has()
	p.joined = append(p.joined, j)
}

// request is how the demo connects a system: its webhooks tell of changes at once, and
// polls come seldom.
func request(s side) v1.NewProject {
	ask := s.ask()
	ask.WebhookSecret, ask.PollEvery = signature, v1.Duration(pollEvery)
	return ask
}

// joinOthers connects Jira and Linear and lets what came from GitHub go on to them.
func (p *play) joinOthers(ctx context.Context) error {
	p.texts = p.GitHub.texts()
	for _, s := range []side{p.Jira, p.Linear} {
		if err := p.join(ctx, s); err != nil {
			return fmt.Errorf("connect %s: %w", s.named(), err)
		}
	}
	if err := p.settled(ctx); err != nil {
		return err
	}
	return p.checkSpread(ctx)
}

// join connects a system in the steps of a careful person: the mapping is reviewed, the
// rule made, and the preview approved.
func (p *play) join(ctx context.Context, s side) error {
	ask := request(s)
	ask.Mapping, ask.Preview = "review", true
	made, err := p.Connect(ctx, ask)
	if err != nil {
		return err
	}
	p.wire(s, made)
	own, _ := s.has()
	p.say("   %s %s, which holds %d tickets of its own", s.named(), made.Address, own)
	if err := p.review(ctx, s, made.ID); err != nil {
		return err
	}
	return p.approve(ctx, s, made.ID)
}

// review looks at the mapping that was proposed, adds who is who, makes the rule and
// puts the mapping in force.
func (p *play) review(ctx context.Context, s side, id string) error {
	var r v1.MappingReview
	err := p.await(ctx, "a mapping is proposed", func(ctx context.Context) (bool, string, error) {
		st, err := p.Setup(ctx, id)
		if err != nil || st.Mapping == nil {
			return false, fmt.Sprintf("step %q %s", st.Name, st.Problem), err
		}
		r = *st.Mapping
		return r.Step == "review", fmt.Sprintf("the mapping is at %q %s", r.Step, r.Problem), nil
	})
	if err != nil {
		return err
	}
	p.say("      mapping   version %d is proposed; of the fields tried %d would stay where they are", r.Version, r.Refused)
	version, err := p.introduce(ctx, s, id, r.Version)
	if err != nil {
		return err
	}
	if _, err := p.PassOn(ctx, p.project, id); err != nil {
		return err
	}
	p.say("      rule      tickets that came from %s may go on to it", repository)
	_, err = p.ActivateMapping(ctx, id, version)
	return err
}

// introduce amends a mapping and adds the people's accounts, and returns the version that this
// makes, which must be free of errors.
func (p *play) introduce(ctx context.Context, s side, id string, proposed int) (int, error) {
	m, err := p.Mapping(ctx, id, proposed)
	if err != nil {
		return 0, err
	}
	doc, what, err := s.amend(m.Document)
	if err != nil {
		return 0, err
	}
	doc += "users:\n"
	for _, who := range people() {
		doc += fmt.Sprintf("  %s: %q\n", who, s.account(who))
	}
	if m, err = p.AddMapping(ctx, id, doc); err != nil {
		return 0, err
	}
	check, err := p.ValidateMapping(ctx, id, v1.MappingRef{Version: m.Version})
	if err != nil {
		return 0, err
	}
	if check.Errors != 0 {
		return 0, fmt.Errorf("version %d of the mapping has %d errors: %+v", m.Version, check.Errors, check.Findings)
	}
	t, err := p.TestMapping(ctx, id, v1.MappingTest{MappingRef: v1.MappingRef{Version: m.Version}})
	if err != nil {
		return 0, err
	}
	n := t.Counts
	p.say("                grace adds the accounts of %d people%s; version %d is valid, and tried on %d tickets of each side", len(people()), what, m.Version, t.Here)
	p.say("                fields are %d exact, %d respelled, %d lossy, %d refused", n["exact"], n["respelled"], n["lossy"], n["refused"])
	return m.Version, nil
}

// approve looks at what would leave and lets it.
func (p *play) approve(ctx context.Context, s side, id string) error {
	var st v1.Setup
	err := p.await(ctx, "the preview is there", func(ctx context.Context) (_ bool, _ string, err error) {
		st, err = p.Setup(ctx, id)
		return st.NeedsApproval, fmt.Sprintf("step %q %s", st.Name, st.Problem), err
	})
	if err != nil {
		return err
	}
	h := p.GitHub.held()
	if want := h.issues + h.issueComments; st.CreateOutside != want {
		return fmt.Errorf("%d tickets and comments would be created, want the %d of GitHub", st.CreateOutside, want)
	}
	p.say("      preview   %d tickets and comments would go to %s, %d would not; grace approves", st.CreateOutside, s.named(), st.Withheld)
	p.sum.Spread = st.CreateOutside
	_, err = p.ApproveSetup(ctx, id)
	return err
}

// checkSpread compares what came to Jira and Linear with what was to come.
func (p *play) checkSpread(ctx context.Context) error {
	for _, j := range p.joined[1:] {
		out, err := p.setAside(ctx, j)
		if err != nil {
			return err
		}
		h := p.GitHub.held()
		tickets, comments := j.has()
		come, remarks := tickets-j.ownTickets, comments-j.ownComments
		if come != h.issues-out.tickets || remarks != h.issueComments-out.comments {
			return fmt.Errorf("%d tickets and %d comments of GitHub came to %s, want %d and %d: all that was not set aside",
				come, remarks, j.named(), h.issues-out.tickets, h.issueComments-out.comments)
		}
		p.say("   %s holds %d tickets and %d comments of GitHub besides its own; its own go to no other system", j.named(), come, remarks)
		if out.tickets+out.remarks > 0 {
			p.say("      %d tickets and %d comments wait for a person, each with its text in the queue of conflicts: %s", out.tickets, out.remarks, strings.TrimPrefix(out.reason, "body: "))
		}
		p.sum.SetAside += out.tickets + out.remarks
	}
	return p.wellKept(ctx)
}

// left is what is not in a system because that cannot hold it.
type left struct {
	tickets  int
	comments int // those of the tickets, and others
	remarks  int // others
	reason   string
	items    map[string]bool // ids of the tickets and comments
}

// cannotHold begins the reason of what a system would damage.
const cannotHold = "The other side cannot hold: "

// setAside counts what waits for a person, which is only what the system would damage.
func (p *play) setAside(ctx context.Context, j joined) (left, error) {
	out := left{items: map[string]bool{}}
	for after := ""; ; {
		list, err := p.Asides(ctx, j.id, "", after, 100)
		if err != nil {
			return out, err
		}
		for _, a := range list.Asides {
			if !strings.HasPrefix(a.Reason, "body: "+cannotHold) || j.side != p.Jira {
				return out, fmt.Errorf("%s: %s %s %s is %s: %s", j.named(), a.Kind, a.Local, a.Key, a.State, a.Reason)
			}
			out.reason, out.items[a.Local] = a.Reason, true
			if a.Kind == "comment" {
				out.remarks++
				out.comments++
				continue
			}
			t, err := p.Ticket(ctx, a.Local)
			if err != nil {
				return out, err
			}
			out.tickets++
			out.comments += len(t.Comments)
		}
		if list.Next == "" {
			return out, nil
		}
		after = list.Next
	}
}

// wellKept fails when something else was set aside, is in conflict, or is otherwise on
// GitHub than its authors left it.
func (p *play) wellKept(ctx context.Context) error {
	for _, j := range p.joined {
		out, err := p.setAside(ctx, j)
		if err != nil {
			return err
		}
		if err := p.queued(ctx, j, out); err != nil {
			return err
		}
	}
	return p.unchanged()
}

// queued fails unless the queue names the text of everything that is set aside, and why, and
// nothing else.
func (p *play) queued(ctx context.Context, j joined, out left) error {
	open, err := p.Conflicts(ctx, j.id, string(store.OpenConflict), 1000)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, c := range open.Conflicts {
		item := cmp.Or(c.Comment, c.Ticket)
		if c.Kind != string(store.Unmappable) || !strings.HasPrefix(c.Reason, cannotHold) || c.Field != string(ticket.Body) || !out.items[item] {
			return fmt.Errorf("%s: the %s of %q is in conflict, %s %s: here %.200q, there %.200q",
				j.named(), c.Field, c.Title, c.Kind, c.Reason, c.Local.Elements(), c.External.Elements())
		}
		named[item] = true
	}
	if len(named) != len(out.items) {
		return fmt.Errorf("%s: the queue of conflicts names %d of the %d tickets and comments that are set aside", j.named(), len(named), len(out.items))
	}
	return nil
}

// unchanged compares the texts on GitHub, byte by byte, with what they are to be.
func (p *play) unchanged() error {
	now := p.GitHub.texts()
	if len(now) != len(p.texts) {
		return fmt.Errorf("GitHub holds %d texts, want %d", len(now), len(p.texts))
	}
	for where, text := range p.texts {
		if now[where] != text {
			return fmt.Errorf("the text of %s on GitHub was changed: it was %.500q and is %.500q", where, text, now[where])
		}
	}
	return nil
}
