package starter

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) keys() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Rotate the keys that seal credentials", Args: cobra.NoArgs, RunE: helpOnly}
	var step string
	rotate := &cobra.Command{
		Use: "rotate", Short: "Make a new key, and seal all credentials by it", Args: cobra.NoArgs,
		Long: "rotate adds a key to the keyset file of the API, and seals by it every credential, webhook secret and key of the\n" +
			"server's own in the database. Nothing has to stop: workers that read the same file take the key up by themselves.\n" +
			"The older keys stay in the file, since backups of the database are sealed by them: keep the two together.\n\n" +
			"Where other machines have copies of the file, do it in two steps: --step key, copy the file, then --step seal.\n" +
			"A step that was cut short is done again without harm.",
	}
	rotate.Flags().StringVar(&step, "step", "all", "key: make the key alone; seal: seal by the newest key what older ones have sealed; all: both")
	rotate.RunE = func(cmd *cobra.Command, _ []string) error { return a.rotateKeys(cmd.Context(), step) }
	cmd.AddCommand(rotate)
	return cmd
}

func (a *app) rotateKeys(ctx context.Context, step string) error {
	if step != "all" && step != "key" && step != "seal" {
		return usage("--step %q: want key, seal or all", step)
	}
	done, err := a.call().RotateKeys(ctx, step)
	if err != nil {
		return err
	}
	err = show(a, done, func(k v1.KeyRotation) {
		if step != "seal" {
			a.print("a new key seals; the keyset file holds %d now", k.Keys)
		}
		if step != "key" {
			a.print("%d %s sealed by the newest key, %d had been before", k.Sealed, spoken(k.Sealed, "secrets were"), k.Already)
		}
	})
	if err != nil || len(done.Refused) == 0 {
		return err
	}
	for _, one := range done.Refused {
		a.say("%s of %s: %s", one.Name, one.Owner, giveAgain(one))
	}
	return &codedError{exitFailure, fmt.Sprintf("%d %s opened by no key of the file", len(done.Refused), spoken(len(done.Refused), "secrets are"))}
}

// giveAgain says what becomes of a secret that cannot be opened.
func giveAgain(one v1.SealedSecret) string {
	switch one.Name {
	case "token":
		return "`extsync replace-token " + one.Owner + "`"
	case "webhook-secret":
		return "`extsync webhook-secret " + one.Owner + "`"
	}
	return "restore the keyset file that sealed it"
}
