package linear

import (
	"context"
	"slices"
	"strconv"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// issueItem turns Linear's issue into ours. Labels beyond those that came along are read.
func (a *adapter) issueItem(ctx context.Context, i issueFields) (external.Item, error) {
	labels := make([]string, 0, len(i.LabelIds))
	for _, l := range i.Labels.Nodes {
		labels = append(labels, l.Name)
	}
	if len(i.LabelIds) > len(labels) && len(labels) >= labelsInIssue {
		var err error
		if labels, err = a.labelsOf(ctx, i.Id); err != nil {
			return external.Item{}, err
		}
	}
	item := external.Item{
		Ref: issueRef(i), Fields: fields(i), CreatedAt: i.CreatedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC(), URL: i.Url,
		Gone: i.Trashed != nil && *i.Trashed,
	}
	item.Fields[fieldLabels] = ticket.Set(labels...)
	switch {
	case i.Creator != nil:
		item.Author = i.Creator.DisplayName
		if i.Creator.IsMe {
			item.CreateKey = a.createKey(i.Id)
		}
	case i.BotActor != nil:
		item.Author = text(i.BotActor.Name)
	}
	return item, nil
}

func fields(i issueFields) external.Fields {
	f := external.Fields{
		fieldTitle:       ticket.Text(i.Title),
		fieldDescription: ticket.Text(text(i.Description)),
		fieldState:       ticket.Text(i.State.Name),
		fieldPriority:    ticket.Text(priorityName(&i.Priority)),
		fieldEstimate:    ticket.Text(number(i.Estimate)),
		fieldDueDate:     ticket.Text(text(i.DueDate)),
	}
	if i.Assignee != nil {
		f[fieldAssignee] = ticket.Text(i.Assignee.Id)
	}
	if i.Parent != nil {
		f[fieldParent] = ticket.Text(i.Parent.Id)
	}
	if i.Project != nil {
		f[fieldProject] = ticket.Text(i.Project.Name)
	}
	if i.Cycle != nil {
		f[fieldCycle] = ticket.Text(cycleName(i.Cycle.Number, i.Cycle.Name))
	}
	return f
}

// createKey is the key of an item of our own account: we chose its id.
func (a *adapter) createKey(id string) string {
	if key := a.keyOf(id); key != "" && a.ownKey(key) {
		return key
	}
	return ""
}

func issueRef(i issueFields) external.Ref {
	return external.Ref{Kind: external.KindTicket, ID: i.Id, Key: i.Identifier}
}

// labelsOf reads all labels of one issue.
func (a *adapter) labelsOf(ctx context.Context, id string) ([]string, error) {
	var out []string
	err := pages(func(after *string) (next pageFields, err error) {
		_, err = a.read(ctx, "read the labels of an issue", "issue.labels", func(ctx context.Context) error {
			got, err := readLabels(ctx, a.gql, id, after)
			if err != nil {
				return err
			}
			for _, l := range got.Issue.Labels.Nodes {
				out = append(out, l.Name)
			}
			next = got.Issue.Labels.PageInfo
			return nil
		})
		return next, err
	})
	return out, err
}

func (a *adapter) commentItem(c commentFields) external.Item {
	item := external.Item{
		Ref:    external.Ref{Kind: external.KindComment, ID: c.Id, Key: c.Id},
		Fields: external.Fields{fieldBody: ticket.Text(c.Body)}, CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(), URL: c.Url,
	}
	if c.Issue != nil {
		item.Parent, item.ParentID = c.Issue.Identifier, c.Issue.Id
	}
	switch {
	case c.User != nil:
		item.Author = c.User.DisplayName
		if c.User.IsMe {
			item.CreateKey = a.createKey(c.Id)
		}
	case c.BotActor != nil:
		item.Author = text(c.BotActor.Name)
	}
	return item
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

// priorityName names a priority; a number that has no name stands for itself.
func priorityName(p *float64) string {
	if p == nil {
		return ""
	}
	if all := priorities(); *p == float64(int(*p)) && *p >= 0 && int(*p) < len(all) {
		return all[int(*p)]
	}
	return number(p)
}

// priorityNumber is the inverse of priorityName; empty is no priority.
func priorityNumber(name string) (int, bool) {
	if name == "" {
		return 0, true
	}
	n := slices.Index(priorities(), name)
	return n, n >= 0
}
