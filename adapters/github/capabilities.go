package github

import (
	"time"

	"github.com/extsync/extsync/external"
)

// System is the name of this kind of external system.
const System external.System = "github"

// GitHub's own names of the fields.
const (
	fieldTitle     = "title"
	fieldBody      = "body"
	fieldState     = "state"
	fieldReason    = "state_reason"
	fieldLabels    = "labels"
	fieldAssignees = "assignees"
	fieldMilestone = "milestone"
)

// GitHub answers 422 beyond these, in characters. Our marker needs its room in a
// body.
const (
	maxTitle = 256
	maxLabel = 50
	maxBody  = 65_536 - markerRoom
)

// Capabilities returns the facts about GitHub that planning needs.
func Capabilities() external.Capabilities {
	return external.Capabilities{
		System:  System,
		Streams: []external.Stream{external.StreamTickets, external.StreamComments},
		Fields: []external.FieldCapability{
			{Name: fieldTitle, Type: external.TypeText, MaxRunes: maxTitle, History: external.HistoryFull},
			{Name: fieldBody, Type: external.TypeProse, MaxRunes: maxBody, History: external.HistoryFull},
			{Name: fieldState, Type: external.TypeState, History: external.HistoryFull},
			{Name: fieldReason, Type: external.TypeOption, History: external.HistoryFull},
			// Their limits are in no description; https://github.com/github/docs/issues/32156 and
			// https://github.com/actions/labeler/releases/tag/v4.2.0 name them.
			{Name: fieldLabels, Type: external.TypeLabels, Set: true, MaxRunes: maxLabel, MaxItems: 100, AnyCase: true},
			{Name: fieldAssignees, Type: external.TypePeople, Set: true, MaxItems: 10, AnyCase: true},
			{Name: fieldMilestone, Type: external.TypeContainer, History: external.HistoryFull},
		},
		Comment:     external.FieldCapability{Name: fieldBody, Type: external.TypeProse, MaxRunes: maxBody, History: external.HistoryFull},
		CommentEdit: true,
		CommentDel:  true,
		CreateKey:   external.CreateKeyMarker,
		Precision:   time.Second,
		// GitHub publishes no figure. Its lists read from replicas that are seconds
		// behind at most; its search index, which we do not use, 2 to 10 s.
		Lag:       30 * time.Second,
		PageSize:  pageSize,
		ReadBatch: 1,
		History:   historyBatch,
		Webhooks:  true,
		// A closed issue takes another reason only when it is opened and closed again.
		Transitions: true,
		// A personal access token's primary limit, the secondary limits on creating
		// content, and the advice to wait a second between writes.
		Limits: external.Limits{
			RequestsPerHour: 5000, WritesPerMinute: 80, WritesPerHour: 500, WriteGap: time.Second,
		},
	}
}
