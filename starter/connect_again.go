package starter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// connectAgain gives the new token to a project that lacks a valid one. A project
// that is well is left alone.
func (a *app) connectAgain(ctx context.Context, c *client.Client, n v1.NewProject, f connectFlags, refusal error) (v1.Project, error) {
	all, err := c.Projects(ctx)
	if err != nil {
		return v1.Project{}, err
	}
	for _, p := range all.Projects {
		same := p.System == n.System && strings.EqualFold(p.Address, n.Address) && p.APIURL == n.APIURL
		if same && (p.Status == "configuring" || p.Status == "error") {
			if other := otherwise(p, n, f); len(other) > 0 {
				return p, &codedError{exitConflict, fmt.Sprintf("%s is connected already, otherwise than you say: %s. Nothing was changed. "+
					"Leave that out to replace the token alone; change it with `extsync configure %s`, or disconnect the project first",
					p.Address, strings.Join(other, ", "), p.Address)}
			}
			a.say("%s is connected already, and its status is %s: the token is replaced", p.Address, p.Status)
			p, err = c.ReplaceToken(ctx, p.ID, v1.Token{Token: n.Token, User: n.User})
			if err == nil && n.WebhookSecret != "" {
				_, err = c.WebhookSecret(ctx, p.ID, n.WebhookSecret)
			}
			if err != nil || p.Status != "configuring" {
				return p, err
			}
			return p, setUpAgain(ctx, c, p, n)
		}
	}
	return v1.Project{}, refusal
}

// otherwise names what somebody says of a connection that is different in the one that is there.
// Nothing of it may be passed over in silence: who says pull does not want anything to leave.
func otherwise(p v1.Project, n v1.NewProject, f connectFlags) (other []string) {
	if n.Direction != "" && n.Direction != p.Direction {
		other = append(other, "its direction is "+p.Direction)
	}
	if f.pollSaid && n.PollEvery != p.PollEvery {
		other = append(other, "it is polled "+polled(p))
	}
	if n.Filter != "" && n.Filter != p.Filter {
		other = append(other, fmt.Sprintf("its filter is %q", p.Filter))
	}
	if len(n.Settings) > 0 && !sameJSON(n.Settings, p.Settings) {
		other = append(other, "its settings are others")
	}
	if n.Pace.Off && !p.Pace.Off {
		other = append(other, "its writes are paced")
	}
	return other
}

// sameJSON reports whether two documents say the same. No document is an empty object.
func sameJSON(a, b json.RawMessage) bool {
	read := func(raw json.RawMessage) (v map[string]any) {
		if json.Unmarshal(raw, &v) != nil || len(v) == 0 {
			return nil
		}
		return v
	}
	return reflect.DeepEqual(read(a), read(b))
}

// setUpAgain has a setup try again, or begin anew where none runs: it could not be started when the
// project was connected, or was ended by hand. One that is through meanwhile needs nothing.
func setUpAgain(ctx context.Context, c *client.Client, p v1.Project, n v1.NewProject) error {
	_, err := c.RetrySetup(ctx, p.ID, n.Preview, n.Mapping)
	var refused *v1.Problem
	if errors.As(err, &refused) && refused.Type == v1.WrongStatus {
		return nil
	}
	return err
}
