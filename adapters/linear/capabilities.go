package linear

import (
	"time"

	"github.com/extsync/extsync/external"
)

// System is the name of this kind of external system.
const System external.System = "linear"

// The fields, as Linear calls them. A comment has fieldBody alone.
const (
	fieldTitle       = "title"
	fieldDescription = "description"
	fieldState       = "state"
	fieldPriority    = "priority"
	fieldEstimate    = "estimate"
	fieldLabels      = "labels"
	fieldAssignee    = "assignee"
	fieldDueDate     = "dueDate"
	fieldParent      = "parent"
	fieldProject     = "project"
	fieldCycle       = "cycle"
	fieldBody        = "body"
)

const (
	issuesPage    = 50  // issues of one page, see operations.graphql
	commentsPage  = 100 // comments of the same page
	labelsInIssue = 10  // labels that come along with an issue
	readBatch     = 20  // items of one query by id
	historyBatch  = 20  // issues of one query of histories
	writeBatch    = 50  // issues of one issueBatchCreate, says its description in the schema
)

// maxTitle is a limit of ours: Linear publishes none for its texts. Longer is no title,
// and in a batch it would take the others down with it.
const maxTitle = 512

// Capabilities returns the facts about Linear that planning needs.
func Capabilities() external.Capabilities {
	return external.Capabilities{
		System:  System,
		Streams: []external.Stream{external.StreamTickets},
		Fields: []external.FieldCapability{
			{Name: fieldTitle, Type: external.TypeText, MaxRunes: maxTitle, History: external.HistoryFull},
			{Name: fieldDescription, Type: external.TypeProse, History: external.HistoryTimes},
			{Name: fieldState, Type: external.TypeState, History: external.HistoryFull},
			{Name: fieldPriority, Type: external.TypeOption, History: external.HistoryFull},
			{Name: fieldEstimate, Type: external.TypeNumber, History: external.HistoryFull},
			{Name: fieldLabels, Type: external.TypeLabels, Set: true, AnyCase: true},
			{Name: fieldAssignee, Type: external.TypePeople, History: external.HistoryFull},
			{Name: fieldDueDate, Title: "due date", Type: external.TypeDate, History: external.HistoryFull},
			{Name: fieldParent, Type: external.TypeReference, History: external.HistoryFull},
			{Name: fieldProject, Type: external.TypeContainer, History: external.HistoryFull},
			{Name: fieldCycle, Type: external.TypeContainer, History: external.HistoryFull},
		},
		Comment:     external.FieldCapability{Name: fieldBody, Type: external.TypeProse},
		CommentEdit: true,
		CommentDel:  true,
		TicketDel:   true,
		CreateKey:   external.CreateKeyClientID,
		Precision:   time.Millisecond,
		// Linear says nothing of lists that lag. Its web application works on a copy that is
		// seconds behind at most.
		Lag:        10 * time.Second,
		PageSize:   issuesPage + commentsPage,
		ReadBatch:  readBatch,
		WriteBatch: writeBatch,
		History:    historyBatch,
		// Edits of the first three minutes fold into the creation.
		HistoryGrace: 3 * time.Minute,
		Webhooks:     true,
		Filters:      true,
		// Of a personal API key; an OAuth token has twice as many. What counts is the
		// account that each answer gives of itself.
		Limits: external.Limits{RequestsPerHour: 2500},
	}
}
