package mappinglaws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// opaquePrefix begins values that stand for an external one that is not understood.
const opaquePrefix = "external:"

// total: every rule yields a value, and one that is understood is valid here.
func (t trial) total() error {
	got := t.get(t.s)
	dark := t.m.Unreadable(external.KindTicket, t.s)
	if len(got) != len(t.m.Tickets) {
		return fmt.Errorf("totality: %d fields for %d rules", len(got), len(t.m.Tickets))
	}
	for _, r := range t.m.Tickets {
		v := got[r.Field]
		_, unread := dark[r.Field]
		switch {
		case unread && !isOpaque(v):
			return fmt.Errorf("totality: %s cannot be read, and reads as %q", r.Field, v)
		case unread || v.IsEmpty() || r.Convert == mapping.Same || r.Convert == mapping.Reference:
		case ticket.Fields{r.Field: v}.Validate() != nil:
			return fmt.Errorf("totality: %s reads as %q, which it cannot hold", r.Field, v)
		}
	}
	return nil
}

func isOpaque(v ticket.Value) bool {
	return slices.ContainsFunc(v.Elements(), func(s string) bool { return strings.HasPrefix(s, opaquePrefix) })
}

// opaque: what cannot be read is not written, and what is refused is left out.
func (t trial) opaque() error {
	seen := t.get(t.s)
	dark := t.m.Unreadable(external.KindTicket, t.s)
	for _, r := range t.m.Tickets {
		only := ticket.Fields{r.Field: t.v[r.Field]}
		if _, unread := dark[r.Field]; unread {
			only[r.Field] = seen[r.Field]
		}
		refused := t.m.Unwritable(external.KindTicket, only) != nil
		_, written := t.m.ToExternal(external.KindTicket, only)[r.External[0]]
		_, unread := dark[r.Field]
		switch {
		case unread && written:
			return fmt.Errorf("opaque: %s is written back as %q", r.Field, only[r.Field])
		case refused && written:
			return fmt.Errorf("opaque: %s = %q is refused and written", r.Field, only[r.Field])
		case !refused && !written && r.Writes():
			return fmt.Errorf("opaque: %s = %q is neither refused nor written", r.Field, only[r.Field])
		}
	}
	return nil
}

// complement: fields that no rule names stay out of every write, and so do those of
// rules whose field was not given.
func (t trial) complement() error {
	for n := range t.m.Put(external.KindTicket, t.v, t.s) {
		f, ok := t.m.FieldOf(external.KindTicket, n)
		if _, given := t.v[f]; !ok || !given {
			return fmt.Errorf("complement: %s is written for nothing", n)
		}
	}
	return nil
}

// written checks that both written forms of a mapping keep all of it.
func written(m mapping.Mapping) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var again mapping.Mapping
	if err := json.Unmarshal(text, &again); err != nil {
		return err
	}
	if !reflect.DeepEqual(again, m) {
		return fmt.Errorf("JSON: came back changed: %s", text)
	}
	return edited(m, text)
}

// edited checks the form that people edit. text is the mapping as JSON.
func edited(m mapping.Mapping, text []byte) error {
	doc, err := mapping.Encode(m)
	if err != nil {
		return err
	}
	again, err := mapping.Decode(doc)
	if err != nil {
		return fmt.Errorf("YAML: %w in\n%s", err, doc)
	}
	got, err := json.Marshal(again)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, text) {
		return fmt.Errorf("YAML: came back changed:\n%s\n%s", text, got)
	}
	return nil
}
