package starter

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/extsync/extsync/api/client"
	v1 "github.com/extsync/extsync/api/v1"
)

// commentFlags are what `tickets comment` is told.
type commentFlags struct {
	body, file, edit, remove string
	key                      string
	revision                 int64
	private, public          bool
}

func (a *app) ticketsComment() *cobra.Command {
	var f commentFlags
	cmd := &cobra.Command{
		Use: "comment ID --body TEXT", Short: "Comment on a ticket, or reword or delete a comment",
		Long: "comment adds a remark to a ticket. With --edit it replaces the text of one that is there, and with --delete it\n" +
			"deletes one, here and by the next session outside, too; --revision is the one that you saw (`tickets show`).",
		Example: "  extsync tickets comment ID --body 'Seen again today.'\n  extsync tickets comment ID --edit COMMENT --revision 1 --body 'Seen again.'\n  extsync tickets comment ID --delete COMMENT --revision 2",
	}
	fl := cmd.Flags()
	fl.StringVar(&f.body, "body", "", "Markdown")
	fl.StringVar(&f.file, "body-file", "", "file with the text; - reads standard input")
	fl.BoolVar(&f.private, "private", false, "it never leaves")
	fl.BoolVar(&f.public, "public", false, "it leaves with its ticket even where only comments marked public do")
	fl.StringVar(&f.edit, "edit", "", "id of the comment to reword")
	fl.StringVar(&f.remove, "delete", "", "id of the comment to delete")
	revisionFlag(fl, &f.revision, "with --edit and --delete: the revision of the comment that you saw")
	keyFlag(fl, &f.key)
	cmd.MarkFlagsMutuallyExclusive("idempotency-key", "edit", "delete")
	cmd.MarkFlagsMutuallyExclusive("private", "public", "edit", "delete")
	cmd.MarkFlagsMutuallyExclusive("body", "body-file", "delete")
	cmd.MarkFlagsOneRequired("body", "body-file", "delete")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.comment(cmd.Context(), args[0], f) }
	return cmd
}

func (a *app) comment(ctx context.Context, ticketID string, f commentFlags) error {
	switch {
	case f.edit == "" && f.remove == "" && f.revision != 0:
		return usage("--revision belongs to --edit or --delete")
	case f.edit+f.remove != "" && f.revision == 0:
		return usage("--revision is missing: `extsync tickets show %s` shows the comment's", ticketID)
	case f.remove != "":
		return a.deleteComment(ctx, ticketID, f)
	}
	text, err := a.text(f.body, f.file)
	if err != nil {
		return err
	}
	if f.edit != "" {
		return a.reword(ctx, ticketID, text, f)
	}
	n := v1.NewComment{Body: text}
	if f.private {
		n.Privacy = "local_only"
	}
	if f.public {
		n.Privacy = "public"
	}
	call := a.call()
	call.Key = f.key
	c, err := call.AddComment(ctx, ticketID, n)
	if err != nil {
		return err
	}
	return show(a, c, func(c v1.Comment) { a.print("comment %s", c.ID) })
}

// has makes sure that a comment is one of that ticket and no other.
func has(ctx context.Context, call *client.Client, ticketID, id string) error {
	t, err := call.Ticket(ctx, ticketID)
	if err == nil && !slices.ContainsFunc(t.Comments, func(c v1.Comment) bool { return c.ID == id }) {
		err = &codedError{exitNotFound, fmt.Sprintf("ticket %s has no comment %q; `extsync tickets show %s` lists them", t.ID, id, t.ID)}
	}
	return err
}

// deleteComment deletes a comment of that ticket.
func (a *app) deleteComment(ctx context.Context, ticketID string, f commentFlags) error {
	call := a.call()
	if err := has(ctx, call, ticketID, f.remove); err != nil {
		return err
	}
	c, err := call.DeleteComment(ctx, f.remove, f.revision)
	if err != nil {
		return err
	}
	return show(a, c, func(c v1.Comment) { a.print("comment %s is deleted", c.ID) })
}

// reword replaces the text of a comment of that ticket.
func (a *app) reword(ctx context.Context, ticketID, text string, f commentFlags) error {
	call := a.call()
	if err := has(ctx, call, ticketID, f.edit); err != nil {
		return err
	}
	c, err := call.EditComment(ctx, f.edit, f.revision, text)
	if err != nil {
		return err
	}
	return show(a, c, func(c v1.Comment) { a.print("comment %s, revision %d", c.ID, c.Revision) })
}
