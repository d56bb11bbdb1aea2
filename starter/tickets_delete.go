package starter

import (
	"github.com/spf13/cobra"

	v1 "github.com/extsync/extsync/api/v1"
)

func (a *app) ticketsDelete() *cobra.Command {
	var revision int64
	cmd := &cobra.Command{
		Use: "delete ID --revision N", Short: "Delete a ticket; it can be restored",
		Long: "delete removes the ticket here. The revision is the one you saw (`tickets show`): a ticket that somebody edited since\n" +
			"is not deleted. What becomes of its twins outside you are asked (`extsync conflicts`), unless deletions follow in\n" +
			"that project.",
	}
	revisionFlag(cmd.Flags(), &revision, "the revision you saw")
	_ = cmd.MarkFlagRequired("revision") // the flag exists
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t, err := a.call().DeleteTicket(cmd.Context(), args[0], revision)
		if err != nil {
			return err
		}
		return show(a, t, func(t v1.Ticket) {
			a.print("ticket %s is deleted; extsync tickets restore %s brings it back", t.ID, t.ID)
		})
	}
	return cmd
}

func (a *app) ticketsRestore() *cobra.Command {
	return &cobra.Command{
		Use: "restore ID", Short: "Bring a deleted ticket back",
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.call().RestoreTicket(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return show(a, t, func(t v1.Ticket) { a.print("ticket %s is back, revision %d", t.ID, t.Revision) })
		},
	}
}
