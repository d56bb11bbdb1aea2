package simtest

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// site is one external project with the people who use it. Items carry the canonical
// fields under their own names; a reference holds the external system's id.
type site interface {
	// open makes the adapter anew, as a new process would.
	open() adapters.Adapter
	// project is the row that stands for it in the store; connect adds what belongs to it.
	project() store.Project
	connect(ctx context.Context, tx store.Tx, id string) error
	caps() external.Capabilities
	// login is the account that we act as there.
	login() string
	ours(author string) bool // an account that our credential belongs to, or did
	// fields are those of a kind that flow both ways.
	fields(kind external.Kind) []ticket.Field
	// historyOf says what the project remembers of a field's earlier values.
	historyOf(kind external.Kind, f ticket.Field) external.HistoryKind
	// view returns a local value as it reads once it stands in the item, in our words.
	// It reports false where the project cannot hold it, so that it stays as it is.
	view(pr *pair, f ticket.Field, v ticket.Value) (ticket.Value, bool)
	// canonical returns an item as the adapter shows it, in our words.
	canonical(it external.Item) external.Item
	// enough reports whether the item holds as much of a set as it can, see
	// external.FieldCapability.MaxItems.
	enough(pr *pair, f ticket.Field, v ticket.Value) bool
	// settles reports whether two texts are the same but for the project's own spelling.
	settles(a, b string) bool

	// Look returns all items of a kind that there ever were, oldest first, the deleted
	// ones as they last were with Gone set. Peek is Look for one.
	Look(kind external.Kind) []external.Item
	Peek(kind external.Kind, id string) (external.Item, bool)

	crowd
	// events returns what the project would have told by webhook since the last call.
	events() []external.Item
}

// crowd is what people do in the project's own pages. Texts are in the project's own
// markup.
type crowd interface {
	create(who string, f external.Fields) (external.Ref, error)
	comment(who string, on external.Item, text string) (external.Ref, error)
	// sees is an item's text as a person sees it when he edits it, without its marker.
	sees(it external.Item) string
	// write gives a title, a text, a person or a parent another value; a marker in a text
	// stays, as it does when a person edits what he can see.
	write(who string, it external.Item, f ticket.Field, v string) error
	// erase replaces a text together with its marker.
	erase(who string, it external.Item, text string) error
	// forge makes a ticket with a copy of the item's marker, or with one that is made up;
	// where keys do not stand in texts it makes a ticket.
	forge(who string, it external.Item, title, text string, copied bool) (external.Ref, error)
	// move sets a state, given one of states.
	move(who string, it external.Item, state string) error
	states() []string
	label(who string, it external.Item, l string) error
	unlabel(who string, it external.Item, l string) error
	delete(who string, it external.Item) error
	// markup is how people write there.
	markup() markupKind
}
