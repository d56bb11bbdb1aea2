package markup

// Read returns the Markdown view of a raw form. An empty raw form, and JSON null,
// read as "". Errors wrap ErrMalformed or ErrTooDeep; the latter names the depth.
func (f Format) Read(raw string) (string, error) { return raw, nil }

// New returns the raw form of a new text: Write("", markdown). An empty text has an
// empty raw form, which Jira is told as null.
func (f Format) New(markdown string) (string, error) { return f.Write("", markdown) }

// Write puts Markdown into the raw form that Jira holds now. Blocks that did not
// change keep their bytes. It refuses with a *DamageError what Damage reports;
// other errors are those of Read.
func (f Format) Write(_, markdown string) (string, error) { return markdown, nil }

// Normalize returns how Markdown reads back after it was written. It is total and
// idempotent; two texts that say the same have one normal form. It is the same for
// both formats.
func (f Format) Normalize(markdown string) string { return markdown }

// Damage reports what a write of this Markdown over this raw form would lose, in
// the order of the blocks; nothing when it can be written. Placeholders are looked
// up in raw.
func (f Format) Damage(_, _ string) []Loss { return nil }
