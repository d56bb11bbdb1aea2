package workflows_test

import (
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/workflows"
)

// setupMapping is a setup whose child finds the mapping by itself.
func (r *recorder) setupMapping() {
	r.must(workflows.StartSetup(r.ctx, r.client, workflows.SetupInput{
		ProjectID: r.project.ID, System: "github", Key: "octo/hello", By: "ann", AutoApprove: true, Mapping: workflows.MappingAuto,
	}))
	r.until("Activate", 1)
	r.firstSync(done())
	r.save(workflows.SetupID(r.project.ID), "setup_mapping")
	r.save(workflows.MappingID(r.project.ID), "mapping_auto")
}

func (r *recorder) startMapping() {
	r.t.Helper()
	r.must(workflows.StartMapping(r.ctx, r.client, workflows.MappingInput{
		ProjectID: r.project.ID, System: "github", Key: "octo/hello", By: "ann",
	}))
}

func (r *recorder) word(version int) activities.MappingOrder {
	return activities.MappingOrder{ProjectID: r.project.ID, Version: version, By: "bob"}
}

// mappingShows waits until the review shows something.
func (r *recorder) mappingShows(holds func(workflows.MappingState) bool) {
	r.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		s, err := workflows.ReadMapping(r.ctx, r.client, r.project.ID)
		if err == nil && holds(s) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the review shows %+v, %v", s, err)
		}
	}
}

// mappingReview is a proposal that a person edits; its activation is refused, and the
// next version confirmed.
func (r *recorder) mappingReview() {
	r.inForce = func(version int) error {
		if version == 2 {
			return failure(string(external.Invalid), "it has an error")
		}
		return nil
	}
	r.startMapping()
	r.mappingShows(func(s workflows.MappingState) bool { return s.Step == workflows.MappingReview })
	r.must(workflows.SignalMappingEdit(r.ctx, r.client, r.word(2)))
	r.mappingShows(func(s workflows.MappingState) bool { return s.Step == workflows.MappingReview && s.Draft.Version == 2 })
	r.must(workflows.SignalMappingConfirm(r.ctx, r.client, r.word(2)))
	r.mappingShows(func(s workflows.MappingState) bool { return s.Problem != "" })
	r.must(workflows.SignalMappingConfirm(r.ctx, r.client, r.word(3)))
	r.save(workflows.MappingID(r.project.ID), "mapping_review")
}

// mappingRejected is a proposal that waits for the system to answer, and is rejected.
func (r *recorder) mappingRejected() {
	r.propose = []error{failure(string(external.Unauthorised), "refused")}
	r.startMapping()
	r.mappingShows(func(s workflows.MappingState) bool { return s.Problem != "" })
	r.must(workflows.SignalMappingReject(r.ctx, r.client, r.word(0)))
	r.save(workflows.MappingID(r.project.ID), "mapping_rejected")
}
