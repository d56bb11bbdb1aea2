package markup

import (
	"fmt"
	"strings"
)

// document is a raw form that was read.
type document interface {
	// blocks are what it shows, in order.
	blocks() []block
	// write returns the raw form with these blocks instead.
	write(blocks []block) string
	// losses names what in a block the format cannot hold.
	losses(b *block) []string
}

func (f Format) open(raw string, p *printer) (document, error) {
	switch f {
	case ADF:
		return openADF(raw, p)
	case Wiki:
		return openWiki(raw, p), nil
	}
	return nil, fmt.Errorf("markup: format %d is none; use ADF or Wiki", f)
}

// Read returns the Markdown view of a raw form. An empty raw form, and JSON null,
// read as "". Errors wrap ErrMalformed or ErrTooDeep; the latter names the depth.
func (f Format) Read(raw string) (string, error) {
	p := &printer{newParser()}
	doc, err := f.open(raw, p)
	if err != nil {
		return "", err
	}
	return p.show(doc), nil
}

// New returns the raw form of a new text: Write("", markdown). An empty text has an
// empty raw form, which Jira is told as null.
func (f Format) New(markdown string) (string, error) { return f.Write("", markdown) }

// Write puts Markdown into the raw form that Jira holds now. Blocks that did not
// change keep their bytes. It refuses with a *DamageError what Damage reports;
// other errors are those of Read.
func (f Format) Write(raw, markdown string) (string, error) {
	e, err := f.edit(raw, markdown)
	if err != nil {
		return "", err
	}
	if losses := e.losses(); len(losses) > 0 {
		return "", &DamageError{losses}
	}
	return e.result, nil
}

// Damage reports what a write of this Markdown over this raw form would lose, in
// the order of the blocks; nothing when it can be written. Placeholders are looked
// up in raw. A raw form that does not read is for Write to report.
func (f Format) Damage(raw, markdown string) []Loss {
	e, err := f.edit(raw, markdown)
	if err != nil {
		return nil
	}
	return e.losses()
}

// Normalize returns how Markdown reads back after it was written. It is total and
// idempotent; two texts that say the same have one normal form. It is the same for
// both formats. A text nested deeper than 64 levels, or with thousands of links that never
// close, is its own normal form, and damage.
func (f Format) Normalize(markdown string) string {
	if allPlain(markdown) {
		return markdown
	}
	_, normal, _ := normalize(&printer{newParser()}, markdown)
	return normal
}

// show returns the view of a document in its normal form. It already is, but for
// shapes that Markdown cannot spell, such as an empty item that goes on.
func (p *printer) show(doc document) string {
	_, normal, _ := normalize(p, p.blocks(doc.blocks(), false))
	return normal
}

// settleRounds bounds how often a text that does not read back as itself is read
// again.
const settleRounds = 4

// normalize returns the blocks of a text and its normal form. ok is false when it
// nests too deep.
func normalize(p *printer, markdown string) (blocks []block, normal string, ok bool) {
	md := clean(markdown)
	for range settleRounds {
		if blocks, ok = p.p.parse(md); !ok {
			return nil, md, false
		}
		normal = p.blocks(blocks, false)
		if normal == md {
			return blocks, normal, true
		}
		md = normal
	}
	return blocks, normal, true
}

// tooMuch is what is not followed; see maxDepth and maxUnclosed.
const tooMuch = "nesting deeper than 64 levels, or links that never close by the thousand"

// edit is one text on its way into a raw form.
type edit struct {
	format  Format
	p       *printer
	doc     document
	blocks  []block
	normal  string
	result  string
	same    bool // nothing to write
	tooDeep bool
}

func (f Format) edit(raw, markdown string) (*edit, error) {
	e := &edit{format: f, p: &printer{newParser()}}
	var err error
	if e.doc, err = f.open(raw, e.p); err != nil {
		return nil, err
	}
	shown := e.p.show(e.doc)
	if e.result = raw; markdown == shown {
		e.same = true
		return e, nil
	}
	var ok bool
	if e.blocks, e.normal, ok = normalize(e.p, markdown); !ok {
		e.tooDeep = true
		return e, nil
	}
	if e.same = e.normal == shown; !e.same {
		e.result = e.doc.write(e.blocks)
	}
	return e, nil
}

// losses names what the result does not hold. Blocks that keep their raw form lose
// nothing. Last, the result is read back: what no rule foresaw is found there.
func (e *edit) losses() []Loss {
	if e.same {
		return nil
	}
	if e.tooDeep {
		return []Loss{{0, tooMuch}}
	}
	keys := e.keys(e.doc.blocks())
	now := e.keys(e.blocks)
	var out []Loss
	for _, pr := range align(keys, now) {
		if pr.before < 0 {
			for _, w := range e.doc.losses(&e.blocks[pr.after]) {
				out = append(out, Loss{pr.after, w})
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	return e.readBack(now)
}

func (e *edit) keys(blocks []block) []string {
	var out []string
	for i := range blocks {
		if k := e.p.key(&blocks[i]); k != "" {
			out = append(out, k)
		}
	}
	return out
}

// readBack compares what was written with what was meant.
func (e *edit) readBack(want []string) []Loss {
	doc, err := e.format.open(e.result, e.p)
	if err != nil {
		return []Loss{{0, "nesting beyond what is read back"}}
	}
	if e.p.show(doc) == e.normal {
		return nil
	}
	got := e.keys(doc.blocks())
	var out []Loss
	for _, pr := range align(got, want) {
		if pr.before < 0 {
			out = append(out, Loss{pr.after, "text or marks that do not survive"})
		}
	}
	if len(out) == 0 {
		out = []Loss{{0, "blocks that do not stay apart"}}
	}
	return out
}

// lossSet collects kinds of losses, each once.
type lossSet []string

func (l *lossSet) add(what string) {
	if !strings.Contains("\x00"+strings.Join(*l, "\x00")+"\x00", "\x00"+what+"\x00") {
		*l = append(*l, what)
	}
}
