package fleet_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store/postgres"
	"github.com/extsync/extsync/ticket"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// overPostgres has every fleet work over a database of its own, not over the store in memory. What restores a backup
// cannot.
const overPostgres = "EXTSYNC_FLEET_POSTGRES"

// world is a fleet in a test.
type world struct {
	*testing.T
	*fleet.Fleet
}

func newWorld(t *testing.T, o fleet.Options) *world {
	t.Helper()
	if o.Store == nil && os.Getenv(overPostgres) != "" {
		url := pgtest.Database(t, func(url string) error { return postgres.Migrate(context.Background(), url) })
		s, err := postgres.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		o.Store = s
	}
	return &world{t, fleet.New(o)}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// connect links new sites of the systems, each passing on to every other.
func (w *world) connect(systems ...external.System) []*fleet.Member {
	w.Helper()
	for _, s := range systems {
		_, err := w.Connect(w.Context(), fleet.Spec{System: s})
		w.must(err)
	}
	w.must(w.PassAll(w.Context()))
	return w.Members()
}

// settle lets everything come to rest and returns how many rounds it took.
func (w *world) settle() int {
	w.Helper()
	n, err := w.Settle(w.Context())
	w.must(err)
	return n
}

// quiet fails unless a further round writes nothing anywhere.
func (w *world) quiet() {
	w.Helper()
	w.Reset()
	w.settle()
	if total, each := w.Writes(); total > 0 {
		w.Errorf("%d writes though nothing changed, by member %v: %v", total, each, w.kinds())
	}
}

func (w *world) kinds() (all []string) {
	for _, m := range w.Members() {
		all = append(all, fmt.Sprint(m.Name, m.Site.Counters().Kinds))
	}
	return all
}

// converged fails unless all sides hold the same.
func (w *world) converged() {
	w.Helper()
	if err := w.Converged(w.Context(), closedAnyway); err != nil {
		w.Error(err)
	}
	if open, err := w.Conflicts(w.Context(), nil); err != nil || len(open) > 0 {
		w.Errorf("%d conflicts are open (%v): %+v", len(open), err, open)
	}
}

// closedAnyway excuses another reason for being closed at GitHub, which ignores a reason
// that comes without a change of the state. Source: OpenAPI description, operation
// issues/update, state_reason.
func closedAnyway(d fleet.Difference) bool {
	return d.Member.Site.System() == "github" && d.Field == ticket.State && ticket.IsClosed(d.Here.Text()) && ticket.IsClosed(d.There.Text())
}

func p(s string) *string { return &s }

func allSystems() []external.System { return []external.System{"github", "jira", "linear", "webhook"} }

// TestATicketOfEachGoesEverywhere is what a fleet is for: born anywhere, seen everywhere,
// once.
func TestATicketOfEachGoesEverywhere(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 1})
	members := w.connect(allSystems()...)
	for _, m := range members {
		id, err := m.Site.Create("ada", fleet.Change{Title: p("born in " + m.Name), Body: p("some words"), Label: []string{"from-" + m.Name}, Assignee: p("bob")})
		w.must(err)
		_, err = m.Site.Comment("cyn", id, "a remark in "+m.Name)
		w.must(err)
	}
	_, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("born here")}, ticket.Public, "ada")
	w.must(err)
	rounds := w.settle()
	t.Logf("settled in %d rounds", rounds)
	for _, m := range members {
		seen := m.Site.Look()
		if len(seen) != len(members)+1 {
			t.Errorf("%s shows %d tickets, want %d", m.Name, len(seen), len(members)+1)
		}
		for _, s := range seen {
			if s.Title == "born here" {
				continue
			}
			if len(s.Comments) != 1 || len(s.Labels) != 1 || len(s.Assignees) != 1 {
				t.Errorf("%s shows %s with comments %v, labels %v, people %v; want one each", m.Name, s.Title, s.Comments, s.Labels, s.Assignees)
			}
		}
	}
	w.converged()
	w.quiet()
}
