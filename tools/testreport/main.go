// Command testreport reads `go test -json` and prints what a person wants of it:
// one line a package, the whole output of what failed, and every skipped test
// with its reason. A skip without a reason counts as a failure.
//
//	go test -json ./... | testreport [-v]
//
// With -v it also prints all output as it comes, for tests that take minutes. It
// exits 1 when anything failed, or when no test ran at all: a pattern that
// matches nothing proves nothing. The shell's pipefail carries go test's own
// status besides.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	live := flag.Bool("v", false, "print all output as it comes")
	flag.Parse()
	ok, err := report(os.Stdin, os.Stdout, *live)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// event is one line of `go test -json` (see `go doc test2json`).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output, instead of Package
	Test       string
	Output     string
}

// unit names a test, or a package when the test is empty.
type unit struct{ pkg, test string }

// report copies the essence of the events in r to w and says whether all is well.
// Live also prints the output of tests as it comes.
func report(r io.Reader, w io.Writer, live bool) (ok bool, err error) {
	output := map[unit]*strings.Builder{}
	var passed, failed, skipped, unexplained int
	var broken bool
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(w, lines.Text()) // not an event: what a tool said in between
			continue
		}
		u := unit{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(w, e.Output)
		case "build-fail":
			broken = true
		case "output":
			if e.Test == "" {
				printPackageLine(w, e.Output)
				continue
			}
			if live {
				fmt.Fprint(w, e.Output)
			}
			if output[u] == nil {
				output[u] = &strings.Builder{}
			}
			output[u].WriteString(e.Output)
		case "pass":
			if e.Test != "" {
				passed++
			}
			delete(output, u)
		case "fail":
			// A package fails with its tests, but also alone: in TestMain, by its
			// time limit, by not building.
			broken = true
			if e.Test != "" {
				failed++
			}
			printTest(w, u, output)
		case "skip":
			if e.Test == "" {
				continue // a package without tests
			}
			skipped++
			if reason(output[u]) == "" {
				unexplained++
				fmt.Fprintf(w, "--- SKIP without a reason: %s %s\n", u.pkg, u.test)
				continue
			}
			printTest(w, u, output)
		}
	}
	// Tests that neither passed nor failed were cut off: a panic or a time limit.
	for u := range output {
		failed++
		printTest(w, u, output)
	}
	fmt.Fprintf(w, "%d tests passed, %d failed, %d skipped (%d without a reason)\n", passed, failed, skipped, unexplained)
	if passed+failed+skipped == 0 {
		fmt.Fprintln(w, "no test ran")
		return false, lines.Err()
	}
	return !broken && failed == 0 && unexplained == 0, lines.Err()
}

// printPackageLine prints a package's result, panics and data races, not its
// bare "PASS".
func printPackageLine(w io.Writer, line string) {
	if line != "PASS\n" && !strings.Contains(line, "[no test files]") {
		fmt.Fprint(w, line)
	}
}

// printTest prints what a test said and forgets it.
func printTest(w io.Writer, u unit, output map[unit]*strings.Builder) {
	if b := output[u]; b != nil {
		fmt.Fprintf(w, "%s\n%s", u.pkg, b.String())
	}
	delete(output, u)
}

// reason returns what a skipped test said besides go test's own lines.
func reason(b *strings.Builder) string {
	if b == nil {
		return ""
	}
	var said []string
	for _, line := range strings.Split(b.String(), "\n") {
		t := strings.TrimSpace(line)
		if t != "" && !strings.HasPrefix(t, "=== ") && !strings.HasPrefix(t, "--- ") {
			said = append(said, t)
		}
	}
	return strings.Join(said, " ")
}
