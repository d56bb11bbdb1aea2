package linear

import (
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// createProject returns the team's project of that name, made if there is none. Names of
// projects are not unique, so it looks first, and the id follows from the name: a second
// create is refused.
func (w *writing) createProject(ctx context.Context) (external.Item, error) {
	w.what = w.op.Name
	name := w.c.Set[fieldProject].Text()
	team, err := w.a.teamID(ctx)
	if err != nil {
		return external.Item{}, err
	}
	if p, err := w.projectNamed(ctx, team, name); err != nil || p.ID != "" {
		return p, err
	}
	input := map[string]any{"id": projectID(team, name), "name": name, "teamIds": []string{team}}
	var got *createProjectResponse
	_, err = w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		got, err = createProject(ctx, w.a.gql, input)
		return err
	})
	switch {
	case external.KindOf(err) == external.Conflict:
		if p, listErr := w.projectNamed(ctx, team, name); listErr == nil && p.ID != "" {
			return p, nil
		}
		return external.Item{}, fail(external.Invalid, w.what, "a project that we made under this name was renamed or deleted; make it in Linear again", err)
	case err != nil:
		return external.Item{}, err
	case got.ProjectCreate.Project == nil:
		return external.Item{}, fail(external.Ambiguous, w.what, "the answer is not a project; it may have been made", nil)
	}
	p := got.ProjectCreate.Project
	return containerItem(container(fieldProject, p.Id, p.SlugId, name)), nil
}

// projectNamed returns the project of that name, or an empty item.
func (w *writing) projectNamed(ctx context.Context, team, name string) (external.Item, error) {
	known, err := w.a.projectContainers(ctx, team)
	i := slices.IndexFunc(known, func(k external.Container) bool { return k.Name == name })
	if err != nil || i < 0 {
		return external.Item{}, err
	}
	return containerItem(known[i]), nil
}

func containerItem(c external.Container) external.Item {
	return external.Item{Ref: c.Ref, Fields: external.Fields{"field": ticket.Text(c.Field), "name": ticket.Text(c.Name)}}
}

// projectID is an id in the form of a random UUID that follows from team and name.
func projectID(team, name string) string {
	sum := sha256.Sum256([]byte("project/" + team + "/" + name))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4, RFC 9562
	return id.String()
}

// attach puts a link to us on the issue. Linear keeps one attachment for each address, so
// that a second call changes nothing.
func (w *writing) attach(ctx context.Context) (external.Item, error) {
	input := map[string]any{
		"issueId": w.c.Ref.ID, "title": "Kept in step by extsync",
		"url": strings.ReplaceAll(w.a.settings.Backlink, "{id}", w.c.Ref.ID),
	}
	var got *attachResponse
	_, err := w.a.write(ctx, w.what, w.op.Verb, func(ctx context.Context) (err error) {
		got, err = attach(ctx, w.a.gql, input)
		return err
	})
	if err != nil {
		return external.Item{}, err
	}
	return w.issue(ctx, &got.AttachmentCreate.Attachment.Issue, nil)
}
