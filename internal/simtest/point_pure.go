package simtest

import (
	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
)

// Ops passes. The pure verbs have no effect to be lost, and a process can die at them all
// the same.
func (a pointAdapter) Ops(out outbound.Outbound) (ops []adapters.Op, err error) {
	a.w.around(func() { ops, err = a.richPort.Ops(out) })
	return ops, err
}

// Normalize passes.
func (a pointAdapter) Normalize(f external.Fields) (out external.Fields) {
	a.w.around(func() { out = a.richPort.Normalize(f) })
	return out
}

// Damage passes.
func (a pointAdapter) Damage(kind external.Kind, f, now external.Fields) (out map[string]string) {
	a.w.around(func() { out = a.richPort.Damage(kind, f, now) })
	return out
}

// Respell passes.
func (a pointAdapter) Respell(kind external.Kind, field, ours, theirs string) (out string) {
	a.w.around(func() { out = a.richPort.Respell(kind, field, ours, theirs) })
	return out
}
