package adaptertest

import (
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// law is one thing that is true of every adapter. bend breaks it, see [Bent].
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
		{"KeySurvivesEdit", lawKeySurvives, &hooks{written: func(i *external.Item) { i.CreateKey = "" }}},
		{"ForeignKeyIsText", lawForeignKey, keyed()},
		{"UnclearedRefused", lawUncleared, &hooks{lenient: true}},
		{"OneCallEach", lawOneCall, &hooks{again: true}},
		{"Pure", lawPure, spoiling()},
		{"WriteAnswers", lawAnswers, &hooks{written: func(i *external.Item) { i.Fields = nil }}},
		{"ReadBack", lawReadBack, &hooks{written: func(i *external.Item) { i.ReadBack = !i.ReadBack }}},
		{"Concurrent", lawConcurrent, crossed()},
		{"LostReply", lawLostReply, misnamed(external.Ambiguous)},
		{"LostRequest", lawLostRequest, refusing()},
		{"Limited", lawLimited, misnamed(external.RateLimited)},
		{"LimitedReads", lawLimitedReads, misnamed(external.RateLimited)},
		{"Cancelled", lawCancelled, &hooks{detached: true}},
		{"Forbidden", lawForbidden, misnamed(external.Forbidden)},
		{"InvalidContent", lawInvalid, misnamed(external.Invalid)},
		{"HostileContent", lawHostile, marked()},
		{"CreateFoundAgain", lawCreateFound, misnamed(external.Ambiguous)},
		{"SetDeltas", lawSetDeltas, shrunk()},
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
		{"DeletedTicket", lawDeletedTicket, undead()},
		{"DeletedOutside", lawDeletedOutside, undead()},
		{"Moved", lawMoved, undead()},
		{"ReadOrder", lawReadOrder, &hooks{items: func(items []external.Item) {
			if len(items) > 1 {
				items[0], items[1] = items[1], items[0]
			}
		}}},
		{"Cost", lawCost, &hooks{twice: true}},
		{"HistoryOrder", lawHistoryOrder, &hooks{history: func(h [][]external.Revision) { slices.Reverse(h) }}},
		{"HistoryShowsRival", lawHistory, &hooks{history: func(h [][]external.Revision) { clear(h) }}},
		{"Batch", lawBatch, &hooks{results: func(r []adapters.Result, err error) ([]adapters.Result, error) {
			slices.Reverse(r)
			return r, err
		}}},
		{"BatchPartly", lawBatchPartly, &hooks{results: func(r []adapters.Result, err error) ([]adapters.Result, error) {
			for i := range r {
				r[i].Err = nil
			}
			return r, err
		}}},
		{"BatchLostReply", lawBatchLostReply, misnamed(external.Ambiguous)},
		{"BatchLostRequest", lawBatchLostRequest, refusing()},
		{"Halfway", lawHalfway, &hooks{written: func(i *external.Item) { i.Halfway = nil }}},
		{"Webhook", lawWebhook, &hooks{verify: func(*adapters.Delivery, error) error { return nil }}},
	}
}
