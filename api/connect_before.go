package api

import (
	"context"
	"errors"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// asBefore has a project that was disconnected, and is connected again, be what it was in all that the
// request leaves open. Who connects it again for the sake of a new token need not know that nothing was
// to leave for it, or which of its tickets were kept in step.
func (s *server) asBefore(ctx context.Context, req *v1.NewProject) error {
	var was store.Project
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		was, err = tx.ProjectByAddress(ctx, external.System(req.System), req.APIURL, strings.TrimSpace(req.Address))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || was.Status != external.Disconnected {
		return err
	}
	req.Direction, req.Filter = or(req.Direction, string(was.Direction)), or(req.Filter, was.Filter)
	if len(req.Settings) == 0 {
		req.Settings = was.Settings
	}
	return nil
}
