package mapping

import (
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Outcome says how a value came through a trial.
type Outcome string

// The outcomes, the best first.
const (
	Exact     Outcome = "exact"     // it comes back as it was
	Respelled Outcome = "respelled" // it comes back in other words that mean the same
	Lossy     Outcome = "lossy"     // a part of it is lost
	Refused   Outcome = "refused"   // it stays where it is
)

// Trial is how one field of one sample came through.
type Trial struct {
	ID        string       `json:"id"` // of the external item, or of our ticket
	Direction Direction    `json:"direction"`
	Field     ticket.Field `json:"field"`
	Outcome   Outcome      `json:"outcome"`
	Reason    string       `json:"reason,omitempty"` // unless exact
}

// Report is what a trial of a mapping found. It holds ids and names of fields and
// nothing that a ticket says.
type Report struct {
	Trials []Trial         `json:"trials"` // all that are not exact
	Counts map[Outcome]int `json:"counts"` // of all, by outcome
}

// Try sends samples of both sides through the mapping and back, writing nothing:
// items as if they were read and written again, tickets as if they were made outside.
// normalize is the adapter's: how what is written reads back; nil: as it is.
func Try(
	m Mapping, caps external.Capabilities, schema external.Schema,
	samples []external.Item, tickets []ticket.Ticket, normalize func(external.Fields) external.Fields,
) Report {
	if normalize == nil {
		normalize = func(f external.Fields) external.Fields { return f }
	}
	t := &tryout{m: &m, caps: caps, schema: schema, normalize: normalize, report: Report{Counts: map[Outcome]int{}}}
	for i := range samples {
		for n := range m.Tickets {
			t.item(&m.Tickets[n], &samples[i])
		}
	}
	for i := range tickets {
		for n := range m.Tickets {
			t.ticket(&m.Tickets[n], &tickets[i])
		}
	}
	return t.report
}

type tryout struct {
	m         *Mapping
	caps      external.Capabilities
	schema    external.Schema
	normalize func(external.Fields) external.Fields
	report    Report
}

func (t *tryout) add(id string, d Direction, f ticket.Field, o Outcome, reason string) {
	t.report.Counts[o]++
	if o != Exact {
		t.report.Trials = append(t.report.Trials, Trial{ID: id, Direction: d, Field: f, Outcome: o, Reason: reason})
	}
}

// item reads one field of an item and writes it back over the item.
func (t *tryout) item(r *Rule, item *external.Item) {
	if !r.Reads() {
		return
	}
	if _, why := t.m.unreadable(r, item.Fields); why != fine {
		t.add(item.ID, In, r.Field, Refused, why.reason())
		return
	}
	read := t.m.read(r, item.Fields)
	now := only(r, item.Fields)
	kind := Mapping{Tickets: []Rule{*r}, Users: t.m.Users}
	kind.Tickets[0].Direction, kind.Tickets[0].ReadOnly = Both, false
	back := t.normalize(kind.Put(external.KindTicket, ticket.Fields{r.Field: read}, now))
	switch {
	case sameFields(r, now, back):
		t.add(item.ID, In, r.Field, Exact, "")
	case t.m.read(r, back).Equal(read):
		t.add(item.ID, In, r.Field, Respelled, "it would be spelled otherwise if it were written")
	case t.m.read(r, t.normalize(back)).Equal(t.m.read(r, back)):
		t.add(item.ID, In, r.Field, Respelled, "the system keeps it in another form, which stays as it is from then on")
	default:
		t.add(item.ID, In, r.Field, Lossy, "it changes each time it is written")
	}
}

func only(r *Rule, f external.Fields) external.Fields {
	out := make(external.Fields, len(r.External))
	for _, name := range r.External {
		out[name] = f[name]
	}
	return out
}

func sameFields(r *Rule, a, b external.Fields) bool {
	for _, name := range r.External {
		if !a[name].Equal(b[name]) {
			return false
		}
	}
	return true
}

// ticket writes one field of a ticket as if it were new outside.
func (t *tryout) ticket(r *Rule, tk *ticket.Ticket) {
	v := tk.Fields[r.Field]
	if !r.Writes() || v.IsEmpty() {
		return
	}
	if why := t.m.unwritable(r, v); why != fine {
		t.add(tk.ID, Out, r.Field, Refused, why.reason())
		return
	}
	written := external.Fields{}
	t.m.write(r, v, written)
	if reason := t.exceeds(r, written); reason != "" {
		t.add(tk.ID, Out, r.Field, Refused, reason)
		return
	}
	back := t.m.read(r, t.normalize(written))
	switch {
	case back.Equal(v):
		t.add(tk.ID, Out, r.Field, Exact, "")
	case r.many() && back.Len() < v.Len():
		t.add(tk.ID, Out, r.Field, Lossy, "the field holds fewer values than the ticket has")
	case back.Equal(t.m.canon(r, v)) && t.m.canon(r, back).Equal(back) && r.strict():
		t.add(tk.ID, Out, r.Field, Respelled, "several values here are one outside")
	case back.IsEmpty():
		t.add(tk.ID, Out, r.Field, Lossy, "nothing of it is left")
	case t.m.read(r, t.normalize(rewritten(t.m, r, back))).Equal(back):
		t.add(tk.ID, Out, r.Field, Respelled, "the system keeps it in another form, which stays as it is from then on")
	default:
		t.add(tk.ID, Out, r.Field, Lossy, "it changes each time it is written")
	}
}

func rewritten(m *Mapping, r *Rule, v ticket.Value) external.Fields {
	out := external.Fields{}
	m.write(r, v, out)
	return out
}

// exceeds says which limit of the field a value is over.
func (t *tryout) exceeds(r *Rule, written external.Fields) string {
	f, ok := t.schema.Field(r.External[0])
	if !ok {
		f, _ = t.caps.Field(r.External[0])
	}
	v := written[r.External[0]]
	if f.MaxItems > 0 && v.Len() > f.MaxItems {
		return "it has more values than the field can hold"
	}
	for i := range v.Len() {
		if f.MaxRunes > 0 && utf8.RuneCountInString(v.At(i)) > f.MaxRunes {
			return "it is longer than the field can hold"
		}
	}
	return ""
}

// reason says what the trouble is without a word of the value.
func (why trouble) reason() string {
	switch why {
	case notInTable:
		return "the value is not in the table of the field"
	case opaque:
		return "the value stands for an external one that is not in the table"
	case ambiguous:
		return "the value would be read back as another one"
	case notNumber:
		return "the value is no decimal number"
	case notDate:
		return "the value is no day"
	case notBool:
		return "the value is neither true nor false"
	case nobody:
		return "somebody has no account outside that we know of"
	case several:
		return "there are several values where one is expected"
	}
	return ""
}
