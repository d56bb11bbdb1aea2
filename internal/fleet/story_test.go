package fleet_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/ticket"
)

// said is what somebody wrote last into a field.
type said struct {
	at, value string
	edits     int
}

// story is one connection with a setting and what happens to it.
type story struct {
	*world
	system external.System
	set    setting
	m      *fleet.Member
	site   fleet.Movable
	words  int
	said   map[string]said // by ticket and field

	ended   bool // a ticket was deleted outside, or moved away
	outside []string
	here    []string
}

func (l *story) is(factor, level string) bool { return l.set[factor] == level }

// word is a value that nothing else is.
func (l *story) word(at, what string) string {
	l.words++
	return fmt.Sprintf("%s%d%sqz", what, l.words, at)
}

// tell notes that somebody wrote a value into a field, over what was there.
func (l *story) tell(ticket, field, at, value string) {
	s := l.said[ticket+" "+field]
	l.said[ticket+" "+field] = said{at: at, value: value, edits: s.edits + 1}
}

// live is what happens.
func (l *story) live() {
	l.found()
	l.first()
	l.rest("at first")
	l.days()
	l.rest("after some days")
	l.inside()
	l.rest("after edits in the middle of a session")
	l.incident()
	l.rest("after the incident")
	l.end()
}

// deliver has the vendor deliver what it would have told by now.
func (l *story) deliver(times int) {
	l.Helper()
	client := &http.Client{Transport: intake{l, times}}
	var err error
	switch s := l.site.(type) {
	case *fleet.GitHub:
		_, err = s.Sim.Deliver(l.Context(), client)
	case *fleet.Linear:
		_, err = s.Sim.Deliver(l.Context(), client)
	}
	l.must(err)
}

// intake takes deliveries as the API does.
type intake struct {
	l     *story
	times int
}

// RoundTrip takes one.
func (i intake) RoundTrip(r *http.Request) (*http.Response, error) {
	l := i.l
	p, err := l.Project(l.Context(), l.m)
	if err != nil {
		return nil, err
	}
	a, err := l.For(l.Context(), p)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	d, err := a.(adapters.WebhookReceiver).VerifyWebhook([]byte(hookSecret), r.Header, body) //nolint:errcheck // both can
	if err != nil {
		l.Errorf("a webhook is not understood: %v", err)
	}
	for range i.times {
		if d.ProjectKey == "" || strings.EqualFold(d.ProjectKey, p.Key) {
			l.must(l.Engine.Hint(l.Context(), l.m.ID, d.Refs))
		}
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

const hookSecret = "a secret of the webhook"

// found makes the project as it is set, and connects it.
func (l *story) found() {
	l.Helper()
	spec := fleet.Spec{Direction: external.Direction(l.set["direction"])}
	if l.system == "github" {
		l.site = l.foundGitHub()
	} else {
		l.site = l.foundLinear(&spec)
	}
	spec.Site = l.site
	var err error
	l.m, err = l.Connect(l.Context(), spec)
	l.must(err)
	switch l.set["hooks"] {
	case "early":
		l.site.Wire().Afterwards(func() { l.deliver(1) })
	}
}

func (l *story) foundGitHub() fleet.Movable {
	l.Helper()
	g := l.GitHub()
	if l.is("address", "enterprise") {
		g.Base = "https://github.example.com/api/v3"
	}
	g.Repo.SetPrivate(l.is("visible", "private"))
	if l.is("assignable", "few") {
		g.Repo.RemoveCollaborator("bob")
	}
	if !l.is("hooks", "off") {
		g.Repo.AddHook("http://us.example/hook", hookSecret)
	}
	if l.is("letters", "others") {
		l.must(g.Repo.AddLabel("Red"))
		l.must(g.Repo.AddLabel("GREEN"))
	}
	if !l.is("milestone", "none") {
		l.must(g.Repo.AddMilestone("v1", l.is("milestone", "closed")))
	}
	return g
}

func (l *story) foundLinear(spec *fleet.Spec) fleet.Movable {
	l.Helper()
	s := l.Linear()
	for _, who := range fleet.People() {
		s.Sim.SetUser(who, true, true)
	}
	s.Speak(map[string]simulator.TokenKind{"key": simulator.APIKey, "oauth": simulator.OAuth, "app": simulator.App}[l.set["auth"]])
	s.Team.SetPrivate(l.is("team", "private"))
	s.Team.SetTriage(l.is("triage", "on"))
	s.Team.SetEstimates(l.set["estimates"], false, false)
	if !l.is("hooks", "off") {
		s.Sim.AddHook("http://us.example/hook", hookSecret, s.Team.Key())
	}
	if !l.is("cycles", "none") {
		now := l.Clock.Now()
		_, err := s.Team.AddCycle(map[string]string{"named": "Sprint 1"}[l.set["cycles"]], now, now.AddDate(0, 0, 14))
		l.must(err)
	}
	l.linearLabels(s)
	if l.is("backlink", "yes") {
		spec.Settings = json.RawMessage(`{"auth": "` + s.Auth + `", "backlink": "https://tickets.example.com/{id}"}`)
	}
	switch l.set["filter"] {
	case "label":
		spec.Filter = `{"labels": {"name": {"eqIgnoreCase": "shared"}}}`
	case "title":
		spec.Filter = `{"title": {"contains": "shared"}}`
	}
	return s
}

func (l *story) linearLabels(s *fleet.Linear) {
	l.Helper()
	red, green := "red", "green"
	if l.is("letters", "others") {
		red, green = "Red", "GREEN"
	}
	in := func(name string) model.Input {
		if l.is("labels", "workspace") {
			return model.Input{"name": name}
		}
		return model.Input{"name": name, "teamId": s.Team.ID()}
	}
	switch {
	case l.is("labels", "group"):
		group := in("Colours")
		group["isGroup"] = true
		id, err := s.Sim.AddLabel(group)
		l.must(err)
		for _, name := range []string{red, green} {
			child := in(name)
			child["parentId"] = id
			_, err := s.Sim.AddLabel(child)
			l.must(err)
		}
	case !l.is("labels", "team") || l.is("letters", "others"):
		for _, name := range []string{red, green} {
			_, err := s.Sim.AddLabel(in(name))
			l.must(err)
		}
	}
}

// who is somebody outside: one of the people, or our own account, where it is that of somebody who works by hand.
func (l *story) who(name string) string {
	if l.is("account", "somebody's") {
		return l.site.Account().Login
	}
	return name
}

// first has people make tickets on both sides.
func (l *story) first() {
	l.Helper()
	for range 4 {
		l.createThere()
	}
	for range 3 {
		l.createHere()
	}
}

func (l *story) createThere() string {
	l.Helper()
	title, body := l.word("there", "shared title "), l.word("there", "body ")
	id, err := l.site.Create(l.who("ada"), fleet.Change{Title: &title, Body: &body, Label: []string{"shared", "red"}, Assignee: p("ada")})
	l.must(err)
	l.outside = append(l.outside, id)
	l.tell(id, "title", "there", title)
	l.tell(id, "body", "there", body)
	l.remarkThere(id)
	return id
}

func (l *story) remarkThere(id string) {
	l.Helper()
	remark := l.word("there", "remark ")
	_, err := l.site.Comment(l.who("bob"), id, remark)
	l.must(err)
	l.tell(id, remark, "there", remark)
}

func (l *story) createHere() string {
	l.Helper()
	title, body := l.word("here", "shared title "), l.word("here", "body ")
	f := ticket.Fields{
		ticket.Title: ticket.Text(title), ticket.Body: ticket.Text(body), ticket.Labels: ticket.Set("shared", "red"), ticket.Assignees: ticket.Set("bob"),
		ticket.State: ticket.Text(ticket.StateDone),
	}
	if m := l.set["milestone"]; m != "" && m != "none" {
		f[ticket.Milestone] = ticket.Text("v1")
	}
	switch l.set["cycles"] {
	case "named":
		f[ticket.Iteration] = ticket.Text("Sprint 1")
	case "numbered":
		f[ticket.Iteration] = ticket.Text("Cycle 1")
	}
	if e := l.set["estimates"]; e != "" && e != "notUsed" {
		f[ticket.Estimate] = ticket.Text("3")
	}
	t, err := l.Engine.CreateTicket(l.Context(), f, ticket.Public, "ada")
	l.must(err)
	l.here = append(l.here, t.ID)
	l.tell(t.ID, "title", "here", title)
	l.tell(t.ID, "body", "here", body)
	l.remarkHere(t.ID)
	return t.ID
}

func (l *story) remarkHere(id string) {
	l.Helper()
	remark := l.word("here", "remark ")
	_, err := l.Engine.AddComment(l.Context(), id, remark, "", "ada")
	l.must(err)
	l.tell(id, remark, "here", remark)
}

// both are the two names of a ticket, as far as it has them. Those of createThere go by the outside one.
func (l *story) idHere(outside string) string {
	t, err := l.TicketOf(l.Context(), l.m, outside)
	if err != nil {
		return ""
	}
	return t.ID
}

func (l *story) idThere(here string) string {
	link, err := l.LinkOf(l.Context(), l.m, here)
	if err != nil {
		return ""
	}
	return link.ExternalID
}

// editHere changes a field of a ticket here; its name is that under which it was made.
func (l *story) editHere(name string, f ticket.Field) {
	l.Helper()
	id := name
	if slices.Contains(l.outside, name) {
		id = l.idHere(name)
	}
	if id == "" {
		return // it did not come in
	}
	value := l.word("here", "shared "+string(f)+" ")
	l.must(l.EditLocal(l.Context(), "ada", id, ticket.Fields{f: ticket.Text(value)}))
	l.tell(name, string(f), "here", value)
}

func (l *story) editThere(name, field string) {
	l.Helper()
	id := name
	if slices.Contains(l.here, name) {
		id = l.idThere(name)
	}
	if id == "" {
		return
	}
	value := l.word("there", "shared "+field+" ")
	c := fleet.Change{Title: &value}
	if field == "body" {
		c = fleet.Change{Body: &value}
	}
	l.must(l.site.Edit(l.who("cyn"), id, c))
	l.tell(name, field, "there", value)
}

// days are edits of each side, and labels that come and go.
func (l *story) days() {
	l.Helper()
	l.editThere(l.outside[0], "title")
	l.editHere(l.outside[0], ticket.Body)
	l.editHere(l.here[0], ticket.Title)
	l.editThere(l.here[0], "body")
	for _, id := range []string{l.here[1], l.idHere(l.outside[1])} {
		if id != "" {
			l.must(l.EditLocal(l.Context(), "bob", id, ticket.Fields{ticket.Labels: ticket.Set("shared", "green", "new one"), ticket.Assignees: ticket.Set("cyn")}))
			l.remarkHere(id)
		}
	}
	if id := l.idThere(l.here[2]); id != "" {
		l.must(l.site.Edit(l.who("ada"), id, fleet.Change{Unlabel: []string{l.red()}, Label: []string{"fresh"}}))
		l.remarkThere(id)
	}
	l.rest("in the middle of days")
	for _, id := range []string{l.here[1], l.idHere(l.outside[1])} {
		if id != "" {
			l.must(l.EditLocal(l.Context(), "bob", id, ticket.Fields{ticket.Labels: ticket.Set("shared"), ticket.State: ticket.Text(ticket.StateOpen)}))
		}
	}
}

// red is the label as the system spells it.
func (l *story) red() string {
	if l.is("letters", "others") {
		return "Red"
	}
	return "red"
}

// inside has somebody edit outside between two calls of a session, and a create lose its answer.
func (l *story) inside() {
	l.Helper()
	l.editHere(l.outside[2], ticket.Title)
	l.editHere(l.here[2], ticket.Body)
	n := 0
	l.site.Wire().Meanwhile(func(*http.Request) {
		switch n++; n {
		case 3:
			l.editThere(l.outside[2], "body")
		case 4:
			l.editThere(l.outside[3], "title")
		case 5:
			l.editThere(l.here[2], "title")
		}
	})
	l.round()
	l.site.Wire().Meanwhile(nil)
	l.must(l.site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"write"}, Next: 1}))
	l.createHere()
	l.createThere()
}
