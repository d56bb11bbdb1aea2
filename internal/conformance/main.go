// Command conformance runs the suite that every adapter passes and prints a table of
// laws by adapter. A cell says "pass", or "not offered" with the capability that says
// so; anything else is a failure, and makes the command fail.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	cmd := exec.Command("go", "test", "-json", "-count=1", "-run", "^TestConformance$", "./adapters/...")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run the suite: %w", err)
	}
	t, err := read(pipe)
	if err != nil {
		return err
	}
	tests := cmd.Wait()
	t.print(out)
	if bad := t.failures(); len(bad) > 0 {
		return fmt.Errorf("%d cells neither pass nor are not offered:\n%s", len(bad), strings.Join(bad, "\n"))
	}
	if tests != nil {
		return fmt.Errorf("the tests failed outside of any law; run go test ./adapters/...: %w", tests)
	}
	return nil
}

// event is one line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// read collects the outcome of every law. A law is the last part of a test's name; what
// stands between is the variant of the adapter that it ran on.
func read(r io.Reader) (*table, error) {
	t := newTable()
	said := map[string]string{} // what a test printed that says why it was skipped
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("read what the tests print: %w", err)
		}
		adapter := e.Package[strings.LastIndex(e.Package, "/")+1:]
		parts := strings.Split(e.Test, "/")
		if len(parts) < 2 || parts[0] != "TestConformance" {
			continue
		}
		name := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if _, capability, ok := strings.Cut(e.Output, "not offered: "); ok {
				said[name] = strings.TrimSpace(capability)
			}
		case "pass", "fail", "skip":
			t.add(adapter, parts[1:len(parts)-1], parts[len(parts)-1], outcome{e.Action, said[name]})
		}
	}
	return t, lines.Err()
}
