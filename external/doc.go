// Package external says what any external system looks like to us: an [Item] with
// a [Ref], its [Schema] and [Capabilities], how its changes are read ([Window],
// [Page], [Cursor]), how its calls fail ([Error] and its kinds), and the life of
// our connection to it ([Status]). It holds no vendor and does no I/O.
//
// Start with [Item].
package external
