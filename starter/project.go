package starter

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// names are the addresses of the projects, by id. A project that is not among them, or all of them
// where they cannot be had, is called by its id: what is shown matters more.
type names map[string]string

func (n names) of(id string) string {
	if address, ok := n[id]; ok {
		return plain(address)
	}
	return "project " + id
}

// names looks the addresses up that a person reads in place of ids; JSON carries ids.
func (a *app) names(ctx context.Context, c *client.Client) names {
	if a.json {
		return nil
	}
	all, err := c.Projects(ctx)
	if err != nil {
		return nil
	}
	return addresses(all)
}

// find turns what a person calls a project, its id or its address, into the project.
func find(ctx context.Context, c *client.Client, name string) (v1.Project, error) {
	if uuid.Validate(name) == nil {
		return c.Project(ctx, name)
	}
	all, err := c.Projects(ctx)
	if err != nil {
		return v1.Project{}, err
	}
	var found []v1.Project
	for _, p := range all.Projects {
		if strings.EqualFold(p.Address, name) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return v1.Project{}, &codedError{exitNotFound, fmt.Sprintf("there is no project %q; `extsync status` lists what is connected", name)}
	case 1:
		return found[0], nil
	}
	return v1.Project{}, usage("%q names %d projects; use the id, which `extsync status --json` shows", name, len(found))
}
