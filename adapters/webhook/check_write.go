package webhook

import (
	"net/http"
	"net/textproto"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
)

// maxBodyLimit bounds what settings may allow of one request, in bytes.
const maxBodyLimit = 1 << 20

func (c *checker) writing() {
	w := c.set.Write
	if w == nil {
		return
	}
	if w.MaxBody == 0 {
		w.MaxBody = 20_000
	}
	if w.MaxBody < 0 || w.MaxBody > maxBodyLimit {
		c.add("write.max_body", "want at most %d bytes", maxBodyLimit)
	}
	if w.Sets == "" {
		w.Sets = "delta"
	}
	if w.Sets != "delta" && w.Sets != "replace" {
		c.add("write.sets", "want delta or replace")
	}
	if w.Ping != nil {
		c.ping = c.action("write.ping", external.KindTicket, ping, w.Ping)
	}
	c.actions("write.ticket", external.KindTicket, w.Ticket)
	c.actions("write.comment", external.KindComment, w.Comment)
	if len(c.verbs) == 0 {
		c.add("write", "does nothing: want ticket or comment with an action")
	}
}

func (c *checker) actions(path string, kind external.Kind, set *VerbsSettings) {
	if set == nil {
		return
	}
	if c.shapes[kind] == nil {
		c.add(path, "there is no %s in the settings", kind)
		return
	}
	out := map[verb]*action{}
	for v, a := range map[verb]*ActionSettings{create: set.Create, update: set.Update, remove: set.Delete} {
		if a != nil {
			out[v] = c.action(path+"."+string(v), kind, v, a)
		}
	}
	if len(out) == 0 {
		c.add(path, "want create, update or delete")
		return
	}
	c.verbs[kind] = out
}

func (c *checker) action(path string, kind external.Kind, v verb, set *ActionSettings) *action {
	may := map[verb][]string{create: {"parent"}, update: {"id", "key", "parent"}, remove: {"id", "key", "parent"}}[v]
	a := &action{
		verb: v, method: set.Method, address: c.address(path+".address", set.Address, may...), body: c.program(path+".body", set.Body),
		full: set.Full, async: set.Async,
		item: c.program(path+".item", set.Item), id: c.program(path+".id", set.ID), key: c.program(path+".key", set.Key),
	}
	if set.Address == "" {
		c.add(path+".address", "is missing")
	}
	if a.method == "" {
		a.method = http.MethodPost
	}
	if !slices.Contains(methods(), a.method) {
		c.add(path+".method", "want one of %s", list(methods()))
	}
	if a.full && v != update {
		c.add(path+".full", "is for an update")
	}
	if a.item != nil {
		c.legible(string(kind), c.shapes[kind])
	}
	c.answered(path, a)
	return a
}

// answered checks that it is known what an answer tells.
func (c *checker) answered(path string, a *action) {
	if a.verb != create {
		if a.id != nil || a.key != nil || a.async {
			c.add(path, "id, key and async are for a create")
		}
		if a.item != nil && a.verb != update {
			c.add(path+".item", "is for a create or an update")
		}
		return
	}
	ways := 0
	for _, way := range []bool{a.item != nil, a.id != nil, a.async} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		c.add(path, "want one of item, id and async: where the answer says what was made")
	}
	if a.key != nil && a.id == nil {
		c.add(path+".key", "goes with id")
	}
	if a.async && c.set.Read != nil {
		c.add(path+".async", "does not go with read: what is made later under another id cannot be told from a stranger's; "+
			"answer with the id, or leave read out")
	}
}

func (c *checker) receiving() {
	r := c.set.Receive
	if r == nil {
		return
	}
	in := &intake{SignatureSettings: r.Signature, items: map[external.Kind]*program{}}
	in.maxAge = c.duration("receive.signature.max_age", r.Signature.MaxAge, 5*time.Minute)
	if in.maxAge <= 0 {
		c.add("receive.signature.max_age", "want more than nothing")
	}
	c.signature(in)
	in.deliveryID = c.source("receive.delivery_id", r.DeliveryID)
	in.event = c.source("receive.event", r.Event)
	in.project = c.program("receive.project", r.Project)
	if in.deliveryID == (source{}) && in.Mode != modeStandard {
		c.add("receive.delivery_id", "is missing; a delivery that comes twice is known by it")
	}
	for kind, source := range map[external.Kind]string{external.KindTicket: r.Ticket, external.KindComment: r.Comment} {
		path := "receive." + string(kind)
		if source == "" {
			continue
		}
		in.items[kind] = c.program(path, source)
		if c.shapes[kind] == nil {
			c.add(path, "there is no %s in the settings", kind)
			continue
		}
		c.believable(string(kind), c.shapes[kind])
	}
	if len(in.items) == 0 {
		c.add("receive.ticket", "is missing; it finds the ticket in a payload")
	}
	c.intake = in
}

// believable wants what is read from deliveries to be whole, and datable where there is
// nothing else to read.
func (c *checker) believable(path string, s *shape) {
	if s.id == nil {
		c.add(path+".id", "is missing; it tells items apart for ever")
	}
	if c.set.Read != nil {
		return
	}
	c.legible(path, s)
	if s.updatedAt == nil {
		c.add(path+".updated_at", "is missing; an old delivery that comes late is known by it")
	}
}

func (c *checker) signature(in *intake) {
	const path = "receive.signature"
	defaults := map[string]string{
		modeSHA256: "X-Hub-Signature-256", modeHex: "X-Signature", modeJWT: "Authorization", modeToken: "X-Token", modeStandard: "",
	}
	header, known := defaults[in.Mode]
	if !known {
		c.add(path+".mode", "want one of sha256, hex, standard, jwt and token")
	}
	if in.Mode == modeStandard && in.Header != "" {
		c.add(path+".header", "Standard Webhooks have their own")
	}
	if in.Header == "" {
		in.Header = header
	}
	in.Header = textproto.CanonicalMIMEHeaderKey(in.Header)
	in.timestamp = c.program(path+".timestamp", in.Timestamp)
	if in.timestamp != nil && in.Mode != modeSHA256 && in.Mode != modeHex {
		c.add(path+".timestamp", "is for the modes sha256 and hex; the others sign a time of their own, or none")
	}
	if (in.BodyClaim != "" || in.RequireBody) && in.Mode != modeJWT {
		c.add(path+".body_claim", "is for the mode jwt")
	}
	if in.BodyClaim == "" {
		in.BodyClaim = "body_sha256"
	}
}

func (c *checker) source(path string, set SourceSettings) source {
	if set.Header != "" && set.Payload != "" {
		c.add(path, "want header or payload, not both")
	}
	return source{header: textproto.CanonicalMIMEHeaderKey(set.Header), payload: c.program(path+".payload", set.Payload)}
}
