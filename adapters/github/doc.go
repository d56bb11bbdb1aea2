// Package github is the port to GitHub Issues, on github.com, GitHub Enterprise or
// any server that speaks the same REST and GraphQL interfaces. It stands on
// google/go-github. [New] makes the adapter; [Capabilities] holds the facts.
//
// # What GitHub calls things
//
//   - A ticket is an issue. Pull requests are mixed into the same lists and numbers;
//     they and their comments never leave this package.
//   - Ref.ID is the node id: immutable, in REST, GraphQL and webhooks alike. Ref.Key
//     is the number of an issue or milestone, the numeric id of a comment. Writes go
//     by number, so the id of what came back is compared with the one that was meant.
//   - A state is two fields, state and state_reason. The reason is ignored unless the
//     state changes, so a closed issue goes from completed to not planned by being opened.
//   - A container is a milestone, named by its title and written by its number.
//
// # Polls
//
// A poll is one conditional request a stream, which GitHub answers with 304 as long as
// nothing changed. Where the look-back fits into one page that is not full, its own ETag
// tells; where it does not, as after an import, the ETag of the newest hundred does, as
// soon as all of them are older than lists may be late. The lists that ask for it are
// issues/list-for-repo and issues/list-comments-for-repo with direction desc. The time is
// the Date of GitHub's answers (RFC 9110, 6.6.1); without it such polls walk all pages.
//
// # Texts
//
// GitHub's interface keeps texts byte for byte, CRLF included. Its pages are different in
// one thing: who saves a body there gives CRLF to every line of it, for that is what forms
// send (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html).
// Normalize takes no notice of it, and Respell keeps our line ends where nobody edited.
//
// # Known losses
//
//   - Without push access GitHub drops labels, assignees and milestones of a write
//     and reports success. Write returns what GitHub shows, never what was sent.
//   - Label names are unique without regard to case: adding "Bug" where "bug" exists
//     sets "bug". Assignees who cannot be assigned are dropped; a new issue that names one
//     is refused by GitHub and made a second time without, so that the others are on it.
//   - Issues cannot be deleted through REST; they can be closed as not planned.
//   - The history of labels and assignees is not read: they are changed by adding and
//     removing elements, which overwrites nobody.
//   - More than a hundred issues or comments stamped with one second are walked by numbered
//     pages, and those once more that shifted meanwhile. Where people change them all the while
//     this ends after three times, and another may be missed until the next sweep.
//
// # Sources
//
//   - https://docs.github.com/rest/issues, its OpenAPI description of 2026-09
//   - https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
//   - https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
//   - https://docs.github.com/graphql/reference/objects#usercontentedit
//   - https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
package github
