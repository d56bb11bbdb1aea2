package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Rule decides many open conflicts alike.
type Rule struct {
	// Where narrows the queue; its State is not looked at. It must name a project or a
	// ticket.
	Where  store.ConflictFilter
	Choice store.Choice // any but a value
}

// maxRuled bounds what one order decides.
const maxRuled = 500

// RulePreview is what a rule would decide, up to 500 conflicts, oldest last.
type RulePreview struct {
	Conflicts []store.Conflict
	Skipped   int  // that pass the filter and do not offer the choice, as far as it was looked
	More      bool // there are more than one order decides
	// Digest identifies the choice, the conflicts and the values that they show.
	Digest string
}

// PreviewRule says what a rule would decide now. It fails with ticket.ErrInvalid for a
// rule that is too wide or has no choice of its own.
func (e *Engine) PreviewRule(ctx context.Context, r Rule) (RulePreview, error) {
	var p RulePreview
	if err := r.validate(); err != nil {
		return p, err
	}
	where := r.Where
	where.State = store.OpenConflict
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		p = RulePreview{}
		return p.find(ctx, tx, where, r.Choice)
	})
	if err != nil {
		return p, fmt.Errorf("preview a rule: %w", err)
	}
	p.Digest = ruleDigest(r.Choice, p.Conflicts)
	return p, nil
}

// find walks the queue, newest first, to as many conflicts as one order decides and one more. What
// does not offer the choice is in nobody's way, however much of it is newer.
func (p *RulePreview) find(ctx context.Context, tx store.Tx, where store.ConflictFilter, choice store.Choice) error {
	for seen, size := map[string]bool{}, maxRuled+1; ; {
		page, err := tx.FindConflicts(ctx, where, size)
		if err != nil {
			return err
		}
		news := 0
		for _, c := range page {
			switch {
			case seen[c.ID]:
				continue
			case !c.Offers(choice):
				p.Skipped++
			case len(p.Conflicts) == maxRuled:
				p.More = true
				return nil
			default:
				p.Conflicts = append(p.Conflicts, c)
			}
			seen[c.ID] = true
			news++
		}
		if len(page) < size {
			return nil
		}
		if news == 0 { // so many were found at one moment
			size *= 2
		}
		// The last one's moment again: others of it may be on the next page.
		where.Before = page[len(page)-1].DetectedAt.Add(time.Microsecond)
	}
}

func (r Rule) validate() error {
	switch r.Choice {
	case store.ChooseLocal, store.ChooseExternal, store.ChooseUnlink, store.ChooseLink, store.ChooseSeparate:
	default:
		return fmt.Errorf("choice %q: a rule takes local, external, unlink, link or separate: %w", r.Choice, ticket.ErrInvalid)
	}
	if r.Where.ProjectID == "" && r.Where.TicketID == "" {
		return fmt.Errorf("a rule must name a project or a ticket: %w", ticket.ErrInvalid)
	}
	return nil
}

func ruleDigest(choice store.Choice, list []store.Conflict) string {
	lines := make([]string, len(list))
	for n, c := range list {
		lines[n] = c.ID + " " + c.Digest
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(string(choice) + "\n" + strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}

// Ruled is what became of the conflicts of a rule.
type Ruled struct {
	Decided []string // ids
	Moved   int      // whose values moved meanwhile: they show the new ones, and wait
	Already int      // that somebody else decided meanwhile
}

// DecideByRule decides what a preview showed, each conflict by itself, as a decision of
// that person's. Where the digest is another preview's it decides nothing and fails with
// ErrMoved; the preview that comes with it is of now. What is decided when it fails
// otherwise stays decided.
func (e *Engine) DecideByRule(ctx context.Context, r Rule, digest, by string) (Ruled, RulePreview, error) {
	var out Ruled
	p, err := e.PreviewRule(ctx, r)
	if err != nil {
		return out, p, err
	}
	if p.Digest != digest {
		return out, p, fmt.Errorf("decide by rule: %w", ErrMoved)
	}
	for _, c := range p.Conflicts {
		_, err := e.Decide(ctx, c.ID, Decision{Choice: r.Choice, Digest: c.Digest, By: by, Because: "by a rule"})
		switch {
		case err == nil:
			out.Decided = append(out.Decided, c.ID)
		case errors.Is(err, ErrMoved):
			out.Moved++
		case errors.Is(err, ErrDecided), errors.Is(err, store.ErrNotFound):
			out.Already++
		default:
			return out, p, err
		}
	}
	return out, p, nil
}
