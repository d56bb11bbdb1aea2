package starter

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) replaceToken() *cobra.Command {
	var file, user string
	cmd := a.onProject("replace-token", "Replace the token of a connected project",
		"replace-token tries another token for a project, and puts it in the place of the present one: before that one ends,\n"+
			"or after it leaked. A token that is refused changes nothing. It comes from --token-file, else from the variable\n"+
			"that `extsync connect` takes it from, else it is asked for. It may be another account's: what the one before made\n"+
			"stays known for ours. The token of a webhook peer is its bearer token, the whsec_ secret that we sign with, or\n"+
			"both with a space between them; what the peer signs with is set by `extsync webhook-secret`.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			token, err := a.vendorToken(ctx, file, variableOf(p.System), "new token for "+p.Address)
			if err != nil {
				return err
			}
			if file == "" && a.Getenv(variableOf(p.System)) != "" { // it may hold the old one still
				a.say("the token comes from %s", variableOf(p.System))
			}
			now, err := c.ReplaceToken(ctx, p.ID, v1.Token{Token: token, User: user})
			if err != nil {
				return err
			}
			return show(a, now, func(now v1.Project) { a.replaced(p, now) })
		})
	cmd.Flags().StringVar(&file, "token-file", "", "file with the token; - reads standard input")
	cmd.Flags().StringVar(&user, "user", "", "the account that goes with the token, where the system wants both; absent: as before")
	return cmd
}

// variableOf names the variable of the environment that holds a token of such a system.
func variableOf(system string) string {
	all := vendors()
	if n := slices.IndexFunc(all, func(v vendor) bool { return v.system == system }); n >= 0 {
		return all[n].variable
	}
	return "EXTSYNC_VENDOR_TOKEN"
}

// replaced says what became of a project whose token is another one now.
func (a *app) replaced(was, now v1.Project) {
	a.print("the token of %s is replaced; it speaks as %s", now.Address, orDash(now.Login))
	if was.Login != "" && was.Login != now.Login {
		a.say("it spoke as %s before; what that account made stays ours", was.Login)
	}
	switch now.Status {
	case "configuring":
		a.say("its setup goes on: `extsync status %s`", now.Address)
	case "error":
		a.say("it synchronises again soon: `extsync status %s`", now.Address)
	}
}
