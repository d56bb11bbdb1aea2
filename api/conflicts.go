package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// conflicts registers the conflict queue.
func (s *server) conflicts() {
	add(s, huma.Operation{OperationID: "list-conflicts", Method: http.MethodGet, Path: "/v1/conflicts", Tags: []string{"conflicts"},
		Summary: "List conflicts, newest first"}, s.listConflicts)
	add(s, huma.Operation{OperationID: "get-conflict", Method: http.MethodGet, Path: "/v1/conflicts/{conflict}", Tags: []string{"conflicts"},
		Summary: "Read one conflict with both sides"}, s.getConflict)
	add(s, huma.Operation{OperationID: "count-conflicts", Method: http.MethodGet, Path: "/v1/conflict-counts", Tags: []string{"conflicts"},
		Summary: "Count the conflicts that wait, by project, kind and state"}, s.countConflicts)
	add(s, huma.Operation{OperationID: "decide-conflicts", Method: http.MethodPost, Path: "/v1/conflict-rules", Tags: []string{"conflicts"},
		Summary: "Decide many conflicts by a rule",
		Description: "Without a digest nothing is decided: the answer is a preview. With the digest of that preview each of its conflicts is decided, " +
			"as a decision of its own; where anything moved since, nothing is, and 409 shows the preview of now."}, s.decideByRule)
	add(s, huma.Operation{OperationID: "restore-value", Method: http.MethodPost, Path: "/v1/conflicts/{conflict}/restore", Tags: []string{"conflicts"},
		Summary: "Put a losing value of a closed conflict back",
		Description: "It becomes an ordinary edit made here. A field that was written since the conflict was closed refuses it, unless If-Match names " +
			"the revision that you saw. The text of a deleted comment comes back as a new comment; a value of a deleted ticket, and one that could " +
			"not be typed here, stay in the record."}, s.restore)
	later := map[string]*huma.Response{"202": {
		Description: "Stored, and not carried out yet",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: s.schema(reflect.TypeFor[v1.Conflict]())}},
	}}
	add(s, huma.Operation{OperationID: "decide-conflict", Responses: later, Method: http.MethodPost, Path: "/v1/conflicts/{conflict}/decide", Tags: []string{"conflicts"},
		Summary: "Decide a conflict",
		Description: "The digest says which values you were shown. Where they have moved since, nothing is decided and 409 shows the new ones. " +
			"A value that is to be written outside and that the external system, or the mapping, cannot hold is refused with 422, which says what is too much. " +
			"The decision is carried out by the project's next session, unless they move before that: with wait, the answer waits for it, and 409 says that " +
			"it is void; 202 says that it is still to come."}, s.decide)
}

type listConflictsInput struct {
	Project string `query:"project" format:"uuid" doc:"only of this project"`
	State   string `query:"state" enum:"open,decided,resolved,converged" doc:"only in this state"`
	Kind    string `query:"kind" enum:"both_edited,overwritten,unmappable,refused,lossy,undone,edited_deleted,gone,twin_created" doc:"only of this kind"`
	Field   string `query:"field" maxLength:"128" doc:"only of this field"`
	Ticket  string `query:"ticket" format:"uuid" doc:"only of this ticket and its comments"`

	OlderThan string `query:"older_than" maxLength:"32" doc:"only those detected at least so long ago" example:"24h"`
	Limit     int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

// noField refuses a field that there cannot be.
func noField(ctx context.Context, name string) error {
	return refuse(ctx, v1.InvalidRequest, fmt.Sprintf("there is no field %q; want one of %v, or x: and the name of a field of your own", name, ticket.Known()))
}

// filter is what of the queue is asked for.
func (in *listConflictsInput) filter(ctx context.Context, now time.Time) (store.ConflictFilter, error) {
	f := store.ConflictFilter{
		ProjectID: in.Project, State: store.ConflictState(in.State), Kind: store.ConflictKind(in.Kind), Field: ticket.Field(in.Field), TicketID: in.Ticket,
	}
	if in.Field != "" && !f.Field.Valid() {
		return f, noField(ctx, in.Field)
	}
	if in.OlderThan == "" {
		return f, nil
	}
	age, err := time.ParseDuration(in.OlderThan)
	if err != nil || age < 0 {
		return f, refuse(ctx, v1.InvalidRequest, `older_than: want a duration, such as "24h"`)
	}
	f.Before = now.Add(-age)
	return f, nil
}

func (s *server) listConflicts(ctx context.Context, in *listConflictsInput) (*body[v1.Conflicts], error) {
	var out v1.Conflicts
	filter, err := in.filter(ctx, s.Engine.Clock.Now())
	if err != nil {
		return nil, err
	}
	err = s.tx(ctx, func(tx store.Tx) error {
		out = v1.Conflicts{Conflicts: []v1.Conflict{}}
		list, err := tx.FindConflicts(ctx, filter, in.Limit+1)
		if err != nil {
			return err
		}
		if out.More = len(list) > in.Limit; out.More {
			list = list[:in.Limit]
		}
		for _, c := range list {
			v, err := s.shownConflict(ctx, tx, c)
			if err != nil {
				return err
			}
			out.Conflicts = append(out.Conflicts, v)
		}
		return nil
	})
	return &body[v1.Conflicts]{out}, err
}

func (s *server) shownConflict(ctx context.Context, tx store.Tx, c store.Conflict) (v1.Conflict, error) {
	t, err := tx.Ticket(ctx, c.TicketID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // a comment can arrive before its ticket
		return v1.Conflict{}, err
	}
	v := viewConflict(c, t.Fields[ticket.Title].Text())
	if c.State == store.OpenConflict {
		goes, err := s.Engine.Reaches(ctx, tx, c, t)
		if err != nil {
			return v, err
		}
		v.Choices = choicesOf(c, goes)
	}
	if c.Twin == "" {
		return v, nil
	}
	o, err := tx.Observation(ctx, c.ProjectID, external.KindTicket, c.Twin)
	v.Twin = &v1.Twin{Key: o.Item.Key, URL: o.Item.URL}
	return v, ignoreMissing(err)
}

func (s *server) conflict(ctx context.Context, id string) (v1.Conflict, error) {
	var v v1.Conflict
	err := s.tx(ctx, func(tx store.Tx) error {
		c, err := tx.Conflict(ctx, id)
		if err != nil {
			return err
		}
		v, err = s.shownConflict(ctx, tx, c)
		return err
	})
	return v, err
}

func (s *server) getConflict(ctx context.Context, in *ConflictPath) (*body[v1.Conflict], error) {
	v, err := s.conflict(ctx, in.Conflict)
	if err != nil {
		return nil, err
	}
	return &body[v1.Conflict]{s.withBlocks(ctx, v)}, nil
}

type decideInput struct {
	ConflictPath
	Actor
	Wait int `query:"wait" minimum:"0" maximum:"60" doc:"seconds to wait for the outcome"`
	Body v1.Decision
}

type decideOutput struct {
	Status int
	Body   v1.Conflict
}

func (s *server) decide(ctx context.Context, in *decideInput) (*decideOutput, error) {
	d := engine.Decision{Choice: store.Choice(in.Body.Choice), Digest: in.Body.Digest, By: in.Body.By, Blocks: takesOf(in.Body.Blocks)}
	if d.By == "" {
		d.By = in.Actor.Actor
	}
	switch {
	case d.Choice == store.ChooseValue && in.Body.Value == nil:
		return nil, refuse(ctx, v1.InvalidRequest, "choice value needs a value")
	case d.Choice != store.ChooseValue && in.Body.Value != nil:
		return nil, refuse(ctx, v1.InvalidRequest, "a value belongs to choice value only")
	case d.Choice != engine.ChooseBlocks && len(in.Body.Blocks) > 0:
		return nil, refuse(ctx, v1.InvalidRequest, "blocks belong to choice blocks only")
	case in.Body.Value != nil:
		d.Value = *in.Body.Value
	}
	c, err := s.Engine.Decide(ctx, in.Conflict, d)
	if errors.Is(err, engine.ErrDecided) || errors.Is(err, engine.ErrMoved) {
		return nil, s.refusedDecision(ctx, c, err)
	}
	if err != nil {
		return nil, err
	}
	v, err := s.outcome(ctx, in.Conflict, time.Duration(in.Wait)*time.Second)
	if err != nil {
		return nil, err
	}
	if v.State == string(store.OpenConflict) { // its values moved before it was carried out: nothing was
		return nil, s.refusedDecision(ctx, c, engine.ErrMoved)
	}
	out := &decideOutput{http.StatusOK, v}
	if v.State == string(store.Decided) {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

// refusedDecision shows the conflict as it is now beside the reason.
func (s *server) refusedDecision(ctx context.Context, c store.Conflict, err error) error {
	p := problem(ctx, classify(err), err.Error())
	v, verr := s.conflict(ctx, c.ID)
	if verr != nil {
		return verr
	}
	v = s.withBlocks(ctx, v)
	p.Conflict = &v
	return p
}

// outcomeEvery is how often a waiting request looks at the row.
const outcomeEvery = 200 * time.Millisecond

// outcome waits for the decision to be carried out, for at most so long.
func (s *server) outcome(ctx context.Context, id string, atMost time.Duration) (v1.Conflict, error) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	// The last look must not fail because the time is up.
	look := context.WithoutCancel(ctx)
	tick := time.NewTicker(outcomeEvery)
	defer tick.Stop()
	for {
		v, err := s.conflict(look, id)
		if err != nil || v.State != string(store.Decided) || ctx.Err() != nil {
			return v, err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
