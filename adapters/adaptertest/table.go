package adaptertest

import (
	"errors"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// law is one thing that is true of every adapter. bend breaks it, see Bent.
type law struct {
	name  string
	check func(b *bench)
	bend  bend
}

// laws are all of them, in the order in which they are best read.
func laws() []law {
	return []law{
		{"Probe", lawProbe, &hooks{probe: func(i *external.Identity) { i.Login = "" }}},
		{"ProbeNamesMissingPermission", lawMissing, blindProbe()},
		{"EachPermission", lawEachPermission, blindProbe()},
		{"RefusedToken", lawRefusedToken, misnamed(external.Unauthorised)},
		{"RefusedEverywhere", lawRefusedEverywhere, misnamed(external.Unauthorised)},
		{"UnknownProject", lawUnknownProject, misnamed(external.NotFound)},
		{"SchemaFitsCapabilities", lawSchema, &hooks{schema: func(s *external.Schema) {
			s.Fields = append(s.Fields, external.FieldCapability{Name: "unheard of"})
		}}},
		{"Quiet", lawQuiet, marked()},
		{"QuietComment", lawQuietComment, marked()},
		{"NormalizeIdempotent", lawNormalize, growing()},
		{"Echo", lawEcho, &hooks{items: func(items []external.Item) {
			for i := range items {
				items[i].CreateKey = ""
			}
		}}},
		{"KeySurvivesEdit", lawKeySurvives, nil},
		{"ForeignKeyIsText", lawForeignKey, nil},
		{"UnclearedRefused", lawUncleared, nil},
		{"OneCallEach", lawOneCall, nil},
		{"LostReply", lawLostReply, misnamed(external.Ambiguous)},
		{"LostRequest", lawLostRequest, nil},
		{"Limited", lawLimited, misnamed(external.RateLimited)},
		{"LimitedReads", lawLimitedReads, misnamed(external.RateLimited)},
		{"Cancelled", lawCancelled, &hooks{detached: true}},
		{"Forbidden", lawForbidden, misnamed(external.Forbidden)},
		{"InvalidContent", lawInvalid, misnamed(external.Invalid)},
		{"HostileContent", lawHostile, marked()},
		{"CreateFoundAgain", lawCreateFound, misnamed(external.Ambiguous)},
		{"SetDeltas", lawSetDeltas, nil},
		{"UnknownPerson", lawUnknownPerson, noPeople()},
		{"Containers", lawContainers, &hooks{schema: func(s *external.Schema) { s.Containers = nil }}},
		{"CustomFields", lawCustom, marked()},
		{"Damage", lawDamage, &hooks{damage: func(map[string]string) map[string]string { return nil }, items: markItems}},
		{"Respell", lawRespell, &hooks{respell: func(_, theirs string) string { return theirs }}},
		{"Sidecar", lawSidecar, shiftedSidecars()},
		{"ResumeAnywhere", lawResume, dropsLast()},
		{"NoMissUnderDrift", lawDrift, dropsLast()},
		{"Window", lawWindow, exclusive()},
		{"Lag", lawLag, dropsLast()},
		{"LookBack", lawLookBack, &hooks{short: true}},
		{"Unchanged", lawUnchanged, &hooks{page: func(p *external.Page) { p.Unchanged = false }}},
		{"IdleVersion", lawIdleVersion, &hooks{page: func(p *external.Page) { p.Unchanged = false }}},
		{"DeletedComment", lawDeletedComment, undead()},
		{"DeletedOutside", lawDeletedOutside, undead()},
		{"Moved", lawMoved, undead()},
		{"ReadOrder", lawReadOrder, &hooks{items: func(items []external.Item) {
			if len(items) > 1 {
				items[0], items[1] = items[1], items[0]
			}
		}}},
		{"Cost", lawCost, &hooks{twice: true}},
		{"HistoryShowsRival", lawHistory, nil},
		{"Batch", lawBatch, nil},
		{"BatchPartly", lawBatchPartly, nil},
		{"BatchLostReply", lawBatchLostReply, misnamed(external.Ambiguous)},
		{"BatchLostRequest", lawBatchLostRequest, nil},
		{"Halfway", lawHalfway, &hooks{written: func(i *external.Item) { i.Halfway = nil }}},
		{"Webhook", lawWebhook, &hooks{verify: func(*adapters.Delivery, error) error { return nil }}},
	}
}

// blindProbe finds nothing missing.
func blindProbe() bend { return &hooks{probe: func(i *external.Identity) { i.Missing = nil }} }

// misnamed calls failures of a kind by another name.
func misnamed(kind external.ErrorKind) bend {
	return &hooks{err: func(err error) error {
		if external.KindOf(err) == kind {
			return &external.Error{Kind: external.Conflict, Op: "bent", Message: err.Error(), Err: errors.New("bent")}
		}
		return err
	}}
}

// marked shows every text with a mark at its end.
func marked() bend { return &hooks{items: markItems} }

func markItems(items []external.Item) {
	for i := range items {
		f := external.Fields{}
		for name, v := range items[i].Fields {
			if f[name] = v; !v.IsSet() && !v.IsEmpty() && !strings.HasSuffix(name, external.SidecarSuffix) {
				f[name] = ticket.Text(v.Text() + "!")
			}
		}
		items[i].Fields = f
	}
}

// growing says that every text becomes longer.
func growing() bend {
	return &hooks{normalize: func(f external.Fields) {
		for n, v := range f {
			if !v.IsSet() {
				f[n] = ticket.Text(v.Text() + ".")
			}
		}
	}}
}

// noPeople shows nobody when an item is read: no system calls people by another word.
func noPeople() bend {
	return &hooks{read: func(items []external.Item) {
		for i := range items {
			f := external.Fields{}
			for name, v := range items[i].Fields {
				if !strings.HasPrefix(name, "assignee") {
					f[name] = v
				}
			}
			items[i].Fields = f
		}
	}}
}

// shiftedSidecars shows another raw form each time.
func shiftedSidecars() bend {
	n := 0
	return &hooks{items: func(items []external.Item) {
		for i := range items {
			f := external.Fields{}
			for name, v := range items[i].Fields {
				if f[name] = v; strings.HasSuffix(name, external.SidecarSuffix) {
					n++
					f[name] = ticket.Text(v.Text() + strings.Repeat(" ", n))
				}
			}
			items[i].Fields = f
		}
	}}
}

// dropsLast leaves the last item out of every page.
func dropsLast() bend {
	return &hooks{page: func(p *external.Page) {
		if n := len(p.Items); n > 0 {
			p.Items = p.Items[:n-1]
		}
	}}
}

// exclusive leaves out what has the stamp of the lower bound or is little newer.
func exclusive() bend {
	var lo external.Window
	return &hooks{
		window: func(w *external.Window) { lo = *w },
		page: func(p *external.Page) {
			kept := p.Items[:0:0]
			for _, i := range p.Items {
				if lo.Lo.IsZero() || i.UpdatedAt.Sub(lo.Lo) > 0 {
					kept = append(kept, i)
				}
			}
			p.Items = kept
		},
	}
}

// undead shows what is gone as if it were there.
func undead() bend {
	return &hooks{items: func(items []external.Item) {
		for i := range items {
			items[i].Gone = false
		}
	}}
}
