package jira

import (
	"time"

	"github.com/extsync/extsync/external"
)

// System is the name of this kind of external system.
const System external.System = "jira"

// Jira's own names of the fields. sprint and estimate stand for custom fields.
const (
	fieldSummary     = "summary"
	fieldDescription = "description"
	fieldStatus      = "status"
	fieldResolution  = "resolution"
	fieldPriority    = "priority"
	fieldLabels      = "labels"
	fieldAssignee    = "assignee"
	fieldReporter    = "reporter"
	fieldType        = "issuetype"
	fieldParent      = "parent"
	fieldSprint      = "sprint"
	fieldVersions    = "fixVersions"
	fieldComponents  = "components"
	fieldDue         = "duedate"
	fieldSecurity    = "security"         // never an item's field: see external.RestrictedField
	fieldRestriction = "issuerestriction" // likewise, in team-managed projects
	fieldEstimate    = "estimate"
	fieldBody        = "body" // of a comment

	customPrefix = "customfield_"
)

// Limits of texts, in characters. Jira answers 400 beyond them; 32,767 is its default
// for rich text (jira.text.field.character.limit).
const (
	maxSummary = 255
	maxLabel   = 255
	maxProse   = 32_767
)

// Sizes of batches, each from the operation's OpenAPI description.
const (
	pageSize     = 100  // issue/bulkfetch: at most 100 issues
	bulkCreate   = 50   // issue/bulk: at most 50
	commentBatch = 1000 // comment/list: at most 1000
	historyBatch = 100  // changelog/bulkfetch: at most 1000; changes of a hundred fit one answer
	maxReconcile = 50   // search/jql: reconcileIssues, at most 50
)

// lag is how long search may lag behind writes. Atlassian says that search is
// eventually consistent and gives no figure; reports speak of seconds to a few minutes.
// Source: https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
const lag = 5 * time.Minute

// Capabilities returns the facts about Jira Cloud that planning needs. An adapter of a
// Data Center has others: read one issue a call, no bulk history, texts with history.
func Capabilities() external.Capabilities {
	return external.Capabilities{
		System:  System,
		Streams: []external.Stream{external.StreamTickets},
		Fields:  fieldCapabilities(),
		Comment: external.FieldCapability{Name: fieldBody, Type: external.TypeProse, MaxRunes: maxProse},
		// Their comments can be edited and deleted by whoever wrote them.
		CommentEdit: true,
		CommentDel:  true,
		TicketDel:   true,
		Custom:      external.FieldCapability{Name: customPrefix, History: external.HistoryTimes},
		CreateKey:   external.CreateKeyProperty,
		Precision:   time.Millisecond,
		Lag:         lag,
		PageSize:    pageSize,
		ReadBatch:   pageSize,
		WriteBatch:  bulkCreate,
		History:     historyBatch,
		Webhooks:    true,
		Filters:     true,
		Transitions: true,
		Secludes:    true,
		// Jira limits bursts per endpoint and issue and tells with a 429; an API token has
		// no hourly figure, an OAuth app one that is shared by all its tenants.
		Limits: external.Limits{},
	}
}

func fieldCapabilities() []external.FieldCapability {
	return []external.FieldCapability{
		{Name: fieldSummary, Title: "Summary", Type: external.TypeText, MaxRunes: maxSummary, History: external.HistoryFull},
		{Name: fieldDescription, Title: "Description", Type: external.TypeProse, MaxRunes: maxProse, History: external.HistoryTimes},
		{Name: fieldStatus, Title: "Status", Type: external.TypeState, History: external.HistoryFull},
		{Name: fieldResolution, Title: "Resolution", Type: external.TypeOption, History: external.HistoryFull},
		{Name: fieldPriority, Title: "Priority", Type: external.TypeOption, History: external.HistoryFull},
		{Name: fieldLabels, Title: "Labels", Type: external.TypeLabels, Set: true, MaxRunes: maxLabel},
		{Name: fieldAssignee, Title: "Assignee", Type: external.TypePeople, Set: true, MaxItems: 1, History: external.HistoryFull},
		{Name: fieldReporter, Title: "Reporter", Type: external.TypePeople, Set: true, MaxItems: 1, ReadOnly: true},
		{Name: fieldType, Title: "Issue Type", Type: external.TypeOption},
		{Name: fieldParent, Title: "Parent", Type: external.TypeReference, History: external.HistoryFull},
		{Name: fieldSprint, Title: "Sprint", Type: external.TypeContainer, History: external.HistoryTimes},
		{Name: fieldVersions, Title: "Fix versions", Type: external.TypeContainer, Set: true},
		{Name: fieldComponents, Title: "Components", Type: external.TypeOption, Set: true},
		{Name: fieldDue, Title: "Due date", Type: external.TypeDate, History: external.HistoryFull},
		{Name: fieldEstimate, Title: "Story points", Type: external.TypeNumber, History: external.HistoryFull},
	}
}

// capabilitiesOf returns the facts about one edition.
func capabilitiesOf(e edition) external.Capabilities {
	c := Capabilities()
	if e == cloud {
		return c
	}
	c.ReadBatch, c.History = 1, 1
	for n, f := range c.Fields {
		switch f.Name {
		case fieldDescription: // history and present text are both wiki markup
			c.Fields[n].History = external.HistoryFull
		case fieldAssignee: // the history names a user's key, not the name
			c.Fields[n].History = external.HistoryTimes
		}
	}
	return c
}
