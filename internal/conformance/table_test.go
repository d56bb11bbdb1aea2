package main

import (
	"strings"
	"testing"
)

const printed = `{"Action":"pass","Package":"m/adapters/one","Test":"TestConformance/Quiet"}
{"Action":"output","Package":"m/adapters/one","Test":"TestConformance/Batch","Output":"    laws.go:9: not offered: WriteBatch\n"}
{"Action":"skip","Package":"m/adapters/one","Test":"TestConformance/Batch"}
{"Action":"pass","Package":"m/adapters/two","Test":"TestConformance/cloud/Quiet"}
{"Action":"pass","Package":"m/adapters/two","Test":"TestConformance/server/Quiet"}
{"Action":"pass","Package":"m/adapters/two","Test":"TestConformance/cloud/Batch"}
{"Action":"output","Package":"m/adapters/two","Test":"TestConformance/server/Batch","Output":"    laws.go:9: not offered: WriteBatch\n"}
{"Action":"skip","Package":"m/adapters/two","Test":"TestConformance/server/Batch"}
{"Action":"pass","Package":"m/adapters/two","Test":"TestConformance/server"}
{"Action":"pass","Package":"m/adapters/two","Test":"TestConformance"}
{"Action":"pass","Package":"m/adapters/two","Test":"TestSomethingElse/Quiet"}
`

func TestTable(t *testing.T) {
	tab, err := read(strings.NewReader(printed))
	if err != nil {
		t.Fatal(err)
	}
	if bad := tab.failures(); len(bad) != 0 {
		t.Errorf("failures: %v", bad)
	}
	for _, c := range []struct{ law, adapter, want string }{
		{"Quiet", "one", "pass"},
		{"Quiet", "two", "pass"},
		{"Batch", "one", "not offered: WriteBatch"},
		{"Batch", "two", "pass; not offered: WriteBatch (server)"},
	} {
		if got := tab.cell(c.law, c.adapter); got != c.want {
			t.Errorf("%s on %s: %q, want %q", c.law, c.adapter, got, c.want)
		}
	}
	if len(tab.laws) != 2 {
		t.Errorf("laws: %v", tab.laws)
	}
}

func TestWhatMustNotBe(t *testing.T) {
	for _, c := range []struct{ reason, more, want string }{
		{"a law that fails", `{"Action":"fail","Package":"m/adapters/two","Test":"TestConformance/cloud/Quiet"}`, "Quiet on two cloud: FAIL"},
		{"a skip that names no capability", `{"Action":"skip","Package":"m/adapters/one","Test":"TestConformance/Quiet"}`, "Quiet on one : SKIPPED WITHOUT A REASON"},
		{"a law that one adapter never ran", `{"Action":"pass","Package":"m/adapters/two","Test":"TestConformance/cloud/Echo"}`, "Echo on one was not run"},
	} {
		tab, err := read(strings.NewReader(printed + c.more))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(tab.failures(), "\n"); got != c.want {
			t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
		}
	}
	if tab, _ := read(strings.NewReader("")); len(tab.failures()) == 0 {
		t.Error("nothing that ran is no success")
	}
}
