package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// request is one signed request on its way out.
type request struct {
	what, kind string
	action     *action
	id         string // webhook-id
	values     map[string]string
	body       map[string]any // what the body's program gets
}

// send makes the body and the one call.
func (a *adapter) send(ctx context.Context, r request) (answer, error) {
	body, err := a.body(ctx, r)
	if err != nil {
		return answer{}, err
	}
	to, err := r.action.address.fill(a.base, r.values)
	if err != nil {
		return answer{}, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	if err := a.signed(header, r.id, body); err != nil {
		return answer{}, err
	}
	made := call{what: r.what, kind: r.kind, write: true, named: r.action.address.has("id", "key")}
	return a.do(ctx, made, r.action.method, to, header, body)
}

// body runs the body's program and refuses what would be too long.
func (a *adapter) body(ctx context.Context, r request) ([]byte, error) {
	r.body["delivery_id"] = r.id
	var doc any = map[string]any{"type": r.kind, "data": r.body}
	if p := r.action.body; p != nil {
		made, err := p.one(ctx, r.body)
		switch {
		case err != nil && ctx.Err() != nil: // not the program's fault
			return nil, fail(external.Temporary, r.what, "it was given up before anything was sent", ctx.Err())
		case err != nil:
			return nil, fail(external.Invalid, r.what, err.Error(), err)
		}
		if _, isObject := made.(map[string]any); !isObject {
			return nil, fail(external.Invalid, r.what, "the program "+p.path+" of the settings makes no JSON object", nil)
		}
		doc = made
	}
	out, err := encode(doc)
	if err != nil {
		return nil, fail(external.Invalid, r.what, "the body cannot be written as JSON", nil)
	}
	if limit := a.set.Write.MaxBody; len(out) > limit {
		return nil, fail(external.Invalid, r.what, fmt.Sprintf("the request would have %d bytes, and write.max_body of the settings allows %d; "+
			"raise it if the system takes more", len(out), limit), nil)
	}
	return out, nil
}

// input is what the body's program gets for an operation. Add and remove tell of a set that
// is changed by its elements, fields of all others.
func (a *adapter) input(op adapters.Op, c outbound.Content, v verb) (map[string]any, error) {
	fields, add, gone := map[string]any{}, map[string]any{}, map[string]any{}
	for _, name := range a.sent(op, c) {
		f, _ := a.shapes[c.Ref.Kind].field(name)
		value, changed := c.Set[name]
		if !changed {
			value = c.Now[name]
		}
		if err := f.fits(value); err != nil {
			return nil, err
		}
		out, err := f.json(value)
		if err != nil {
			return nil, err
		}
		fields[name] = out
		if verb(op.Verb) == changeSet {
			delete(fields, name)
			add[name], gone[name] = texts(op.Add), texts(op.Remove)
		}
	}
	return map[string]any{
		"action": string(v), "kind": string(c.Ref.Kind), "project": a.project, "id": c.Ref.ID, "key": c.Ref.Key, "parent": c.Ref.Parent,
		"create_key": c.CreateKey, "fields": fields, "add": add, "remove": gone,
	}, nil
}

// sent names the fields that an operation carries: those it writes, or all of them.
func (a *adapter) sent(op adapters.Op, c outbound.Content) []string {
	if act := a.verbs[c.Ref.Kind][update]; verb(op.Verb) != update || !act.full {
		return op.Writes
	}
	var all []string
	for _, f := range a.shapes[c.Ref.Kind].fields {
		if !f.ReadOnly {
			all = append(all, f.Name)
		}
	}
	return all
}

// deliveryID names what is sent. A create is named by its create key, for ever, so that
// a repeat is known as one. The others cannot be: to set a field to A, to B and to A
// again are three changes, of which two look alike, and what was deleted may be brought
// back and deleted anew. They get another id each time; a repeat sets the same values
// again, or finds nothing left to delete.
func deliveryID(v verb, c outbound.Content) string {
	if v != create || c.CreateKey == "" {
		return randomID(string(v))
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{c.ProjectID, string(c.Ref.Kind), c.CreateKey}, "\x00")))
	return string(v) + "_" + hex.EncodeToString(sum[:16])
}
