package memory_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/adaptertest"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// TestBent bends an adapter against each law, and sees the law fail.
func TestBent(t *testing.T) {
	opts := memory.Options{Precision: time.Second, Lag: 5 * time.Second, History: external.HistoryFull, WriteBatch: 5, ReadBatch: 3, Steps: true, TicketDel: true}
	adaptertest.Bent(t, adaptertest.Harness{Tickets: 25, Open: func(t *testing.T) adaptertest.Site { t.Helper(); return open(t, opts) }})
}

// TestConformance runs the suite over trackers of every habit.
func TestConformance(t *testing.T) {
	for name, opts := range map[string]memory.Options{
		"plain":  {},
		"coarse": {Precision: time.Second, Lag: 5 * time.Second, History: external.HistoryFull, Touch: true},
		"jumbled": {Precision: time.Minute, Lag: 90 * time.Second, LagOf: uneven(90 * time.Second), History: external.HistoryTimes,
			ReadBatch: 10, CreateKey: external.CreateKeyClientID, Bounded: true},
		"together": {Precision: time.Second, History: external.HistoryFull, WriteBatch: 5, Steps: true},
		"whole":    {CreateKey: external.CreateKeyClientID, WriteBatch: 5, Whole: true, TicketDel: true},
		"verbatim": {Precision: time.Second, History: external.HistoryFull, Verbatim: true},
	} {
		t.Run(name, func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{Tickets: 25, Open: func(t *testing.T) adaptertest.Site { t.Helper(); return open(t, opts) }})
		})
	}
}

// uneven draws lags between none and the longest.
func uneven(longest time.Duration) func() time.Duration {
	rng := rand.New(rand.NewPCG(3, 3))
	return func() time.Duration { return time.Duration(rng.Int64N(int64(longest))) }
}

// site is one tracker with a clock that only Advance moves.
type site struct {
	*testing.T
	*memory.Tracker
	opts memory.Options
	now  time.Time
}

func open(t *testing.T, opts memory.Options) *site {
	t.Helper()
	s := &site{T: t, now: time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)}
	opts.Now = func() time.Time { s.now = s.now.Add(time.Millisecond); return s.now }
	opts.PageSize, opts.Token = 7, "right-token"
	s.opts = opts
	s.Tracker = memory.NewTracker(opts)
	return s
}

func (s *site) Adapter(change func(*adapters.Config)) adapters.Adapter {
	cfg := adapters.Config{ProjectKey: "team/board", Token: "right-token", OwnKey: adaptertest.OwnKey}
	if change != nil {
		change(&cfg)
	}
	return memory.New(s.Tracker, cfg)
}

func (*site) Ticket(n int) external.Fields {
	states := []string{ticket.StateOpen, ticket.StateDone, ticket.StateNotPlanned, ticket.StateDuplicate}
	return external.Fields{
		"title": ticket.Text(fmt.Sprintf("title %d \t", n)), "body": ticket.Text(fmt.Sprintf("line one\r\nbody %d\n\n", n)),
		"state":     ticket.Text(states[n%len(states)]),
		"labels":    ticket.Set(fmt.Sprintf("label %d", n), fmt.Sprintf("label %d", n+10)),
		"assignees": ticket.Set(fmt.Sprintf("person%d", n)),
	}
}

func (*site) Comment(n int) external.Fields {
	return external.Fields{"body": ticket.Text(fmt.Sprintf("comment\r\n%d\n", n))}
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) CreateTicket(login string, f external.Fields) external.Ref {
	s.Helper()
	ref, err := s.Tracker.CreateTicket(login, f)
	s.must(err)
	return ref
}

func (s *site) AddComment(login string, on external.Ref, f external.Fields) external.Ref {
	s.Helper()
	ref, err := s.Tracker.AddComment(login, on.Key, f["body"].Text())
	s.must(err)
	return ref
}

func (s *site) Edit(login string, ref external.Ref, f external.Fields) {
	s.Helper()
	for n, v := range f {
		s.must(s.EditField(login, ref.ID, n, v))
	}
}

func (s *site) Delete(login string, ref external.Ref) bool {
	s.Helper()
	s.must(s.Tracker.Delete(login, ref.ID))
	return true
}

func (s *site) Advance(d time.Duration) { s.now = s.now.Add(d) }

func (s *site) LoseReply() {
	s.FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
}

func (s *site) LoseRequest() { s.FailNextWrite(memory.Fault{Kind: external.Temporary}) }

func (s *site) Limit(d time.Duration) {
	s.FailNextWrite(memory.Fault{Kind: external.RateLimited, RetryAfter: d})
}

func (s *site) LimitRead(d time.Duration) {
	s.FailNextRead(memory.Fault{Kind: external.RateLimited, RetryAfter: d})
}

func (s *site) Permissions() []adaptertest.Permission {
	return []adaptertest.Permission{{
		Name: "write", Take: func() { s.Tracker.Deny("write") }, Give: func() { s.Tracker.Deny() },
		Hinders: adaptertest.Deed{Kind: external.KindTicket, Action: outbound.Update, Field: "title"},
	}}
}

func (s *site) Deny() string { s.Tracker.Deny("write"); return "write" }

func (s *site) Writes() int { return s.Calls().Writes() }

// DistantState is reached through done by trackers whose states are steps.
func (*site) DistantState() (from, to external.Fields) {
	return nil, external.Fields{"state": ticket.Text(ticket.StateNotPlanned)}
}

// Move takes a ticket to another tracker of the same vendor.
func (s *site) Move(login string, ref external.Ref) {
	s.Helper()
	opts := s.opts
	opts.Key, opts.ID, opts.Beside = "team/elsewhere", "", s.Tracker
	_, err := s.Transfer(login, ref.ID, memory.NewTracker(opts))
	s.must(err)
}
