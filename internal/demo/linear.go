package demo

import (
	"context"
	"fmt"
	"strconv"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
)

const (
	linearKey   = "CORE"
	linearToken = "lin_api_demo" //nolint:gosec // because it opens a simulator alone
)

// ownTickets is how many tickets Jira and Linear hold before they are connected.
const ownTickets = 4

// Linear is a simulated Linear with one team.
type Linear struct {
	host
	sim  *linear.Sim
	team *linear.Team
}

func newLinear() *Linear {
	l := &Linear{host: host{name: "Linear"}, sim: linear.New(linear.Options{Seed: 1})}
	l.team = l.sim.AddTeam(linearKey, "Core")
	l.team.AddMember(people()...)
	l.sim.AddToken(linearToken, linear.Token{Login: bot})
	return l
}

// start makes some tickets of the team's own, and serves it.
func (l *Linear) start(ctx context.Context) error {
	if err := l.team.Generate(ownTickets, model.GenerateOptions{Seed: 7, Logins: []string{colleague}}); err != nil {
		return fmt.Errorf("seed the simulated Linear: %w", err)
	}
	return l.open(ctx, l.sim.Handler(), func(string) {}, l.sim.DeliverLoop)
}

func (l *Linear) named() string { return "Linear" }

func (l *Linear) ask() v1.NewProject {
	return v1.NewProject{System: "linear", Address: linearKey, APIURL: l.URL + "/graphql", Token: linearToken}
}

func (l *Linear) account(login string) string { return l.sim.User(login) }

func (l *Linear) amend(mapping string) (doc, what string, err error) { return mapping, "", nil }

func (l *Linear) hook(url string) { l.sim.AddHook(url, signature, linearKey) }

func (l *Linear) has() (tickets, comments int) {
	l.team.View(func(w *model.World, t *model.Team) {
		for k := 1; ; k++ { // one by one: lists may be late
			i := w.Issue(t.Key + "-" + strconv.Itoa(k))
			if i == nil {
				return // no number is left out
			}
			if !i.Trashed {
				tickets++
				comments += len(i.Comments)
			}
		}
	})
	return tickets, comments
}

func (l *Linear) marked(text string) int {
	issues, comments := l.sim.Marked(text)
	return issues + comments
}

func (l *Linear) counted() Calls {
	n := l.sim.Counters()
	out := Calls{Reads: n.Reads, Writes: n.Writes, Webhooks: n.Webhooks, Kinds: make(map[string]int, len(n.Kinds))}
	for kind, c := range n.Kinds {
		out.Kinds[kind] = c.Calls
	}
	return out
}

// act lets the colleague do something on Linear's own pages.
func (l *Linear) act(a linear.Act) error {
	a.Login, a.Team = colleague, linearKey
	_, err := l.sim.Act(a)
	return err
}

// issue is a ticket as Linear shows it.
func (l *Linear) issue(key string) (p page) {
	l.team.View(func(w *model.World, _ *model.Team) {
		if i := w.Issue(key); i != nil {
			p = page{title: i.Title, body: i.Text(), state: i.State.Name, priority: i.PriorityLabel()}
		}
	})
	return p
}
