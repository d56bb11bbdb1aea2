package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// aside is a project with a ticket of ours, its remark and a bystander. The ticket's link is set aside in some
// way, what it says is taken back, and something follows.
type aside struct {
	*world
	p, q   store.Project   // q: where it may be moved to
	far    *memory.Tracker // where nothing is connected
	id     string
	remark ticket.Comment
	by     string // the bystander
	ref    external.Ref
	last   string // the session before

	locked   bool   // outside nothing of the ticket may be written
	forgot   bool   // a restored database did
	vanished bool   // it is not shown there for a while
	word     string // what is refused there
	at       *memory.Tracker

	how        outbound.TakeBack
	kept       []string // what may not leave
	typed      map[ticket.Field]string
	said       string
	chosen     bool // somebody may have replaced what is here
	theirs     int
	replaced   []int // of theirs, that they replaced themselves
	latest     map[string]int
	made       [2]int // tickets and remarks that people made
	faults     []string
	keyed      bool // an item keeps its id wherever it is moved
	revoked    bool // it may not be in p alone
	mayHaveEnd bool // it may have been deleted since
}

// asideCase is one of the things that happen.
type asideCase struct {
	name string
	do   func(*aside)
}

// asideTracker is a tracker of an aside.
type asideTracker struct {
	*memory.Adapter
	s *aside
}

func (a asideTracker) unseen(it external.Item) bool {
	return a.s.vanished && (it.ID == a.s.ref.ID || it.Parent != "" && it.Parent == a.s.ref.Key)
}

func (a asideTracker) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out, err := a.Adapter.Read(ctx, refs)
	for n := range out {
		if a.unseen(out[n]) {
			out[n] = external.Item{Ref: refs[n], Gone: true}
		}
	}
	return out, err
}

func (a asideTracker) Changes(ctx context.Context, stream external.Stream, w external.Window, page, version string) (external.Page, error) {
	out, err := a.Adapter.Changes(ctx, stream, w, page, version)
	out.Items = slices.DeleteFunc(out.Items, a.unseen)
	return out, err
}

func (a asideTracker) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	c, err := op.Open()
	if err != nil {
		return external.Item{}, err
	}
	for f, v := range c.Set {
		all := strings.Join(v.Elements(), " ")
		if len(op.Add) > 0 || len(op.Remove) > 0 {
			all = strings.Join(op.Add, " ")
		} else if !slices.Contains(op.Writes, f) && c.Action != outbound.Create {
			continue
		}
		for _, k := range a.s.kept {
			if strings.Contains(all, k) {
				a.s.fault("sent though it may not leave: %s %s %q", op.Name, f, all)
			}
		}
		if a.s.word != "" && strings.Contains(all, a.s.word) {
			return external.Item{}, &external.Error{Kind: external.Invalid, Op: op.Name, Message: "validation failed"}
		}
	}
	if a.s.locked && (c.Ref.ID == a.s.ref.ID || c.Ref.Parent == a.s.ref.Key) {
		return external.Item{}, &external.Error{Kind: external.Forbidden, Op: op.Name, Message: "it is locked"}
	}
	return a.Adapter.Write(ctx, op)
}

func (s *aside) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

func newAside(t *testing.T, o memory.Options) *aside {
	t.Helper()
	s := &aside{world: newWorld(t), latest: map[string]int{}, typed: map[ticket.Field]string{}, keyed: o.CreateKey == external.CreateKeyClientID}
	s.p = s.connect("octo/hello", o)
	o.Beside = s.trackers[s.p.ID]
	s.q = s.connect("octo/other", o)
	far := o
	far.Key, far.Now = "octo/far", s.clock.Now
	s.far, s.at = memory.NewTracker(far), s.trackers[s.p.ID]
	s.wrap = func(a *memory.Adapter) adapters.Adapter { return asideTracker{a, s} }
	s.by = s.createWith(ticket.Fields{ticket.Title: ticket.Text("another")}, ticket.Shareable)
	s.must(s.engine.Grant(t.Context(), ticket.Grant{TicketID: s.by, ProjectID: s.p.ID, By: "ann"}))
	s.goOn(store.Incremental)
	s.typed[ticket.Title], s.typed[ticket.Body], s.said = "TITLE-0", "BODY-0 [[[PASSAGE]]] end", "REMARK-0"
	s.made = [2]int{2, 1}
	return s
}

// born makes the ticket here, as one that goes to the project alone.
func (s *aside) born() {
	s.t.Helper()
	s.id = s.createWith(ticket.Fields{
		ticket.Title: ticket.Text(s.typed[ticket.Title]), ticket.Body: ticket.Text(s.typed[ticket.Body]), ticket.Labels: ticket.Set("LABEL-0"),
	}, ticket.Shareable)
	s.must(s.engine.Grant(s.t.Context(), ticket.Grant{TicketID: s.id, ProjectID: s.p.ID, By: "ann"}))
	var err error
	s.remark, err = s.engine.AddComment(s.t.Context(), s.id, s.said, "", "ann")
	s.must(err)
}

// stood is that, and the ticket stands outside.
func (s *aside) stood() {
	s.t.Helper()
	s.born()
	s.goOn(store.Incremental)
	s.goOn(store.Incremental)
	s.ref = s.outside(s.p.ID, s.id).Ref
}

// goOn runs what is next in both projects, an hour later, as their workflows do.
func (s *aside) goOn(kind store.SessionKind) {
	s.t.Helper()
	s.clock.now = s.clock.now.Add(time.Hour)
	for _, p := range []store.Project{s.p, s.q} {
		now := s.project(p.ID)
		if now.Status == external.Paused {
			_, err := s.engine.Resume(s.t.Context(), p.ID, "op", true)
			s.must(err)
		}
		r, err := s.engine.NextRollback(s.t.Context(), p.ID)
		if err == nil {
			r, err = s.undo(r)
		} else if errors.Is(err, store.ErrNotFound) {
			r, err = s.session(p.ID, kind)
		}
		if err != nil && !errors.Is(err, engine.ErrStopped) && !errors.Is(err, engine.ErrFenced) {
			s.t.Fatal(err)
		}
		if p.ID == s.p.ID && err == nil && r.Kind != store.Rollback && r.Counts.Writes+r.Counts.AppliedHere > 0 {
			s.last = r.ID
		}
	}
}

func (s *aside) rest() {
	s.t.Helper()
	for n := range 12 {
		kind := store.Incremental
		if n == 4 {
			kind = store.Reconcile
		}
		s.goOn(kind)
	}
	before := s.writes()
	s.goOn(store.Reconcile)
	s.goOn(store.Incremental)
	if n := s.writes() - before; n > 0 {
		s.fault("%d writes at rest", n)
	}
}

func (s *aside) writes() int {
	return s.trackers[s.p.ID].Calls().Writes() + s.trackers[s.q.ID].Calls().Writes()
}

// all is what stands outside, also where nothing is connected.
func (s *aside) all(kind external.Kind) (items []external.Item) {
	for _, tr := range []*memory.Tracker{s.trackers[s.p.ID], s.trackers[s.q.ID], s.far} {
		for _, it := range s.adapter(tr, s.p.ID).Look(kind) {
			if !it.Gone {
				items = append(items, it)
			}
		}
	}
	return items
}

func says(it external.Item) string {
	var b strings.Builder
	for _, f := range []string{memory.FieldTitle, memory.FieldBody, memory.FieldLabels} {
		b.WriteString(f + "=" + strings.Join(it.Fields[f].Elements(), ",") + ";")
	}
	return b.String()
}

// linksOf are the links of an item by its id.
func (s *aside) links(kind external.Kind) (all []store.Link) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		for _, p := range []store.Project{s.p, s.q} {
			list, err := tx.LinksOf(s.t.Context(), p.ID, kind, "", 100)
			if err != nil {
				return err
			}
			all = append(all, list...)
		}
		return nil
	})
	return all
}

// here is all that is told on our side.
func (s *aside) here() string {
	s.t.Helper()
	var b strings.Builder
	all := s.tickets()
	if !slices.ContainsFunc(all, func(tk ticket.Ticket) bool { return tk.ID == s.id }) {
		all = append(all, s.ticket(s.id))
	}
	for _, tk := range all {
		fmt.Fprintf(&b, "%s deleted=%t\n", told(tk.Fields), tk.Deleted)
		s.view(func(tx store.Tx) error {
			list, err := tx.CommentsOf(s.t.Context(), tk.ID)
			for _, c := range list {
				fmt.Fprintf(&b, "remark %q deleted=%t\n", c.Body.Text(), c.Deleted)
			}
			return err
		})
	}
	return b.String()
}

func (s *aside) queue() string {
	var b strings.Builder
	for _, c := range s.conflicts("") {
		fmt.Fprintf(&b, "%s %s %s here %q there %q chose %s\n", c.State, c.Kind, c.Field, c.Local.Elements(), c.External.Elements(), c.Choice)
	}
	return b.String()
}

// hold holds the laws against what is.
func (s *aside) hold(when string) {
	s.t.Helper()
	here, queue := s.here(), s.queue()
	if strings.Contains(here, outbound.Notice) {
		s.fault("%s: our notice came in", when)
	}
	outside := ""
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		ours := 0
		for _, it := range s.all(kind) {
			outside += says(it)
			ours++
			s.tellsTruth(when, kind, it)
		}
		if n := map[external.Kind]int{external.KindTicket: s.made[0], external.KindComment: s.made[1]}[kind]; ours > n {
			s.fault("%s: %d of kind %s outside, of %d that were ever made", when, ours, kind, n)
		}
		for _, l := range s.links(kind) {
			s.isDone(when, l)
		}
	}
	if n := len(s.tickets()); n > s.made[0] {
		s.fault("%s: %d tickets here, of %d", when, n, s.made[0])
	}
	for n := range s.theirs {
		if mark := fmt.Sprintf("THEIRS-%d.", n); !slices.Contains(s.replaced, n) && !strings.Contains(here+queue+outside, mark) {
			s.fault("%s: %s is lost", when, mark)
		}
	}
	if tk := s.ticket(s.id); !s.chosen {
		for f, v := range s.typed {
			if got := tk.Fields[f].Text(); got != v {
				s.fault("%s: here %s reads %q, want %q", when, f, got, v)
			}
		}
		if !strings.Contains(here, fmt.Sprintf("%q", s.said)) {
			s.fault("%s: the remark %q is not here", when, s.said)
		}
	}
}

// tellsTruth: what may not be outside and stands there is said to be left, or waits for a person.
func (s *aside) tellsTruth(when string, kind external.Kind, it external.Item) {
	if s.how == "" || s.how == outbound.Stop || s.vanished && (it.ID == s.ref.ID || it.Parent == s.ref.Key) || it.Author == "bob" {
		return
	}
	if s.revoked && s.at != s.trackers[s.p.ID] {
		return // that it may not be elsewhere nobody said
	}
	for _, k := range s.kept {
		// A label that a restored database forgot is taken for theirs.
		if !strings.Contains(says(it), k) || k == "LABEL" && s.forgot {
			continue
		}
		told := ""
		for _, l := range s.links(kind) {
			left := strings.Contains(l.Reason, "made again") && l.Unseen != ""
			if l.ExternalID == it.ID || left || l.LocalID == s.id || l.LocalID == s.remark.ID && kind == external.KindComment {
				told += fmt.Sprintf("[%s %q back %q]", l.State, l.Reason, l.TakeBack)
				waits := l.TakeBack != "" && (s.waitsWithTicket(l) || l.State == store.Quarantined || l.State == store.ParkedLink || l.State == store.MaybeGone)
				if strings.Contains(l.Reason, "left: ") || s.at == s.far && strings.Contains(l.Reason, "could not be seen") || strings.Contains(l.Reason, "moved to memory") || waits {
					return
				}
			}
		}
		s.fault("%s: %s stands outside of a %s, and its links say %s", when, k, kind, told)
	}
}

// waitsWithTicket: a remark's ticket is set aside until a person says what becomes of it.
func (s *aside) waitsWithTicket(l store.Link) bool {
	return slices.ContainsFunc(s.links(external.KindTicket), func(t store.Link) bool {
		return t.ID == l.Parent && (t.State == store.MaybeGone || t.State == store.ParkedLink || t.State == store.Quarantined)
	})
}

// isDone: nothing is under way for ever, and what is said to be left stands there.
func (s *aside) isDone(when string, l store.Link) {
	if l.TakeBack != "" && l.ExternalID != "" && !s.waitsWithTicket(l) && (l.Active() || l.State == store.Withdrawn) {
		s.fault("%s: a link of a %s, %s (%s), is to be taken back (%s) for ever", when, l.Kind, l.State, l.Reason, l.TakeBack)
	}
	if l.Dirty() && l.Active() {
		s.fault("%s: a link of a %s, %s (%s), is due for ever", when, l.Kind, l.State, l.Reason)
	}
	if strings.Contains(l.Reason, "left: ") && !s.mayHaveEnd && !slices.ContainsFunc(s.all(l.Kind), func(it external.Item) bool { return it.ID == l.ExternalID }) {
		s.fault("%s: %q is said of a %s that does not stand outside", when, l.Reason, l.Kind)
	}
}

// playAside plays one case to its end.
func playAside(t *testing.T, o memory.Options, is, back, then asideCase, later bool) []string {
	t.Helper()
	s := newAside(t, o)
	is.do(s)
	back.do(s)
	if later {
		s.goOn(store.Incremental)
	}
	then.do(s)
	s.rest()
	s.hold("at rest")
	s.edit(s.by, text(ticket.Title, "another, edited"))
	s.decideAll(func(c store.Conflict) store.Choice { return c.Choices()[0] })
	s.rest()
	s.hold("once decided")
	s.showsAgain()
	if got := s.outside(s.p.ID, s.by).Fields[memory.FieldTitle].Text(); got != "another, edited" {
		s.fault("the bystander reads %q", got)
	}
	if len(s.faults) > 0 {
		for _, l := range append(s.links(external.KindTicket), s.links(external.KindComment)...) {
			s.faults = append(s.faults, fmt.Sprintf("  link %s of a %s %s (%s) back %q, unseen %q, outside %s", l.ID, l.Kind, l.State, l.Reason, l.TakeBack, l.Unseen, l.ExternalID))
		}
		s.faults = append(s.faults, s.here(), s.queue())
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, it := range s.all(kind) {
				s.faults = append(s.faults, "  outside "+it.ID+" "+says(it)+it.Fields["state"].Text())
			}
		}
	}
	return s.faults
}

// showsAgain has the item come back to where it was, if it was out of sight.
func (s *aside) showsAgain() {
	s.t.Helper()
	if !s.vanished && s.at != s.far {
		return
	}
	if s.vanished = false; s.at == s.far {
		if !s.keyed {
			return // as another item, of which nothing is known
		}
		s.moves(s.trackers[s.p.ID])
	}
	_ = s.at.AddLabel("bob", s.ref.ID, "green")
	s.rest()
	s.hold("once it shows")
}

// TestTakenBackWhileSetAside: each way in which a link can be set aside, each way to take back what it says,
// and each thing that can follow.
func TestTakenBackWhileSetAside(t *testing.T) {
	t.Parallel()
	all := os.Getenv(allTurns) == "all"
	for a, is := range asides() {
		t.Run(is.name, func(t *testing.T) {
			t.Parallel()
			for b, back := range asideTakeBacks() {
				for c, then := range asideFollows() {
					for n := range 4 {
						if !all && (a+2*b+3*c+n)%16 != 0 {
							continue
						}
						later, keyed := n%2 > 0, n > 1
						name := fmt.Sprintf("%s; %s; %s; later %t, ids kept %t", is.name, back.name, then.name, later, keyed)
						o := memory.Options{TicketDel: strings.Contains(back.name, "deleted"), Secludes: true}
						if keyed {
							o.CreateKey = external.CreateKeyClientID
						}
						if faults := playAside(t, o, is, back, then, later); len(faults) > 0 {
							t.Errorf("FAULT %s\n%s", name, strings.Join(faults, "\n"))
						}
					}
				}
			}
		})
	}
}
