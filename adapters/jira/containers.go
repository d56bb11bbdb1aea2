package jira

import (
	"context"
	"slices"
	"strconv"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/external"
)

// Containers returns the project's versions and the sprints of its scrum boards, closed
// ones too: issues stand in them. Those that are open come first, since names repeat.
func (a *adapter) Containers(ctx context.Context) ([]external.Container, error) {
	p, err := a.readProject(ctx)
	if err != nil {
		return nil, err
	}
	var out []external.Container
	for _, v := range p.Versions {
		id := string(v.ID)
		out = append(out, external.Container{Ref: external.Ref{Kind: external.KindContainer, ID: id, Key: id}, Field: fieldVersions, Name: v.Name})
	}
	sprints, err := a.allSprints(ctx)
	switch external.KindOf(err) {
	case external.NotFound, external.Forbidden, external.Invalid:
		return out, nil // a Jira without boards, or not for this account
	}
	return append(out, sprints...), err
}

func (a *adapter) allSprints(ctx context.Context) ([]external.Container, error) {
	boards, err := a.boards(ctx)
	if err != nil {
		return nil, err
	}
	var all []gojira.Sprint
	for _, b := range boards {
		list, err := a.sprintsOf(ctx, b)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			if !slices.ContainsFunc(all, func(o gojira.Sprint) bool { return o.ID == s.ID }) { // a sprint may show on several boards
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b gojira.Sprint) int { return closed(a) - closed(b) })
	out := make([]external.Container, 0, len(all))
	for _, s := range all {
		id := strconv.Itoa(s.ID)
		out = append(out, external.Container{Ref: external.Ref{Kind: external.KindContainer, ID: id, Key: id}, Field: fieldSprint, Name: s.Name})
	}
	return out, nil
}

func closed(s gojira.Sprint) int {
	if s.State == "closed" {
		return 1
	}
	return 0
}

const agilePage = 50

// boards lists the ids of the scrum boards; others have no sprints. Operation getAllBoards.
func (a *adapter) boards(ctx context.Context) ([]int, error) {
	if a.settings.Board != 0 {
		return []int{a.settings.Board}, nil
	}
	var out []int
	for {
		o := gojira.BoardListOptions{BoardType: "scrum", ProjectKeyOrID: a.project(), SearchOptions: gojira.SearchOptions{StartAt: len(out), MaxResults: agilePage}}
		var list *gojira.BoardsList
		err := a.typed(ctx, "list boards", "boards.list", false, func(ctx context.Context) (err error) {
			list, _, err = a.jira.Board.GetAllBoardsWithContext(ctx, &o)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, b := range list.Values {
			out = append(out, b.ID)
		}
		if list.IsLast || len(list.Values) == 0 {
			return out, nil
		}
	}
}

// sprintsOf lists the sprints of a board. Operation getAllSprints.
func (a *adapter) sprintsOf(ctx context.Context, board int) ([]gojira.Sprint, error) {
	var out []gojira.Sprint
	for {
		o := gojira.GetAllSprintsOptions{SearchOptions: gojira.SearchOptions{StartAt: len(out), MaxResults: agilePage}}
		var list *gojira.SprintsList
		err := a.typed(ctx, "list sprints", "sprints.list", false, func(ctx context.Context) (err error) {
			list, _, err = a.jira.Board.GetAllSprintsWithOptionsWithContext(ctx, board, &o)
			return err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, list.Values...)
		if list.IsLast || len(list.Values) == 0 {
			return out, nil
		}
	}
}
