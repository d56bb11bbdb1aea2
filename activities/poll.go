package activities

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Polled is what a poll found, and whether it woke the project.
type Polled struct {
	Changed bool               // the external side shows something new
	Pending bool               // something waits in the store
	Failed  external.ErrorKind // the external side did not answer as it should
	Woke    bool
	Epoch   int64 // of the project's writer, for the next poll to know
	Wait
}

// Poll looks whether a session is worth starting, and asks for one in the same
// breath: a poll that finds nothing costs one activity. A failing poll is worth a
// session too, which records the failure, until the status says error; then the
// first poll that succeeds is.
//
// known is the epoch that the poll before saw: where the database has a smaller one now,
// it was restored, and a session reads everything anew.
func (a *Project) Poll(ctx context.Context, projectID string, known int64) (Polled, error) {
	restored, err := a.Engine.Witness(ctx, projectID, known)
	if err != nil {
		return Polled{}, translate(ctx, a.Engine, err)
	}
	before, err := a.project(ctx, projectID)
	if err != nil {
		return Polled{}, translate(ctx, a.Engine, err)
	}
	if !before.Status.Syncs() {
		return Polled{Epoch: before.WriterEpoch}, nil
	}
	out, worth, err := a.ask(ctx, before)
	if err != nil || !worth && !restored {
		return out, err
	}
	w := Wake{Walk: out.Failed != "" || before.Status == external.InError || out.Changed || restored, Sweep: restored}
	if err := a.Steering.Wake(ctx, projectID, w); err != nil {
		return out, translate(ctx, a.Engine, err)
	}
	out.Woke = true
	return out, nil
}

// ask looks outside, and reports whether what it found is worth a session.
func (a *Project) ask(ctx context.Context, before store.Project) (out Polled, worth bool, err error) {
	found, err := a.Engine.Poll(ctx, before.ID)
	out = Polled{Changed: found.Changed, Pending: found.Pending, Epoch: before.WriterEpoch}
	inError := before.Status == external.InError
	var vendor *external.Error
	switch {
	case errors.As(err, &vendor):
		out.Failed = vendor.Kind
		return out, !inError, nil
	case err != nil:
		out.Wait, err = waited(ctx, a.Engine, err)
		return out, false, err
	}
	return out, inError || found.Changed || found.Pending, nil
}
