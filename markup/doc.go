// Package markup translates between Markdown (GitHub's flavour) and the two forms
// in which Jira keeps rich text: [ADF], the Atlassian Document Format of REST API
// version 3, and [Wiki], the wiki markup of version 2 and of Data Center. It is
// pure, and total: no input panics, and work grows about linearly with its size.
// Beyond 64 levels of nesting nothing is followed: Read fails with [ErrTooDeep], and
// Damage reports such Markdown.
//
// A [Format] is a lens. The raw form, as Jira holds it, is the source and is kept
// beside the Markdown, which is the view. [Format.Read] gets the view, [Format.Write]
// puts a changed view back into the raw form, block by block: what did not change
// keeps its bytes.
//
// # Laws
//
// For every raw form r that Read accepts, and all Markdown m, n:
//
//   - GetPut: Write(r, Read(r)) = r, byte for byte.
//   - PutGet: where Damage(r, m) is empty, Read(Write(r, m)) = Normalize(m).
//   - Create: where Damage("", m) is empty, Read(New(m)) = Normalize(m).
//   - Normalize(Normalize(m)) = Normalize(m), and Normalize(Read(r)) = Read(r).
//   - Local change: a block of m whose normal form is that of a block of r keeps the
//     raw form of that block.
//
// [Keep] is the put of the other direction: it brings a changed view into the Markdown
// that an author typed, whose spelling stays where both say the same. For all o and t:
//
//   - Normalize(Keep(o, t)) = Normalize(t).
//   - Keep(o, t) = o, byte for byte, where Normalize(o) = Normalize(t).
//   - Where one paragraph of the view changed, every byte before and behind it stays.
//
// The last holds as long as the new text leaves the meaning of its neighbours alone.
//
// Two texts with the same normal form say the same. So compare texts by Normalize,
// and never write one back because it is spelled differently.
//
// # What is the same
//
// The normal form settles spelling: bullets, emphasis characters, setext headings,
// indented code, reference links, entities, escapes, blank lines, CRLF. A line break
// inside a paragraph is one, soft or hard, because GitHub shows it as one in issues
// and comments. Not kept, and not counted as damage: the alignment of table
// columns, whether a list is loose, what follows the language of a code block, the
// title and the size of an image, and marks on white space or around a line break.
//
// HTML comments say nothing: GitHub does not show them, and templates are full of
// them. They have an empty normal form and are never sent, since they may hold
// internal notes; Keep leaves them where they are. One that hides what follows it in
// ways that cannot be told is damage. A tag that is none of HTML, as in List<String>,
// is text.
//
// # Placeholders
//
// What Markdown has no word for (a mention, a status, a date, an attachment, a
// macro, coloured text) is shown as a link whose target is "#jira-" and a digest of
// the raw form: [@Ann](#jira-0123456789). Write finds the original by the digest in
// the raw form that it is given and restores it byte for byte; its label may not be
// edited, coloured text may. A block that changed in place keeps what Markdown does
// not show of it: an alignment, the width of a table, the colour of a cell. Account
// ids never show. A mention typed as @name is text. Panels are shown as alerts (> [!NOTE]),
// expands as <details>; underline, subscript and superscript as <u>, <sub>, <sup>.
//
// # Choices for Jira
//
// Task lists become bullet lists whose items begin with "[ ]" or "[x]", since not
// every rich text field of Jira accepts taskList; a taskList that Jira holds stays
// one. An image alone in its paragraph becomes an external image, one among text a
// link to it, whose title says so. A collapsible section is an expand in ADF, and in
// wiki markup a panel whose title begins with ▸. Wiki markup is escaped as Jira's own
// renderer needs it, which takes more for a mark than [Wiki] reading does.
package markup
