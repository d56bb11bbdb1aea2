package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// rules registers what never leaves for a project.
func (s *server) rules() {
	add(s, huma.Operation{OperationID: "get-rules", Method: http.MethodGet, Path: "/v1/projects/{project}/rules", Tags: []string{"projects"},
		Summary: "Read which fields, comments and passages never leave"}, s.getRules)
	add(s, huma.Operation{OperationID: "change-rules", Method: http.MethodPatch, Path: "/v1/projects/{project}/rules", Tags: []string{"projects"},
		Summary: "Change which fields, comments and passages never leave",
		Description: "From the answer on no call begins that carries what the rules keep. What left before stays outside, unless withdraw says otherwise. " +
			"Recorded with your name; everything of the project is planned anew."}, s.changeRules)
}

func (s *server) getRules(ctx context.Context, in *ProjectPath) (*body[v1.Rules], error) {
	p, err := s.project(ctx, in.Project)
	return &body[v1.Rules]{viewRules(p.Rules)}, err
}

type changeRulesInput struct {
	SteerInput
	Body v1.RulesChange
}

func (s *server) changeRules(ctx context.Context, in *changeRulesInput) (*body[v1.Rules], error) {
	p, back, err := s.Engine.ChangeRulesAndTakeBack(ctx, in.Project, in.Actor.Actor, outbound.TakeBack(in.Body.Withdraw),
		func(r *outbound.Rules) { changed(r, in.Body) })
	if _, err := s.told(ctx, p, Reconfigured, in.order(), err); err != nil {
		return nil, err
	}
	v := viewRules(p.Rules)
	v.Withdrawal = viewWithdrawal(back)
	return &body[v1.Rules]{v}, nil
}

// viewWithdrawal shows what is taken back, and what is not though somebody may expect it; nil: nothing of both.
func viewWithdrawal(w engine.Withdrawal) *v1.Withdrawal {
	v := v1.Withdrawal{How: string(w.How), Items: w.Items}
	if w.Items > 0 {
		v.Cannot = w.Cannot
	}
	if w.Passages {
		v.Cannot = append(v.Cannot, engine.CannotPassages)
	}
	if len(v.Cannot) == 0 {
		return nil
	}
	return &v
}

// changed lays a change over the rules.
func changed(r *outbound.Rules, c v1.RulesChange) {
	if c.Keep != nil {
		r.Keep = nil
		for _, f := range *c.Keep {
			r.Keep = append(r.Keep, ticket.Field(f))
		}
	}
	if c.Default != "" {
		r.Withdraw = outbound.TakeBack(c.Default)
	}
	if c.Comments != nil {
		r.Comments = outbound.CommentRule{Mode: outbound.CommentMode(c.Comments.Mode), By: c.Comments.By}
	}
	if c.Passages != nil {
		r.Cuts = nil
		for _, p := range *c.Passages {
			r.Cuts = append(r.Cuts, cut(p))
		}
	}
	if c.Drop != nil {
		r.Keep = slices.DeleteFunc(r.Keep, func(f ticket.Field) bool { return slices.Contains(c.Drop.Keep, string(f)) })
		r.Cuts = slices.DeleteFunc(r.Cuts, func(x outbound.Cut) bool {
			return slices.ContainsFunc(c.Drop.Passages, func(p v1.Passage) bool { return cut(p) == x })
		})
	}
	if c.Add != nil {
		addTo(r, *c.Add)
	}
}

// addTo has rules keep more than they do.
func addTo(r *outbound.Rules, more v1.RulesPart) {
	for _, f := range more.Keep {
		if !slices.Contains(r.Keep, ticket.Field(f)) {
			r.Keep = append(r.Keep, ticket.Field(f))
		}
	}
	for _, p := range more.Passages {
		if !slices.Contains(r.Cuts, cut(p)) {
			r.Cuts = append(r.Cuts, cut(p))
		}
	}
}

func cut(p v1.Passage) outbound.Cut {
	return outbound.Cut{Begin: p.Begin, End: p.End, Pattern: p.Pattern, Whole: p.Whole}
}

func viewRules(r outbound.Rules) v1.Rules {
	v := v1.Rules{Keep: []string{}, Passages: []v1.Passage{}, PassOn: []v1.PassOn{}, Comments: v1.CommentRule{Mode: string(r.Comments.Mode), By: r.Comments.By}}
	v.Withdraw = string(r.Withdraw.Or(outbound.Stop))
	if v.Comments.Mode == "" {
		v.Comments.Mode = string(outbound.AllComments)
	}
	for _, f := range r.Keep {
		v.Keep = append(v.Keep, string(f))
	}
	for _, c := range r.Cuts {
		v.Passages = append(v.Passages, v1.Passage{Begin: c.Begin, End: c.End, Pattern: c.Pattern, Whole: c.Whole})
	}
	for _, p := range r.PassOn {
		v.PassOn = append(v.PassOn, v1.PassOn{From: p.From, To: p.To})
	}
	return v
}
