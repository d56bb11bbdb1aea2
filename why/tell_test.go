package why_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/why"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTell reads histories of both sides from testdata and compares what is told of them.
// A history has a line for each row, minutes after nine first:
//
//	is title=TEXT ...                      what the ticket holds now
//	link ID PROJECT KEY STATE [dirty] [REASON]
//	MM wrote FIELD "BEFORE" "AFTER" BY [SESSION]
//	MM step SESSION LINK FIELD ACTION "BEFORE" "AFTER" "REASON" [OUTCOME]
//	MM conflict ID LINK PROJECT FIELD KIND "LOCAL" "EXTERNAL" [closed MM STATE CHOICE BY]
//
// A session named undo-X undoes X. Rows come oldest first; a dash stands for nothing. What is told follows after "told".
func TestTell(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no histories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			history, want, _ := strings.Cut(string(b), "told\n")
			r := &reader{t: t, rows: why.Rows{Ticket: ticket.Ticket{ID: "t", Fields: ticket.Fields{}}, Sessions: map[string]store.Session{}}}
			for line := range strings.Lines(history) {
				r.read(strings.TrimSpace(line))
			}
			got := tell(why.Tell(r.rows))
			if *update {
				if err := os.WriteFile(file, []byte(history+"told\n"+got), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("run `go test ./why -update` and look at the difference; got\n%s", got)
			}
		})
	}
}

// reader makes rows of lines; newer ones go in front.
type reader struct {
	t    *testing.T
	rows why.Rows
	seq  int64
}

func (r *reader) read(line string) {
	r.t.Helper()
	w := words(line)
	if len(w) == 0 || w[0] == "#" {
		return
	}
	for len(w) < 14 {
		w = append(w, "")
	}
	r.seq++
	switch {
	case w[0] == "is":
		for _, f := range w[1:] {
			if name, value, ok := strings.Cut(f, "="); ok {
				r.rows.Ticket.Fields[ticket.Field(name)] = ticket.Text(value)
			}
		}
	case w[0] == "comment":
		r.rows.Comments = append(r.rows.Comments, ticket.Comment{ID: w[1], TicketID: "t", Body: ticket.Text(w[2]), Deleted: w[3] == "deleted"})
	case w[0] == "said": // the link of a comment
		l := store.Link{ID: w[1], ProjectID: w[2], Kind: external.KindComment, LocalID: w[3], ExternalKey: w[4], State: store.LinkState(w[5]), Reason: w[6]}
		r.rows.Links = append(r.rows.Links, l)
	case w[0] == "link":
		l := store.Link{ID: w[1], ProjectID: w[2], Kind: external.KindTicket, LocalID: "t", ExternalKey: w[3], State: store.LinkState(w[4]), Reason: w[6]}
		if w[5] == "dirty" {
			l.DirtyRev = 1
		}
		r.rows.Links = append(r.rows.Links, l)
	case w[1] == "wrote":
		c := store.TicketChange{Seq: r.seq, TicketID: "t", Field: ticket.Field(w[2]), Before: ticket.Text(w[3]), After: ticket.Text(w[4]), By: w[5], SessionID: w[6], CommentID: w[7], At: r.at(w[0])}
		r.rows.Changes = append([]store.TicketChange{c}, r.rows.Changes...)
	case w[1] == "step":
		s := store.Step{Seq: r.seq, SessionID: w[2], LinkID: w[3], TicketID: "t", Field: ticket.Field(w[4]), Action: plan.Action(w[5]), Before: ticket.Text(w[6]), After: ticket.Text(w[7]), Reason: w[8], Outcome: w[9], At: r.at(w[0])}
		r.rows.Steps = append([]store.Step{s}, r.rows.Steps...)
		r.rows.Sessions[w[2]] = store.Session{ID: w[2], Mapping: 1}
		if of, undoes := strings.CutPrefix(w[2], "undo-"); undoes {
			r.rows.Sessions[w[2]] = store.Session{ID: w[2], Kind: store.Rollback, Undoes: of, By: "op"}
		}
	case w[1] == "conflict":
		c := store.Conflict{ID: w[2], LinkID: w[3], ProjectID: w[4], TicketID: "t", Field: ticket.Field(w[5]), Kind: store.ConflictKind(w[6]), Local: ticket.Text(w[7]), External: ticket.Text(w[8]), State: store.OpenConflict, DetectedAt: r.at(w[0])}
		switch w[9] {
		case "closed":
			c.ClosedAt, c.State, c.Choice, c.DecidedBy = r.at(w[10]), store.ConflictState(w[11]), store.Choice(w[12]), w[13]
			c.DecidedAt, c.Value = c.ClosedAt, c.External
		case "decided": // and not carried out yet
			c.DecidedAt, c.State, c.Choice, c.DecidedBy, c.Value = r.at(w[10]), store.Decided, store.Choice(w[12]), w[13], c.External
		}
		r.rows.Conflicts = append([]store.Conflict{c}, r.rows.Conflicts...)
	default:
		r.t.Fatalf("cannot read %q", line)
	}
}

func (r *reader) at(minutes string) time.Time {
	n, err := strconv.Atoi(minutes)
	if err != nil {
		r.t.Fatalf("minutes %q: %v", minutes, err)
	}
	return time.Date(2026, 11, 1, 9, n, 0, 0, time.UTC)
}

// words takes a line apart at spaces outside double quotes; a dash alone is nothing.
func words(line string) (out []string) {
	inside, word := false, ""
	flush := func() {
		if word == "-" {
			word = ""
			out = append(out, "")
		} else if word != "" {
			out = append(out, strings.ReplaceAll(word, `"`, ""))
		}
		word = ""
	}
	for _, c := range line {
		switch {
		case c == '"':
			inside = !inside
			word += string(c)
		case c == ' ' && !inside:
			flush()
		default:
			word += string(c)
		}
	}
	flush()
	return out
}

// tell writes a story, one line for each thing told.
func tell(s why.Story) string {
	var b strings.Builder
	for _, c := range s.Chapters {
		fmt.Fprintf(&b, "%s is %q\n", strings.TrimSpace(c.CommentID+" "+string(c.Field)), c.Value.Text())
		for _, e := range c.Events {
			fmt.Fprintf(&b, "  %s %s", e.At.Format("15:04"), e.Verb)
			for _, part := range [][2]string{
				{"by", e.Who}, {"of", e.Project}, {"from", e.Before.Text()}, {"to", e.After.Text()}, {"in", e.SessionID},
				{"because", e.Reason}, {"but", e.Outcome}, {"conflict", e.ConflictID},
			} {
				if part[1] != "" {
					fmt.Fprintf(&b, " %s %q", part[0], part[1])
				}
			}
			b.WriteString("\n")
		}
		for _, st := range c.Standings {
			fmt.Fprintf(&b, "  now %s #%s %s waiting=%t %q\n", st.Project, st.Key, st.State, st.Waiting, st.Because)
		}
	}
	return b.String()
}

// TestTellOneField: a field that was asked for is told of, though it never held anything,
// and nothing else is.
func TestTellOneField(t *testing.T) {
	rows := why.Rows{Ticket: ticket.Ticket{ID: "t", Fields: ticket.Fields{ticket.Title: ticket.Text("x"), ticket.Labels: {}}}}
	if s := why.Tell(rows, ticket.Labels); len(s.Chapters) != 1 || s.Chapters[0].Field != ticket.Labels {
		t.Errorf("asked for labels: %+v", s.Chapters)
	}
	if s := why.Tell(rows); len(s.Chapters) != 1 || s.Chapters[0].Field != ticket.Title {
		t.Errorf("asked for all: %+v", s.Chapters)
	}
}

// TestNothingWaitsWhereALinkIsOver: an edit marks the links of its ticket, those that are over too, and no session
// plans these any more, unless what still stands outside is to be taken back.
func TestNothingWaitsWhereALinkIsOver(t *testing.T) {
	for _, c := range []struct {
		link store.Link
		want bool
	}{
		{store.Link{State: store.Live}, true},
		{store.Link{State: store.Backlog}, true},
		{store.Link{State: store.Withdrawn}, false},
		{store.Link{State: store.Withdrawn, TakeBack: outbound.Remove}, true},
		{store.Link{State: store.Tombstone}, false},
	} {
		c.link.ID, c.link.ProjectID, c.link.Kind, c.link.LocalID, c.link.DirtyRev = "l", "p", external.KindTicket, "t", 1
		rows := why.Rows{Ticket: ticket.Ticket{ID: "t", Fields: ticket.Fields{ticket.Title: ticket.Text("x")}}, Links: []store.Link{c.link}}
		got := why.Tell(rows, ticket.Title).Chapters[0].Standings
		if len(got) != 1 || got[0].Waiting != c.want {
			t.Errorf("%s, to be taken back %q: %+v", c.link.State, c.link.TakeBack, got)
		}
	}
}

// TestAParentThatRests: a parent that one side cannot name is compared by no session, and none leaves a step about it.
func TestAParentThatRests(t *testing.T) {
	for awaited, want := range map[string]string{"": "", "secret": plan.NoTwinThere, "elsewhere": plan.NoTwinHere} {
		l := store.Link{ID: "l", ProjectID: "p", Kind: external.KindTicket, LocalID: "t", State: store.Live}
		if awaited != "" {
			l.ParentKey = store.AwaitsTicket + awaited
		}
		held := ticket.Fields{ticket.Title: ticket.Text("x"), ticket.Parent: ticket.Text("secret")}
		rows := why.Rows{Ticket: ticket.Ticket{ID: "t", Fields: held}, Links: []store.Link{l}}
		for f, want := range map[ticket.Field]string{ticket.Parent: want, ticket.Title: ""} {
			if got := why.Tell(rows, f).Chapters[0].Standings; len(got) != 1 || got[0].Because != want {
				t.Errorf("waiting for %q, %s: %+v", awaited, f, got)
			}
		}
	}
}
