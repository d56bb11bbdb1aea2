package mappinglaws_test

import (
	"testing"

	"github.com/extsync/extsync/mapping/mappinglaws"
)

func TestLawsHold(t *testing.T) {
	if err := mappinglaws.Check(1, 1500); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		if err := mappinglaws.Check(2, 1000); err != nil {
			b.Fatal(err)
		}
	}
}
