// Package ticket holds the nouns of External Sync: [Ticket], [Comment], [Field],
// [Value], [Patch] and [Privacy]. It knows no external system and no storage and
// imports the standard library only; every other package may import it.
//
// Start with [Ticket].
package ticket
