// Package actioncount counts what Temporal would bill for: actions, from the
// histories of workflows. [Count] counts one history, [Total] those that a visibility
// query lists. Heartbeats stand in no history; [Meter] counts them at the client.
package actioncount

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// Actions are billable actions by kind: "start", "activity", "retry", "timer",
// "signal", "child", "attributes", "marker", "update", "schedule".
type Actions map[string]int

// Sum returns how many there are in all.
func (a Actions) Sum() int {
	sum := 0
	for _, n := range a {
		sum += n
	}
	return sum
}

// String lists them by kind.
func (a Actions) String() string {
	parts := make([]string, 0, len(a))
	for _, kind := range slices.Sorted(maps.Keys(a)) {
		parts = append(parts, fmt.Sprintf("%s %d", kind, a[kind]))
	}
	return fmt.Sprintf("%d (%s)", a.Sum(), strings.Join(parts, ", "))
}

// Add adds other actions.
func (a Actions) Add(b Actions) {
	for kind, n := range b {
		a[kind] += n
	}
}

// Events yields the events of a history, as client.HistoryEventIterator does.
type Events interface {
	HasNext() bool
	Next() (*historypb.HistoryEvent, error)
}

// Count counts one run. Its start counts here, be it a first one, a continued one or a
// child's; what starting a child costs beyond that counts with the parent. A signal
// that came with the start is one action together with it. A run that a schedule
// started costs two more.
func Count(events Events) (Actions, error) {
	a := Actions{}
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return nil, fmt.Errorf("read a history: %w", err)
		}
		if kind := billable(e); kind != "" {
			a[kind]++
		}
		switch e.GetEventType() { //nolint:exhaustive // the others are not billed beyond the above
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			fields := e.GetWorkflowExecutionStartedEventAttributes().GetSearchAttributes().GetIndexedFields()
			if _, scheduled := fields["TemporalScheduledById"]; scheduled {
				a["schedule"] += 2
			}
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			if again := int(e.GetActivityTaskStartedEventAttributes().GetAttempt()) - 1; again > 0 {
				a["retry"] += again
			}
		}
	}
	return a, nil
}

// billable returns the kind of action that an event stands for, or nothing.
func billable(e *historypb.HistoryEvent) string {
	switch e.GetEventType() { //nolint:exhaustive // the others are free
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		return "start"
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		return "activity"
	case enumspb.EVENT_TYPE_TIMER_STARTED:
		return "timer"
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		if e.GetEventId() == 2 {
			return "" // signal-with-start
		}
		return "signal"
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		return "child"
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		return "attributes"
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		return "marker"
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		return "update"
	}
	return ""
}

// Report is what several runs cost.
type Report struct {
	Runs    int
	Actions Actions            // of all
	ByType  map[string]Actions // by the type of workflow
}

// Total counts the runs that a visibility query lists, for example
// "StartTime > '2026-01-02T15:04:05Z'". Visibility lags by a second or so.
func Total(ctx context.Context, c client.Client, query string) (Report, error) {
	r := Report{Actions: Actions{}, ByType: map[string]Actions{}}
	for token := []byte(nil); ; {
		page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, NextPageToken: token})
		if err != nil {
			return r, fmt.Errorf("list workflows: %w", err)
		}
		for _, x := range page.GetExecutions() {
			id, run := x.GetExecution().GetWorkflowId(), x.GetExecution().GetRunId()
			a, err := Count(c.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT))
			if err != nil {
				return r, errors.Join(err, fmt.Errorf("count workflow %s", id))
			}
			r.Runs++
			r.Actions.Add(a)
			kind := x.GetType().GetName()
			if r.ByType[kind] == nil {
				r.ByType[kind] = Actions{}
			}
			r.ByType[kind].Add(a)
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return r, nil
		}
	}
}
