package starter

import (
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
)

// printBlocks shows a text that both sides edited part by part; the parts that clash are
// numbered, and a decision by blocks names one version of each.
func (a *app) printBlocks(c v1.Conflict) {
	a.print("\nThe text, part by part:")
	for _, b := range c.Blocks {
		switch b.Kind {
		case "clash":
			a.print("\n  Block %d, changed on both sides", b.Number)
			a.part("before", b.Base)
			a.part("local", b.Local)
			a.part("external", b.External)
		case "local":
			a.print("\n  Changed here only")
			a.part("before", b.Base)
			a.part("local", b.Local)
		case "external":
			a.print("\n  Changed outside only")
			a.part("before", b.Base)
			a.part("external", b.External)
		default:
			if strings.TrimSpace(b.Local) != "" { // else it is the blank between two parts
				a.print("\n  As it was, or changed alike")
				a.part("", b.Local)
			}
		}
	}
}

// part prints one version of a part, its first line after a name.
func (a *app) part(name, text string) {
	if text = strings.Trim(plain(text), "\r\n"); text == "" {
		text = "(nothing)"
	}
	for line := range strings.Lines(text) {
		a.print("    %-8s  %s", name, strings.TrimRight(line, "\r\n"))
		name = ""
	}
}

// clashes counts the numbered blocks.
func clashes(c v1.Conflict) (n int) {
	for _, b := range c.Blocks {
		n = max(n, b.Number)
	}
	return n
}

// howByBlocks is how a text is decided block by block; empty where it has no blocks.
func howByBlocks(c v1.Conflict) string {
	n := clashes(c)
	if n == 0 || len(c.Blocks) == 1 {
		return ""
	}
	var b strings.Builder
	for i := range min(n, 3) {
		fmt.Fprintf(&b, " --block %d=local|external", i+1)
	}
	if n > 3 {
		b.WriteString(" ...")
	}
	return ",\nor each block:" + b.String()
}

// takes reads --block 1=local --block 2=external into one choice for each block.
func takes(blocks []string) ([]string, error) {
	out := make([]string, len(blocks))
	for _, s := range blocks {
		number, side, _ := strings.Cut(s, "=")
		n, err := strconv.Atoi(number)
		switch {
		case err != nil || side != "local" && side != "external":
			return nil, usage("--block %q: want NUMBER=local or NUMBER=external", s)
		case n < 1 || n > len(blocks) || out[n-1] != "":
			return nil, usage("--block %q: want one --block for each that `extsync conflicts show` numbers, from block 1 on", s)
		}
		out[n-1] = side
	}
	return out, nil
}
