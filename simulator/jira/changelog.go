package jira

import (
	"net/http"
	"slices"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Sizes of a bulk changelog.
const (
	maxChangelogIssues = 1000
	maxChangelogFields = 10
)

func listChangelog(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return pageBean(c, c.sim.told(i), 100, 100, c.history)
}

// told is the part of an issue's history that changelogs show, see Options.HistoryUntil.
func (s *Sim) told(i *model.Issue) (list []*model.History) {
	if s.opts.HistoryUntil.IsZero() {
		return i.History
	}
	for _, h := range i.History {
		if !h.Created.After(s.opts.HistoryUntil) {
			list = append(list, h)
		}
	}
	return list
}

// entry is a changelog entry with its issue, for paging over many.
type entry struct {
	issue *model.Issue
	*model.History
}

// bulkChangelog reads the changelogs of many issues, ordered by issue and time; with fieldIds only entries that touch one of them.
func bulkChangelog(c *call) (reply, error) {
	var in struct {
		Issues []string `json:"issueIdsOrKeys"`
		Fields []string `json:"fieldIds"`
		Max    int      `json:"maxResults"`
		Token  string   `json:"nextPageToken"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case len(in.Issues) == 0 || len(in.Issues) > maxChangelogIssues:
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of issues must be between 1 and %d.", maxChangelogIssues)
	case len(in.Fields) > maxChangelogFields:
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of field ids exceeds the limit of %d.", maxChangelogFields)
	}
	all := c.entries(in.Issues, in.Fields)
	if in.Max <= 0 || in.Max > 10_000 {
		in.Max = 1000
	}
	question, from := questionOf(append(slices.Clone(in.Issues), in.Fields...)...), 0
	if in.Token != "" {
		t, err := c.readToken(in.Token, question)
		if err != nil {
			return reply{}, err
		}
		from = min(t.From, len(all))
	}
	end := min(from+in.Max, len(all))
	out := object{"issueChangeLogs": c.grouped(all[from:end])}
	if end < len(all) {
		out["nextPageToken"] = pageToken{Query: question, At: c.now().Unix(), From: end}.String()
	}
	return ok(out)
}

func (c *call) entries(names, fields []string) []entry {
	var issues []*model.Issue
	for _, name := range names {
		if i, err := c.issueNamed(name); err == nil && !slices.Contains(issues, i) {
			issues = append(issues, i)
		}
	}
	slices.SortFunc(issues, func(a, b *model.Issue) int { return int(a.ID - b.ID) })
	var all []entry
	for _, i := range issues {
		for _, h := range c.sim.told(i) {
			touches := slices.ContainsFunc(h.Items, func(it model.HistoryItem) bool { return slices.Contains(fields, it.FieldID) })
			if len(fields) == 0 || touches {
				all = append(all, entry{i, h})
			}
		}
	}
	return all
}

func (c *call) grouped(list []entry) []object {
	out := []object{}
	for k := 0; k < len(list); {
		i := list[k].issue
		var histories []object
		for ; k < len(list) && list[k].issue == i; k++ {
			histories = append(histories, c.history(list[k].History))
		}
		out = append(out, object{"issueId": i.IDText(), "changeHistories": histories})
	}
	c.objects = len(list)
	return out
}
