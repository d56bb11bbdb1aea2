package fleet_test

import (
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/github"
	simulator "github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// incident is something that hinders for a while. People go on meanwhile.
func (l *story) incident() {
	l.Helper()
	over := l.begin()
	l.editHere(l.outside[0], ticket.Title)
	l.editHere(l.here[1], ticket.Body)
	l.remarkHere(l.here[1])
	l.createHere()
	if !l.is("incident", "archived") && !l.is("incident", "no issues") {
		l.editThere(l.outside[1], "title")
		l.editThere(l.here[0], "body")
		if !l.is("incident", "archived items") {
			l.remarkThere(l.outside[1])
		}
		l.createThere()
	}
	for range 5 {
		l.round()
		l.Clock.Advance(20 * time.Minute)
	}
	over()
	for range 3 {
		l.round()
		l.Clock.Advance(20 * time.Minute)
	}
	l.retry()                              // as a person does who sees what was set aside
	if l.is("incident", "label renamed") { // no list tells of it
		_, err := l.Session(l.Context(), l.m, store.Reconcile)
		l.must(err)
	}
}

// retry has what was set aside tried again.
func (l *story) retry() {
	l.Helper()
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		links, err := l.Links(l.Context(), l.m, kind)
		l.must(err)
		for _, link := range links {
			if link.State != store.Quarantined {
				continue
			}
			if !l.is("incident", "archived items") {
				l.Errorf("%s was set aside: %s", kind, link.Reason)
			}
			l.must(l.Store.Tx(l.Context(), func(tx store.Tx) error { return l.Engine.RetryTx(l.Context(), tx, link.ID) }))
		}
	}
}

func (l *story) begin() (over func()) {
	l.Helper()
	what := l.set["incident"]
	over = func() {}
	switch what {
	case "renamed":
		l.must(l.site.Rename())
		return over
	case "lost replies":
		l.must(l.site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"write"}, Next: 4}))
		return over
	}
	switch s := l.site.(type) {
	case *fleet.GitHub:
		return l.hinderGitHub(s, what)
	case *fleet.Linear:
		return l.hinderLinear(s, what)
	}
	return over
}

func (l *story) hinderGitHub(g *fleet.GitHub, what string) (over func()) {
	token := g.Account().Token
	full := github.Token{Login: g.Account().Login, Push: true}
	switch what {
	case "archived":
		g.Repo.Archive(true)
		return func() { g.Repo.Archive(false) }
	case "no issues":
		g.Repo.DisableIssues(true)
		return func() { g.Repo.DisableIssues(false) }
	case "out of sight":
		g.Repo.SetPrivate(true)
		g.Sim.AddToken(token, github.Token{Login: full.Login})
		return func() { g.Repo.SetPrivate(l.is("visible", "private")); g.Sim.AddToken(token, full) }
	case "revoked":
		g.Sim.AddToken(token, github.Token{Login: full.Login, Push: true, Revoked: true})
		return func() { g.Sim.AddToken(token, full) }
	case "read only":
		g.Sim.AddToken(token, github.Token{Login: full.Login, Push: true, Issues: github.PermissionRead})
		return func() { g.Sim.AddToken(token, full) }
	}
	return func() {}
}

func (l *story) hinderLinear(s *fleet.Linear, what string) (over func()) {
	l.Helper()
	token := s.Account().Token
	full := simulator.Token{Login: s.Account().Login, Kind: map[string]simulator.TokenKind{"key": simulator.APIKey, "oauth": simulator.OAuth, "app": simulator.App}[l.set["auth"]]}
	with := func(change func(*simulator.Token)) func() {
		less := full
		change(&less)
		s.Sim.AddToken(token, less)
		return func() { s.Sim.AddToken(token, full) }
	}
	switch what {
	case "archived items":
		var did []string
		for _, seen := range s.Look() {
			_, err := s.Sim.Act(simulator.Act{Login: "ada", Do: "archive", Issue: seen.ID})
			l.must(err)
			did = append(did, seen.ID)
		}
		return func() {
			for _, id := range did {
				_, err := s.Sim.Act(simulator.Act{Login: "ada", Do: "unarchive", Issue: id})
				l.must(err)
			}
		}
	case "out of sight":
		return with(func(t *simulator.Token) { t.Teams = []string{"NONE"} })
	case "revoked":
		return with(func(t *simulator.Token) { t.Revoked = true })
	case "read only":
		return with(func(t *simulator.Token) { t.Scopes = []string{simulator.ScopeRead} })
	case "label renamed":
		s.Team.RenameLabel("shared", "Shared by all")
	}
	return func() {}
}

// end is how it ends.
func (l *story) end() {
	l.Helper()
	switch l.set["end"] {
	case "undo":
		l.days()
		_, err := l.Engine.Resume(l.Context(), l.m.ID, "op", true)
		l.must(err)
		start := l.snapshot(l.m)
		s := l.one(l.m)
		after := l.snapshot(l.m)
		_, _, err = l.Rollback(l.Context(), s.ID)
		l.must(err)
		l.restored(start, after, l.snapshot(l.m), changed(start, after), nil)
	case "deleted":
		l.ended = true
		l.must(l.site.Delete("ada", l.outside[3]))
		l.days()
	case "moved":
		l.ended = true
		beside, err := l.site.Beside()
		l.must(err)
		_, err = l.site.Move("ada", l.outside[3], beside)
		l.must(err)
		l.days()
	case "restored":
		st := l.Store.(*memory.Store) //nolint:errcheck // it is ours
		p, err := l.Project(l.Context(), l.m)
		l.must(err)
		_ = p
		st.Backup()
		l.days()
		l.createHere()
		l.createThere()
		l.rest("after the backup")
		p, err = l.Project(l.Context(), l.m)
		l.must(err)
		st.Restore()
		_, err = l.Engine.Witness(l.Context(), l.m.ID, p.WriterEpoch)
		l.must(err)
		for range 6 {
			if _, err := l.Round(l.Context()); err != nil && !strings.Contains(err.Error(), "paused") {
				l.Errorf("after the restore: %v", err)
			}
			l.Clock.Advance(time.Minute)
		}
		_, err = l.Engine.Resume(l.Context(), l.m.ID, "op", true)
		l.must(err)
	}
}
