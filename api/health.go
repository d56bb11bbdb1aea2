package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
)

// health registers what a supervisor asks. Neither needs a token.
func (s *server) health() {
	open := []map[string][]string{}
	add(s, huma.Operation{OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: []string{"health"}, Security: open,
		Summary: "The process answers"}, s.healthy)
	add(s, huma.Operation{OperationID: "readiness", Method: http.MethodGet, Path: "/readyz", Tags: []string{"health"}, Security: open,
		Summary: "The database and the workflow service answer"}, s.ready)
}

type healthView struct {
	Status string `json:"status" enum:"ok"`
}

func (s *server) healthy(context.Context, *struct{}) (*body[healthView], error) {
	return &body[healthView]{healthView{"ok"}}, nil
}

const readyTimeout = 5 * time.Second

func (s *server) ready(ctx context.Context, _ *struct{}) (*body[healthView], error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	p := problem(ctx, v1.Unavailable, "not everything that is needed answers")
	check := func(part, todo string, err error) {
		if err == nil {
			return
		}
		s.Log.WarnContext(ctx, "not ready", "part", part, "error", err)
		p.Errors = append(p.Errors, v1.Fault{Where: part, Message: "does not answer; " + todo})
	}
	check("database", "check that Postgres runs and that its address is right", s.pingStore(ctx))
	check("workflows", "check that Temporal runs and that its address is right", s.Steering.Ready(ctx))
	if len(p.Errors) > 0 {
		return nil, p
	}
	return &body[healthView]{healthView{"ok"}}, nil
}

// pingStore reads one row, whether it exists or not.
func (s *server) pingStore(ctx context.Context) error {
	return s.tx(ctx, func(tx store.Tx) error {
		_, err := tx.Secret(ctx, serverOwner, tokenName)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
}
