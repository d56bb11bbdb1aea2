package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
)

// passOns registers the rules that let pulled tickets go on to another project.
func (s *server) passOns() {
	add(s, huma.Operation{OperationID: "pass-on", Method: http.MethodPut, Path: "/v1/projects/{project}/pass-on/{from}", Tags: []string{"projects"},
		Summary:     "Let tickets that were pulled from one project reach this one",
		Description: "Without such a rule a shareable ticket that was pulled goes back to its project of origin alone. Recorded with your name."}, s.passOn)
	add(s, huma.Operation{OperationID: "stop-passing-on", Method: http.MethodDelete, Path: "/v1/projects/{project}/pass-on/{from}", Tags: []string{"projects"},
		Summary: "Take such a rule back", Description: "Nothing more of these tickets leaves for this project. What left before stays outside, unless withdraw says otherwise."}, s.stopPassingOn)
}

type passOnInput struct {
	SteerInput
	OriginPath
}

func (s *server) passOn(ctx context.Context, in *passOnInput) (*body[v1.Project], error) {
	from, err := s.project(ctx, in.From)
	if err != nil {
		return nil, fmt.Errorf("project of origin: %w", err)
	}
	if from.ID == in.Project {
		return nil, refuse(ctx, v1.InvalidRequest, "from: a ticket may return to its project of origin anyway; name another project")
	}
	return s.changePassOn(ctx, in, "", "pass on", func(rules []outbound.PassOn, rule outbound.PassOn) []outbound.PassOn {
		return append(slices.Clip(rules), rule)
	})
}

type stopPassingOnInput struct {
	SteerInput
	OriginPath
	WithdrawQuery
}

func (s *server) stopPassingOn(ctx context.Context, in *stopPassingOnInput) (*body[v1.Project], error) {
	rule := &passOnInput{in.SteerInput, in.OriginPath}
	return s.changePassOn(ctx, rule, outbound.TakeBack(in.Withdraw), "stop passing on", func(rules []outbound.PassOn, _ outbound.PassOn) []outbound.PassOn { return rules })
}

// changePassOn takes the rule out, and lets add put it in again.
func (s *server) changePassOn(ctx context.Context, in *passOnInput, how outbound.TakeBack, act string, add func([]outbound.PassOn, outbound.PassOn) []outbound.PassOn) (*body[v1.Project], error) {
	rule := outbound.PassOn{From: in.From, To: in.Project}
	p, _, err := s.Engine.ChangeRulesAndTakeBack(ctx, in.Project, in.Actor.Actor, how, func(r *outbound.Rules) {
		kept := slices.DeleteFunc(slices.Clone(r.PassOn), func(p outbound.PassOn) bool { return p == rule })
		r.PassOn = add(kept, rule)
	})
	if err == nil {
		err = s.tx(ctx, func(tx store.Tx) error {
			return tx.AppendAudit(ctx, store.AuditEntry{
				ProjectID: in.Project, At: s.Engine.Clock.Now(), Actor: in.Actor.Actor, Action: act, Subject: in.From, Detail: "tickets of this origin",
			})
		})
	}
	return s.told(ctx, p, Reconfigured, in.order(), err)
}

// passOn reads the rules of a request, which must be about this project.
func passOn(ctx context.Context, tx store.Tx, projectID string, rules []v1.PassOn) ([]outbound.PassOn, error) {
	out := make([]outbound.PassOn, 0, len(rules))
	for _, r := range rules {
		if r.To != projectID {
			return nil, refuse(ctx, v1.InvalidRequest, "pass_on: to must be this project: a rule stands with the project that tickets may reach")
		}
		if _, err := tx.Project(ctx, r.From); err != nil {
			return nil, fmt.Errorf("pass_on: %w", err)
		}
		out = append(out, outbound.PassOn{From: r.From, To: r.To})
	}
	return out, nil
}
