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
			return a.giveToken(ctx, c, p, n)
		}
	}
	return v1.Project{}, refusal
}

// giveToken replaces the credential, and has a setup that is not through go on with it.
func (a *app) giveToken(ctx context.Context, c *client.Client, p v1.Project, n v1.NewProject) (v1.Project, error) {
	wishes := n.Preview || n.Mapping == "review"
	if wishes { // before the token, with which the setup goes on at once
		if err := wish(ctx, c, p, n); err != nil {
			return p, err
		}
	}
	what := "token"
	if n.Token == "" { // a peer that only sends to us has none
		what = "secret"
	}
	a.say("%s is connected already, and its status is %s: the %s is replaced", p.Address, p.Status, what)
	var err error
	if n.Token != "" {
		p, err = c.ReplaceToken(ctx, p.ID, v1.Token{Token: n.Token, User: n.User})
	}
	if err == nil && n.WebhookSecret != "" {
		_, err = c.WebhookSecret(ctx, p.ID, n.WebhookSecret)
	}
	if err != nil || p.Status != "configuring" || wishes {
		return p, err
	}
	return p, setUpAgain(ctx, c, p, n)
}

// wish tells a setup what somebody wants to see first. Where the setup is past it, he is told, and
// nothing is changed.
func wish(ctx context.Context, c *client.Client, p v1.Project, n v1.NewProject) error {
	st, err := c.Setup(ctx, p.ID)
	if err == nil && n.Mapping == "review" && st.Step >= 4 && !st.Done && !waitsForReview(st) {
		return &codedError{exitConflict, fmt.Sprintf("too late: the field mapping of %s was found without review. Nothing was changed. "+
			"Look at it with `extsync mapping show %s`, or disconnect the project first", p.Address, p.Address)}
	}
	_, err = c.RetrySetup(ctx, p.ID, n.Preview, n.Mapping)
	var refused *v1.Problem
	if errors.As(err, &refused) && refused.Type == v1.WrongStatus {
		return letGo(p)
	}
	return err
}

// letGo says that a preview comes too late.
func letGo(p v1.Project) error {
	return &codedError{exitConflict, fmt.Sprintf("too late: the first synchronisation of %s was approved already, or needed no approval, "+
		"and goes on; `extsync pause %s` stops it", p.Address, p.Address)}
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
	if n.Preview && p.Status != "configuring" {
		other = append(other, "its first synchronisation was approved, or needed no approval")
	}
	if n.Mapping != "" && p.Status != "configuring" {
		other = append(other, "its field mapping was found (see `extsync mapping show`)")
	}
	return other
}

// asBefore tells what of a connection is as it was before the project was disconnected, for nobody said otherwise.
func (a *app) asBefore(n v1.NewProject, p v1.Project) {
	if n.Direction == "" && p.Direction != "bidirectional" {
		a.say("its direction is %s, as it was before", p.Direction)
	}
	if n.Filter == "" && p.Filter != "" {
		a.say("its filter is %q, as it was before", p.Filter)
	}
	if len(n.Settings) == 0 && len(p.Settings) > 0 {
		a.say("its settings are as they were before")
	}
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
