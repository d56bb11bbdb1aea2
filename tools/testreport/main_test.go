package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	for _, c := range []struct {
		reason string
		in     string
		ok     bool
		want   []string
		not    []string
	}{
		{"a pass is one line a package", `
{"Action":"output","Package":"p","Test":"T","Output":"    t.go:1: detail\n"}
{"Action":"pass","Package":"p","Test":"T"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}`, true, []string{"ok  \tp", "1 tests passed, 0 failed"}, []string{"detail", "PASS\n"}},
		{"a failure shows all it said", `
{"Action":"output","Package":"p","Test":"T","Output":"    t.go:1: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"T"}`, false, []string{"got 1, want 2", "1 failed"}, nil},
		{"a skip shows its reason", `
{"Action":"output","Package":"p","Test":"T","Output":"=== RUN T\n"}
{"Action":"output","Package":"p","Test":"T","Output":"    t.go:1: no server here\n"}
{"Action":"output","Package":"p","Test":"T","Output":"--- SKIP: T (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"T"}`, true, []string{"no server here", "1 skipped (0 without"}, nil},
		{"a skip without a reason fails", `
{"Action":"output","Package":"p","Test":"T","Output":"--- SKIP: T (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"T"}`, false, []string{"SKIP without a reason: p T"}, nil},
		{"a build failure fails", `
{"ImportPath":"p","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"p","Action":"build-fail"}`, false, []string{"undefined: x"}, nil},
		{"a test cut off by a panic fails", `
{"Action":"output","Package":"p","Test":"T","Output":"panic: no\n"}`, false, []string{"panic: no"}, nil},
		{"a package without tests is nothing", `
{"Action":"skip","Package":"p"}
{"Action":"pass","Package":"q","Test":"T"}`, true, nil, []string{"SKIP"}},
		{"no test at all proves nothing", `{"Action":"skip","Package":"p"}`, false, []string{"no test ran"}, nil},
		{"a package that fails without a failing test", `
{"Action":"pass","Package":"p","Test":"T"}
{"Action":"output","Package":"p","Output":"goleak: found unexpected goroutines\n"}
{"Action":"fail","Package":"p"}`, false, []string{"goleak: found"}, nil},
	} {
		var out strings.Builder
		ok, err := report(strings.NewReader(strings.TrimSpace(c.in)), &out, false)
		if err != nil || ok != c.ok {
			t.Errorf("%s: ok %t, %v; want %t", c.reason, ok, err, c.ok)
		}
		for _, w := range c.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is missing from\n%s", c.reason, w, out.String())
			}
		}
		for _, n := range c.not {
			if strings.Contains(out.String(), n) {
				t.Errorf("%s: %q is in\n%s", c.reason, n, out.String())
			}
		}
	}
}
