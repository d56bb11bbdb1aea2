// Package webhook is the port to any system that can take JSON from us or send JSON to
// us, described by a project's settings instead of code: addresses, and small jq programs
// that read an item and make a request. [New] makes the adapter, [Settings] documents
// each key, [Settle] checks settings and says what they can serve. testdata holds
// whole examples: bidirectional.json, push.json, pull.json.
//
// # What a project can do
//
//   - With read, items are read back, so that nothing is overwritten unseen: all
//     directions. Read says where one item is, and where a list of changes.
//   - Without read it is push only (write) or pull only (receive), never both ways.
//   - Push only, nothing can be compared: Write returns what was sent. An outcome in doubt is
//     Ambiguous and settled by sending again.
//   - Pull only, a delivery is all there is: it brings the item whole
//     (Delivery.Items), and updated_at tells an old one that comes late. Sequence goes
//     into Item.Version, digits of fixed width, for states of one stamp.
//   - With read, a delivery is a hint: it names items, which are read.
//
// # Names
//
//   - Fields have the names of the settings. Values are spelled as external.FieldType
//     says, whatever JSON type they have there: 3.50 and "3.5" are "3.5".
//   - Ids are texts. JSON numbers beyond 2^53 are read digit by digit.
//   - A key of ours, create_key, goes out with a create. A system that keeps it and shows it
//     in its lists lets a lost create be found (CreateKeyProperty). Another one must promise
//     to deduplicate (CreateKeyNone): the webhook-id of a create derives from its key, so
//     that a repeat does nothing there. It is answered as the first time.
//   - A create that is taken asynchronously has the create key as its id for ever; later
//     requests name it by that.
//
// # What we send
//
// Each write is one request, signed as a Standard Webhook with every secret of the
// credential. Only 2xx is success. Redirects are not followed: a signed request and a
// bearer token stay with the hosts that the settings name. 410 at an address that names no
// item means that the receiver wants nothing more.
//
// # Known losses
//
//   - There is no history: what a rival writes between our look and our write is
//     overwritten unaudited.
//   - Sets written as a whole ("replace", or a full update) undo what is added
//     meanwhile.
//   - A list that is paged by number, or not in order of update, misses items that
//     move. The order is checked, the rest is the system's promise.
//   - A create that is repeated after an edit is answered from memory: the edit follows
//     with the next change of the field.
//   - In the modes sha256, hex and token a delivery's header is not signed: take
//     delivery_id from the payload, and a timestamp too, or anyone who has seen one can
//     send it again. Token proves nothing about the body at all.
//
// # Programs
//
// They are jq as github.com/itchyny/gojq speaks it, without input, environment, clock,
// modules and assignments, and with a list of functions. Each is compiled once, with the
// project's adapter. A run ends after 5,000,000 instructions, 64 MiB of handled values, 8 MiB of one
// value or 1,000 results, with an error that names the program and quotes nothing. A text
// that is searched for a pattern has at most 128 KiB, for every match of it 16 KiB.
//
// # Sources
//
//   - https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//   - https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries (sha256=)
//   - https://linear.app/developers/webhooks (bare hex, a signed webhookTimestamp)
//   - https://developer.atlassian.com/cloud/jira/platform/webhooks (sha256= for admin
//     webhooks, a JWT for dynamic ones)
//   - RFC 7519 (JSON Web Token), sections 4.1.4 and 4.1.6
package webhook
