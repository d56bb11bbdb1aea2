package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/ticket"
)

// The ticket that is born on GitHub. Its author writes Markdown in ways of her own, with
// the line ends that a browser sends.
const (
	bornTitle   = ")op lists every operator on one line"
	paragraph   = "Seen with v0.3.9 on amd64."
	paragraphTo = "Seen with v0.3.9 on amd64 and on arm64."
	titleInJira = ")op: one operator per line, please"
	privateText = "Renew the contract with the hosting company"
)

func bornBody() string {
	return strings.Join([]string{
		"<!-- Thanks for the report! Please fill in what follows. -->",
		"Since the last release `)op` prints __every__ operator on *one* line:", "",
		"```", ")op", "+ - * / rho iota", "```", "",
		"Expected", "--------", "",
		"* one operator per line,", "* sorted by name:", "",
		"operator | arity", ":--|--:", "`rho` | 2", "`iota` | 1", "",
		paragraph, "",
		"1) start ivy", "2) type `)op`", "",
	}, "\r\n")
}

// bear opens a ticket on GitHub, which goes everywhere, and one in Jira, which does not.
func (p *play) bear(ctx context.Context) error {
	title, body := bornTitle, bornBody()
	made, err := p.GitHub.sim.Act(github.Act{Repo: repository, Login: colleague, Do: "open", Title: &title, Body: &body, Names: []string{"bug"}})
	if err != nil {
		return err
	}
	p.texts[where(made.Issue)] = body
	private := "With the *old* one until May."
	key, err := p.Jira.act(jira.Act{Do: "create", Summary: privateText, Text: &private})
	if err != nil {
		return err
	}
	if err := p.await(ctx, "the new ticket is in all three systems", p.everywhere(title)); err != nil {
		return err
	}
	if err := errors.Join(p.settled(ctx), p.checkBorn(ctx)); err != nil {
		return err
	}
	return p.checkPrivate(ctx, key)
}

// everywhere tells whether the ticket of that title has a twin in each system.
func (p *play) everywhere(title string) func(context.Context) (bool, string, error) {
	return func(ctx context.Context) (bool, string, error) {
		t, err := p.titled(ctx, title)
		if err != nil {
			return false, "", err
		}
		p.born = t
		for _, j := range p.joined {
			if keyOf(t, j.id) == "" {
				return false, "it is not in " + j.named(), nil
			}
		}
		return true, "", nil
	}
}

// titled finds a ticket by its title; the zero one when there is none.
func (p *play) titled(ctx context.Context, title string) (v1.Ticket, error) {
	for after := ""; ; {
		list, err := p.Tickets(ctx, after, 200)
		if err != nil {
			return v1.Ticket{}, err
		}
		for _, t := range list.Tickets {
			if t.Title == title {
				return t, nil
			}
		}
		if list.Next == "" {
			return v1.Ticket{}, nil
		}
		after = list.Next
	}
}

// checkBorn compares the ticket that was born on GitHub with its twins.
func (p *play) checkBorn(ctx context.Context) error {
	p.say("   born on GitHub as issue %s: %s", p.at(p.GitHub), bornTitle)
	for side, out := range map[side]page{p.Jira: p.Jira.issue(p.at(p.Jira)), p.Linear: p.Linear.issue(p.at(p.Linear))} {
		for _, words := range []string{"every", "rho iota", "sorted by name", paragraph} {
			if out.title != bornTitle || !strings.Contains(out.body, words) {
				return fmt.Errorf("%s of %s says %q, %q; the words %q are missing", p.at(side), side.named(), out.title, out.body, words)
			}
		}
	}
	p.say("      under the rule it is in Jira as %s and in Linear as %s", p.at(p.Jira), p.at(p.Linear))
	return p.wellKept(ctx)
}

// at is the key of the ticket that was born on GitHub.
func (p *play) at(s side) string {
	for _, j := range p.joined {
		if j.side == s {
			return keyOf(p.born, j.id)
		}
	}
	return ""
}

// checkPrivate fails when the ticket that was born in Jira is anywhere else than here.
func (p *play) checkPrivate(ctx context.Context, key string) error {
	var t v1.Ticket
	err := p.await(ctx, "the ticket of Jira is here", func(ctx context.Context) (_ bool, _ string, err error) {
		t, err = p.titled(ctx, privateText)
		return t.ID != "", "it is not", err
	})
	if err != nil {
		return err
	}
	if err := p.settled(ctx); err != nil {
		return err
	}
	for _, j := range p.joined {
		want := 0
		if j.side == p.Jira {
			want = 1
		}
		if n := j.marked(privateText); n != want {
			return fmt.Errorf("%s holds the ticket of Jira %d times, want %d", j.named(), n, want)
		}
	}
	if t.Privacy != string(ticket.Shareable) || keyOf(t, p.joined[1].id) != key {
		return fmt.Errorf("the ticket of Jira is %s here and linked to %q, want it shareable and linked to %s", t.Privacy, keyOf(t, p.joined[1].id), key)
	}
	p.sum.KeptFromGitHub = 1
	p.say("   born in Jira as %s: %s", key, privateText)
	p.say("      no rule passes tickets of Jira on: it is here, and neither on GitHub nor in Linear")
	return nil
}

// editInJira changes title, text and state in Jira: GitHub and Linear follow.
func (p *play) editInJira(ctx context.Context) error {
	before := p.count()
	key := p.at(p.Jira)
	if err := p.Jira.rewrite(key, paragraph, paragraphTo); err != nil {
		return err
	}
	acts := []jira.Act{{Do: "edit", Summary: titleInJira}}
	for _, hop := range []string{"Start", "Ask for review"} {
		acts = append(acts, jira.Act{Do: "transition", To: hop})
	}
	acts = append(acts, jira.Act{Do: "transition", To: "Accept", Fields: map[string]any{"resolution": map[string]any{"name": "Done"}}})
	for _, a := range acts {
		a.Issue = key
		if _, err := p.Jira.act(a); err != nil {
			return err
		}
	}
	p.say("   in Jira %s changes the title and one paragraph of %s, and takes it through Start, Ask for review and Accept to Done", colleague, key)
	number := p.at(p.GitHub)
	p.texts["issue "+number] = strings.Replace(bornBody(), paragraph, paragraphTo, 1)
	began := time.Now()
	err := p.await(ctx, "GitHub and Linear follow", func(context.Context) (bool, string, error) {
		there, team := p.GitHub.issue(number), p.Linear.issue(p.at(p.Linear))
		done := there.title == titleInJira && there.state == "closed" && there.reason == "completed" && there.body == p.texts["issue "+number] &&
			team.title == titleInJira && team.state == "Done" && strings.Contains(team.body, paragraphTo)
		return done, fmt.Sprintf("on GitHub %+v, in Linear %+v", there, team), nil
	})
	p.sum.EditInJira = seconds(began)
	if err = errors.Join(err, p.settled(ctx), p.wellKept(ctx)); err != nil {
		return err
	}
	p.say("   %.1f s later, on GitHub issue %s has the title, is closed as completed, and its text differs in that paragraph alone, byte by byte", p.sum.EditInJira, number)
	p.say("   in Linear %s has the title and the paragraph, and is Done", p.at(p.Linear))
	return p.writesSince(before, p.Jira)
}

// editInLinear changes priority and state in Linear: Jira follows in both, GitHub in the
// state.
func (p *play) editInLinear(ctx context.Context) error {
	t, err := p.Ticket(ctx, p.writes[2].id)
	if err != nil {
		return err
	}
	before := p.count()
	p.born = t
	key, number := p.at(p.Linear), p.at(p.GitHub)
	if err := p.Linear.act(linear.Act{Do: "edit", Issue: key, Input: map[string]any{"priority": 1}}); err != nil {
		return err
	}
	if err := p.Linear.act(linear.Act{Do: "state", Issue: key, To: "Canceled"}); err != nil {
		return err
	}
	p.say("   in Linear %s makes %s urgent and cancels it: %s", colleague, key, t.Title)
	began := time.Now()
	err = p.await(ctx, "Jira and GitHub follow", func(context.Context) (bool, string, error) {
		twin, there := p.Jira.issue(p.at(p.Jira)), p.GitHub.issue(number)
		done := twin.priority == "Highest" && twin.state == "Done" && twin.reason == "Won't Do" && there.state == "closed" && there.reason == "not_planned"
		return done, fmt.Sprintf("in Jira %+v, on GitHub %+v", twin, there), nil
	})
	p.sum.EditInLinear = seconds(began)
	if err = errors.Join(err, p.settled(ctx), p.wellKept(ctx)); err != nil {
		return err
	}
	p.say("   %.1f s later, in Jira %s has the priority Highest and went through In Progress and In Review to Done with the resolution Won't Do", p.sum.EditInLinear, p.at(p.Jira))
	p.say("   on GitHub issue %s is closed as not planned; it knows no priority", number)
	return p.writesSince(before, p.Linear)
}
