package starter

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) webhookSecret() *cobra.Command {
	var file string
	cmd := a.onProject("webhook-secret", "Set or make the secret that webhooks are signed with",
		"webhook-secret sets what the external system signs its webhooks of a project with, or makes a secret where no file is\n"+
			"named, and says where they go. Enter the same secret there. It takes the place of the one before: what was signed\n"+
			"with that is refused from then on, and found by the next poll.",
		func(ctx context.Context, c *client.Client, p v1.Project) error {
			secret, err := secretOf(file)
			if err != nil {
				return err
			}
			made, err := c.WebhookSecret(ctx, p.ID, secret)
			if err != nil {
				return err
			}
			return show(a, made, func(m v1.WebhookSetup) {
				rows := [][]string{{"Path", m.Path + ", behind the address by which " + p.System + " reaches this API"}, {"Content type", m.ContentType}}
				if secret == "" {
					rows = append(rows, []string{"Secret", m.Secret}, []string{"", "It is shown this once."})
				}
				a.table(rows...)
			})
		})
	cmd.Flags().StringVar(&file, "file", "", "file with the secret, of at least 16 characters; absent: one is made")
	return cmd
}

// secretOf reads the secret in a file; without a name there is none.
func secretOf(file string) (string, error) {
	secret, err := secretFile(file)
	if err == nil && file != "" && secret == "" {
		return "", usage("--file %s: it is empty", file)
	}
	return secret, err
}
