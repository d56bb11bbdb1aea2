package api

import (
	"context"
	"errors"
	"strings"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

type countConflictsInput struct {
	Project string `query:"project" format:"uuid" doc:"only of this project"`
}

func (s *server) countConflicts(ctx context.Context, in *countConflictsInput) (*body[v1.ConflictCounts], error) {
	out := v1.ConflictCounts{}
	err := s.tx(ctx, func(tx store.Tx) error {
		out.Counts = []v1.ConflictCount{}
		list, err := tx.CountConflicts(ctx, in.Project)
		for _, c := range list {
			out.Counts = append(out.Counts, v1.ConflictCount{
				Project: c.ProjectID, Kind: string(c.Kind), State: string(c.State), Count: c.Count, Oldest: c.Oldest,
			})
		}
		return err
	})
	return &body[v1.ConflictCounts]{out}, err
}

type ruleInput struct {
	Actor
	Body v1.ConflictRule
}

func (s *server) decideByRule(ctx context.Context, in *ruleInput) (*body[v1.RuleOutcome], error) {
	req := in.Body
	if req.Field != "" && !ticket.Field(req.Field).Valid() {
		return nil, noField(ctx, req.Field)
	}
	r := engine.Rule{Choice: store.Choice(req.Choice), Where: store.ConflictFilter{
		ProjectID: req.Project, TicketID: req.Ticket, Field: ticket.Field(req.Field), Kind: store.ConflictKind(req.Kind),
		Strategy: plan.Strategy(req.Strategy), Before: req.Before,
	}}
	if r.Where.Before.IsZero() && req.OlderThan > 0 {
		r.Where.Before = s.Engine.Clock.Now().Add(-time.Duration(req.OlderThan))
	}
	if req.Digest == "" {
		p, err := s.Engine.PreviewRule(ctx, r)
		return &body[v1.RuleOutcome]{v1.RuleOutcome{Preview: viewRule(r, p)}}, err
	}
	by := req.By
	if by == "" {
		by = in.Actor.Actor
	}
	done, p, err := s.Engine.DecideByRule(ctx, r, req.Digest, by)
	if errors.Is(err, engine.ErrMoved) {
		refused, now := problem(ctx, v1.Moved, err.Error()), viewRule(r, p)
		refused.Rule = &now
		return nil, refused
	}
	out := v1.RuleOutcome{Preview: viewRule(r, p), Decided: len(done.Decided), Moved: done.Moved, Already: done.Already}
	return &body[v1.RuleOutcome]{out}, err
}

// sampled is how many conflicts of a preview are named.
const sampled = 20

func viewRule(r engine.Rule, p engine.RulePreview) v1.RulePreview {
	v := v1.RulePreview{Count: len(p.Conflicts), Skipped: p.Skipped, More: p.More, Digest: p.Digest, Before: r.Where.Before, Sample: []string{}}
	for _, c := range p.Conflicts[:min(len(p.Conflicts), sampled)] {
		v.Sample = append(v.Sample, c.ID)
	}
	return v
}

type restoreInput struct {
	ConflictPath
	Actor
	IfMatch string `header:"If-Match" doc:"the ETag of the ticket or comment that you read; absent: as it was when the conflict was closed" example:"\"3\""`
	Body    v1.Restore
}

func (s *server) restore(ctx context.Context, in *restoreInput) (*body[v1.Restored], error) {
	r := engine.Restoration{Side: engine.Side(in.Body.Value), By: in.Body.By}
	if r.By == "" {
		r.By = in.Actor.Actor
	}
	if strings.TrimSpace(in.IfMatch) != "" {
		var err error
		if r.Revision, err = (IfMatch{in.IfMatch}).seen(ctx); err != nil {
			return nil, err
		}
	}
	out, err := s.Engine.Restore(ctx, in.Conflict, r)
	if err != nil {
		return nil, err
	}
	v := v1.Restored{Ticket: viewTicket(out.Ticket, nil), Anew: out.Anew}
	if out.Comment.ID != "" {
		c := viewComment(out.Comment, nil)
		v.Comment = &c
	}
	return &body[v1.Restored]{v}, nil
}
