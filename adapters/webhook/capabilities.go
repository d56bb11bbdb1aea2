package webhook

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
)

// System is the name of this kind of external system.
const System external.System = "webhook"

const fieldBody = "body"

// Capabilities returns the facts that hold for every webhook project. Which fields and
// comments there are, and which directions, its settings say: see [Settle].
func Capabilities() external.Capabilities {
	return external.Capabilities{
		System: System, Streams: []external.Stream{external.StreamTickets}, CreateKey: external.CreateKeyNone,
		Precision: time.Second, PageSize: 100, Webhooks: true,
		Directions: []external.Direction{external.Push, external.Pull, external.Bidirectional},
	}
}

// Settle checks a project's settings and returns the capabilities as they narrow them.
// An error of kind Invalid names every key that must be mended.
func Settle(settings json.RawMessage) (external.Capabilities, error) {
	c, err := agree(settings)
	if err != nil {
		return external.Capabilities{}, err
	}
	return c.capabilities(), nil
}

// capabilities are those of a project with these settings. Where nothing can be read
// there are no streams and ReadBatch is zero.
func (c *contract) capabilities() external.Capabilities {
	out := external.Capabilities{
		System: System, CreateKey: external.CreateKeyNone, Precision: c.precision, Lag: c.lag, PageSize: c.pageSize,
		Webhooks: c.intake != nil, Directions: c.directions(),
	}
	for _, f := range c.shapes[external.KindTicket].fields {
		out.Fields = append(out.Fields, static(f.FieldCapability))
	}
	out.TicketDel = c.verbs[external.KindTicket][remove] != nil
	if s := c.shapes[external.KindComment]; s != nil {
		out.Comment = static(s.fields[0].FieldCapability)
		out.CommentEdit = c.verbs[external.KindComment][update] != nil
		out.CommentDel = c.verbs[external.KindComment][remove] != nil
	}
	if c.listed(external.KindTicket) {
		out.Streams = append(out.Streams, external.StreamTickets)
	}
	if c.listed(external.KindComment) {
		out.Streams = append(out.Streams, external.StreamComments)
	}
	if c.readable() {
		out.ReadBatch = 1
	}
	if c.allFindable() {
		out.CreateKey = external.CreateKeyProperty
	}
	return out
}

// allFindable reports whether every lost create is found again by its key. Where one
// kind of item is not, the settings promise deduplication, and all rely on it.
func (c *contract) allFindable() bool {
	for kind, verbs := range c.verbs {
		if verbs[create] != nil && !c.findable(kind) {
			return false
		}
	}
	return c.findable(external.KindTicket)
}

// static leaves out what is a fact about one project alone.
func static(f external.FieldCapability) external.FieldCapability {
	f.Required, f.Options = false, nil
	return f
}

// Directions returns the directions that a project with these settings serves, and why
// not the others.
func Directions(settings json.RawMessage) ([]external.Direction, map[external.Direction]string, error) {
	c, err := agree(settings)
	if err != nil {
		return nil, nil, err
	}
	return c.directions(), c.why(), nil
}

func (c *contract) directions() []external.Direction {
	why := c.why()
	var out []external.Direction
	for _, d := range []external.Direction{external.Push, external.Pull, external.Bidirectional} {
		if why[d] == "" {
			out = append(out, d)
		}
	}
	return out
}

// why says of each direction that cannot be served what it lacks.
func (c *contract) why() map[external.Direction]string {
	out := map[external.Direction]string{}
	if len(c.verbs) == 0 {
		out[external.Push] = "the settings have no write: there is nowhere to send changes to"
	}
	if !c.listed(external.KindTicket) && c.intake == nil {
		out[external.Pull] = "the settings have neither read.ticket.list nor receive: nothing tells of changes there"
	}
	for _, part := range []external.Direction{external.Push, external.Pull} {
		if reason := out[part]; reason != "" {
			out[external.Bidirectional] = reason
		}
	}
	if out[external.Bidirectional] == "" && !c.readable() {
		out[external.Bidirectional] = "the settings have no read: without reading back what is there it would be overwritten unseen; " +
			"add read.ticket.item, or connect the project push only or pull only"
	}
	return out
}

// Places says how each field is read. Where nothing is read back settings move no field.
func Places(settings json.RawMessage) map[external.Kind]map[string]string {
	c, err := agree(settings)
	if err != nil || !c.readable() {
		return nil // wrong ones are refused wherever they are used
	}
	out := map[external.Kind]map[string]string{}
	for kind, item := range map[external.Kind]*ItemSettings{external.KindTicket: c.set.Ticket, external.KindComment: c.set.Comment} {
		if item == nil {
			continue
		}
		out[kind] = map[string]string{}
		for name, f := range item.Fields {
			out[kind][name] = fmt.Sprintf("%s %t %s", f.Type, f.Set, f.Read)
		}
	}
	return out
}
