package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/itchyny/gojq"
)

// TestProgramsThatWouldNotEnd runs programs that take for ever, or all memory, and
// wants a clear error soon, without much having been allocated.
func TestProgramsThatWouldNotEnd(t *testing.T) {
	for _, c := range []struct {
		reason, source string
		want           error
	}{
		{"an endless call", `def f: f; f`, errTooLong},
		{"a recursion that grows", `def f: 1 + f; f`, errTooLong},
		{"a long range", `last(range(1e12))`, errTooMuch}, // each turn weighs what it handles, as in the loops below
		{"a long range as results", `range(1e12)`, errTooMany},
		{"an endless list", `[limit(1e9; repeat(1))]`, errTooMuch},
		{"an endless loop", `[while(true; .)] | length`, errTooMuch},
		{"until never", `until(false; .)`, errTooMuch},
		{"a long string", `"x" * 1e9`, errTooMuch},
		{"the same from the other side", `1e9 * "x"`, errTooMuch},
		{"a string doubled", `reduce range(60) as $i ("x"; . + .)`, errTooMuch},
		{"doubled by interpolation", `reduce range(60) as $i ("x"; "\(.)\(.)")`, errTooMuch},
		{"doubled in a format", `reduce range(60) as $i ("x"; @text "\(.)\(.)")`, errTooMuch},
		{"an array doubled", `reduce range(60) as $i ([1]; . + .)`, errTooMuch},
		{"a value that holds itself", `reduce range(60) as $i (1; [., .]) | tojson`, errTooMuch},
		{"the same, compared", `reduce range(60) as $i (1; [., .]) | . == .`, errTooMuch},
		{"the same, as a key to sort by", `[1, 2] | sort_by(reduce range(60) as $i (1; [., .]))`, errTooMuch},
		{"the same, as the result", `reduce range(60) as $i (1; [., .])`, errTooMuch},
		{"a number squared", `reduce range(60) as $i (1234567890123456789012345678901234567890; . * .)`, errTooMuch},
		{"a separator of some length", `[range(50000)] | join("x" * 100000)`, errTooMuch},
		{"arrays subtracted", `[range(20000)] as $a | $a - $a`, errTooMuch},
		{"an array searched in an array", `[range(9)] | .[[1]]`, errType},
		{"a number of many digits", `"1" * 100000 | tonumber`, errTooMuch},
		{"long strings, many of them", `[range(100000) | "x" * 1000000 + "y"]`, errTooMuch},
		{"matches without end", `"x" * 8000000 | [match(""; "g")] | length`, errTooMuch},
		{"replaced everywhere", `"x" * 8000000 | gsub(""; "y")`, errTooMuch},
		{"matches without end in what one may search", `"x" * 100000 | [match(""; "g")] | length`, errTooMuch},
		{"split by a pattern", `"x" * 100000 | split(""; null) | length`, errTooMuch},
		{"split into letters", `"x" * 8000000 | split("")`, errTooMuch},
		{"split by division", `"x" * 8000000 / ""`, errTooMuch},
		{"code points", `"x" * 8000000 | explode`, errTooMuch},
		{"a text that is JSON", `"[" + "1," * 3000000 + "1]" | fromjson`, errTooMuch},
		{"a long pattern", `"x" * 100000 | test("x?" * 1000)`, errTooMuch},
		{"a short pattern that grows", `"x" * 100000 | test("(x?x?x?x?x?x?x?x?){100}y")`, errTooMuch},
		{"as long as one may search", `"x" * 130000 | test("(x?x?x?){100}y")`, errTooMuch},
		{"a deep result", `reduce range(100) as $i (1; [.])`, errTooDeep},
		{"a bound that is caught", `def f: try ("x" * 1e9) catch f; f`, errTooLong},
		{"a wrong type", `.a.b[]`, errType},
	} {
		p, err := compile("x", c.source)
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = p.run(t.Context(), map[string]any{"a": map[string]any{"b": "secret"}})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, c.want) && (!errors.Is(c.want, errTooMuch) || !errors.Is(err, errTooLong)) { // whichever bound comes first
			t.Errorf("%s: got %v, want %v", c.reason, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the input: %v", c.reason, err)
		}
		if made := (after.TotalAlloc - before.TotalAlloc) >> 20; made > 1024 {
			t.Errorf("%s: allocated %d MiB", c.reason, made)
		}
	}
}

func TestProgramsMayNotReachOut(t *testing.T) {
	for _, source := range []string{
		`env`, `$ENV`, `$ENV.PATH`, `input`, `[inputs]`, `debug`, `stderr`, `now`, `localtime`, `input_filename`, `import "a" as a; a::f`,
		`include "a"; .`, `halt`, `halt_error`, `builtins`, `modulemeta`, `getpath(["a"])`, `setpath([1e9]; 1)`, `.a = 1`, `.a |= 1`, `.a += 1`,
		`[1] | combinations(9)`, `transpose`, `contains("a")`, `def f: env; f`, `"\(env)"`, `{(env): 1}`, `. as [$a] | env`, `.[env]`,
		`if env then 1 end`, `try env`, `reduce env as $x (1; .)`, `[env]`, `-env`, `@json "\(input)"`, `__weigh`, `. as {(env): $x} | 1`,
		`def length: env; 1`, `map(env)`, `label $out | env`, `foreach env as $x (1; .; .)`, `limit(1; env)`, `.a[env:1]`, `$__prog_args`,
	} {
		if _, err := compile("x", source); err == nil {
			t.Errorf("%s was accepted", source)
		}
	}
	if _, err := compile("x", strings.Repeat("1+", maxSource)+"1"); err == nil {
		t.Error("a very long program was accepted")
	}
}

// TestTheFenceChangesNothing compares programs with what they give without it.
func TestTheFenceChangesNothing(t *testing.T) {
	const doc = `{"id": 9007199254740995, "items": [{"n": 1, "s": "b", "l": [{"name": "x"}, {"name": "y"}]}, {"n": 2.5, "s": "a", "l": []}],
		"t": "Hello \"World\"", "when": "2026-03-01T12:00:00Z", "nothing": null}`
	for _, source := range []string{
		`.`, `.id`, `.items[]`, `.items | map(.s)`, `[.items[] | .l[].name]`, `.items | sort_by(.s) | .[0].n`, `.items[0].l | map(.name) | join(", ")`,
		`{id, n: (.items | length), (.t): 1}`, `.items[1].n * 2 + 1 - 3 / 2 % 5`, `[.items[] | select(.n > 1 and .s == "a")]`, `.t | split(" ")`,
		`"\(.id): \(.t | ascii_downcase)"`, `@base64 "\(.t)"`, `.t | @uri`, `.when | fromdate | todate`, `.nothing // "x"`, `.items[:1]`, `.items[-1:][0]`,
		`.items | to_entries | map(.key)`, `with_entries(select(.key == "id"))`, `[.items[] as {n: $n, s: $s} | "\($n)\($s)"]`, `[limit(2; range(10))]`,
		`reduce .items[] as $i (0; . + $i.n)`, `[foreach .items[] as $i (0; . + $i.n; [., $i.s])]`, `def f(x): x | x; 3 | f(. * 2)`, `def f: .t; f | length`,
		`if .id > 5 then "big" elif .id == 5 then "five" else "small" end`, `try error("x") catch .`, `.items[9]?.x`, `[.. | strings]`, `.t | test("world"; "i")`,
		`[.t | scan("o")]`, `.t | gsub("o"; "0")`, `first(.items[] | .n)`, `[.items[].n] | add`, `[1,2] - [2]`, `{} * {a: 1}`, `"ab" * 2`, `"a,b" / ","`, `-1`,
		`any(.items[]; .n > 2)`, `.items | group_by(.s) | length`, `.items | unique_by(.n) | length`, `(1,2) + (10,20)`, `[(1,2) as $x | $x * (1,2)]`,
		`.t | fromjson? // "no"`, `"12" | tonumber`, `.id | tostring`, `label $out | 1, break $out, 2`, `.items | min_by(.n).s`, `[.items[] | has("n")]`,
	} {
		fenced, err := compile("x", source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := fenced.run(t.Context(), parsed(t, doc))
		if want, wantErr := plain(t, source, parsed(t, doc)); !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: got %v, %v; want %v, %v", source, got, err, want, wantErr)
		}
	}
}

func parsed(t *testing.T, doc string) any {
	t.Helper()
	v, err := decode([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func plain(t *testing.T, source string, input any) (out []any, err error) {
	t.Helper()
	q, err := gojq.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	for results := q.Run(input); ; {
		v, more := results.Next()
		if failure, isErr := v.(error); isErr {
			return nil, failure
		}
		if !more {
			return out, nil
		}
		out = append(out, v)
	}
}

func TestNumbersStayWhole(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{"9007199254740995", "9007199254740995"}, {"18446744073709551617", "18446744073709551617"}, {"2.50", "2.5"}, {"-0.0", "-0"}, {"1e3", "1000"},
		{"true", "true"}, {"null", ""}, {`"x"`, "x"},
	} {
		if got, ok := scalar(parsed(t, c.doc)); !ok || got != c.want {
			t.Errorf("%s: %q", c.doc, got)
		}
	}
	for _, bad := range []string{"", "{", "1 2", "<html>", strings.Repeat("9", 1000), "1e999"} {
		if _, err := decode([]byte(bad)); err == nil {
			t.Errorf("%.20q was read as JSON", bad)
		}
	}
	raw, err := encode(map[string]any{"a": "<&>"})
	if err != nil || !json.Valid(raw) || string(raw) != `{"a":"<&>"}` {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestACancelledCallEndsAProgram(t *testing.T) {
	p, err := compile("x", `def f: f; f`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.run(ctx, nil); !errors.Is(err, errStopped) {
		t.Errorf("got %v", err)
	}
}

// TestABoundOfStepsIsTheSameEverywhere: the same program takes the same number of steps,
// whatever else the machine does, and what settings need takes few of them.
func TestABoundOfStepsIsTheSameEverywhere(t *testing.T) {
	p, err := compile("x", `[range(10000) | {n: ., s: tostring} | select(.n % 2 == 0) | .s | ascii_upcase] | join(",")`)
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for n := range 2 {
		run := &steps{Context: t.Context(), left: maxInstructions}
		p.spent = allowance{left: maxTotal}
		if v, _ := p.code.RunWithContext(run, nil).Next(); v == nil {
			t.Fatal("no result")
		}
		if now := maxInstructions - run.left; n > 0 && now != taken || now > maxInstructions/5 {
			t.Errorf("it took %d steps, before %d; want the same, and a fifth of %d at most", now, taken, maxInstructions)
		} else {
			taken = now
		}
	}
}
