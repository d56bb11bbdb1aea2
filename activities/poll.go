package activities

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
)

// Polled is what a poll found, and whether it woke the project.
type Polled struct {
	Changed bool               // the external side shows something new
	Pending bool               // something waits in the store
	Failed  external.ErrorKind // the external side did not answer as it should
	Woke    bool
	Wait
}

// Poll looks whether a session is worth starting, and asks for one in the same
// breath: a poll that finds nothing costs one activity. A failing poll is worth a
// session too, which records the failure, until the status says error; then the
// first poll that succeeds is.
func (a *Project) Poll(ctx context.Context, projectID string) (Polled, error) {
	before, err := a.read(ctx, projectID)
	if err != nil {
		return Polled{}, translate(ctx, a.Engine, err)
	}
	if !before.Status.Syncs() {
		return Polled{}, nil
	}
	found, err := a.Engine.Poll(ctx, projectID)
	out := Polled{Changed: found.Changed, Pending: found.Pending}
	inError := before.Status == external.InError
	var vendor *external.Error
	switch {
	case errors.As(err, &vendor):
		if out.Failed = vendor.Kind; inError {
			return out, nil
		}
	case err != nil:
		out.Wait, err = waited(ctx, a.Engine, err)
		return out, err
	case !inError && !found.Changed && !found.Pending:
		return out, nil
	}
	w := Wake{Walk: out.Failed != "" || inError || found.Changed}
	if err := a.Steering.Wake(ctx, projectID, w); err != nil {
		return out, translate(ctx, a.Engine, err)
	}
	out.Woke = true
	return out, nil
}
