package store_test

import (
	"reflect"
	"testing"

	"github.com/extsync/extsync/store"
)

// TestCountsPlusAddsEachCount: one that is left out is zero in every report.
func TestCountsPlusAddsEachCount(t *testing.T) {
	kind := reflect.TypeFor[store.Counts]()
	for n := range kind.NumField() {
		var a, b store.Counts
		reflect.ValueOf(&a).Elem().Field(n).SetInt(2)
		reflect.ValueOf(&b).Elem().Field(n).SetInt(3)
		if sum := reflect.ValueOf(a.Plus(b)).Field(n).Int(); sum != 5 {
			t.Errorf("%s: 2 and 3 are %d", kind.Field(n).Name, sum)
		}
	}
}
